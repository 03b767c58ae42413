"""By which schemes a year may be ranked, and what each of them takes besides the year."""

from __future__ import annotations

from typing import Final

from gis.errors import ChoiceError
from gis.law import Law
from gis.ranking import firms, tiers
from gis.ranking.scheme import names_of

# Schemes that give no points by 排序法: firms by 亩均 figures, parks in tiers.
OTHERS: Final = (firms.NAME, tiers.DEFAULT)


def schemes(law: Law) -> tuple[str, ...]:
    """Return the names of all schemes one may choose."""
    return (*names_of(law), *OTHERS)


def must_take(law: Law, scheme: str, reading: str | None, region: str | None) -> None:
    """Raise ChoiceError for a scheme there is not, and for what a scheme does not know.

    Nothing that was asked for is left out in silence.
    """
    known = schemes(law)
    if scheme not in known:
        raise ChoiceError(
            f"没有考核方案“{scheme[:60]}”。 There is no scheme {scheme[:60]!r}.",
            f"可用 choose one of: {', '.join(known)}",
        )
    if scheme not in OTHERS:
        return
    given = {"region": region, "reading": reading if scheme == tiers.DEFAULT else None}
    if needless := ", ".join(name for name, value in given.items() if value is not None):
        raise ChoiceError(
            f"方案 {scheme} 不用 {needless}。 The scheme {scheme} takes no {needless}.",
            f"去掉 leave out {needless}",
        )
