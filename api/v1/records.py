"""Records as a run knew them: parcels, supplies, approvals, parks and blocks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages
from api.v1.asked import OfRun, no_place, place, token
from api.v1.outside import nobody
from gis import identifiers
from gis.accounts.caller import Caller
from gis.fields import KINDS
from gis.store import pages as lists
from gis.store.database import Connection
from gis.store.pages import Wanted

router = APIRouter(tags=["records 资料"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_HIDDEN = frozenset({"geom", "source_epsg"})
SEARCHED = (
    *("key", "supply_no", "contract_no", "approval_no", "parcel_code", "project_name", "name"),
    *("holder", "location", "batch"),
)


class Records(OfRun):
    """Which records."""

    key: Annotated[str | None, Query(max_length=300, description="编号 the record's key")] = None


def _serve(kind: str) -> None:
    """Let the records of a kind be listed, and each be asked for by its key."""
    title = f"{KINDS[kind].title} {kind}"

    @router.get(f"/{kind}", summary=title, name=kind)
    def records(
        request: Request,
        connection: OneConnection,
        caller: Reader,
        asked: Annotated[Records, Query()],
    ) -> Response:
        """Records in force at the delivery the run knew, by key, with what each register says."""
        return _list(kind, request, connection, caller, asked)

    @router.get(f"/{kind}/{{key:path}}", summary=f"{title}: 一条 one", name=f"{kind}_one")
    def record(
        key: str,
        request: Request,
        connection: OneConnection,
        caller: Reader,
        asked: Annotated[Records, Query()],
    ) -> Response:
        """One record by its key; 404 where there is none, or none in the caller's land."""
        run = asked.found(connection)
        wanted = Wanted({"key": [key, identifiers.key(key)]}, limit=2)
        found, _ = lists.of_records(connection, run, kind, wanted, caller.scope)
        if found.empty:
            raise nobody(key)
        names = [name for name in found.columns if name not in _HIDDEN]
        (row, *_) = pages.rows_of(found, names, with_shapes=asked.shapes)
        return pages.answer({"run": run.id, "record": row}, pages.etag(request, caller, run))


for _kind in ("parcels", "supplies", "approvals", "parks", "blocks"):
    _serve(_kind)


def _list(
    kind: str, request: Request, connection: Connection, caller: Caller, asked: Records
) -> Response:
    run = asked.found(connection)

    def made() -> Response:
        after = None if asked.after is None else place(asked.after)
        if after is not None and not (len(after) == 1 and isinstance(after[0], str)):
            raise no_place()
        where = {} if asked.key is None else {"key": [asked.key, identifiers.key(asked.key)]}
        known = KINDS[kind].columns
        wanted = Wanted(
            where,
            text=asked.text,
            searched=[name for name in SEARCHED if name == "key" or name in known],
            after=after,
            limit=asked.limit,
        )
        found, count = store.lists(request).of_records(
            connection, run, kind, wanted, caller.scope, asked.places()
        )
        names = [name for name in found.columns if name not in _HIDDEN]
        rows = pages.rows_of(found, names, with_shapes=asked.shapes)
        last = token([found["key"].iloc[-1]]) if len(found) == asked.limit else None
        return pages.answer(pages.page(request, rows, count, last, run))

    return pages.once(request, caller, run, made)
