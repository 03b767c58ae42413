"""The land of an account, a key or a token: as asked for, as stored, as rows are chosen by it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gis import identifiers
from gis.errors import UsageError
from gis.store.database import Connection
from gis.store.records import region_start
from gis.store.results import Scope

# The columns of every table that has land, in the order `stored` and `read` speak of.
COLUMNS = "is_unscoped, regions, parks, blocks"
Stored = tuple[bool, list[str], list[str], list[str]]
_REGION = re.compile("[1-9][0-9]{1,11}", re.ASCII)
_MOST_CODES, _MOST_LETTERS = 1_000, 200


def asked(
    regions: Sequence[str], parks: Sequence[str], blocks: Sequence[str], *, is_everything: bool
) -> Scope | None:
    """Return the land that was asked for, None for all of it; UsageError where it says nothing."""
    if is_everything == bool([*regions, *parks, *blocks]):
        raise UsageError(
            "没有写明管辖范围，或写得互相矛盾。 Which land is not said, or said twice.",
            "--region 150602 / --park / --block（可重复 may repeat），或全部 or --everywhere",
        )
    if is_everything:
        return None
    wrong = [code for code in regions if not _REGION.fullmatch(code)]
    named = {code: identifiers.key(code) for code in [*parks, *blocks]}
    wrong += [code for code, key in named.items() if not key or len(key) > _MOST_LETTERS]
    if wrong or len(regions) + len(named) > _MOST_CODES:
        raise UsageError(
            f"“{wrong[0][:40] if wrong else '……'}”不是代码，或代码太多。 This is no code of land, "
            f"or there are more than {_MOST_CODES}.",
            "区划用六位代码，园区、区块用其代码"
            " write a region like 150602, parks and blocks by their codes",
        )
    return Scope(
        tuple(dict.fromkeys(regions)),
        tuple(dict.fromkeys(named[code] for code in parks)),
        tuple(dict.fromkeys(named[code] for code in blocks)),
    )


def stored(scope: Scope | None) -> Stored:
    """Return the values of `COLUMNS` for a scope."""
    if scope is None:
        return True, [], [], []
    return False, [*scope.regions], [*scope.parks], [*scope.blocks]


def read(row: Sequence[object]) -> Scope | None:
    """Return the scope that the values of `COLUMNS` are: the reverse of `stored`."""
    is_unscoped, *codes = row
    if is_unscoped:
        return None
    regions, parks, blocks = ([str(code) for code in part] for part in codes)  # type: ignore[attr-defined]
    return Scope(tuple(regions), tuple(parks), tuple(blocks))


def within(inner: Scope | None, outer: Scope | None) -> Scope | None:
    """Return what of `inner` lies in `outer` as far as the codes themselves show; None: all land.

    A region lies in the regions it begins with; a park or a block only where `outer` names it too,
    for of what lies where the codes say nothing.
    """
    if outer is None:
        return inner
    if inner is None:
        return outer
    starts = {code: region_start(code) for code in outer.regions}
    regions = []
    for code in inner.regions:
        own = region_start(code)
        if any(own.startswith(start) for start in starts.values()):
            regions.append(code)
        else:
            regions.extend(other for other, start in starts.items() if start.startswith(own))
    return Scope(
        tuple(dict.fromkeys(regions)),
        tuple(code for code in inner.parks if code in outer.parks),
        tuple(code for code in inner.blocks if code in outer.blocks),
    )


def unknown(connection: Connection, scope: Scope | None) -> list[str]:
    """Return the codes of a scope that no record has named so far: typed wrongly, or yet to come.

    Nobody is refused for them, and until records come whoever has no other land sees nothing.
    """
    if scope is None:
        return []
    starts = {code: region_start(code) for code in scope.regions}
    named = connection.execute(
        "SELECT start FROM unnest(%s::text[]) AS start WHERE NOT EXISTS (SELECT FROM"
        " landwatch.delivery, unnest(regions) AS named WHERE starts_with(named, start))",
        ([*starts.values()],),
    ).fetchall()
    missing = {start for (start,) in named}
    found = [code for code, start in starts.items() if start in missing]
    for query, codes in (
        ("SELECT park_code FROM landwatch.parks WHERE park_code = ANY (%s)", scope.parks),
        ("SELECT block_code FROM landwatch.blocks WHERE block_code = ANY (%s)", scope.blocks),
    ):
        known = {code for (code,) in connection.execute(query, ([*codes],))}
        found += [code for code in codes if code not in known]
    return found


def words(scope: Scope | None) -> str:
    """Return a scope as a person reads it."""
    if scope is None:
        return "全部 everywhere"
    parts = [
        f"{title} {'、'.join(codes)}"
        for title, codes in (
            ("区划 regions", scope.regions),
            ("园区 parks", scope.parks),
            ("区块 blocks", scope.blocks),
        )
        if codes
    ]
    return "；".join(parts) or "无 none"
