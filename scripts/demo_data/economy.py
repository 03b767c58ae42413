"""Firms, their years, projects and residents: by hand for the demo, drawn for every other seed."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from demo_data.ground import ROOM
from demo_data.patterns import Row, between

PARK = "YS"
FIGURES = ("output", "tax", "investment", "invested", "employees", "energy", "water")
INDUSTRIES = (
    ("有机化学原料制造", "2614"), ("炼焦", "2521"), ("液体乳制造", "1441"), ("炼铁", "3110"),
    ("化学药品原料药制造", "2710"), ("通用仓储", "5920"),
)  # fmt: skip


def by_hand(supplies: list[Row]) -> dict[str, list[Row]]:
    """Return the rows of each kind as `economy.toml` has them; subjects are found by their code."""
    table = tomllib.loads((ROOM / "economy.toml").read_text(encoding="utf-8"))
    supply_of = {supply["code"]: supply for supply in supplies}
    years: list[int] = table["years"]
    firms = table["firm"]
    return {
        "enterprises": [_firm(firm, supply_of) for firm in firms],
        "enterprise_years": [row for firm in firms for row in _years(firm, years)],
        "projects": [_project(project, firms, supply_of) for project in table["project"]],
        "residents": [
            {"place_code": place, "year": year, "residents": count}
            for place, counts in table["residents"].items()
            for year, count in zip(years, counts, strict=True)
            if count != ""
        ],
    }


def _numbers(codes: list[str], supply_of: dict[str, Row]) -> list[str]:
    return [supply_of[code]["supply_no"] for code in codes]


def _firm(firm: Row, supply_of: dict[str, Row]) -> Row:
    is_industrial, is_above_scale, is_high_tech = firm["flags"]
    return {
        **{key: firm[key] for key in ("code", "name", "block", "from_on")},
        "industry": firm["industry"][0],
        "industry_code": firm["industry"][1],
        "supply_nos": _numbers(firm.get("on", []), supply_of),
        "parcel_codes": firm.get("parcels", []),
        "land_m2": firm.get("land_m2"),
        "is_industrial": is_industrial,
        "is_above_scale": is_above_scale,
        "is_high_tech": is_high_tech,
        "state": firm.get("state", "在产"),
    }


def _years(firm: Row, years: list[int]) -> Iterator[Row]:
    for place, year in enumerate(years):
        figures = {name: firm[name][place] for name in FIGURES}
        if any(value != "" for value in figures.values()):
            known = {name: value for name, value in figures.items() if value != ""}
            yield {"code": firm["code"], "name": firm["name"], "year": year, **known}


def _project(project: Row, firms: list[Row], supply_of: dict[str, Row]) -> Row:
    firm: Row = firms[project["of"] - 1] if "of" in project else {}
    land = [supply_of[code] for code in project.get("on", [])]
    completed = [supply["completed_on"] for supply in land if supply.get("completed_on")]
    is_built = bool(land) and len(completed) == len(land)
    is_producing = is_built and project.get("is_producing", True)
    return {
        "code": project["code"],
        "name": project["name"],
        "kind": project.get("kind", "新建"),
        "firm_code": firm.get("code"),
        "firm_name": firm.get("name"),
        "industry": project["industry"],
        "block": project.get("block", firm.get("block")),
        "supply_nos": [supply["supply_no"] for supply in land],
        "area_ha": sum(int(supply["area_ha"]) for supply in land) or None,
        "total": project["total"],
        "invested": project["invested"],
        "state": project["state"],
        "completed_on": max(completed) if is_built else None,
        "produced_on": max(completed) + timedelta(days=90) if is_producing else None,
        "from_on": project["from_on"],
    }


def drawn(seed: int, supplies: list[Row]) -> dict[str, list[Row]]:
    """Return firms nobody has looked at: on none, one or many supplies, several on one."""
    draw = random.Random(f"economy {seed}")  # noqa: S311  the same seed gives the same files
    numbers = [supply["supply_no"] for supply in supplies if supply["supply_no"]]
    firms, years, projects = [], [], []
    for at in range(40):
        on = draw.sample(numbers, draw.choice([0, 1, 1, 1, 2, 3]))
        if firms and draw.random() < 0.2:
            on = draw.choice(firms)["supply_nos"]
        firm = _drawn_firm(draw, at, on)
        firms.append(firm)
        size = draw.randint(1, 400) * 100
        for year in range(2021, 2026):
            if draw.random() < 0.93:
                years.append({"code": firm["code"], "year": year, **_drawn_year(draw, size)})
        if on and draw.random() < 0.6:
            projects.append(_drawn_project(draw, at, firm))
    residents = [
        {"place_code": f"YS-{letter}", "year": year, "residents": draw.randint(0, 5000)}
        for letter in "ABC"
        for year in range(2021, 2026)
        if draw.random() < 0.9
    ]
    return {
        "enterprises": firms,
        "enterprise_years": years,
        "projects": projects,
        "residents": residents,
    }


def _drawn_firm(draw: random.Random, at: int, on: list[str]) -> Row:
    industry, code = draw.choice(INDUSTRIES)
    return {
        "code": f"91150699YS{900 + at:08d}",
        "name": f"演示随机企业第{at:02d}号",
        "block": draw.choice(["YS-A", "YS-B", "YS-C", ""]),
        "industry": industry,
        "industry_code": code,
        "supply_nos": on,
        "parcel_codes": [],
        "land_m2": draw.choice([None, draw.randint(5, 300) * 100]),
        "is_industrial": code != "5920",
        "is_above_scale": draw.random() < 0.5,
        "is_high_tech": draw.random() < 0.2,
        "state": draw.choice(["在产", "在产", "停产", "注销"]),
        "from_on": between(draw, date(2010, 1, 1), date(2024, 12, 31)),
    }


def _drawn_year(draw: random.Random, size: int) -> dict[str, Any]:
    wan = lambda share: f"{size * share * draw.uniform(0.7, 1.3):.4f}"  # noqa: E731
    row = {
        "output": wan(1.0),
        "tax": wan(0.06),
        "investment": wan(0.05),
        "invested": wan(1.5),
        "employees": draw.randint(0, 500),
        "energy": draw.randint(0, 9000),
        "water": draw.randint(0, 90000),
    }
    return {name: value for name, value in row.items() if draw.random() < 0.95}


def _drawn_project(draw: random.Random, at: int, firm: Row) -> Row:
    total = draw.randint(5, 500) * 100
    return {
        "code": f"演示备〔{firm['from_on'].year}〕{900 + at}号",
        "name": f"演示-随机项目-{at:02d}",
        "kind": draw.choice(["新建", "改扩建"]),
        "firm_code": firm["code"],
        "firm_name": firm["name"],
        "industry": firm["industry"],
        "block": firm["block"],
        "supply_nos": firm["supply_nos"],
        "area_ha": f"{draw.uniform(0.3, 9):.4f}",
        "total": total,
        "invested": draw.randint(0, total),
        "state": draw.choice(["在建", "停建", "投产", "停产"]),
        "from_on": firm["from_on"],
    }
