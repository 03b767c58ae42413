"""The list that goes back to the sender: what was found in a delivery, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from gis import contracts
from gis.outputs.report import book
from gis.outputs.report.book import Sheet

_SUMMARY = {
    "文件": "text",
    "资料": "text",
    "图层": "text",
    "坐标系": "text",
    "行": "integer",
    "完好": "integer",
    "有误": "integer",
    "错误": "integer",
    "警告": "integer",
    "提示": "integer",
    "定级": "text",
    "未查": "text",
}
_LIST = {
    "文件": "text",
    "行号": "integer",
    "级别": "text",
    "问题": "text",
    "字段": "text",
    "原值": "text",
    "说明": "text",
    "处理": "text",
    "把握": "share",
    "建议命令": "text",
}
_SEVERITIES = {"error": "错误", "warning": "警告", "note": "提示"}
_NOTES = (
    "错误：改正后才能入库；警告：核对；提示：知悉即可。行号是原文件的行号（图层从 1 起）。",
    "“把握”是程序对判断的把握；“建议命令”接受后程序代为修复，并留下修复前后的记录。",
)


def write(
    summary: pd.DataFrame,
    findings: pd.DataFrame,
    titles: Mapping[str, str],
    out: Path,
    made_on: datetime,
    words: str | None = None,
) -> Path:
    """Write the diagnosis of one or more deliveries to `out` and return it.

    `words`: what is said of them besides, on top of each sheet.

    `summary` has one row per file with the columns above; `findings` one row per fault (file,
    row_no, severity, code, field, value, message, fix, confidence, proposal); `titles` names the
    fields. Rows of no number (faults of a whole file) come first.
    """
    order = {name: rank for rank, name in enumerate(_SEVERITIES)}
    sorted_findings = findings.assign(rank=findings["severity"].map(order)).sort_values(
        ["file", "rank", "row_no"], na_position="first", kind="stable"
    )
    table = pd.DataFrame(
        {
            "文件": sorted_findings["file"],
            "行号": sorted_findings["row_no"],
            "级别": sorted_findings["severity"].map(_SEVERITIES),
            "问题": sorted_findings["code"].map(lambda code: contracts.label("issue", code)),
            "字段": sorted_findings["field"].map(lambda name: titles.get(name, name)),
            "原值": sorted_findings["value"],
            "说明": sorted_findings["message"],
            "处理": sorted_findings["fix"],
            "把握": sorted_findings["confidence"],
            "建议命令": sorted_findings["proposal"],
        }
    )
    heads = [f"数据体检 landwatch check　{made_on:%Y-%m-%d}"]
    heads += [f"意见：{line}" for line in (words or "").splitlines() if line.strip()]
    with book.opened(out, "数据体检", made_on) as opened:
        looks = book.Looks(opened)
        book.add(opened, looks, Sheet("体检结论", _SUMMARY, summary), heads)
        book.add(opened, looks, Sheet("问题清单", _LIST, table, notes=_NOTES), heads)
    return out
