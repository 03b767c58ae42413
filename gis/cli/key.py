"""`landwatch key`: what programs show instead of a password."""

from __future__ import annotations

from typing import Any

import click

from gis import config
from gis.accounts import keys, land, users
from gis.accounts import shown as shown_as
from gis.accounts.keys import Key
from gis.accounts.settings import KEY, ROLES
from gis.cli import given_land, screen, usage
from gis.store import database


@usage.group()
def key() -> None:
    """密钥 API keys: a program sends one as Authorization: Bearer, or as the password of Basic."""


@key.command("create")
@click.argument("name")
@click.option("--account", required=True, help="所属账号 The account it belongs to")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=usage.choice([*ROLES]),
    help="角色，默认同账号 Role, the account's own by default",
)
@given_land.options
@click.option(
    "--days", type=int, default=KEY.default_days, show_default=True, help="有效天数 Days it is good"
)
@screen.json_option
def create(
    name: str, account: str, roles: tuple[str, ...], days: int, as_json: bool, **given: Any
) -> None:
    """建密钥 Make a key of an account; its secret is shown this once and kept nowhere.

    角色和范围不能超过账号，默认与账号相同。 It reaches no further than its account.
    """
    scope = given_land.scope(given) if given_land.is_named(given) else None
    with given_land.changing("建密钥 create key", users.named(name)) as connection:
        shown, made = keys.create(connection, name, account, roles=roles, scope=scope, days=days)
        given_land.tell_unknown(connection, scope)
    if as_json:
        screen.say_json({"secret": shown, **shown_as.key(made)})
        return
    screen.say(f"密钥（只显示这一次）Secret, shown this once: {shown}")
    _show([made], "密钥已建 Key made")


@key.command("list")
@screen.json_option
def listing(as_json: bool) -> None:
    """列出密钥 List the keys, ended ones too."""
    with database.connect(config.read()) as connection:
        found = keys.every(connection)
    _tell(found, as_json, "密钥 Keys")


@key.command("revoke")
@click.argument("name")
@screen.json_option
def revoke(name: str, as_json: bool) -> None:
    """吊销密钥 End a key for good, at once."""
    with given_land.changing("吊销密钥 revoke key", users.askable(name)) as connection:
        ended = keys.revoke(connection, name)
    _tell([ended], as_json, "密钥已吊销 Key revoked")


def _tell(found: list[Key], as_json: bool, title: str) -> None:
    if as_json:
        screen.say_json({"count": len(found), "rows": [shown_as.key(one) for one in found]})
    else:
        _show(found, title)


def _show(found: list[Key], title: str) -> None:
    screen.show(
        f"{title} · {len(found)}",
        ["密钥", "账号", "角色", "范围", "有效至", "最近使用", "吊销于"],
        [
            [
                one.name,
                one.account,
                "、".join(one.roles),
                "同账号 as its account" if one.scope is None else land.words(one.scope),
                given_land.when(one.expires_at),
                given_land.when(one.used_at),
                given_land.when(one.revoked_at),
            ]
            for one in found
        ],
        goes_first=(5, 6),
    )
