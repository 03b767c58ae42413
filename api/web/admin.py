"""The administrators' pages: accounts with their roles and land, and the audit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from api import store
from api.identity import ForbiddenError, requires
from api.v1.audited import must_see_all
from api.web import frame, language, named
from api.web.account import Known, land, own_accounts, role, roles_given
from api.web.table import Column, Table, address
from gis.accounts import audit, granting, users
from gis.accounts.caller import Caller
from gis.accounts.settings import PASSWORD
from gis.accounts.users import Account
from gis.store.database import Connection

router = APIRouter(tags=["pages 页面"], include_in_schema=False)

OneConnection = Annotated[Connection, Depends(store.connection)]
Administrator = Annotated[Caller, Depends(requires("accounts"))]
Auditor = Annotated[Caller, Depends(requires("audit"))]
_PAGE = 100
_LAST = 2**63 - 1
_PLACES = {"accounts": "/admin/users", "audit": "/admin/audit", "embed": "/embeds"}
_USERS = (
    Column("name", "账号", "link", of="address"),
    Column("roles", "角色"),
    Column("land", "范围"),
    Column("password", "密码"),
    Column("state", "现状"),
    Column("created_at", "建于"),
)
_AUDIT = (
    Column("number", "号", "count"),
    Column("at", "时间"),
    Column("actor", "谁"),
    Column("address", "从哪里"),
    Column("action", "做什么"),
    Column("object", "对什么"),
    Column("result", "结果"),
)


@router.get("/admin")
def first(caller: Known) -> Response:
    """Send on to the first of the administrators' pages the caller may open."""
    for permission, place in _PLACES.items():
        if caller.may(permission):
            return RedirectResponse(place, 303)
    raise ForbiddenError(
        "账号无管理权限。 The account administers nothing.",
        "请管理员给予角色 ask an administrator for a role that does",
    )


@router.get("/admin/users")
def accounts(request: Request, connection: OneConnection, caller: Administrator) -> Response:
    """Return the accounts the caller may change and its own, and the form of another."""
    tongue = language.of(request)
    found = own_accounts(connection, caller)
    rows = [
        {
            "name": one.name,
            "address": f"/admin/users/{one.name}",
            "roles": "、".join(role(name, tongue) for name in one.roles),
            "land": land(one.scope, tongue),
            "password": language.said(_password(one), tongue),
            "state": language.said("已停用" if one.is_disabled else "启用", tongue),
            "created_at": named.moment(one.created_at),
        }
        for one in found
    ]
    return frame.page(
        request,
        caller,
        "users.html.jinja",
        run=named.newest(connection) if caller.may("read") else None,
        roles=roles_given(caller, tongue),
        rule=PASSWORD,
        is_desk=caller.via == "desk",
        users=Table(
            _USERS, rows, len(rows), row_key="name",
            empty=("还没有账号", "第一个账号在服务器上建：landwatch user add"),
        ),
    )  # fmt: skip


@router.get("/admin/users/{name:path}")
def account(
    name: str, request: Request, connection: OneConnection, caller: Administrator
) -> Response:
    """Return one account with what may be changed of it; 403 for one that could do more."""
    found = users.get(connection, name)
    if found.name != caller.name:
        granting.must_change(caller, found)
    tongue = language.of(request)
    return frame.page(
        request,
        caller,
        "user.html.jinja",
        run=named.newest(connection) if caller.may("read") else None,
        user=found,
        is_own=found.name == caller.name,
        roles=roles_given(caller, tongue),
        role_words=[role(one, tongue) for one in found.roles],
        scope=land(found.scope, tongue),
        password=language.said(_password(found), tongue),
        rule=PASSWORD,
    )


@router.get("/admin/audit")
def audited(
    request: Request,
    connection: OneConnection,
    caller: Auditor,
    actor: Annotated[str | None, Query(max_length=300)] = None,
    action: Annotated[str | None, Query(max_length=300)] = None,
    before: Annotated[int | None, Query(ge=1, le=_LAST)] = None,
) -> Response:
    """Return entries of the audit, the newest first, and where its chain stands."""
    must_see_all(caller)
    tongue = language.of(request)
    found = audit.newest(connection, before, actor or None, action or None, _PAGE)
    rows: list[dict[str, Any]] = [
        {
            **vars(one),
            "at": named.moment(one.at),
            "actor": named.who(one.actor, tongue),
            "action": language.one_of(one.action, tongue),
            "object": one.object or "—",
            "address": one.address or "—",
            "result": language.one_of(one.result, tongue),
        }
        for one in found
    ]
    last = found[-1].number if len(found) == _PAGE else None
    stand = audit.head(connection)
    return frame.page(
        request,
        caller,
        "audit.html.jinja",
        run=named.newest(connection) if caller.may("read") else None,
        stand=stand,
        asked={"actor": actor or "", "action": action or ""},
        entries=Table(
            _AUDIT, rows, None if actor or action else stand.number,
            next_address=None if last is None else address(request, before=last),
            empty=("没有符合条件的审计", "放宽筛选条件再看"),
        ),
    )  # fmt: skip


def _password(one: Account) -> str:
    if not one.has_password:
        return "没有密码"
    return "下次登录须改" if one.must_change_password else "已设"
