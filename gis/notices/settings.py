"""The settings of the nights: nightly.toml under LANDWATCH_HOME, for its owner alone to read.

hour = 1                       from this hour on, in Beijing
kept_days = 60                 so long folders of nights are kept
jobs_kept_days = 180           so long finished jobs are listed
service = "https://land.example"

[mail]
host = "mail.example"          port, security (tls, starttls, none), user, password
sender = "landwatch@example"

[[recipient]]
name = "利用科"
way = "mail"                   or wecom, dingtalk, json
address = "a@example"          or the address of the robot
secret = ""                    with which 钉钉 signs
regions = ["150602"]           or parks, blocks; or everywhere = true
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gis import config
from gis.accounts import land
from gis.errors import UsageError
from gis.store.results import Scope

NAME = "nightly.toml"
MAIL, WECOM, DINGTALK, JSON = "mail", "wecom", "dingtalk", "json"
WAYS = (MAIL, WECOM, DINGTALK, JSON)
ROBOTS = frozenset({WECOM, DINGTALK})
_SECURITY = {"tls": 465, "starttls": 587, "none": 25}
_OTHERS = 0o077
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+")


@dataclass(frozen=True)
class Mail:
    """The mail server; the password is never told."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True)
class Recipient:
    """Who is told, by which way, of which land (None: all); what opens the way is never told."""

    name: str
    way: str
    address: str = field(repr=False)
    secret: str = field(repr=False)
    scope: Scope | None


@dataclass(frozen=True)
class Settings:
    """What holds of nights and notices here."""

    hour: int
    kept_days: int
    jobs_kept_days: int
    service: str
    mail: Mail | None
    recipients: tuple[Recipient, ...]
    is_written: bool = False
    """Somebody wrote the file, whatever stands in it."""

    def recipient(self, name: str) -> Recipient | None:
        """Return the recipient of a name, None where the settings name none."""
        return next((one for one in self.recipients if one.name == name), None)

    @property
    def secrets(self) -> frozenset[str]:
        """Return everything in the settings that must not be told."""
        told = {self.mail.password} if self.mail else set()
        for one in self.recipients:
            told |= {one.secret} | ({one.address} if one.way != MAIL else set())
        return frozenset(word for word in told if word)


@dataclass(frozen=True)
class Again:
    """How often a night that failed is tried on its day, and how large a gap may be."""

    most_attempts: int
    minutes: int
    most_gap_days: int


@dataclass(frozen=True)
class Sending:
    """How long a try may take, how long one waits for the next, what robots take."""

    timeout_seconds: int
    first_wait_seconds: int
    most_wait_seconds: int
    given_up_after_days: int
    robot_messages_count: int
    robot_seconds: int
    most_answer_bytes: int


_CONTENT = tomllib.loads(
    resources.files("gis.notices").joinpath("settings.toml").read_text(encoding="utf-8")
)
AGAIN = Again(**_CONTENT["again"])
SENDING = Sending(**_CONTENT["sending"])


def read(home: Path | None = None) -> Settings:
    """Return the settings in force; UsageError names what in the file cannot be."""
    file = (home or config.read().home) / NAME
    content = dict(_CONTENT["night"]) | _content(file)
    _only(file, content, {*_CONTENT["night"], "mail", "recipient"}, "")
    mail = content.get("mail")
    told = content.get("recipient", [])
    if not isinstance(told, list):
        raise _wrong(file, "recipient", "写成 write it as [[recipient]]")
    mail = None if mail is None else _mail(file, mail)
    recipients = tuple(_recipient(file, one, mail) for one in told)
    names = [one.name for one in recipients]
    if len({*names}) < len(names):
        raise _wrong(file, "recipient.name", "各收件人名称不同 let each have a name of its own")
    return Settings(
        hour=_number(file, content, "hour", 0, 23),
        kept_days=_number(file, content, "kept_days", 1, 36_500),
        jobs_kept_days=_number(file, content, "jobs_kept_days", 1, 36_500),
        service=_service(file, content["service"]),
        mail=mail,
        recipients=recipients,
        is_written=file.exists(),
    )


def defaults(*, is_written: bool = False) -> Settings:
    """Return what holds where no file says anything: nobody is told."""
    return Settings(**_CONTENT["night"], mail=None, recipients=(), is_written=is_written)


def _content(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = tomllib.loads(stream.read().decode("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as fault:
        raise UsageError(
            f"设置文件 {file} 读不了。 The settings cannot be read: {fault.strerror}",
            "让运行程序的用户能读 let the user who runs the program read it",
        ) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        # Its words would repeat the line, a password with it.
        raise UsageError(
            f"设置文件 {file} 不是 TOML{_line(fault)}。 The settings are no TOML.",
            "改正那一行 mend that line",
        ) from None
    if mode & _OTHERS:
        raise UsageError(
            f"设置文件 {file} 别人也能读，里面有密码。 Others may read the settings, which hold "
            "passwords.",
            f"只留给自己读 keep it to its owner: chmod 600 {file}",
        )
    return content


def _line(fault: Exception) -> str:
    met = re.search(r"line (\d+)", str(fault))
    return f"（第 {met[1]} 行 line {met[1]}）" if met else ""


def _mail(file: Path, told: Any) -> Mail:
    _must_be_table(file, told, "mail")
    _only(file, told, {one.name for one in fields(Mail)}, "mail.")
    security = told.get("security", "tls")
    if security not in _SECURITY:
        raise _wrong(file, "mail.security", f"可用 one of: {', '.join(_SECURITY)}")
    port = dict(told) | {"port": told.get("port", _SECURITY[security])}
    return Mail(
        host=_text(file, told, "host", "mail."),
        port=_number(file, port, "port", 1, 65_535, "mail."),
        security=security,
        user=_text(file, told, "user", "mail.", default=""),
        password=_text(file, told, "password", "mail.", default=""),
        sender=_mail_address(file, _text(file, told, "sender", "mail."), "mail.sender"),
    )


def _recipient(file: Path, told: Any, mail: Mail | None) -> Recipient:
    _must_be_table(file, told, "recipient")
    lands = ("regions", "parks", "blocks")
    _only(file, told, {"name", "way", "address", "secret", "everywhere", *lands}, "recipient.")
    name = _text(file, told, "name", "recipient.")
    way = _text(file, told, "way", f"{name}.")
    if way not in WAYS:
        raise _wrong(file, f"{name}.way", f"可用 one of: {', '.join(WAYS)}")
    address = _text(file, told, "address", f"{name}.")
    if way == MAIL:
        _mail_address(file, address, f"{name}.address")
        if mail is None:
            raise _wrong(file, "mail", "收件人要邮件，写明邮件服务器 name the mail server: [mail]")
    elif urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).hostname:
        raise _wrong(file, f"{name}.address", "写成 write it like https://HOST/PATH")
    codes = {one: told.get(one, []) for one in lands}
    if not all(
        isinstance(own, list) and all(isinstance(code, str) for code in own)
        for own in codes.values()
    ):
        raise _wrong(file, f"{name}.regions", '写成 write it like regions = ["150602"]')
    scope = land.asked(**codes, is_everything=told.get("everywhere", False) is True)
    return Recipient(name, way, address, _text(file, told, "secret", f"{name}.", default=""), scope)


def _service(file: Path, told: Any) -> str:
    if not isinstance(told, str) or (told and urlsplit(told).scheme not in {"http", "https"}):
        raise _wrong(file, "service", "写成 write it like https://HOST")
    return told.rstrip("/")


def _mail_address(file: Path, told: str, name: str) -> str:
    if not _ADDRESS.fullmatch(told):
        raise _wrong(file, name, "写成 write it like NAME@HOST")
    return told


def _text(
    file: Path, told: Mapping[str, Any], name: str, where: str, default: str | None = None
) -> str:
    value = told.get(name, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise _wrong(file, f"{where}{name}", "写成带引号的文字 write it as a text in quotes")
    return value


def _number(
    file: Path, told: Mapping[str, Any], name: str, least: int, most: int, where: str = ""
) -> int:
    value = told[name]
    if type(value) is not int or not least <= value <= most:
        raise _wrong(file, f"{where}{name}", f"写成整数 a whole number from {least} to {most}")
    return value


def _must_be_table(file: Path, told: Any, name: str) -> None:
    if not isinstance(told, dict):
        raise _wrong(file, name, f"写成 write it as [{name}]")


def _only(file: Path, told: Mapping[str, Any], known: set[str], where: str) -> None:
    strange = [name for name in told if name not in known]
    if strange:
        raise _wrong(file, f"{where}{strange[0]}", f"可用 known: {', '.join(sorted(known))}")


def _wrong(file: Path, name: str, mend: str) -> UsageError:
    return UsageError(f"设置文件 {file} 的 {name} 不能用。 It cannot be used as it stands.", mend)
