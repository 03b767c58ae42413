"""The audit for whoever administers it: who did what, from where, with what result."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import store
from api.identity import ForbiddenError, requires
from api.v1 import pages
from gis.accounts import audit
from gis.accounts.caller import Caller
from gis.store.database import Connection

router = APIRouter(tags=["accounts 账号"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Auditor = Annotated[Caller, Depends(requires("audit"))]
_LAST = 2**63 - 1


class Entries(BaseModel):
    """A page of the audit: entries before a number; of one actor, or whose action holds a text."""

    model_config = ConfigDict(extra="forbid")
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    before: Annotated[int | None, Field(ge=1, le=_LAST)] = None
    actor: Annotated[str | None, Field(min_length=1, max_length=300)] = None
    action: Annotated[str | None, Field(min_length=1, max_length=300)] = None


@router.get("/audit", summary="审计 the audit")
def entries(
    request: Request,
    connection: OneConnection,
    known: Auditor,
    asked: Annotated[Entries, Query()],
) -> Response:
    """Entries, the newest first, and where the chain stands; its proof is `/audit/proof`."""
    must_see_all(known)
    stand = audit.head(connection)
    rows = audit.newest(connection, asked.before, asked.actor, asked.action, asked.limit)
    following = None
    if len(rows) == asked.limit:
        url = request.url.include_query_params(before=rows[-1].number)
        following = f"{url.path}?{url.query}"
    return pages.answer(
        {
            "number": stand.number,
            "digest": stand.digest,
            "rows": [vars(one) for one in rows],
            "next": following,
        }
    )


@router.get("/audit/proof", summary="核对审计 the audit proved")
def proof(connection: OneConnection, known: Auditor) -> Response:
    """The chain gone through from the first entry to the last: whether it holds, else where not."""
    must_see_all(known)
    broken = audit.prove(connection)
    stand = audit.head(connection)
    return pages.answer(
        {
            "is_right": broken is None,
            "number": stand.number,
            "digest": stand.digest,
            "broken_at": None if broken is None else broken.number,
            "found": None if broken is None else broken.found,
        }
    )


def must_see_all(known: Caller) -> None:
    """Raise ForbiddenError for who sees a part of the land: the audit is of all of it."""
    if known.scope is not None:
        raise ForbiddenError(
            "审计记的是全部土地上的事，账号只限部分土地。 The audit is of all land, the account "
            "may see a part.",
            "用不限范围的账号 use an account of all land",
        )
