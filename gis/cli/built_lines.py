"""How densely a supply is built, in lines beneath the reasons of its finding."""

from __future__ import annotations

import math

from gis import contracts
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run

_HEADING = {
    "zh": "建设强度（按已报送的建筑物）",
    "en": "How densely it is built (buildings on record)",
}
_LACKS = {"zh": "缺少", "en": "lacks"}


def lines(connection: Connection, run: Run, subject: str, language: str) -> list[str]:
    """Return the figures a run has of a supply, with what they are made of; none, no line."""
    where = {"place_kind": ["supply"], "place_code": [subject]}
    rows = results.read(connection, run, "indicator", Asked(where=where)).to_dict("records")
    if not rows:
        return []
    told = []
    for row in rows:
        value = "—" if math.isnan(row["value"]) else f"{row['value']:,.2f} {row['unit']}".strip()
        parts = [contracts.label("indicator", row["name"], language), value]
        if not math.isnan(row["denominator"]):
            of, by = (
                f"{row[name]:,.2f} {row[f'{name}_unit']}" for name in ("numerator", "denominator")
            )
            parts.append(f"= {of} / {by}")
        if lacks := contracts.facts(row["missing"], language):
            parts.append(f"{_LACKS[language]} {lacks}")
        told.append("  " + "  ".join(parts))
    return ["", f"【{_HEADING[language]}】", *told]
