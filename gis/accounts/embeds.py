"""Tokens for pages within other sites: signed, with an end, revocable, narrowed to what they show.

token   what the other site is given; it names a row of the store, which says land, layers, day
code    what takes a token's place in an address: good for a moment, and once
pass    what the opened page shows with every request; the row is asked each time, so a token that
        is revoked, or an account that is shut, ends it at once
All three are signed with a key of this installation, each for its own use alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import itsdangerous

from gis import config
from gis.accounts import caller, land, secret, users
from gis.accounts.caller import Caller, Fixed
from gis.accounts.settings import EMBED
from gis.errors import UsageError
from gis.files import own_secret
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.results import Scope

PERMISSION = "embed"
_FILE = "embed-key"
_TOKEN, _CODE, _PASS = "token", "code", "pass"
_MOST_LETTERS = 500
_SOURCE = re.compile(r"https?://(\*\.)?[A-Za-z0-9.\-]+(:[0-9]{1,5})?")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?")


@dataclass(frozen=True)
class Embed:
    """One token as it is kept: without what is handed out."""

    name: str
    scope: Scope | None
    layers: tuple[str, ...]
    as_of: date | None
    language: str
    account: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class RefusedError(UsageError):
    """A token or a code that opens nothing: unknown, ended, revoked, or used before."""

    def __init__(self) -> None:
        super().__init__(
            "嵌入令牌无效、已过期、已吊销或已用过。 The token is unknown, ended or used up.",
            "请网站管理者换新 let the site's keeper get another: landwatch embed create",
        )


def create(
    connection: Connection,
    home: Path,
    name: str,
    account: str,
    scope: Scope | None,
    *,
    layers: Sequence[str],
    as_of: date | None = None,
    language: str = "zh",
    days: int | None = None,
) -> tuple[str, Embed]:
    """Make a token of an account that may; return it, shown this once, and what is kept.

    UsageError where the account may not, the land reaches beyond its own, or a layer is unknown.
    """
    owner, known = users.get(connection, account), users.named(name)
    lasting = EMBED.default_days if days is None else days
    _check(owner, scope, layers, language, lasting)
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.embed_token (name, is_unscoped, regions, parks, blocks, layers,"
            " as_of, language, created_by, created_at, expires_at)"
            " SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, now, now + make_interval(days => %s)"
            " FROM clock_timestamp() AS now ON CONFLICT (name) DO NOTHING RETURNING name",
            (known, *land.stored(scope), [*layers], as_of, language, owner.name, lasting),
        ).fetchone()
    if row is None:
        raise users.NameTakenError(
            f"嵌入令牌“{known}”已有。 There is a token of this name.",
            "换一个名字，或 choose another, or: landwatch embed list",
        )
    return _signed(home, _TOKEN, known), get(connection, known)


def code_for(connection: Connection, home: Path, token: str) -> str:
    """Return the code that takes a token's place in an address; RefusedError."""
    name, _ = _opened(home, _TOKEN, token)
    _must_hold(connection, name)
    return _signed(home, _CODE, name)


def exchange(connection: Connection, home: Path, shown: str) -> tuple[str, Embed]:
    """Return the pass a token, or a code that was never shown before, opens, and what it is for."""
    try:
        name, nonce = _opened(home, _CODE, shown, EMBED.code_seconds)
    except RefusedError:
        name, _ = _opened(home, _TOKEN, shown)
    else:
        _use_up(connection, name, nonce)
    _must_hold(connection, name)
    return _signed(home, _PASS, name), get(connection, name)


def find(connection: Connection, home: Path, shown: str, address: str) -> Caller | None:
    """Return whom a pass lets in: to read, on the token's land as far as its account still goes."""
    try:
        name, _ = _opened(home, _PASS, shown, EMBED.pass_hours * 3_600)
    except RefusedError:
        return None
    row = _holding(connection, name)
    if row is None:
        return None
    layers, as_of, language = row[8:11]
    return Caller(
        name=f"嵌入 embed: {name}",
        roles=(),
        scope=land.within(land.read(row[:4]), land.read(row[4:8])),
        via="embed",
        address=address,
        permissions=frozenset({caller.READ}),
        fixed=Fixed(tuple(layers), as_of, language),
    )


def every(connection: Connection) -> list[Embed]:
    """Return all tokens by name, ended ones too."""
    with faults.explained():
        return [_embed(row) for row in connection.execute(_SELECT + " ORDER BY name")]


def get(connection: Connection, name: str) -> Embed:
    """Return one token; UsageError when there is none of this name."""
    with faults.explained():
        row = connection.execute(_SELECT + " WHERE name = %s", (users.askable(name),)).fetchone()
    if row is None:
        raise UsageError(
            f"没有嵌入令牌“{name[:40]}”。 There is no token of this name.",
            "landwatch embed list 列出令牌 lists them",
        )
    return _embed(row)


def revoke(connection: Connection, name: str) -> Embed:
    """End a token for good, and every page that it opened."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.embed_token SET revoked_at = clock_timestamp()"
            " WHERE name = %s AND revoked_at IS NULL",
            (users.askable(name),),
        )
    return get(connection, name)


def ancestors() -> str:
    """Return which sites may show our pages within theirs, as a policy writes it; UsageError."""
    told = config.read().frame_ancestors.strip()
    sources = told.split()
    if told not in {"'none'", "'self'"} and not all(map(_SOURCE.fullmatch, sources)):
        raise UsageError(
            f"LANDWATCH_FRAME_ANCESTORS 写得不对：{told[:80]}。 It names no sites.",
            "写网站地址或 'self'"
            " write it like: https://portal.example https://*.example, or 'self'",
        )
    return " ".join(sources)


def origins() -> list[str]:
    """Return the sites whose messages an embedded page hears: those named in full."""
    return [source for source in ancestors().split() if _ORIGIN.fullmatch(source)]


_SELECT = (
    "SELECT name, is_unscoped, regions, parks, blocks, layers, as_of, language, created_by,"
    " created_at, expires_at, revoked_at FROM landwatch.embed_token"
)


def _check(
    owner: users.Account, scope: Scope | None, layers: Sequence[str], language: str, days: int
) -> None:
    strange = [layer for layer in layers if layer not in EMBED.layers]
    if strange or not layers or language not in EMBED.languages:
        raise UsageError(
            f"没有图层或语言“{(strange or [language])[0][:40]}”。 No such layer or language.",
            f"可用 known: {'、'.join(EMBED.layers)}; {'、'.join(EMBED.languages)}",
        )
    if not 0 < days <= EMBED.most_days:
        raise UsageError(
            f"令牌有效期须为 1 至 {EMBED.most_days} 天。 A token is good for 1 day up to so many.",
            f"例如 for example: --days {EMBED.default_days}",
        )
    if PERMISSION not in caller.permissions(owner.roles):
        raise users.BeyondError(
            f"账号“{owner.name}”无权嵌入（{PERMISSION}）。 The account may not embed pages.",
            "用负责人的账号 use a manager's, or: landwatch user role",
        )
    if land.within(scope, owner.scope) != scope:
        raise users.BeyondError(
            f"令牌超出账号“{owner.name}”的范围。 A token cannot reach beyond its account's land.",
            "只给账号已有的范围 give it the account's land, or part of it",
        )


def _holding(connection: Connection, name: str) -> Sequence[Any] | None:
    """Return what a token in force is for, None where it, or its account, is not."""
    with faults.explained():
        row = connection.execute(
            "SELECT t.is_unscoped, t.regions, t.parks, t.blocks, a.is_unscoped, a.regions, a.parks,"
            " a.blocks, layers, as_of, language, a.roles FROM landwatch.embed_token AS t"
            " JOIN landwatch.account AS a ON a.name = t.created_by"
            " WHERE t.name = %s AND revoked_at IS NULL AND clock_timestamp() < expires_at"
            " AND NOT is_disabled",
            (name,),
        ).fetchone()
    return row if row is not None and PERMISSION in caller.permissions(row[11]) else None


def _must_hold(connection: Connection, name: str) -> None:
    if _holding(connection, name) is None:
        raise RefusedError


def _use_up(connection: Connection, name: str, nonce: str) -> None:
    """Write down that a code was shown; RefusedError when it was before."""
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.embed_exchange VALUES (%s, %s, clock_timestamp())"
            " ON CONFLICT (nonce) DO NOTHING RETURNING nonce",
            (secret.digest(nonce), name),
        ).fetchone()
        connection.execute(
            "DELETE FROM landwatch.embed_exchange"
            " WHERE exchanged_at < clock_timestamp() - interval '1 day'"
        )
    if row is None:
        raise RefusedError


def _signed(home: Path, use: str, name: str) -> str:
    return str(_signer(home, use).dumps([name, secret.new()]))


def _opened(home: Path, use: str, shown: str, seconds: int | None = None) -> tuple[str, str]:
    """Return name and nonce that were signed for a use so many seconds ago at most; RefusedError.

    It is the nonce that is used up: the same signature can be written in more than one way.
    """
    if not 0 < len(shown) <= _MOST_LETTERS or not shown.isascii():
        raise RefusedError
    try:
        name, nonce = _signer(home, use).loads(shown, max_age=seconds)
    except (itsdangerous.BadData, TypeError, ValueError):
        raise RefusedError from None
    return str(name), str(nonce)


def _signer(home: Path, use: str) -> itsdangerous.URLSafeTimedSerializer:
    key = own_secret.kept(
        home / _FILE, ("嵌入令牌的密钥", "the key of embed tokens"), lambda: secret.new().encode()
    )
    return itsdangerous.URLSafeTimedSerializer(
        key,
        salt=f"landwatch embed {use}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def _embed(row: Sequence[object]) -> Embed:
    name, *scope = row[:5]
    layers, *rest = row[5:]
    return Embed(str(name), land.read(scope), tuple(layers), *rest)  # type: ignore[arg-type]
