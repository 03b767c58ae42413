"""`landwatch user`: accounts made, listed, given land, roles and passwords, closed."""

from __future__ import annotations

from typing import Any

import click

from gis import config
from gis.accounts import caller, land, passwords, sessions, users
from gis.accounts import shown as shown_as
from gis.accounts.settings import PASSWORD, ROLES
from gis.accounts.users import Account
from gis.cli import given_land, screen, usage
from gis.store import database

_piped = click.option(
    "--password-stdin", "is_piped", is_flag=True, help="密码从标准输入读一行 Read it from stdin"
)
_roles = click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=usage.choice([*ROLES]),
    help="角色，可重复 Role, may repeat",
)


@usage.group()
def user() -> None:
    """账号 Accounts: who may come in, as what, on which land.

    没有账号时，只供本机的人使用；有了第一个账号，处处都要登录。 Without accounts the server is for
    the person at this machine; once there is one, accounts hold everywhere.
    """


@user.command("add")
@click.argument("name")
@_roles
@given_land.options
@_piped
@screen.json_option
def add(name: str, roles: tuple[str, ...], is_piped: bool, as_json: bool, **given: Any) -> None:
    """建账号 Make an account; its password is typed without an echo, or piped in.

    管理员不写范围即为全部；其他角色须写明。 An administrator has all land unless some is named; for
    other roles it is to be named. 第一个账号之后，密码首次登录时须改。 All but the first account
    change their password at the first log-in.
    """
    is_administrator = all(ROLES[role].get("given") for role in roles)
    if is_administrator and not given_land.is_named(given):
        given["everywhere"] = True
    scope = given_land.scope(given)
    caller.checked_roles(roles)
    known = users.named(name)
    with database.connect(config.read()) as connection:
        is_first = not users.exists(connection)
    typed = given_land.new_password(is_piped=is_piped)
    with given_land.changing("建账号 add account", known) as connection:
        users.add(connection, known, roles, scope)
        passwords.give(connection, known, typed, must_change=_is_changed() and not is_first)
        made = users.get(connection, known)
        given_land.tell_unknown(connection, scope)
    _tell([made], as_json, "账号已建 Account made")


@user.command("list")
@screen.json_option
def listing(as_json: bool) -> None:
    """列出账号 List the accounts."""
    with database.connect(config.read()) as connection:
        _tell(users.every(connection), as_json, "账号 Accounts")


@user.command("scope")
@click.argument("name")
@given_land.options
@screen.json_option
def scope(name: str, as_json: bool, **given: Any) -> None:
    """改管辖范围 Give an account other land, in force at once."""
    wanted = given_land.scope(given)
    with given_land.changing("改范围 change land", users.askable(name)) as connection:
        changed = users.give_scope(connection, name, wanted)
        given_land.tell_unknown(connection, wanted)
    _tell([changed], as_json, "范围已改 Land changed")


@user.command("role")
@click.argument("name")
@_roles
@screen.json_option
def role(name: str, roles: tuple[str, ...], as_json: bool) -> None:
    """改角色 Give an account other roles in place of its own, in force at once."""
    with given_land.changing("改角色 change roles", users.askable(name)) as connection:
        changed = users.give_roles(connection, name, roles)
    _tell([changed], as_json, "角色已改 Roles changed")


@user.command("password")
@click.argument("name")
@_piped
@screen.json_option
def password(name: str, is_piped: bool, as_json: bool) -> None:
    """重设密码 Set a password anew; the account's sessions end, and it changes it at log-in."""
    with database.connect(config.read()) as connection:
        users.get(connection, name)
    typed = given_land.new_password(is_piped=is_piped)
    with given_land.changing("重设密码 set password", users.askable(name)) as connection:
        passwords.give(connection, name, typed, must_change=_is_changed())
        changed = users.get(connection, name)
        sessions.revoke_all(connection, changed.name)
    _tell([changed], as_json, "密码已设 Password set")


@user.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="重新启用 Open it again")
@screen.json_option
def disable(name: str, undo: bool, as_json: bool) -> None:
    """停用账号 Close an account with its sessions and keys; it is never removed."""
    words = "启用账号 open account" if undo else "停用账号 disable account"
    with given_land.changing(words, users.askable(name)) as connection:
        changed = users.disable(connection, name, is_disabled=not undo)
    _tell([changed], as_json, "已启用 Open again" if undo else "已停用 Disabled")


def _is_changed() -> bool:
    return PASSWORD.is_changed_at_first_login


def _tell(accounts: list[Account], as_json: bool, title: str) -> None:
    if as_json:
        screen.say_json(
            {"count": len(accounts), "rows": [shown_as.account(one) for one in accounts]}
        )
        return
    screen.show(
        f"{title} · {len(accounts)}",
        ["账号", "角色", "范围", "密码设于", "状态", "建于"],
        [
            [
                one.name,
                "、".join(f"{ROLES[role]['zh']} {role}" for role in one.roles),
                land.words(one.scope),
                given_land.when(one.password_set_at) or "无",
                _state(one),
                given_land.when(one.created_at),
            ]
            for one in accounts
        ],
        goes_first=(5, 3),
    )


def _state(one: Account) -> str:
    if one.is_disabled:
        return "停用"
    if not caller.permissions(one.roles):
        # A role that is not given out at present: see LANDWATCH_SEPARATE_ADMINISTRATORS.
        return "角色现无权限"
    return "须改密码" if one.must_change_password else "可用"
