"""Keys of programs and tokens of embedded pages, for administrators: made, listed, revoked.

By the functions of `landwatch key` and `landwatch embed`. What is made is shown once and reaches no
further than its account, and than whoever makes it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api import store
from api.identity import requires
from api.small import Small
from api.v1 import pages
from api.v1.accounts import (
    Land,
    Name,
    Roles,
    changing,
    checked,
    must_be_name,
    scope_of,
)
from api.v1.bodies import Sound
from gis import config
from gis.accounts import embeds, granting, keys, land, shown, users
from gis.accounts.caller import Caller
from gis.accounts.settings import EMBED, KEY
from gis.accounts.users import Account, BeyondError
from gis.store.database import Connection

router = APIRouter(tags=["accounts 账号"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Administrator = Annotated[Caller, Depends(requires("accounts"))]
Embedder = Annotated[Caller, Depends(requires("embed"))]
Layer = Annotated[str, Field(json_schema_extra={"enum": EMBED.layers})]


class NewKey(Sound):
    """A key: its name, its account, and of that account's roles and land what it is to have."""

    name: Annotated[Name, Field(examples=["gis"])]
    account: Annotated[Name, Field(examples=["王芳"])]
    roles: Annotated[Roles | None, Field(description="null: 同账号 the account's")] = None
    land: Annotated[Land | None, Field(description="null: 同账号 the account's")] = None
    days: Annotated[int, Field(ge=1, le=KEY.most_days)] = KEY.default_days


class NewEmbed(Sound):
    """A token: its name and account, and the land, layers, day and language it fixes."""

    name: Annotated[Name, Field(examples=["门户"])]
    account: Annotated[Name, Field(examples=["王芳"])]
    land: Annotated[Land | None, Field(description="null: 全部 everywhere")]
    layers: Annotated[list[Layer], Field(min_length=1, max_length=len(EMBED.layers))]
    as_of: date | None = None
    language: Literal["zh", "en"] = "zh"
    days: Annotated[int, Field(ge=1, le=EMBED.most_days)] = EMBED.default_days


@router.get("/keys", summary="密钥 keys")
def all_keys(connection: OneConnection, known: Administrator) -> Response:
    """The keys of the accounts the caller may change, and its own; ended ones too."""
    own = _own(connection, known)
    rows = [shown.key(one) for one in keys.every(connection) if one.account in own]
    return pages.answer({"count": len(rows), "rows": rows})


@router.post("/keys", summary="建密钥 make a key", status_code=201)
def add_key(asked: NewKey, request: Request, known: Administrator) -> Response:
    """A key of an account; `secret` is shown this once and kept nowhere."""
    must_be_name(asked.name)
    roles = () if asked.roles is None else checked(asked.roles)
    scope = scope_of(asked.land)
    with changing(request, known, "建密钥 create key", asked.name) as connection:
        owner = users.get(connection, asked.account)
        granting.must_hand_out(known, owner, roles or owner.roles, scope or owner.scope)
        secret, made = keys.create(
            connection, asked.name, owner.name, roles=roles, scope=scope, days=asked.days
        )
        unknown = land.unknown(connection, scope)
    told = {"secret": secret, **shown.key(made), "unknown_land": unknown}
    return pages.answer(told, status=201)


@router.delete("/keys/{name:path}", summary="吊销密钥 end a key")
def end_key(name: str, request: Request, known: Administrator) -> Response:
    """A key ended for good, at once."""
    with changing(request, known, "吊销密钥 revoke key", name) as connection:
        _must_be_own(connection, known, keys.get(connection, name).account)
        ended = keys.revoke(connection, name)
    return pages.answer(shown.key(ended))


@router.get("/embeds", summary="嵌入令牌 tokens of embedded pages")
def all_embeds(connection: OneConnection, known: Embedder) -> Response:
    """The tokens of the accounts the caller may change, and its own; ended ones too."""
    own = _own(connection, known)
    rows = [shown.embed(one) for one in embeds.every(connection) if one.account in own]
    return pages.answer({"count": len(rows), "rows": rows})


@router.post("/embeds", summary="建嵌入令牌 make a token", status_code=201)
def add_embed(asked: NewEmbed, request: Request, known: Embedder) -> Response:
    """A token for a page of another site; `token` is shown this once and kept nowhere."""
    must_be_name(asked.name)
    scope = scope_of(asked.land)
    with changing(request, known, "建嵌入令牌 create embed token", asked.name) as connection:
        owner = users.get(connection, asked.account)
        granting.must_hand_out(known, owner, (), scope)
        token, made = embeds.create(
            connection,
            config.read().home,
            asked.name,
            owner.name,
            scope,
            layers=asked.layers,
            as_of=asked.as_of,
            language=asked.language,
            days=asked.days,
        )
        unknown = land.unknown(connection, scope)
    return pages.answer({"token": token, **shown.embed(made), "unknown_land": unknown}, status=201)


@router.delete("/embeds/{name:path}", summary="吊销嵌入令牌 end a token")
def end_embed(name: str, request: Request, known: Embedder) -> Response:
    """A token ended for good, with every page it opened."""
    with changing(request, known, "吊销嵌入令牌 revoke embed token", name) as connection:
        _must_be_own(connection, known, embeds.get(connection, name).account)
        ended = embeds.revoke(connection, name)
    return pages.answer(shown.embed(ended))


def _own(connection: Connection, known: Caller) -> frozenset[str]:
    found: list[Account] = users.every(connection)
    return frozenset(one.name for one in found if granting.is_own(known, one))


def _must_be_own(connection: Connection, known: Caller, account: str) -> None:
    if not granting.is_own(known, users.get(connection, account)):
        raise BeyondError(
            f"账号“{account}”超出本账号。 It belongs to an account beyond yours.",
            "由范围更大的管理员做 let another administrator do it",
        )
