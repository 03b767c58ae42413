"""Filters of lists somebody gave a name: their own, and nobody else's."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from api import identity, store
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.bodies import Sound
from gis.accounts import saved_filters
from gis.accounts.caller import Caller
from gis.store.database import Connection

router = APIRouter(tags=["filters 筛选"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]


class Saved(Sound):
    """A filter to be kept: of which list, under which name, the query of its address."""

    list: Annotated[str, Field(pattern="^[a-z_]{1,40}$", examples=["supplied"])]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    query: Annotated[str, Field(max_length=2_000, examples=["outcome=suspected_idle"])]


@router.post("/filters", summary="存下筛选 keep a filter", status_code=201)
def save(asked: Saved, request: Request, caller: Reader) -> Response:
    """A filter kept for the account; one of the same list and name takes its place."""
    number = uuid.uuid4().hex
    with identity.lend_writing(request) as writing:
        saved_filters.add(
            writing, number, caller.name, asked.list, asked.name.strip() or asked.name, asked.query
        )
    return pages.answer({"id": number}, status=201)


@router.get("/filters", summary="已存的筛选 filters kept")
def listed(connection: OneConnection, caller: Reader) -> Response:
    """The filters of the account."""
    rows = saved_filters.of(connection, caller.name)
    return pages.answer({"count": len(rows), "rows": rows})


@router.delete("/filters/{number}", summary="删除筛选 let a filter go")
def remove(
    number: Annotated[str, Path(pattern="^[0-9a-f]{32}$")], request: Request, caller: Reader
) -> Response:
    """A filter of the account let go."""
    with identity.lend_writing(request) as writing:
        saved_filters.remove(writing, number, caller.name)
    return pages.answer({"id": number})
