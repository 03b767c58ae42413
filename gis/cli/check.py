"""`landwatch check`: a delivery diagnosed before anything is stored, with what would mend it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts
from gis.cli import screen, usage
from gis.errors import StoreError, UsageError
from gis.files import atomic
from gis.geometry import soundness
from gis.intake.doctor.examine import Diagnosis, examine
from gis.intake.doctor.known import Known
from gis.outputs.export import mended
from gis.outputs.report import diagnosis as book
from gis.store import database, records
from gis.store.cluster import server

_STRICT_FAILED = 1
_MOST_ROWS = 4
_SEVERITIES = {"error": "错误", "warning": "警告", "note": "提示"}


@usage.command()
@click.argument("kind", type=usage.KIND)
@click.argument("files", nargs=-1, required=True, type=screen.PATH)
@usage.read_as
@click.option(
    "--fix",
    "fixes",
    multiple=True,
    metavar="CODE",
    help="接受一项修复，可重复 Accept a repair, may repeat",
)
@click.option("--list", "list_path", type=screen.OUT, help="退回清单 List to send back, .xlsx")
@click.option("--mended", "mended_path", type=screen.OUT, help="修好的副本 Mended copy, .gpkg")
@click.option(
    "--strict", is_flag=True, help="有错误或警告时退出码为 1 Exit 1 for errors or warnings"
)
@screen.json_option
def check(
    kind: str,
    files: Sequence[Path],
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    maps: Sequence[str],
    empty_days: Sequence[str],
    fixes: Sequence[str],
    list_path: Path | None,
    mended_path: Path | None,
    strict: bool,
    as_json: bool,
) -> int:
    """数据体检，不入库 Diagnose deliveries of a KIND; nothing is stored."""
    _check_use(files, list_path, mended_path)
    known = _known(kind)
    found = []
    with screen.progress() as bar:
        task = bar.add_task("体检 check", total=len(files))
        for path in files:
            bar.update(task, description=f"体检 {path.name}")
            found.append(
                examine(
                    path, kind, layer=layer, crs=crs, encoding=encoding,
                    column_map=usage.pairs(maps), empty_days=empty_days, fixes=fixes, known=known,
                )
            )  # fmt: skip
            bar.advance(task)
    now = datetime.now(UTC)
    if list_path is not None:
        write_list(found, list_path, now)
    if mended_path is not None:
        write_mended(found[0], mended_path, now)
    if as_json:
        told = [told_of(one) for one in found]
        screen.say_json(told[0] if len(told) == 1 else {"checks": told})
    else:
        for one in found:
            _show(one)
        for written in (list_path, mended_path):
            if written is not None:
                screen.say(f"已写出 Written: {written}")
    return _STRICT_FAILED if strict and any(one.grade != "ready" for one in found) else 0


def gathered(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the findings by code, field and proposal, the gravest first, as --json has them."""
    rank = findings["severity"].map({name: place for place, name in enumerate(_SEVERITIES)})
    groups = findings.assign(rank=rank).groupby(
        ["rank", "code", "severity", "field", "proposal"], sort=False, dropna=False
    )
    told = []
    for (place, code, severity, field, proposal), group in groups:
        first = group.iloc[0]
        told.append(
            {
                "rank": place,
                "code": code,
                "label": contracts.label("issue", str(code)),
                "severity": severity,
                "confidence": round(float(group["confidence"].mean()), 3),
                "count": len(group),
                "rows": [int(row) for row in group["row_no"].dropna().unique()],
                "field": field,
                "value": first["value"],
                "message": first["message"],
                "fix": first["fix"],
                "proposal": proposal,
            }
        )
    told.sort(key=lambda entry: int(entry["rank"]))
    return [{name: one[name] for name in one if name != "rank"} for one in told]


def _check_use(files: Sequence[Path], list_path: Path | None, mended_path: Path | None) -> None:
    for out in (list_path, mended_path):
        atomic.refuse_same(out, *files)
    if list_path is not None and list_path.suffix.lower() != ".xlsx":
        raise UsageError(f"--list {list_path.name} 不是 .xlsx is no .xlsx", "--list 退回清单.xlsx")
    if mended_path is None:
        return
    if mended_path.suffix.lower() != ".gpkg":
        raise UsageError(
            f"--mended {mended_path.name} 不是 .gpkg is no .gpkg", "--mended 副本.gpkg"
        )
    if len(files) > 1:
        raise UsageError(
            "--mended 一次只写一个文件的副本。 --mended writes the copy of one file.",
            "逐个文件体检 check the files one by one",
        )


def _known(kind: str) -> Known | None:
    """Return what the store knows, None where there is no store: a check works without one."""
    settings = config.read()
    if settings.is_embedded and not server.status(settings.home).is_made:
        return None
    try:
        with database.connect(settings) as connection:
            return known_of(connection, kind)
    except StoreError as error:
        screen.say(f"未用库 store not used: {error.found}", f"  → {error.mend}", err=True)
        return None


def known_of(connection: database.Connection, kind: str) -> Known:
    """Return what a store knows that a delivery of a kind is laid beside."""
    parcels = _in_force(connection, "parcels", ["supply_no", "geom"], kind == "parcels")
    regions = _in_force(connection, "regions", ["region_code", "name", "geom"])
    parks = _in_force(connection, "parks", ["park_code", "name", "geom"])
    return Known(parcels, regions, parks)


def _in_force(
    connection: database.Connection, kind: str, columns: list[str], is_wanted: bool = True
) -> pd.DataFrame:
    dated = _sound(records.read(connection, kind, columns=columns))
    if not is_wanted:
        return dated.iloc[:0]
    undated = _sound(records.read(connection, kind, columns=columns, undated=True))
    return pd.concat([one for one in (dated, undated) if len(one)] or [dated], ignore_index=True)


def _sound(rows: pd.DataFrame) -> pd.DataFrame:
    sound: pd.DataFrame = rows[soundness.unsound(rows) == ""]
    return sound


def write_list(
    found: Sequence[Diagnosis], out: Path, now: datetime, words: str | None = None
) -> None:
    """Write the workbook that goes back with deliveries: what is wrong, where, what mends it.

    `words`: what whoever sends it back says besides.
    """
    every = pd.concat([one.findings for one in found], ignore_index=True)
    book.write(_summary(found), every, _titles(found), out, now.replace(tzinfo=None), words)


def write_mended(found: Diagnosis, out: Path, now: datetime) -> None:
    """Write a copy of a delivery with its fixes carried out; UsageError while it is a supposal."""
    if found.is_supposed:
        raise UsageError(
            f"{found.file}：位置还没有确定，不写副本。 The position is still a supposal.",
            "先接受建议 accept the proposal first: "
            + "、".join(found.findings["proposal"].dropna().unique()[:3]),
        )
    labels = found.findings["code"].map(lambda code: contracts.label("issue", code))
    marks = found.findings.assign(label=labels).dropna(subset="row_no")
    notes = marks.groupby("row_no")["label"].agg(lambda one: "；".join(dict.fromkeys(one)))
    mended.write(found.kind, found.rows, notes, out, as_of=now.date())


def _summary(found: Sequence[Diagnosis]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "文件": one.file,
                "资料": one.kind.title,
                "图层": one.layer,
                "坐标系": one.crs,
                "行": one.row_count,
                "完好": one.sound_count,
                "有误": one.rejected_count,
                **{zh: int((one.findings["severity"] == name).sum())
                   for name, zh in _SEVERITIES.items()},
                "定级": contracts.label("delivery_grade", one.grade),
                "未查": "；".join(one.left_out) or None,
            }
            for one in found
        ]
    )  # fmt: skip


def _titles(found: Sequence[Diagnosis]) -> dict[str, str]:
    columns = {name: column.title for one in found for name, column in one.kind.columns.items()}
    return {**columns, "geom": "图形"}


def told_of(found: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as --json has it."""
    counts = {name: int((found.findings["severity"] == name).sum()) for name in _SEVERITIES}
    values = {
        "name": found.file,
        "kind": found.kind.name,
        "layer": found.layer,
        "format": found.format,
        "crs": found.crs,
        "rows": found.row_count,
        "sound": found.sound_count,
        "rejected": found.rejected_count,
        "grade": found.grade,
        "severities": counts,
        "mapping": dict(found.mapping),
        "left_out": list(found.left_out),
        "findings": gathered(found.findings),
    }
    return {name: values[name] for name in contracts.JSON["check"]}


def _show(found: Diagnosis) -> None:
    told = gathered(found.findings)
    counts = "、".join(
        f"{zh} {int((found.findings['severity'] == name).sum()):,}"
        for name, zh in _SEVERITIES.items()
    )
    screen.say(
        f"{found.file}"
        + (f" / {found.layer}" if found.layer else "")
        + f" · {found.kind.title} · {found.crs or '无坐标系 no CRS'}",
        f"共 {found.row_count:,} 行：完好 {found.sound_count:,}，有误 {found.rejected_count:,}；"
        f"{counts} · 定级 grade：{contracts.label('delivery_grade', found.grade)} {found.grade}",
    )
    for words in found.left_out:
        screen.say(f"未查 left out：{words}")
    if not told:
        return
    screen.show(
        "体检结果 Findings",
        ["级别", "问题", "条数", "把握", "行", "说明（例）", "处理", "命令"],
        [
            [
                _SEVERITIES[one["severity"]],
                one["label"],
                f"{one['count']:,}",
                f"{one['confidence'] * 100:.0f}%",
                "、".join(map(str, one["rows"][:_MOST_ROWS]))
                + (" …" if len(one["rows"]) > _MOST_ROWS else ""),
                one["message"],
                one["fix"],
                one["proposal"] if isinstance(one["proposal"], str) else "",
            ]
            for one in told
        ],
        numeric=(2, 3),
        goes_first=(3, 4, 1),
    )
