"""The issues of a delivery as a list that goes back to its sender: a sheet, or rows for a CSV."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from gis.outputs.report import book
from gis.outputs.report.book import Sheet

_COLUMNS = {
    "文件": "text",
    "行号": "integer",
    "级别": "text",
    "问题代码": "text",
    "字段": "text",
    "原值": "text",
    "说明": "text",
    "处理": "text",
    "原行": "text",
}
_SEVERITIES = {"error": "拒收", "warning": "警告", "held": "搁置", "note": "提示"}
_NOTES = ("拒收：本行未入库，改正后重新报送；警告：核对；提示：知悉即可。行号是原文件的行号。",)


def table(issues: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return issue rows under Chinese headers; `titles` names the fields; a raw row is JSON."""
    return pd.DataFrame(
        {
            "文件": issues["file"],
            "行号": issues["row_no"],
            "级别": issues["severity"].map(_SEVERITIES),
            "问题代码": issues["code"],
            "字段": issues["field"].map(lambda name: titles.get(name, name), na_action="ignore"),
            "原值": issues["value"],
            "说明": issues["message"],
            "处理": issues["fix"],
            "原行": issues["raw"].map(_raw).astype("str"),
        }
    )


def write(
    issues: pd.DataFrame, titles: Mapping[str, str], name: str, out: Path, made_on: datetime
) -> Path:
    """Write the issues of the delivery `name` as a workbook to `out` and return it."""
    heads = [f"问题清单　{name}　{made_on:%Y-%m-%d}"]
    with book.opened(out, "问题清单", made_on) as opened:
        rows = table(issues, titles)
        book.add(opened, book.Looks(opened), Sheet("问题清单", _COLUMNS, rows, notes=_NOTES), heads)
    return out


def _raw(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else None
