"""One list of findings into one file of the asked format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import shapely

from gis import contracts, result_tables
from gis.crs import systems
from gis.errors import UsageError
from gis.geometry import clean
from gis.outputs import ledger
from gis.outputs.export import delimited, features, package, rings, shapefile, upward
from gis.outputs.export.choose import (
    LISTS,
    OWN_TABLES,
    TARGETS,
    choose,
    held_back,
    unsupplied,
)
from gis.outputs.export.columns import spread
from gis.store.runs import Run

# format -> endings of the file's name, the usual one first
FORMATS: Mapping[str, tuple[str, ...]] = {
    "shp": (".shp", ".zip"),
    "gpkg": (".gpkg",),
    "geojson": (".geojson", ".json"),
    "parquet": (".parquet",),
    "csv": (".csv",),
    "txt": (".txt",),
}
CANDIDATES_SUFFIX = "_待核实"
# Land is handed over in the nation's own system; another datum would need a transformation named.
_ZONES = "CGCS2000 / 3-degree Gauss-Kruger"


@dataclass(frozen=True)
class Written:
    """What an export wrote: the list, its files, and how many rows went where.

    `rows` are all rows of the list; `without_shape` of them have no polygon (in a shapefile they
    go into the list beside it); `shortened` counts values that only the list beside holds whole.
    """

    what: str
    files: list[Path]
    rows: int
    without_shape: int
    shortened: int = 0
    held_back: tuple[str, ...] = ()


def write(
    run: Run,
    findings: pd.DataFrame,
    what: str,
    out: Path,
    file_format: str,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    epsg: int = systems.STORE_EPSG,
    encoding: str = "utf-8",
    text_of: rings.TextOf | None = None,
    styles: Sequence[package.LayerStyle] = (),
    is_whole: bool = False,
) -> Written:
    """Write the list `what` (a key of LISTS) of a run's findings to `out`.

    `findings` has the contract's columns and `geom` in EPSG:4490; `tables`, the stored results,
    give the list of unsupplied land its own columns, and every other list what is known of the
    supply or the approval beside each finding (see `ledger.joined`); leads and parcels are among
    them. `epsg` (shp, gpkg) is the system written; `encoding` (shp) is utf-8 or gbk; `text_of`
    (txt) composes the 报部坐标 of one zone, and what has no shape goes into a list beside; `styles`
    (gpkg) say how QGIS draws it; `is_whole`: no land was left out, so that a parquet may carry what
    the run counted (`upward`). Raises UsageError for an unknown list or format, for a file name
    that does not fit the format, and for an option the format has not.
    """
    _check(out, file_format, epsg, encoding)
    rows, name = _rows(run, findings, what, tables)
    held = held_back_of(findings) if what == "targets" else ()
    geoms = rows["geom"].to_numpy(dtype=object)
    areas = clean.polygonal(geoms)
    shapeless = int((shapely.is_missing(areas) | shapely.is_empty(areas)).sum())
    if file_format == "shp":
        made = shapefile.write(
            spread(rows, run.id, run.as_of, name),
            geoms,
            out,
            as_of=run.as_of,
            epsg=epsg,
            encoding=encoding,
        )
        return Written(what, made.files, len(rows), made.without_shape, made.shortened, held)
    if file_format == "gpkg":
        table = spread(rows, run.id, run.as_of, name)
        package.write(table, geoms, out, as_of=run.as_of, epsg=epsg, styles=styles)
    elif file_format == "geojson":
        members = {"title": LISTS[what], "run": run.id, "as_of": run.as_of.isoformat()}
        features.write_geojson(rows, out, members, name)
    elif file_format == "parquet":
        note = upward.note_of(run) if is_whole and what == "findings" else None
        features.write_parquet(rows, out, name, note)
    elif file_format == "txt":
        assert text_of is not None, "the door knows how the text is composed"
        files = rings.write(_plots(rows, name), out, text_of)
        if shapeless or not files:
            beside = out.with_name(out.stem + shapefile.SIDECARS[1])
            has_none = shapely.is_missing(areas) | shapely.is_empty(areas)
            delimited.save(spread(rows, run.id, run.as_of, name).titled()[has_none], beside)
            files.append(beside)
        return Written(what, files, len(rows), shapeless, held_back=held)
    else:
        delimited.save(spread(rows, run.id, run.as_of, name).titled(), out)
    return Written(what, [out], len(rows), shapeless, held_back=held)


def _rows(
    run: Run, findings: pd.DataFrame, what: str, tables: Mapping[str, pd.DataFrame] | None
) -> tuple[pd.DataFrame, str]:
    """Return the rows of a list and the published table whose columns they have."""
    if what in OWN_TABLES:
        name = OWN_TABLES[what]
        assert tables is not None, "leads and parcels are no findings"
        return tables[name], name
    if tables is None:
        return choose(findings, what), "finding"
    if what == "unsupplied":
        return unsupplied(findings, tables["unsupplied"], run.as_of), "unsupplied"
    return ledger.joined(choose(findings, what), tables, run.as_of), "ledger"


def held_back_of(findings: pd.DataFrame) -> tuple[str, ...]:
    """Return the subjects that would be disposal targets, were they not held back."""
    outcomes = TARGETS["idle_land"]
    held = findings[held_back(findings) & findings["outcome"].isin(outcomes)]
    return tuple(sorted(held["subject"]))


def _plots(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return rows with what a 报部坐标 calls a plot by: `subject`, and `name` where it has one."""
    if name == "lead":
        kinds = rows["kind"].map(lambda code: contracts.label("lead", code)).astype("str")
        return rows.assign(subject=result_tables.listed(rows["subjects"]), name=kinds)
    if name == "parcel":
        return rows.assign(
            subject=rows["parcel_code"].fillna(rows["key"]), name=rows["project_name"]
        )
    return rows


def targets(
    run: Run,
    findings: pd.DataFrame,
    out: Path,
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> list[Written]:
    """Write the disposal targets to the shapefile `out`, the candidates to a second one beside it.

    The two never share a file: a candidate (未报动工，待核实) is land nobody has looked at yet.
    """
    second = out.with_name(f"{out.stem}{CANDIDATES_SUFFIX}{out.suffix}")
    return [
        write(run, findings, what, path, "shp", tables=tables)
        for what, path in (("targets", out), ("candidates", second))
    ]


def _check(out: Path, file_format: str, epsg: int, encoding: str) -> None:
    endings = FORMATS.get(file_format)
    if endings is None:
        raise UsageError(
            f"不认识的格式 unknown format {file_format!r}", f"可选 choose {' '.join(FORMATS)}"
        )
    if out.suffix.lower() not in endings:
        raise UsageError(
            f"{out.name} 与格式 {file_format} 不符 does not fit the format",
            f"以 {' / '.join(endings)} 结尾 let the name end so",
        )
    if epsg != systems.STORE_EPSG and file_format not in {"shp", "gpkg"}:
        raise UsageError(
            f"{file_format} 只用经纬度 is written in EPSG:{systems.STORE_EPSG} only",
            "坐标系选项用于 the option of a coordinate system is for shp and gpkg",
        )
    if epsg != systems.STORE_EPSG and not systems.parse(epsg).name.startswith(_ZONES):
        raise UsageError(
            f"EPSG:{epsg} 不是 CGCS2000 三度带 is no 3-degree zone of CGCS2000",
            "例如 for example 4525（37 带）or 4546（中央经线 111°）",
        )
    if encoding != "utf-8" and file_format != "shp":
        raise UsageError(
            f"{file_format} 只用 UTF-8 is written in UTF-8 only",
            "编码选项用于 the option of an encoding is for shp",
        )
