"""The rows of a page of a list: what the store says, with names, addresses and days beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd

from api import store
from api.shown import Shown
from api.v1 import pages
from api.v1.asked import OfRun, Paged, no_place, place, token
from api.v1.outside import without_neighbours
from api.v1.received import Issues, told_within
from api.v1.records import SEARCHED
from api.web.list_kinds import Listed
from gis import contracts, identifiers
from gis.accounts.caller import Caller
from gis.fields import KINDS
from gis.record_names import number_of
from gis.store import pages as stored
from gis.store import results
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Asked
from gis.store.runs import Run

Rows = list[dict[str, Any]]
# Of a row as it came nobody is shown the whole, nor its shape.
_HIDDEN = frozenset({"geom", "source_epsg", "raw"})
# A finding may turn into another outcome, or take another track.
_NEXT_LISTS = ("track", "outcome", "unsupplied", "agreement")
_MOST_PLACES = 1_000


def of_run(shown: Shown, listed: Listed, asked: OfRun) -> tuple[pd.DataFrame, int]:
    """Return a page of what a run says, or knew, and how many rows there are."""
    run, scope, lists = shown.run, shown.scope, store.lists(shown.request)
    if listed.is_of_records:
        return lists.of_records(
            shown.connection, run, listed.name, wanted(listed, asked), scope, asked.places()
        )
    asked_for = asked.asked(shown.connection, run, scope)
    return lists.of_run(shown.connection, run, asked.TABLE, asked_for, asked.columns())


def wanted(listed: Listed, asked: Paged) -> Wanted:
    """Return which records, or issues, are asked for; BadParameterError for no place of ours."""
    after = None if asked.after is None else place(asked.after)
    is_number = isinstance(asked, Issues)
    if after is not None and not (
        len(after) == 1 and isinstance(after[0], int if is_number else str)
    ):
        raise no_place()
    where: dict[str, list[object]] = {}
    if isinstance(asked, Issues):
        if asked.delivery is not None:
            where["delivery"] = [asked.delivery]
        if asked.code is not None:
            where["code"] = [*asked.code]
        return Wanted(where, asked.text, ("file", "field"), after, asked.limit)
    key = getattr(asked, "key", None)
    if key is not None:
        where["key"] = [key, identifiers.key(key)]
    columns = KINDS[listed.name].columns
    searched = [name for name in SEARCHED if name == "key" or name in columns]
    return Wanted(where, asked.text, searched, after, asked.limit)


def last_of(listed: Listed, asked: Paged, found: pd.DataFrame) -> str | None:
    """Return what stands for the last row of a full page; None where no row can follow."""
    if len(found) < asked.limit:
        return None
    if listed.is_of_records:
        return token([found["key"].iloc[-1]])
    return (
        str(found["content"].iloc[-1]) if listed.is_of_run else token([int(found["id"].iloc[-1])])
    )


def of_issues(
    connection: Connection, caller: Caller, listed: Listed, asked: Issues
) -> tuple[pd.DataFrame, Rows, int]:
    """Return a page of issues of deliveries the caller sees, and how many there are.

    Nobody outside the land is named.
    """
    asked_for = wanted(listed, asked)
    if caller.scope is None:
        # A sentence may name somebody outside: what is not shown cannot be searched for either.
        asked_for = replace(asked_for, searched=(*asked_for.searched, "message"))
    found, count = stored.of_issues(connection, asked_for, caller.scope)
    names = [name for name in found.columns if name not in _HIDDEN]
    rows = told_within(connection, caller.scope)(pages.rows_of(found, names))
    return found, rows, count


def rows(shown: Shown, listed: Listed, found: pd.DataFrame, names: Mapping[str, str]) -> Rows:
    """Return rows as the columns of a list want them; `names`: block code -> its name."""
    told = _beside(shown, listed, found)
    columns = [name for name in told.columns if name not in _HIDDEN]
    made = pages.rows_of(told, columns)
    if not listed.is_of_records:
        made = without_neighbours(shown.connection, shown.run, shown.scope, made)
    days = [one.key for one in listed.columns if one.kind == "day"]
    for row in made:
        for name in days:
            row[name] = as_day(row.get(name))
        row["area_mu"] = row.get("area_m2")
        row["unsupplied_mu"] = row.get("unsupplied_m2")
        row["left_on"] = row.get("next_on")
        block = row.get("block_code")
        row["block_name"] = names.get(block, block) if block else None
        row["next_list"] = _list_of(row.get("next_event"))
        _address(row, listed, shown)
    return made


def as_day(value: Any) -> date | None:
    """Return a day written in ISO form, None where there is none."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def names_of_places(shown: Shown, kind: str) -> dict[str, str]:
    """Return code -> name of regions, parks or blocks the caller may see, at most 1,000."""
    code = {"regions": "region_code", "parks": "park_code", "blocks": "block_code"}[kind]
    found, _ = store.lists(shown.request).of_records(
        shown.connection, shown.run, kind, Wanted(limit=_MOST_PLACES), shown.scope
    )
    named = found[[code, "name"]].astype(object)
    return {
        str(one): str(name) if isinstance(name, str) and name else str(one)
        for one, name in named.itertuples(index=False)
    }


def of_run_in(run: Run) -> str:
    """Return what an address says of a run."""
    return f"run={run.id}"


def _beside(shown: Shown, listed: Listed, found: pd.DataFrame) -> pd.DataFrame:
    """Return findings with what is known of their supply, or their approval, beside them."""
    if listed.table != "finding" or found.empty or listed.name not in _BESIDE:
        return found
    table, wanted_columns = _BESIDE[listed.name]
    asked = Asked(where={"subject": found["subject"].tolist()})
    told = results.read(shown.connection, shown.run, table, asked)
    own = told.drop_duplicates("subject").set_index("subject")[[*wanted_columns]]
    return found.join(own.reindex(found["subject"]).set_axis(found.index))


_BESIDE = {
    "supplied": ("holding", ("holder",)),
    "unsupplied": ("unsupplied", ("batch", "approved_on", "situation")),
}


def _list_of(code: Any) -> str:
    return next((one for one in _NEXT_LISTS if code in contracts.CODES[one]), "outcome")


def _address(row: dict[str, Any], listed: Listed, shown: Shown) -> None:
    of = of_run_in(shown.run)
    subject = {
        "balances": row.get("approval"), "approvals": row.get("approval_no"),
        "supplies": row.get("key"),
    }.get(listed.name, row.get("subject"))  # fmt: skip
    room = "approval" if listed.name in ("balances", "approvals") else "subject"
    if subject:
        row["address"] = f"/{room}/{quote(str(subject), safe='')}?{of}"
    if listed.name == "unsupplied":
        # The batch has a column of its own.
        number = number_of(row["approval"])
        row["piece"] = f"{number}/{row['subject'].rpartition('/')[2]}"
    if row.get("approval"):
        row["approval_no"] = number_of(row["approval"])
        row["approval_address"] = f"/approval/{quote(str(row['approval']), safe='')}?{of}"
    spot = subject or next(iter(row.get("subjects") or ()), None)
    if spot and listed.table == "finding":
        row["spot"] = "↗"
        row["spot_address"] = "/map?" + urlencode({"run": shown.run.id, "subject": spot})
    if listed.name in ("supplied", "agreements") and not row.get("name"):
        row["name"] = subject
