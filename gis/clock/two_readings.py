"""The arithmetic of two readings of a signing one behind the other, and what each gives."""

from __future__ import annotations

from typing import Any

from gis import contracts
from gis.clock.arithmetic import Workings
from gis.clock.wording import Line

_FIRST: Line = ("按签订月的第一天算：", "by the first day of the month of signing:")
_LAST: Line = ("按签订月的最后一天算：", "by the last day of that month:")


def put_beside(
    work: Workings, first: dict[str, Any], late: Workings, second: dict[str, Any]
) -> None:
    """Put the steps of the late reading behind those of `work`, and say what each finds.

    `first` and `second` are the findings by the first and the last day of the month.
    """
    work.steps[:] = [_FIRST, *work.steps, _LAST, *late.steps]
    zh, en = (
        ["，".join(_words(one, name, language) for name in ("outcome", "track"))
         for one in (first, second)]
        for language in ("zh", "en")
    )  # fmt: skip
    work.doubts.append(
        (
            f"签订只写到月：按该月第一天为{zh[0]}，按最后一天为{zh[1]}；两者不同之处不作认定",
            f"the signing names but a month: its first day gives {en[0]}, its last {en[1]}; "
            "where they differ nothing is found",
        )
    )


def _words(finding: dict[str, Any], name: str, language: str) -> str:
    return contracts.label(name, finding[name], language) or "—"
