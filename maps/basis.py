"""The 依据 page: why each subject was judged as it was, in sentences; one file, or one subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maps import page
from maps.block import Place


@dataclass(frozen=True)
class Reasons:
    """The reasons of one subject: its number and name, and headings each with its sentences.

    Of a sentence what it says, and the key of the value of the law behind it, else an empty text.
    """

    subject: str
    name: str
    chapters: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def write(place: Place, reasons: Sequence[Reasons], out: Path, note: str = "") -> Path:
    """Write the reasons of the subjects of a place at `out` and return that path.

    Addressed with `#subject` the page shows that subject alone. `note` says what speaks against
    taking it for what the run said: another program, another law.
    """
    html = page.TEMPLATES.get_template("basis.html.jinja").render(
        policy=page.POLICY_MARK,
        sheet=page.stylesheet("index.css", "basis.css"),
        place=place,
        reasons=sorted(reasons, key=lambda each: each.subject),
        note=note,
    )
    return page.write(page.seal(html), out)
