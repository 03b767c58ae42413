"""The tables of docs/ that are made from data: the values of the law, and the glossary.

`scripts/docs` writes them anew; `tests/test_docs.py` holds them to what it would write.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from gis import contracts, fields, law, result_tables
from gis.law import askers

ROOT = Path(__file__).parents[1]
LAW = ROOT / "docs/law.md"
GLOSSARY = ROOT / "docs/glossary.md"
TERMS = ROOT / "docs/glossary.toml"
HEAD = """# Glossary 术语表

Made by `scripts/docs` from `docs/glossary.toml` (the terms), `gis/contracts.toml` (code lists),
`gis/results.toml` (columns) and `gis/fields.toml` (kinds of record). The rules behind the words:
[the rule book](law.md); how the program works: [the design](design.md).
"""


def pages() -> dict[Path, str]:
    """Return what each page made from data should hold, by its place."""
    text = LAW.read_text(encoding="utf-8")
    for name, lines in (("unasked", unasked()), ("values", law_values())):
        mark = re.compile(f"(<!-- law:{name} -->\n).*?(<!-- /law:{name} -->)", re.DOTALL)
        body = "".join(f"{line}\n" for line in lines)
        text = mark.sub(lambda found, body=body: found[1] + body + found[2], text)  # type: ignore[misc]
    return {LAW: text, GLOSSARY: glossary()}


def law_values() -> Iterator[str]:
    """Yield the table of all values: one row a key, region and instrument."""
    yield from _head("key", "says", "instrument and article", "holds from")
    for key, history in _histories():
        by_place: dict[tuple[str, str], list[law.Value]] = {}
        for value in history:
            by_place.setdefault((value.region, value.title), []).append(value)
        for (region, title), values in by_place.items():
            place = f"{title} {values[0].article}".strip()
            where = f" ({region})" if region else ""
            yield _row(f"`{key}`{where}", _says(values[0]), place, _spans(values))


def unasked() -> Iterator[str]:
    """Yield the table of the values no stage asks for."""
    yield from _head("key", "says")
    for key, history in _histories():
        if not askers.of(key):
            yield _row(f"`{key}`", _says(history[0]))


def _says(value: law.Value) -> str:
    """Return what a value says: its wording, else the value itself with its unit."""
    if value.wording_en:
        return value.wording_en
    if isinstance(value.amount, tuple):
        words = "; ".join(
            " ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value.amount
        )
        return (words or "none") if len(words) < 120 else f"a list of {len(value.amount)}"
    return f"{value.amount} ({value.unit})"


def _spans(values: list[law.Value]) -> str:
    """Return from which days values (the newest first) hold, those of one mark together."""
    told = []
    for verified, group in groupby(reversed(values), key=lambda one: one.verified):
        days = [str(value.from_on) for value in group]
        many = f"{days[0]} to {days[-1]} yearly" if len(days) > 2 else ", ".join(days)
        told.append(f"{many} {'V' if verified else 'R'}")
    until = f", until {values[0].until_on}" if values[0].until_on else ""
    return ", ".join(told) + until


def _histories() -> Iterator[tuple[str, list[law.Value]]]:
    """Yield every key with all its values, the newest first."""
    values = sorted(law.load().every_value(), key=lambda one: one.from_on, reverse=True)
    for key in sorted({value.key for value in values}):
        yield key, [value for value in values if value.key == key]


def glossary() -> str:
    """Return the glossary as one page."""
    terms = tomllib.loads(TERMS.read_text(encoding="utf-8"))
    parts = [HEAD]
    own = [(word, *entry) for word, entry in sorted(terms["own"].items())]
    parts.append(_section("The program's own terms", ("term", "中文", "what it means"), own))
    of_law = [(word, *entry) for word, entry in terms["law"].items()]
    parts.append(_section("Terms of land law", ("中文", "English", "what it means"), of_law))
    kinds = [
        (f"`{name}`", kind.title, " + ".join(f"`{key}`" for key in kind.key))
        for name, kind in fields.KINDS.items()
    ]
    parts.append(_section("Kinds of record", ("kind", "中文", "natural key"), kinds))
    parts.append(_section("Published columns", ("column", "中文", "short", "tables"), _columns()))
    for name, codes in contracts.CODES.items():
        rows = [(f"`{code}`", *words) for code, words in codes.items()]
        parts.append(_section(f"Codes: {name}", ("code", "中文", "English"), rows))
    return "\n".join(parts)


def _columns() -> list[tuple[str, ...]]:
    """Return each published column once for every title it has, with the tables it stands in."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, table in result_tables.TABLES.items():
        for column in table.columns:
            found.setdefault((column.name, column.zh, column.short), []).append(name)
    return [
        (f"`{column}`", title, short, ", ".join(tables))
        for (column, title, short), tables in sorted(found.items())
    ]


def _section(title: str, heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"## {title}", "", *_head(*heads), *(_row(*row) for row in rows)]
    return "\n".join(lines) + "\n"


def _head(*titles: str) -> Iterator[str]:
    yield _row(*titles)
    yield "|" + "---|" * len(titles)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def main() -> None:
    """Write every page that is not what it should be, and name it."""
    for place, text in pages().items():
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")
            print(place.relative_to(ROOT))


if __name__ == "__main__":
    main()
