"""What can be asked of a list: filters by name, a page, a run; a name nobody knows is an error."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.errors import BadParameterError
from api.v1.asked_run import AskedRun
from gis import contracts, identifiers
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.tiles.narrowed import Chosen

MOST_ROWS = 1_000
_MOST_LETTERS = 300
# Columns that name whom or what a row speaks of: looked up, not sifted by.
_NUMBERS = ("subject", "approval", "place_code")

Name = Annotated[str, Field(min_length=1, max_length=_MOST_LETTERS)]


def coded(*lists: str) -> Any:
    """Return the type of a list of codes out of contracts.toml; another code is refused."""
    known = sorted({code for name in lists for code in contracts.CODES[name]})

    def check(codes: list[str]) -> list[str]:
        strange = sorted({*codes} - {*known})
        if strange:
            raise ValueError(f"不认识的代码 unknown code {', '.join(strange)}; {', '.join(known)}")
        return codes

    schema: dict[str, Any] = {"items": {"type": "string", "enum": known}}
    of = Field(max_length=50, json_schema_extra=schema)
    return Annotated[list[str], of, AfterValidator(check)]


class Paged(BaseModel):
    """A page of a list: `limit` rows behind the one that `after` (from `next`) stands for."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="行数 rows of a page")] = 100
    after: Annotated[
        str | None, Field(max_length=8_000, description="上一页 next 所给 from `next` of a page")
    ] = None
    text: Annotated[
        Name | None, Field(description="名称、编号中的一段 a part of a name or number")
    ] = None


class Places(BaseModel):
    """Which land: a region, a park, a block; what lies, also in part, in all that are named."""

    region: Annotated[
        str | None, Field(pattern=r"^\d{2,12}$", description="行政区代码 region code")
    ] = None
    park: Annotated[Name | None, Field(description="开发区代码 park code")] = None
    block: Annotated[Name | None, Field(description="区块代码 block code")] = None

    def places(self) -> list[Scope]:
        """Return the lands asked for, in all of which a row lies."""
        lands = {
            "regions": None if self.region is None else [self.region],
            "parks": None if self.park is None else [self.park, identifiers.key(self.park)],
            "blocks": None if self.block is None else [self.block, identifiers.key(self.block)],
        }
        return [Scope(**{name: codes}) for name, codes in lands.items() if codes is not None]


class Narrowed(Places):
    """Which findings of a land: by direction, by a text, of an approval; named as in lists."""

    track: coded("track") | None = None  # type: ignore[valid-type]
    text: Name | None = None
    approval: Annotated[Name | None, Field(description="批文的批而未供 of an approval")] = None

    def narrowed(self) -> list[Scope | Chosen]:
        """Return the lands asked for, and what is chosen there."""
        if self.track is None and self.text is None and self.approval is None:
            return [*self.places()]
        chosen = Chosen(
            None if self.track is None else tuple(self.track),
            self.text,
            tuple(Findings.SEARCHED),
            None if self.approval is None else keys_of(self.approval),
        )
        return [*self.places(), chosen]


def keys_of(approval: str) -> tuple[str, ...]:
    """Return the keys an approval may be kept under: as it is written, and as it is compared."""
    return tuple(dict.fromkeys((approval, identifiers.key(approval))))


class OfRun(Paged, Places, AskedRun):
    """A page of what a run says; without `run` and `as_of` of the run shown by default."""

    shapes: Annotated[bool, Field(description="附图形 with each row's shape (EPSG:4490)")] = False

    TABLE: ClassVar[str]
    SEARCHED: ClassVar[Sequence[str]] = ()
    # Filter -> the column it is about: codes and names; least and most.
    WHERE: ClassVar[Mapping[str, str]] = {}
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def sorted_by(self) -> str | None:
        """Return the column the rows stand by, None for the order of the table."""
        return None

    @classmethod
    def columns(cls) -> list[str]:
        """Return the columns the table is asked by: codes, days and figures, no numbers of rows."""
        named = [one for one in cls.WHERE.values() if one not in _NUMBERS]
        return [*named, *cls.RANGES]

    def asked(self, connection: Connection, run: Run, scope: Scope | None) -> Asked:
        """Return the rows asked for, within the land that may be seen."""
        return Asked(
            where=self._where(),
            ranges=self._ranges(run),
            text=self.text,
            searched=self.SEARCHED,
            places=self.places(),
            within=scope,
            limit=self.limit,
            after=None if self.after is None else self._place(connection, run, self.after),
        )

    def _where(self) -> dict[str, list[str]]:
        given = {column: getattr(self, name) for name, column in self.WHERE.items()}
        return {column: [*values] for column, values in given.items() if values is not None}

    def _ranges(self, run: Run) -> dict[str, tuple[Any, Any]]:
        ranges = {
            column: (getattr(self, least), getattr(self, most))
            for column, (least, most) in self.RANGES.items()
        }
        within = getattr(self, "next_within_days", None)
        if within is not None:
            ranges["next_on"] = (run.as_of, run.as_of + timedelta(days=within))
        return {name: bounds for name, bounds in ranges.items() if bounds != (None, None)}

    def _place(self, connection: Connection, run: Run, given: str) -> tuple[str | None, ...]:
        """Return where the row stands that the page before ended with; its digest was given."""
        is_digest = re.fullmatch("[0-9a-f]{32}", given) is not None
        found = None
        if is_digest:
            found = results.place_at(connection, run, self.TABLE, given, self.sorted_by())
        if found is None:
            raise no_place()
        return found


class Findings(OfRun):
    """Which findings."""

    rule: coded("rule") | None = None  # type: ignore[valid-type]
    approval: Annotated[Name | None, Field(description="批文的批而未供 of an approval")] = None
    outcome: coded("outcome", "unsupplied", "agreement") | None = None  # type: ignore[valid-type]
    track: coded("track") | None = None  # type: ignore[valid-type]
    evidence_grade: coded("evidence_grade") | None = None  # type: ignore[valid-type]
    since_from: Annotated[date | None, Field(description="处置方向自 since this day or later")] = (
        None
    )
    since_until: date | None = None
    next_from: Annotated[date | None, Field(description="下一节点日 next day, this or later")] = (
        None
    )
    next_until: date | None = None
    next_within_days: Annotated[
        int | None, Field(ge=0, le=3_660, description="判定日起若干天内 days from the day judged")
    ] = None
    area_from: Annotated[float | None, Field(ge=0, le=1e12, description="平方米 m2")] = None
    area_until: Annotated[float | None, Field(ge=0, le=1e12)] = None

    TABLE: ClassVar[str] = "finding"
    SEARCHED: ClassVar[Sequence[str]] = ("subject", "name", "subject_key")
    WHERE: ClassVar[Mapping[str, str]] = {
        name: name for name in ("rule", "outcome", "track", "evidence_grade")
    }
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {
        "since_on": ("since_from", "since_until"),
        "next_on": ("next_from", "next_until"),
        "area_m2": ("area_from", "area_until"),
    }

    def asked(self, connection: Connection, run: Run, scope: Scope | None) -> Asked:
        """Return the rows asked for; of an approval those of its land that is left."""
        asked = super().asked(connection, run, scope)
        return asked if self.approval is None else replace(asked, of=keys_of(self.approval))


class Unsupplied(OfRun):
    """Which pieces of unsupplied land."""

    situation: coded("situation") | None = None  # type: ignore[valid-type]
    TABLE: ClassVar[str] = "unsupplied"
    SEARCHED: ClassVar[Sequence[str]] = ("subject", "batch", "office")
    WHERE: ClassVar[Mapping[str, str]] = {"situation": "situation"}


class Balances(OfRun):
    """Which balances of approvals."""

    method: coded("method") | None = None  # type: ignore[valid-type]
    approved_from: Annotated[
        date | None, Field(description="批准日期 approved this day or later")
    ] = None
    approved_until: date | None = None
    TABLE: ClassVar[str] = "balance"
    SEARCHED: ClassVar[Sequence[str]] = ("approval",)
    WHERE: ClassVar[Mapping[str, str]] = {"method": "method"}
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {
        "approved_on": ("approved_from", "approved_until")
    }


class Leads(OfRun):
    """Which leads."""

    kind: coded("lead") | None = None  # type: ignore[valid-type]
    confidence: coded("confidence") | None = None  # type: ignore[valid-type]
    area_from: Annotated[float | None, Field(ge=0, le=1e12, description="平方米 m2")] = None
    area_until: Annotated[float | None, Field(ge=0, le=1e12)] = None
    TABLE: ClassVar[str] = "lead"
    SEARCHED: ClassVar[Sequence[str]] = ("subject_key", "detail")
    WHERE: ClassVar[Mapping[str, str]] = {"kind": "kind", "confidence": "confidence"}
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {"area_m2": ("area_from", "area_until")}

    def asked(self, connection: Connection, run: Run, scope: Scope | None) -> Asked:
        """Return the leads asked for; what one rests on may name numbers outside the land."""
        asked = super().asked(connection, run, scope)
        return asked if scope is None else replace(asked, searched=("subject_key",))


class Indicators(OfRun):
    """Which indicators of which places."""

    place_kind: coded("place_kind") | None = None  # type: ignore[valid-type]
    place: Annotated[
        list[Name] | None, Field(max_length=100, description="对象代码 place code")
    ] = None
    name: coded("indicator") | None = None  # type: ignore[valid-type]
    year_from: Annotated[int | None, Field(ge=1900, le=9999, description="年度 this year on")] = (
        None
    )
    year_until: Annotated[int | None, Field(ge=1900, le=9999)] = None
    TABLE: ClassVar[str] = "indicator"
    SEARCHED: ClassVar[Sequence[str]] = ("place_code", "name")
    WHERE: ClassVar[Mapping[str, str]] = {
        **{"place_kind": "place_kind", "place": "place_code", "name": "name"}
    }
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {"year": ("year_from", "year_until")}


class Timeline(OfRun):
    """Which changes of outcome or track, of whom and when."""

    subject: Annotated[list[Name] | None, Field(max_length=100)] = None
    rule: coded("rule") | None = None  # type: ignore[valid-type]
    outcome: coded("outcome", "unsupplied", "agreement") | None = None  # type: ignore[valid-type]
    on_from: Annotated[date | None, Field(description="变化日 changes from this day")] = None
    on_until: date | None = None
    TABLE: ClassVar[str] = "timeline"
    SEARCHED: ClassVar[Sequence[str]] = ("subject",)
    WHERE: ClassVar[Mapping[str, str]] = {name: name for name in ("subject", "rule", "outcome")}
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {"from_on": ("on_from", "on_until")}


class LandTimeline(OfRun):
    """Which changes of what an approval consists of, of which approvals and when."""

    approval: Annotated[list[Name] | None, Field(max_length=100)] = None
    state: coded("disposition", "unsupplied") | None = None  # type: ignore[valid-type]
    on_from: Annotated[date | None, Field(description="变化日 changes from this day")] = None
    on_until: date | None = None
    TABLE: ClassVar[str] = "land_timeline"
    SEARCHED: ClassVar[Sequence[str]] = ("approval",)
    WHERE: ClassVar[Mapping[str, str]] = {name: name for name in ("approval", "state")}
    RANGES: ClassVar[Mapping[str, tuple[str, str]]] = {"from_on": ("on_from", "on_until")}


def token(values: Sequence[object]) -> str:
    """Return what stands for a place in a list, to be handed back as `after`."""
    text = json.dumps([*values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place(given: str) -> list[Any]:
    """Return the place a token stands for; BadParameterError where it is none of ours."""
    try:
        raw = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
        values = json.loads(raw.decode())
    except (binascii.Error, UnicodeDecodeError, ValueError, RecursionError):
        raise no_place() from None
    if not isinstance(values, list) or "\0" in json.dumps(values) or "\\u0000" in raw.decode():
        raise no_place()
    return values


def no_place() -> BadParameterError:
    """Return the fault of a place that no list of ours gave."""
    return BadParameterError(
        "after 不是本列表给出的 `after` is none that this list gave", "从第一页起 start without it"
    )
