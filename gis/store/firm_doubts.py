"""What is odd of firms beside what is known of them: figures of another unit, land of several.

Nothing is changed: who sent it is told. Whatever rests on a doubted figure is undetermined.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from gis import magnitudes
from gis.fields import Kind
from gis.store import records
from gis.store.database import Connection

_ORIGIN = ("file", "row_no", "from_delivery")
_MONEY_WAN = 1_000_000
_NAMES = ("parcel_codes", "supply_nos")
_MOST_NAMED = 5
# What is told of firms held together, which no reader of one file sees.
MAGNITUDE, BARE, SHARED, MANY = CODES = (
    "doubtful_magnitude",
    "output_without_land",
    "shared_land",
    "many_pieces",
)


def division_of(firms: pd.DataFrame) -> pd.Series:
    """Return enterprise_code -> the two digits of its industry; firms without one are left out."""
    own = firms.drop_duplicates("enterprise_code").set_index("enterprise_code")["industry_code"]
    found: pd.Series = own.astype("str").str.extract(r"^[A-T]?(\d\d)", expand=False).dropna()
    return found


def issues(connection: Connection, kind: Kind, number: int) -> pd.DataFrame:
    """Return the issues of a delivery of enterprises or of their years, in the order of its rows.

    Columns of table issue without id and delivery; of any other kind none.
    """
    if kind.name not in ("enterprises", "enterprise_years"):
        return pd.DataFrame()
    firms = _read(connection, "enterprises", "enterprise_code", "industry_code", *_NAMES)
    if kind.name == "enterprises":
        told = _of_land(firms, number)
    else:
        columns = ("enterprise_code", "year", "employees_count", *magnitudes.SETTINGS.columns)
        years = _read(connection, kind.name, *columns)
        told = _of_units(years, firms, kind, number)
        told += _of_no_land(connection, years, firms, number)
    return pd.DataFrame(told)


def _read(connection: Connection, kind: str, *columns: str) -> pd.DataFrame:
    both = [
        records.read(connection, kind, columns=[*columns, *_ORIGIN], undated=undated)
        for undated in (False, True)
    ]
    return pd.concat(both, ignore_index=True)


def _of_units(
    years: pd.DataFrame, firms: pd.DataFrame, kind: Kind, number: int
) -> list[dict[str, Any]]:
    flags = magnitudes.doubtful(years, division_of(firms))
    told = []
    for name in flags:
        column = kind.columns[str(name)]
        for row in years[flags[name] & (years["from_delivery"] == number)].to_dict("records"):
            value = f"{row[name] / _MONEY_WAN:,.4f}".rstrip("0").rstrip(".") + " 万元"
            message = (
                f"企业 {row['enterprise_code']} {row['year']} 年「{column.title}」{value} "
                "与该企业其他年度或同行业企业相差在千倍以上，可能把元写成万元（或相反）"
            )
            fix = (
                "已按原样照收，涉及它的合计按未知处理；核对单位后重新报送，"
                "或用 landwatch correct 更正"
            )
            told.append(_issue(row, MAGNITUDE, name, value, message, fix))
    return told


def _of_no_land(
    connection: Connection, years: pd.DataFrame, firms: pd.DataFrame, number: int
) -> list[dict[str, Any]]:
    projects = records.read(connection, "projects", columns=["enterprise_code", "supply_nos"])
    holders = records.read(connection, "holders", columns=["holder_code"])
    has_land = {*firms.loc[firms[[*_NAMES]].notna().any(axis=1), "enterprise_code"]}
    has_land |= {*projects.dropna(subset=["supply_nos"])["enterprise_code"]}
    has_land |= {*holders["holder_code"]}
    is_told = (years["from_delivery"] == number) & (years["output_fen"] > 0)
    bare = years[is_told.fillna(False) & ~years["enterprise_code"].isin(has_land)]
    newest = bare.sort_values("year").drop_duplicates("enterprise_code", keep="last")
    return [
        _issue(
            row,
            BARE,
            "output_fen",
            row["enterprise_code"],
            f"企业 {row['enterprise_code']} 有产值，但没有一宗用地对得上"
            "（未报电子监管号、宗地代码，也没有项目或权利人登记）",
            "在企业资料里补报电子监管号或宗地代码；租用厂房的注明区块",
        )
        for row in newest.sort_values("row_no").to_dict("records")
    ]


def _of_land(firms: pd.DataFrame, number: int) -> list[dict[str, Any]]:
    named = pd.concat(
        [firms[["enterprise_code", name]].explode(name).set_axis(["firm", "no"], axis=1).assign(
            field=name) for name in _NAMES]
    ).dropna(subset=["no"]).drop_duplicates()  # fmt: skip
    mine = firms[firms["from_delivery"] == number].sort_values("row_no")
    by_number = named.groupby(["field", "no"])["firm"].agg(sorted)
    by_number = by_number[by_number.map(len) > 1]
    told = []
    for row in mine.to_dict("records"):
        numbers = [(name, no) for name in _NAMES for no in (_list(row[name]))]
        for name, no in numbers:
            if (name, no) not in by_number.index:
                continue
            others = [one for one in by_number[name, no] if one != row["enterprise_code"]]
            more = f" 等 {len(others)} 家" if len(others) > _MOST_NAMED else ""
            message = (
                f"{no} 上另有企业（{'、'.join(others[:_MOST_NAMED])}{more}），"
                "按各企业所报用地面积分摊，有未报的平均分摊"
            )
            told.append(_issue(row, SHARED, name, no, message, "核对各企业的用地面积", "note"))
        if len(numbers) > 1:
            value = "、".join(no for _, no in numbers[:_MOST_NAMED])
            message = f"企业用地在 {len(numbers)} 个编号上（{value}），其数据按面积分摊"
            told.append(_issue(row, MANY, "supply_nos", value, message, "无须处理", "note"))
    return told


def _list(value: Any) -> list[str]:
    return [*value] if isinstance(value, list) else []


def _issue(
    row: dict[Any, Any],
    code: str,
    field: object,
    value: str,
    message: str,
    fix: str,
    severity: str = "warning",
) -> dict[str, Any]:
    return {
        "file": row["file"],
        "row_no": row["row_no"],
        "field": field,
        "code": code,
        "severity": severity,
        "value": value,
        "message": message,
        "fix": fix,
        "raw": None,
    }
