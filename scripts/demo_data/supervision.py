"""What is known of land after its supply, by hand for the demo: as `supervision.toml` has it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import NamedTuple

from demo_data.ground import ROOM
from demo_data.patterns import Row
from demo_data.registers import Register, text


class Listed(NamedTuple):
    """One file: its kind, name, columns and rows."""

    kind: str
    file: str
    register: Register
    rows: list[Row]


def by_hand(supplies: Sequence[Row]) -> list[Listed]:
    """Return the tables of the demo, the supplies they speak of by their numbers."""
    numbers = {f"@{supply['code']}": supply["supply_no"] for supply in supplies}
    tables = tomllib.loads((ROOM / "supervision.toml").read_text(encoding="utf-8"))["table"]
    return [
        Listed(
            table["kind"],
            table["file"],
            Register([(column, text(column)) for column in table["columns"]]),
            [
                {
                    column: numbers[cell] if cell.startswith("@") else cell
                    for column, cell in zip(table["columns"], row, strict=True)
                }
                for row in table["rows"]
            ],
        )
        for table in tables
    ]
