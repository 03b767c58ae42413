"""`landwatch embed`: tokens for pages within other sites."""

from __future__ import annotations

from typing import Any

import click

from gis import config
from gis.accounts import embeds, land, users
from gis.accounts import shown as shown_as
from gis.accounts.embeds import Embed
from gis.accounts.settings import EMBED
from gis.cli import given_land, screen, usage, which_run
from gis.store import database


@usage.group()
def embed() -> None:
    """嵌入 Pages within other sites: a token fixes land, layers, day and language.

    哪些网站可以嵌入，由 LANDWATCH_FRAME_ANCESTORS 写明，默认都不可以。 Which sites may show them is
    said by LANDWATCH_FRAME_ANCESTORS; by default none may.
    """


@embed.command("create")
@click.argument("name")
@click.option("--account", required=True, help="所属账号 The account it belongs to")
@given_land.options
@click.option(
    "--layer",
    "layers",
    multiple=True,
    required=True,
    type=usage.choice(EMBED.layers),
    help="图层，可重复 Layer, may repeat",
)
@click.option("--as-of", metavar="日期", help="只看这一天的判定 Only what was judged for this day")
@click.option(
    "--language", type=usage.choice(EMBED.languages), default="zh", help="语言 Language of the page"
)
@click.option(
    "--days",
    "lasting",
    type=int,
    default=EMBED.default_days,
    show_default=True,
    help="有效天数 Days it is good",
)
@screen.json_option
def create(
    name: str,
    account: str,
    layers: tuple[str, ...],
    as_of: str | None,
    language: str,
    lasting: int,
    as_json: bool,
    **given: Any,
) -> None:
    """建嵌入令牌 Make a token; it is shown this once and kept nowhere.

    放进网页 Put it into a page: <iframe src="https://…/embed/page#TOKEN">，# 后的不进日志 what
    stands behind # is in no log; /embed/TOKEN 也可以 does as well.
    """
    scope = given_land.scope(given)
    day = None if as_of is None else which_run.as_day(as_of)
    home = config.read().home
    with given_land.changing("建嵌入令牌 create embed token", users.named(name)) as connection:
        shown, made = embeds.create(
            connection,
            home,
            name,
            account,
            scope,
            layers=layers,
            as_of=day,
            language=language,
            days=lasting,
        )
        given_land.tell_unknown(connection, scope)
    if as_json:
        screen.say_json({"token": shown, **shown_as.embed(made)})
        return
    screen.say(f"令牌（只显示这一次）Token, shown this once: {shown}")
    _show([made], "嵌入令牌已建 Token made")


@embed.command("list")
@screen.json_option
def listing(as_json: bool) -> None:
    """列出嵌入令牌 List the tokens, ended ones too."""
    with database.connect(config.read()) as connection:
        found = embeds.every(connection)
    _tell(found, as_json, "嵌入令牌 Tokens")


@embed.command("revoke")
@click.argument("name")
@screen.json_option
def revoke(name: str, as_json: bool) -> None:
    """吊销嵌入令牌 End a token for good, with every page it opened."""
    with given_land.changing("吊销嵌入令牌 revoke embed token", users.askable(name)) as connection:
        ended = embeds.revoke(connection, name)
    _tell([ended], as_json, "嵌入令牌已吊销 Token revoked")


def _tell(found: list[Embed], as_json: bool, title: str) -> None:
    if as_json:
        screen.say_json({"count": len(found), "rows": [shown_as.embed(one) for one in found]})
    else:
        _show(found, title)


def _show(found: list[Embed], title: str) -> None:
    screen.show(
        f"{title} · {len(found)}",
        ["令牌", "账号", "范围", "图层", "判定日", "有效至", "吊销于"],
        [
            [
                one.name,
                one.account,
                land.words(one.scope),
                "、".join(one.layers),
                "" if one.as_of is None else one.as_of.isoformat(),
                given_land.when(one.expires_at),
                given_land.when(one.revoked_at),
            ]
            for one in found
        ],
        goes_first=(6,),
    )
