"""Passwords: what one must be, its slow hash, whether one fits; none is kept itself."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

import argon2

from gis.accounts import secret, users
from gis.accounts.settings import PASSWORD
from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection

_FEWEST_SIGNS = 5  # different ones
_TRIMMINGS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_AGAIN = re.compile(r"(.+?)\1*")
_READ_AS = str.maketrans({"@": "a", "0": "o", "$": "s"})


class BadPasswordError(UsageError):
    """A new password that is not good enough."""


def check(name: str, password: str) -> None:
    """Raise BadPasswordError with every reason why an account should not have this password."""
    plain = unicodedata.normalize("NFC", password)
    faults_ = [words for is_so, words in _rules(name, plain) if is_so]
    if faults_:
        raise BadPasswordError(
            "密码不合要求：" + "；".join(faults_) + "。 The password is not good enough.",
            f"至少 {PASSWORD.least_letters} 字，大写、小写、数字、其他字符中至少 "
            f"{PASSWORD.least_classes} 类 small letters, capitals, digits, other signs",
        )


def hashed(password: str) -> str:
    """Return the argon2id hash of a password; it takes 19 MiB and tens of milliseconds."""
    return _hasher().hash(_bytes(password))


def fits(password: str, known: str | None) -> bool:
    """Return whether a password is the one of a hash.

    Without a hash it takes as long and is False: who is asked by name cannot tell which names
    there are.
    """
    is_possible = len(password) <= PASSWORD.most_letters
    try:
        _hasher().verify(known or _nobody(), _bytes(password if is_possible else ""))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return known is not None and is_possible


def give(connection: Connection, name: str, password: str, *, must_change: bool) -> None:
    """Give an account a password that keeps the rules; UsageError says which it breaks."""
    account = users.get(connection, name)
    check(account.name, password)
    made = hashed(password)
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.account SET password_hash = %s, password_set_at = clock_timestamp(),"
            " must_change_password = %s WHERE name = %s",
            (made, must_change, account.name),
        )


def kept(connection: Connection, name: str) -> str | None:
    """Return the hash of an account that is open, None where there is none."""
    with faults.explained():
        row = connection.execute(
            "SELECT password_hash FROM landwatch.account WHERE name = %s AND NOT is_disabled",
            (name,),
        ).fetchone()
    return None if row is None else row[0]


def _rules(name: str, plain: str) -> list[tuple[bool, str]]:
    folded = plain.casefold()
    classes = {_class(sign) for sign in plain}
    return [
        (len(plain) < PASSWORD.least_letters, f"不足 {PASSWORD.least_letters} 字 too short"),
        (len(plain) > PASSWORD.most_letters, f"超过 {PASSWORD.most_letters} 字 too long"),
        (not plain.isprintable(), "含看不见的字符 it holds signs nobody sees"),
        (len(classes) < PASSWORD.least_classes, "字符种类太少 too few kinds of signs"),
        (len({*folded}) < _FEWEST_SIGNS, "同一字符太多 too few different signs"),
        (_holds(folded, name.casefold()), "含账号名 it holds the name"),
        (_is_common(folded), "是常用密码 it is one of the commonest"),
    ]


def _holds(password: str, name: str) -> bool:
    return len(name) > 1 and (name in password or name[::-1] in password)


def _is_common(folded: str) -> bool:
    """Return whether a password is a word of the list, once or again and again, and trimmings."""
    words, runs = _commonest()
    core = _TRIMMINGS.sub("", folded).translate(_READ_AS)
    ways = ("".join(filter(str.isalpha, text)) for text in (core, folded))
    heads = (_AGAIN.fullmatch(letters) for letters in ways)
    return folded.startswith(runs) or any(head is not None and head[1] in words for head in heads)


def _class(sign: str) -> str:
    if sign.isascii() and sign.isalpha():
        return "small" if sign.islower() else "capital"
    return "digit" if sign.isdigit() else "other"


@cache
def _commonest() -> tuple[frozenset[str], tuple[str, ...]]:
    place = resources.files("gis.accounts").joinpath("commonest.toml")
    content = tomllib.loads(place.read_text(encoding="utf-8"))
    return frozenset(content["words"]), tuple(content["runs"])


@cache
def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher(
        time_cost=PASSWORD.time_cost,
        memory_cost=PASSWORD.memory_kib,
        parallelism=PASSWORD.parallelism,
    )


@cache
def _nobody() -> str:
    return hashed(secret.new())


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "backslashreplace")
