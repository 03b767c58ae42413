"""What the commands about accounts share: the land they give, whom they audit, how they ask."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

from gis import config
from gis.accounts import audit, land
from gis.cli import screen
from gis.errors import UsageError
from gis.store import database
from gis.store.database import Connection
from gis.store.results import Scope

_OPTIONS = (
    *(
        click.option(f"--{one}", f"{one}s", multiple=True, metavar="代码", help=words)
        for one, words in (
            ("region", "行政区代码，可重复 Region, may repeat"),
            ("park", "园区代码，可重复 Park, may repeat"),
            ("block", "区块代码，可重复 Block, may repeat"),
        )
    ),
    click.option("--everywhere", is_flag=True, help="全部范围 All land"),
)


def options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name land."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def is_named(given: dict[str, Any]) -> bool:
    """Return whether any of the options of land was given."""
    return any(given.values())


def scope(given: dict[str, Any]) -> Scope | None:
    """Return the land the options name; UsageError where they name none, or two kinds."""
    return land.asked(
        given["regions"], given["parks"], given["blocks"], is_everything=given["everywhere"]
    )


def tell_unknown(connection: Connection, scope: Scope | None) -> None:
    """Say on stderr which codes of a land no record has named so far."""
    codes = land.unknown(connection, scope)
    if codes:
        screen.say(
            f"注意 note: 库中还没有 not in the store yet: {'、'.join(codes)}"
            "（核对代码；资料到之前看不到这些地 check the codes:"
            " nothing of them is seen before records come）",
            err=True,
        )


@contextmanager
def changing(action: str, subject: str) -> Iterator[Connection]:
    """Lend a connection for one change, which is kept together with its audit, or not at all."""
    with database.connect(config.read()) as connection, connection.transaction():
        yield connection
        audit.record(connection, _person(), "", action, subject, "成功 ok")


def new_password(*, is_piped: bool) -> str:
    """Return a password typed twice without an echo, or the line that is piped in."""
    if is_piped:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise UsageError(
            "没有终端可输入密码。 There is no terminal to type a password at.",
            "从标准输入给出 pipe it in: --password-stdin",
        )
    typed: str = click.prompt(
        "密码 Password", hide_input=True, confirmation_prompt="再输一遍 Once more", err=True
    )
    return typed


def when(instant: datetime | None) -> str:
    """Return an instant as a table shows it, in the time of this machine."""
    return "" if instant is None else f"{instant.astimezone():%Y-%m-%d %H:%M}"


def _person() -> str:
    """Return who sits at the command, as the machine knows them."""
    try:
        return f"命令行 command line: {getpass.getuser()}"
    except (OSError, KeyError):
        return "命令行 command line"
