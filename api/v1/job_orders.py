"""What may be asked of a worker over HTTP: the arguments of each kind, and who may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from api import identity
from api.identity import ForbiddenError
from api.v1 import readings
from api.v1.bodies import Sound
from api.v1.exports import Format, What
from gis.accounts import land, uploads
from gis.accounts.caller import Caller
from gis.store.database import Connection
from gis.store.results import Scope

# What a plan may hold: what somebody decides.
Planned = Literal["supplies", "right_endings", "withdrawals", "decisions", "extensions"]
_MOST_LETTERS = 20_000
_LAST = 2**31 - 1
_Run = Annotated[int | None, Field(ge=1, le=_LAST, description="运行编号 number of a run")]
_Day = Annotated[date | None, Field(description="判定日 the run that judged this day")]
_Region = Annotated[str | None, Field(pattern=r"^[1-9][0-9]{1,11}$", examples=["150602"])]
_Upload = Annotated[
    str, Field(pattern="^[0-9a-f]{32}$", description="上传的文件 number of an upload")
]


class Check(Sound):
    """Have a file looked at that was sent and waits."""

    kind: Literal["check"]
    upload: _Upload


class Load(Sound):
    """Have a file taken in that was sent and waits, read as is said of it now."""

    kind: Literal["load"]
    upload: _Upload


class Run(Sound):
    """Have a day judged."""

    kind: Literal["run"]
    as_of: Annotated[date, Field(description="判定日 the legal day", examples=["2026-06-30"])]
    known_at: Annotated[int | None, Field(
        ge=1, le=_LAST, description="只用到第几次资料 what was known at that delivery"
    )] = None  # fmt: skip
    region: _Region = None
    purpose: Annotated[Literal["routine", "what_if"] | None, Field(
        description="用途，默认同命令 what for; as the command has it unless said otherwise"
    )] = None  # fmt: skip
    full: Annotated[bool, Field(description="全部重算 judge everything anew")] = False
    files: Annotated[bool, Field(description="同时写出地图、图层、工作簿 write it out too")] = False


class _OfRun(Sound):
    """What speaks of a run: without `run` and `as_of`, of the one shown when the job begins."""

    run: _Run = None
    as_of: _Day = None


class Export(_OfRun):
    """Have a list written, in the caller's land."""

    kind: Literal["export"]
    what: What
    format: Format = "shp"
    epsg: Annotated[int, Field(ge=1, le=100_000)] = 4490
    encoding: Literal["utf-8", "gbk"] = "utf-8"
    list: Annotated[Literal["supplied", "unsupplied", "leads"] | None, Field(
        description="只要该页面清单筛出的行 only the rows that list of the pages lets through"
    )] = None  # fmt: skip
    query: Annotated[str, Field(
        max_length=8_000, description="筛选，同页面地址 its filters, as the page's address has them"
    )] = ""  # fmt: skip


class Maps(_OfRun):
    """Have the maps of all blocks drawn."""

    kind: Literal["maps"]


class Report(_OfRun):
    """Have all written that a run is handed out as: maps, targets, workbook, signed manifest."""

    kind: Literal["report"]


class Tiles(_OfRun):
    """Have made what the tiles of a run are counted off, so that nobody waits for the first."""

    kind: Literal["tiles"]


class Calendar(_OfRun):
    """Have what comes written, as a table and as a file for calendars."""

    kind: Literal["calendar"]
    from_: Annotated[date | None, Field(alias="from", description="起日 from that day")] = None
    to: Annotated[date | None, Field(description="止日 to that day")] = None
    region: _Region = None
    block: Annotated[str | None, Field(min_length=1, max_length=200)] = None


class Register(Sound):
    """Rows of one kind as a file has them: a line of headers, then one line a row."""

    kind: Planned
    text: Annotated[str, Field(min_length=1, max_length=_MOST_LETTERS, description="CSV")]


class Read(Sound):
    """How the law would be read where it leaves a choice; as POST /api/v1/readings takes it."""

    key: readings.Key
    value: readings.Said = None
    from_on: readings.From
    region: readings.Where = ""


class Scenario(Sound):
    """Have a plan tried: the registers it would be delivered as, judged and taken back.

    Or readings of the law, which who may record them may try.
    """

    kind: Literal["scenario"]
    name: Annotated[str, Field(min_length=1, max_length=200, description="方案名称 name")]
    as_of: Annotated[date | None, Field(description="判定日，缺省最近运行的 the day")] = None
    registers: Annotated[list[Register], Field(max_length=5, default_factory=list)]
    readings: Annotated[list[Read], Field(max_length=5, default_factory=list)]

    @model_validator(mode="after")
    def _says_something(self) -> Scenario:
        if not (self.registers or self.readings):
            raise ValueError("方案里什么也没有 a plan that says nothing")
        return self


def _kind(value: Any) -> str:
    """Return which kind a body says it is of."""
    said = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return said if isinstance(said, str) else ""


Asked = Annotated[
    Annotated[Check, Tag("check")]
    | Annotated[Load, Tag("load")]
    | Annotated[Run, Tag("run")]
    | Annotated[Export, Tag("export")]
    | Annotated[Maps, Tag("maps")]
    | Annotated[Report, Tag("report")]
    | Annotated[Tiles, Tag("tiles")]
    | Annotated[Calendar, Tag("calendar")]
    | Annotated[Scenario, Tag("scenario")],
    Discriminator(_kind),
]
_NEEDS = {
    "check": "check", "load": "load", "run": "run", "tiles": "run",
    "export": "export", "maps": "export", "report": "export", "calendar": "export",
    "scenario": "record",
}  # fmt: skip
_OF_ALL_LAND = ("maps", "report", "calendar", "tiles")


def arguments_of(asked: Sound, caller: Caller, connection: Connection) -> dict[str, Any]:
    """Return the arguments of a job a caller may ask for.

    ForbiddenError where the caller may not; UsageError, DecidedError for a file that is not there,
    or no longer waits.
    """
    told: dict[str, Any] = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    kind = told.pop("kind")
    identity.must_be_allowed(caller, _NEEDS[kind])
    if kind == "run" and told["files"]:
        identity.must_be_allowed(caller, "export")
    if caller.scope is not None and (kind in _OF_ALL_LAND or told.get("files")):
        raise ForbiddenError(
            "这类任务涉及全部土地，账号只限部分土地。 This is made of all land, the account may "
            "see a part.",
            "改用清单导出 ask for a list: export",
        )
    if isinstance(asked, Scenario) and asked.readings:
        identity.must_be_allowed(caller, "set")
        for one in asked.readings:
            readings.must_be_own(caller.scope, one.region)
            readings.must_be_choice(one.key, one.value, one.from_on, one.region)
    if kind == "run":
        _must_be_own(told.get("region"), caller.scope)
    if kind in ("check", "load"):
        told |= _how(connection, told["upload"], caller, kind)
    return told


def _must_be_own(region: str | None, scope: Scope | None) -> None:
    """Raise ForbiddenError where a run would judge land that is not the caller's."""
    if scope is None:
        return
    own = Scope(regions=() if region is None else (region,))
    if region is None or land.within(own, scope) != own:
        raise ForbiddenError(
            "只能判定管辖范围内的行政区。 An account of some land judges a region of its own.",
            f"写明 write region: {'、'.join(scope.regions) or '—'}",
        )


def _how(
    connection: Connection, number: str, caller: Caller, kind: str
) -> Mapping[str, Mapping[str, Any]]:
    """Return how a file is to be read that waits, as it is said now."""
    found = uploads.get(connection, number, caller.scope)
    if found is None or found.kind == uploads.SCAN:
        raise uploads.nothing(number)
    uploads.must_wait(found)
    if kind == "check":
        return {}
    if found.how.get("accepted") or found.how.get("override_corrections"):
        identity.must_be_allowed(caller, "accept")
    return {"how": {**found.how}}
