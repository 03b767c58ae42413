"""The pages of one's own account, and of pages within other sites: keys and tokens, shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from api import embed_words, identity, store
from api.identity import requires
from api.web import frame, language, named
from api.web.language import Language
from api.web.table import Column, Table
from gis.accounts import embeds, granting, keys, users
from gis.accounts.caller import Caller, given_out
from gis.accounts.embeds import Embed
from gis.accounts.keys import Key
from gis.accounts.settings import EMBED, KEY, PASSWORD, ROLES
from gis.accounts.users import Account
from gis.store.database import Connection
from gis.store.results import Scope

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Embedder = Annotated[Caller, Depends(requires("embed"))]
_Owned = TypeVar("_Owned", Key, Embed)
_KEYS = (
    Column("name", "名称"),
    Column("roles", "角色"),
    Column("land", "范围"),
    Column("created_at", "建于"),
    Column("expires_at", "到期"),
    Column("used_at", "上次使用"),
    Column("state", "现状"),
    Column("name", "操作", "end"),
)
_EMBEDS = (
    Column("name", "名称"),
    Column("account", "账号"),
    Column("layers", "内容"),
    Column("land", "范围"),
    Column("expires_at", "到期"),
    Column("state", "现状"),
    Column("name", "操作", "end"),
)


def known(request: Request) -> Caller:
    """Return who looks, whoever they are: also who may read nothing has an account to look at."""
    return identity.caller(request)


Known = Annotated[Caller, Depends(known)]


@router.get("/account")
def account(request: Request, connection: OneConnection, caller: Known) -> Response:
    """Return one's own account: who one is, the password, the keys."""
    tongue = language.of(request)
    # An account that has none of its own is the machine's.
    own = [one for one in keys.every(connection) if one.account == caller.name]
    return frame.page(
        request,
        caller,
        "account.html.jinja",
        run=named.newest(connection) if caller.may("read") else None,
        name=named.who(caller.name, tongue),
        roles=[role(one, tongue) for one in caller.roles],
        all_roles={one: role(one, tongue) for one in caller.roles},
        scope=land(caller.scope, tongue),
        rule=PASSWORD,
        key_days=KEY,
        may_make=caller.may("accounts") and caller.via != "desk",
        keys=Table(
            _KEYS, [_key(one, tongue) for one in own], len(own), row_key="name",
            empty=("没有密钥", "密钥供程序使用（QGIS、脚本），由管理员建立"),
        ),
    )  # fmt: skip


@router.get("/embeds")
def embed_pages(request: Request, connection: OneConnection, caller: Embedder) -> Response:
    """Return the page that makes a token for another site, shows what to paste and how it looks."""
    tongue = language.of(request)
    made = own_of(connection, caller, embeds.every)
    ancestors = embeds.ancestors()
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return frame.page(
        request,
        caller,
        "embeds.html.jinja",
        here="/admin",
        run=named.newest(connection) if caller.may("read") else None,
        layers={one: embed_words.name(one, tongue) for one in EMBED.layers},
        embed_days=EMBED,
        accounts=[one.name for one in own_accounts(connection, caller)],
        origin=origin,
        ancestors=ancestors,
        is_seen_here="'self'" in ancestors or origin in ancestors.split(),
        embeds=Table(
            _EMBEDS, [_embed(one, tongue) for one in made], len(made), row_key="name",
            empty=("没有嵌入令牌", "建一个，把代码交给门户的管理员"),
        ),
    )  # fmt: skip


def own_accounts(connection: Connection, caller: Caller) -> list[Account]:
    """Return the accounts whose keys and tokens are the caller's to see and to end."""
    return [one for one in users.every(connection) if granting.is_own(caller, one)]


def own_of(
    connection: Connection, caller: Caller, every: Callable[[Connection], list[_Owned]]
) -> list[_Owned]:
    """Return the keys or tokens of those accounts."""
    names = {one.name for one in own_accounts(connection, caller)}
    return [one for one in every(connection) if one.account in names]


def role(name: str, tongue: Language) -> str:
    """Return what a role is called."""
    return str(ROLES[name]["zh"]) if tongue == "zh" else name.replace("_", " ")


def roles_given(caller: Caller, tongue: Language) -> dict[str, str]:
    """Return the roles a caller may give -> what they are called."""
    may_give = granting.given_by(caller)
    return {one: role(one, tongue) for one in given_out() if one in may_give}


def land(scope: Scope | None, tongue: Language) -> str:
    """Return land in words, every code of it."""
    if scope is None:
        return language.said("全部土地", tongue)
    return "、".join((*scope.regions, *scope.parks, *scope.blocks))


def _key(one: Key, tongue: Language) -> dict[str, Any]:
    return {
        "name": one.name,
        "address": f"/api/v1/keys/{one.name}",
        "is_over": one.revoked_at is not None,
        "roles": "、".join(role(name, tongue) for name in one.roles)
        or language.said("同账号", tongue),
        "land": language.said("同账号", tongue) if one.scope is None else land(one.scope, tongue),
        "created_at": named.moment(one.created_at),
        "expires_at": named.moment(one.expires_at),
        "used_at": named.moment(one.used_at) or language.said("没有用过", tongue),
        "state": language.said("有效" if one.revoked_at is None else "已吊销", tongue),
    }


def _embed(one: Embed, tongue: Language) -> dict[str, Any]:
    return {
        "name": one.name,
        "account": one.account,
        "address": f"/api/v1/embeds/{one.name}",
        "is_over": one.revoked_at is not None,
        "layers": "、".join(embed_words.name(name, tongue) for name in one.layers),
        "land": land(one.scope, tongue),
        "expires_at": named.moment(one.expires_at),
        "state": language.said("有效" if one.revoked_at is None else "已吊销", tongue),
    }
