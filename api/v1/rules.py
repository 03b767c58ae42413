"""The law as the program holds it, and the words it uses."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api import store
from api.identity import requires
from api.v1 import pages
from gis import contracts, recorded_law
from gis.fields import KINDS
from gis.law import Value
from gis.result_tables import TABLES
from gis.store.database import Connection

router = APIRouter(tags=["rules 规则"], dependencies=[Depends(requires("read"))])

OneConnection = Annotated[Connection, Depends(store.connection)]
On = Annotated[date, Query(description="哪一天 on which day")]
Region = Annotated[str | None, Query(pattern=r"^\d{2,12}$", description="行政区代码 region code")]


@router.get("/law", summary="法律数值 values of the law")
def values(connection: OneConnection, on: On, region: Region = None) -> Response:
    """Every value of the law in force on a day, with its article and who checked it when."""
    rows = [_told(value) for value in recorded_law.at(connection).listed(on, region)]
    return pages.answer({"on": on, "count": len(rows), "rows": rows})


@router.get("/law/{key}", summary="一项法律数值 one value of the law")
def value(key: str, connection: OneConnection, on: On, region: Region = None) -> Response:
    """One value of the law on a day; 404 where there is none."""
    return pages.answer(
        {"on": on, "value": _told(recorded_law.at(connection).value(key, on, region))}
    )


@router.get("/glossary", summary="术语 words and columns")
def glossary() -> Response:
    """Code lists with their words, kinds of record with their columns, tables with theirs."""
    codes = {
        name: {code: {"zh": zh, "en": en} for code, (zh, en) in entry.items()}
        for name, entry in contracts.CODES.items()
    }
    kinds = {
        name: {
            "title": kind.title,
            "columns": {one.name: one.title for one in kind.columns.values()},
        }
        for name, kind in KINDS.items()
    }
    tables = {
        name: {
            "zh": table.zh,
            "en": table.en,
            "columns": {one.name: {"zh": one.zh, "unit": one.unit} for one in table.columns},
        }
        for name, table in TABLES.items()
        if table.columns
    }
    return pages.answer({"codes": codes, "kinds": kinds, "tables": tables})


def _told(value: Value) -> dict[str, Any]:
    return {
        "key": value.key,
        "value": str(value.amount) if isinstance(value.amount, Fraction) else value.amount,
        "unit": value.unit,
        "article": value.article,
        "title": value.title,
        "source": value.source,
        "wording_zh": value.wording("zh"),
        "wording_en": value.wording("en"),
        "region": value.region,
        "from": value.from_on,
        "until": value.until_on,
        "verified": value.verified,
        "checked_on": value.checked_on,
    }
