"""The pages of docs/: what the code cites stands there, and the law it obeys is the law written."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from gis import law
from gis.approvals import outcome
from gis.clock import agreement, clashes, rows
from gis.clock.settings import ROWS

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
CITING = [
    path
    for room in ("gis", "api", "maps", "tests", "scripts", "data")
    for path in sorted((ROOT / room).rglob("*"))
    if path.suffix in {".py", ".toml", ".sql", ".md", ".js", ".html"}
    or path.parent.name == "scripts"
    if path.is_file() and path != Path(__file__) and not {"vendor", "node_modules"} & {*path.parts}
]
# A section is cited as docs/<page>.md (Section, Another section).
CITATION = re.compile(r"docs/(\w+\.md) \(([^()]+)\)")
PAGE = re.compile(
    r"(?<!\]\()(?<![\w./-])[\w./-]*\b(?:law|design|service|users|maps|house-plan|glossary)\.md"
)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"[A-Za-z_][\w.*/-]*(?<!\*)")
# Of other programs, named for what they measured.
OF_OTHERS = {"GeoDataFrame.to_postgis", "read_postgis"}
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    place = importlib.util.spec_from_file_location("doc_tables", ROOT / "scripts/doc_tables.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def in_one_line(text: str) -> str:
    """Return a text with its breaks and comment signs as single blanks: a citation may wrap."""
    return re.sub(r"\s*\n\s*#?\s*", " ", text)


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_section_the_code_cites_is_a_heading_of_the_page() -> None:
    cited = 0
    for path in CITING:
        text = in_one_line(path.read_text(encoding="utf-8"))
        for page, sections in CITATION.findall(text):
            headings = HEADING.findall(DOCS[page])
            for section in sections.split(", "):
                assert section in headings, f"{path.relative_to(ROOT)}: {page} has no {section!r}"
                cited += 1
    assert cited >= 15


def test_no_page_is_cited_that_a_reader_does_not_have() -> None:
    for path in CITING:
        for page in PAGE.findall(path.read_text(encoding="utf-8")):
            assert page.startswith("docs/"), f"{path.relative_to(ROOT)}: {page}"
            assert (ROOT / page).is_file(), f"{path.relative_to(ROOT)}: {page}"


def test_what_a_page_names_is_there() -> None:
    """Names between backticks: a module, file, key, column or code that was renamed is found."""
    sources = " ".join(path.read_text(encoding="utf-8") for path in CITING if path.suffix != ".md")
    words = {*re.findall(r"\w+", sources)}
    terms = (ROOT / "docs/glossary.toml").read_text(encoding="utf-8")
    for name, text in {**DOCS, "glossary.md": terms}.items():
        if name not in {"law.md", "design.md", "glossary.md"}:
            continue
        named = [part for told in CODE.findall(text) for part in re.split(r"[\s=|:,()]+", told)]
        assert len(named) >= 15, name
        for part in filter(NAME.fullmatch, named):
            if "/" in part or part.endswith((".py", ".toml", ".md")):
                assert [*ROOT.glob(part), *ROOT.glob(f"gis/**/{part}")], f"{name}: {part}"
            elif part not in OF_OTHERS:
                assert part.split(".")[-1] in words, f"{name}: {part}"


def test_every_link_of_a_page_leads_somewhere() -> None:
    for name, text in DOCS.items():
        for page, section in LINK.findall(text):
            assert not page.startswith("http"), f"{name}: a closed network has no other server"
            there = ROOT / "docs" / (page or name)
            assert there.is_file(), f"{name}: {page}"
            if section:
                headings = HEADING.findall(there.read_text(encoding="utf-8"))
                assert section in {anchor(one) for one in headings}, f"{name}: #{section}"


def section_of(page: str, heading: str) -> str:
    """Return the text below a heading, down to the next one of its rank or higher."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n", DOCS[page], re.MULTILINE)
    assert found is not None, heading
    rest = DOCS[page][found.end() :]
    following = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def table(text: str) -> dict[str, list[str]]:
    """Return the rows of the tables in a text by their first cell."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return {row[0]: row[1:] for row in cells}


def test_the_table_of_the_clock_has_the_rows_outcomes_and_tracks_of_the_code() -> None:
    written = table(section_of("law.md", "The clock"))
    assert [name for name in written if name in ROWS] == [*ROWS]
    for name in ROWS:
        said, track = rows._TABLE[name]
        outcome_cell, track_cell = written[name][1:]
        assert (f"`{said}`" if said else "idle") in outcome_cell, name
        assert track_cell == (f"`{track}`" if track else ""), name
    idle = [name for name in ROWS if rows._TABLE[name][0] is None]
    assert idle == [*rows.IDLE_ROWS]


def test_what_the_clock_may_say_stands_in_the_rule_book() -> None:
    text = section_of("law.md", "Idle land")
    words = {*rows.OUTCOMES, *rows.START_STATES, *rows.CLASHES, *clashes.CLASHES_TOLD}
    words |= {*agreement.OUTCOMES} | {*rows.TRACKS}
    assert {word for word in words if f"`{word}`" not in text} == set()


def test_the_table_of_unsupplied_land_has_the_outcomes_of_the_code() -> None:
    written = table(section_of("law.md", "What must become of a piece"))
    numbers = [name for name in written if name.isdigit()]
    assert numbers == [str(number) for number in range(1, 10)]
    said = [re.findall(r"`(\w+)`", written[number][1])[0] for number in numbers]
    assert {*said} == {*outcome.OUTCOMES}
    # The docstring of the rules has the same rows in the same order.
    lines = re.findall(r"^    (\d)  .* (\w+)$", outcome.__doc__ or "", re.MULTILINE)
    assert lines == [*zip(numbers, said, strict=True)]


def test_every_value_of_the_law_is_named_in_the_rule_book() -> None:
    values = section_of("law.md", "Values")
    keys = law.load().keys()
    assert [key for key in keys if f"`{key}`" not in values] == []


def test_the_pages_made_from_data_are_up_to_date(tables: ModuleType) -> None:
    for place, text in tables.pages().items():
        assert place.read_text(encoding="utf-8") == text, f"{place.name}: run scripts/docs"
