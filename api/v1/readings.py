"""How the law is read where it leaves a choice: recorded by a manager, dated, never changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api import identity, store
from api.errors import BadParameterError
from api.identity import ForbiddenError, requires
from api.small import Small
from api.v1 import pages
from api.v1.bodies import Sound, Text
from gis import recorded_law
from gis.accounts import land
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.store import readings
from gis.store.database import Connection
from gis.store.readings import Reading
from gis.store.results import Scope

router = APIRouter(tags=["readings 口径"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Manager = Annotated[Caller, Depends(requires("set"))]
_FIRST_DAY = date(1990, 1, 1)


Key = Annotated[str, Field(max_length=100, examples=["idle.fee_with_recovery"])]
Said = Annotated[str | None, Field(max_length=2_000, examples=["both"])]
From = Annotated[date, Field(ge=_FIRST_DAY, le=date(2100, 1, 1))]
Where = Annotated[
    str, Field(pattern=r"^(\d\d){0,3}$", description="行政区代码，空 = 全部 '' = everywhere")
]


class Recorded(Sound):
    """A reading: `value` null takes back what was recorded, from that day on."""

    key: Key
    value: Said
    from_on: From
    region: Where = ""
    source: Annotated[Text, Field(description="依据的文件、会议 the paper it rests on")]


@router.get(
    "/readings",
    summary="记录的口径 readings that were recorded",
    dependencies=[Depends(requires("read"))],
)
def listed(connection: OneConnection) -> Response:
    """All of them, the newest first; `is_in_force`: no later one has taken its place."""
    rows = told(readings.known(connection))
    return pages.answer({"count": len(rows), "rows": rows})


@router.get(
    "/law/settings",
    summary="可记的口径 what can be recorded",
    dependencies=[Depends(requires("read"))],
)
def settings(
    connection: OneConnection,
    on: date,
    region: Annotated[str | None, Query(pattern=r"^\d{2,12}$")] = None,
) -> Response:
    """Every choice the law leaves open on a day, with what is chosen, and what can be."""
    law = recorded_law.at(connection)
    rows = [
        {
            "key": one.key, "value": one.said, "unit": one.unit, "source": one.source,
            "choices": recorded_law.choices(one), "wording_zh": one.wording("zh"),
            "wording_en": one.wording("en"), "region": one.region, "from": one.from_on,
        }
        for one in law.listed(on, region) if recorded_law.is_setting(one)
    ]  # fmt: skip
    return pages.answer({"on": on, "count": len(rows), "rows": rows})


@router.post("/readings", summary="记一条口径 record a reading", status_code=201)
def record(asked: Recorded, request: Request, caller: Manager) -> Response:
    """It counts for runs that know what was delivered when it was recorded; the next run judges
    all land by it, and its difference says what changed by it. What the law says cannot be recorded
    otherwise, and nobody records it for land beyond the own.
    """
    must_be_own(caller.scope, asked.region)
    must_be_choice(asked.key, asked.value, asked.from_on, asked.region)
    with identity.lend_writing(request) as writing:
        before = recorded_law.at(writing).value(asked.key, asked.from_on, asked.region or None)
        value = None if asked.value is None else asked.value.strip()
        made = readings.add(
            writing, asked.key, asked.region, value, asked.from_on, asked.source.strip(),
            caller.name,
        )  # fmt: skip
        after = recorded_law.at(writing).value(asked.key, asked.from_on, asked.region or None)
    return pages.answer(
        {"reading": told([made])[0], "before": before.said, "after": after.said}, status=201
    )


def must_be_choice(key: str, value: str | None, from_on: date, region: str) -> None:
    """Raise BadParameterError where the law leaves no such choice, or not that one."""
    try:
        recorded_law.checked(key, value, from_on, region)
    except UsageError as fault:
        raise BadParameterError(fault.found, fault.mend) from None


def must_be_own(scope: Scope | None, region: str) -> None:
    """Raise ForbiddenError for a reading that would hold beyond the land of who records it."""
    if scope is None:
        return
    own = Scope(regions=(region,)) if region else None
    if own is None or land.within(own, Scope(regions=scope.regions)) != own:
        raise ForbiddenError(
            "口径超出账号的管辖范围，没有记录。 The reading would hold beyond the land of the "
            "account; it was not recorded.",
            "写明管辖的行政区，或由管辖全部的负责人记录 name a region of yours, or have it "
            "recorded by a manager of all land",
        )


def told(found: tuple[Reading, ...] | list[Reading]) -> list[dict[str, Any]]:
    """Return readings as they are told, the newest first."""
    in_force = {one.id for one in recorded_law.in_force(found)}
    return [{**vars(one), "is_in_force": one.id in in_force} for one in reversed(found)]
