"""What is answered of a year and a day: rankings, tasks, control values, firms, plans."""

from __future__ import annotations

from api.answers.schema import (
    DAY,
    FLAG,
    NUMBER,
    TEXT,
    Schema,
    field,
    of_contract,
    record,
    table,
)

_MAYBE: Schema = {"type": ["integer", "null"]}
_RUN_OF_LIST: dict[str, Schema] = {"run": NUMBER, "as_of": DAY, "count": NUMBER}
_YEARS: Schema = {"type": "array", "items": NUMBER}
_FIRM = (
    *("enterprise_code", "name", "industry", "industry_code", "park_code", "block_code", "state"),
    *("is_industrial", "is_above_scale", "is_high_tech", "year", "stated_m2", "land_m2"),
    *("pieces_count", "join", "output_yuan", "tax_yuan", "investment_yuan", "invested_yuan"),
    *("energy_tce", "water_m3", "output_per_mu", "tax_per_mu", "invested_per_mu"),
)
_JOIN = (
    *("enterprise_code", "land_key", "basis", "park_code", "block_code", "is_placed", "parcel_m2"),
    *("area_m2", "of_parcel", "division", "of_firm", "is_even", "is_inside", "supply_no"),
)
_LOST = ("enterprise_code", "number", "basis")
_BARE = ("key", "parcel_code", "supply_no", "project_name", "holder", "area_m2")
_PROJECT = (
    *("project_code", "name", "enterprise_code", "industry", "park_code", "block_code", "state"),
    *("land_m2", "price_yuan", "invested_without_price_yuan", "invested_with_price_yuan"),
    *("output_yuan", "tax_yuan", "invested_per_mu", "output_per_mu", "tax_per_mu"),
    *("intensity_without_price", "intensity_with_price", "missing"),
)
_TEXTS: Schema = {"type": ["array", "null"], "items": TEXT}
# Text by the name of a field that a table has as something else.
_SAID = {name: field("name") for name in ("supply_no", "number", "key", "state")}


def _rows(names: tuple[str, ...], **more: Schema) -> Schema:
    fields = {name: _SAID.get(name) or field(name) for name in names}
    return {"type": "array", "items": record(**fields, **more)}


def of_year(v1: str, paper: Schema) -> dict[tuple[str, str], Schema]:
    """Return (method, address) -> schema; `paper`: of a paper that was taken in."""
    firms = _rows(
        _FIRM, employees_count={"type": ["number", "null"]}, lost_numbers=_TEXTS, doubted=_TEXTS
    )
    return {
        ("get", f"{v1}/ranking"): _ranking(),
        ("get", f"{v1}/ranking/tiers"): _either("rank_tiers", "why_tier"),
        ("get", f"{v1}/ranking/firms"): _either("rank_firms", "why_firm"),
        ("post", f"{v1}/ranking/scores"): paper,
        ("get", f"{v1}/targets"): of_contract("targets"),
        ("get", f"{v1}/control"): record(
            **_RUN_OF_LIST, values_unused=table("unused_value"), rows=table("control")
        ),
        ("get", f"{v1}/control/check"): record(
            on=DAY, rows=table("entry")
        ),
        ("get", f"{v1}/low-efficiency"): record(
            **_RUN_OF_LIST,
            blocks=table("quiet_block"),
            last=table("last_place"),
            rows=table("low_efficiency"),
        ),
        ("get", f"{v1}/quarterly"): record(
            **_RUN_OF_LIST, quarter=TEXT, before=TEXT, is_over=FLAG, before_run=_MAYBE,
            classes=of_contract("quarterly")["properties"]["classes"], rows=table("quarterly"),
        ),
        ("get", f"{v1}/firms"): record(
            **_RUN_OF_LIST, year=_MAYBE, years=_YEARS, rows=firms, joins=_rows(_JOIN),
            lost=_rows(_LOST), bare=_rows(_BARE), bare_count=NUMBER,
        ),
        ("get", f"{v1}/projects"): record(
            **_RUN_OF_LIST, year=_MAYBE, years=_YEARS, rows=_rows(_PROJECT, supply_nos=_TEXTS)
        ),
        ("get", f"{v1}/scenario/{{number}}"): of_contract("scenario_run"),
    }  # fmt: skip


def _ranking() -> Schema:
    return _either("rank", "why_park")


def _either(listed: str, of_one: str) -> Schema:
    """Return the schema of a list, which of one subject explained has what explains it instead.

    Of one object: what stands in either, and what stands in both always.
    """
    both, one = of_contract(listed), of_contract(of_one)
    members = {**one["properties"], **both["properties"]}
    always = [name for name in both["required"] if name in one["required"]]
    return {"type": "object", "required": always, "properties": members}
