"""`landwatch export`: a stored run as files, and all a run is handed out as."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, recorded_law
from gis.assessment import told
from gis.cli import block_maps, reasons, screen, tile_file, usage, which_run
from gis.crs import systems
from gis.errors import UsageError
from gis.files import atomic
from gis.intake.readers import coordinates
from gis.law import Law
from gis.outputs import ledger
from gis.outputs.export import neighbours, rings
from gis.outputs.export import write as exports
from gis.outputs.export.choose import LISTS
from gis.outputs.proof import folder, manifest, signature
from gis.outputs.proof.cells import Group
from gis.outputs.report.workbook import listing, workbook
from gis.pipeline import counts, indicators, program
from gis.store import database, pages, results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.tiles.layers import LAYERS

_TABLES = (
    *("finding", "holding", "unsupplied", "piece", "balance", "indicator", "lead", "set_aside"),
)
_NAMED = 5  # how many subjects a message names
WORKBOOK = "土地监测.xlsx"


def write_out(
    connection: Connection,
    run: Run,
    rules: Law,
    out: Path,
    *,
    is_quiet: bool = False,
    workers: int = 1,
) -> list[Path]:
    """Write everything a run is handed out as: maps, index, shapefiles of targets, workbook.

    `is_quiet`: what the targets leave out is not said aloud (the findings have it). `workers`:
    processes that draw the maps, which changes no byte of them.
    Last comes the signed manifest, which names every file with its hash and every cell printed.
    """
    from maps import stored

    with atomic.filling(out, last=(stored.INDEX, manifest.NAME)) as drafts:
        files, held_back = write_files(connection, run, rules, drafts, workers)
        if held_back and not is_quiet:
            _say_held_back(held_back)
        groups = [
            one
            for file in sorted(files, key=lambda file: (file.name != WORKBOOK, file))
            for one in folder.groups_of(file, file.relative_to(drafts).as_posix(), READERS)
        ]
        signer = signature.signer(config.read().home)
        written_by = program.code_digest()
        place = drafts / manifest.NAME
        files.append(manifest.write(run, groups, files, place, written_by, signer))
        return [out / file.relative_to(drafts) for file in files]


def write_files(
    connection: Connection, run: Run, rules: Law, out: Path, workers: int = 1
) -> tuple[list[Path], tuple[str, ...]]:
    """Write all but the manifest into the folder `out`; return files and who was held back."""
    from maps import atlas, stored

    tables = _tables(connection, run)
    findings = tables["finding"]
    why = reasons.of_run(connection, run, findings, rules)
    note = which_run.differs(run, rules)
    drawing = block_maps.side_by_side(workers)
    files = atlas.write(stored.read(connection, run), out, why, note, spread=drawing)
    held_back: tuple[str, ...] = ()
    for written in exports.targets(run, findings, out / "处置对象.shp", tables=tables):
        files.extend(written.files)
        held_back += tuple(written.held_back)
    tables |= told.tables(connection, run, rules)
    files.append(workbook(run, tables, out / WORKBOOK, rules.unverified(run.as_of, run.region)))
    return files, held_back


def recounted(connection: Connection, run: Run) -> Run:
    """Return the run with its counts summed anew: what it says of itself is to be proved too."""
    findings, left_out, balances = (
        results.read(connection, run.id, name) for name in ("finding", "set_aside", "balance")
    )
    undated = balances[balances["method"] == ledger.UNDATED]
    total = indicators.unsupplied_of(results.read(connection, run.id, "place_line"))
    return replace(
        run, counts=counts.count(findings, left_out, undated) | {"unsupplied_total": total}
    )


def _read_page(path: Path, name: str) -> list[Group]:
    from maps import read_back

    return read_back.read(path, name)


READERS = {".html": _read_page}


@usage.command()
@click.argument("what", metavar="KIND", type=usage.choice([*LISTS, tile_file.TILES]))
@click.option(
    "--format",
    "file_format",
    type=usage.choice([*exports.FORMATS, "xlsx", tile_file.PMTILES]),
    required=True,
    help="格式 Format",
)
@click.option("--out", type=screen.OUT, required=True, help="写到 File to write")
@click.option(
    "--epsg",
    type=int,
    default=4490,
    show_default=True,
    help="坐标系，如 4525（37 带） Coordinate system",
)
@click.option(
    "--encoding",
    type=usage.choice(["utf-8", "gbk"]),
    default="utf-8",
    help="字符编码 Encoding of shapefiles",
)
@click.option(
    "--layer",
    type=usage.choice(LAYERS),
    default="findings",
    show_default=True,
    help="瓦片的图层 Layer of tiles",
)
@click.option("--on", "on", help="瓦片的日期，按沿革 Day of the tiles, by the timelines")
@click.option(
    "--max-zoom",
    "most_zoom",
    type=int,
    default=14,
    show_default=True,
    help="瓦片最大级别 Last zoom of tiles",
)
@which_run.options
@screen.json_option
def export(
    what: str,
    file_format: str,
    out: Path,
    epsg: int,
    encoding: str,
    layer: str,
    on: str | None,
    most_zoom: int,
    run_id: int | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """导出 Export findings, targets, candidates, unsupplied land, leads or parcels to a file.

    tiles: all tiles of a layer in one file, --format pmtiles.
    """
    with database.connect(config.read()) as connection:
        run = which_run.chosen(connection, run_id, as_of)
        if tile_file.is_asked(what, file_format):
            tile_file.write(connection, run, layer, on, most_zoom, out, as_json)
            return
        files, held_back = write_list(connection, run, what, file_format, out, epsg, encoding)
    if as_json:
        names = [str(file) for file in files]
        screen.say_json({"run": run.id, "files": names, "held_back": [*held_back]})
        return
    if held_back:
        _say_held_back(held_back)
    screen.say(which_run.title(run))
    for file in files:
        screen.say(str(file))


def write_list(
    connection: Connection,
    run: Run,
    what: str,
    file_format: str,
    out: Path,
    epsg: int = systems.STORE_EPSG,
    encoding: str = "utf-8",
    within: Scope | None = None,
    only: Collection[str] | None = None,
) -> tuple[list[Path], tuple[str, ...]]:
    """Write a list of a run to a file of a format; return its files, and who was held back.

    `within`: the land asked for, None for all of it; `only`: the rows asked for, by `content`.
    """
    from maps import qgis

    tables = _tables(connection, run, within)
    if only is not None:
        tables |= _chosen(tables, what, only)
    if what == "parcels":
        tables["parcel"] = pages.all_records(connection, run, what, within)
    if within is not None:
        for name, columns in neighbours.NAMING.items():
            for column in columns:
                own = neighbours.named_within(connection, run, within, tables[name][column])
                tables[name] = tables[name].assign(**{column: own})
    if file_format != "xlsx":
        written = exports.write(
            run,
            tables["finding"],
            what,
            out,
            file_format,
            tables=tables,
            epsg=epsg,
            encoding=encoding,
            text_of=_coordinate_text,
            styles=qgis.styles(what),
            is_whole=within is None and only is None,
        )
        return written.files, written.held_back
    if out.suffix.lower() != ".xlsx":
        raise UsageError(
            f"{out.name} 与格式 xlsx 不符 does not fit the format",
            "以 .xlsx 结尾 let the name end so",
        )
    held_back = exports.held_back_of(tables["finding"]) if what == "targets" else ()
    rules = recorded_law.of(connection, run).unverified(run.as_of, run.region)
    return [listing(run, tables, what, out, rules)], held_back


def write_listed(
    connection: Connection,
    run: Run,
    listed: Mapping[str, Any],
    folder: Path,
    only: Collection[str] | None = None,
) -> list[Path]:
    """Write a list as a manifest says it was written, into a folder; UsageError where it cannot be.

    listed: what, format, epsg, encoding, and regions, parks, blocks, all None for the whole land;
    only: the rows asked for, by `content`.
    """
    try:
        what, file_format = str(listed["what"]), str(listed["format"])
        lands = {name: listed[name] for name in ("regions", "parks", "blocks")}
        is_all = all(codes is None for codes in lands.values())
        within = None if is_all else Scope(**{name: _codes(lands[name]) for name in lands})
        ending = ".xlsx" if file_format == "xlsx" else exports.FORMATS[file_format][0]
        place = folder / f"{LISTS[what]}{ending}"
        epsg, encoding = int(listed["epsg"]), str(listed["encoding"])
    except (KeyError, TypeError, ValueError) as fault:
        raise UsageError(
            f"清单没有说清这是哪一份导出 the manifest does not say which list it is: {fault}",
            "重新导出 export it again",
        ) from fault
    return write_list(connection, run, what, file_format, place, epsg, encoding, within, only)[0]


def _chosen(
    tables: Mapping[str, pd.DataFrame], what: str, only: Collection[str]
) -> dict[str, pd.DataFrame]:
    """Return the table whose rows a list chooses, with those of some contents alone."""
    name = "lead" if what == "leads" else "finding"
    return {name: tables[name][tables[name]["content"].isin(only)]}


def _codes(told: object) -> list[str]:
    if not isinstance(told, list) or not all(isinstance(code, str) for code in told):
        raise TypeError(f"{told!r} is no list of codes")
    return told


def _coordinate_text(zone: int, plots: Sequence[rings.Plot]) -> str:
    """Return the 报部坐标 of the parcels of a zone: intake, which reads the format, writes it."""
    written = [
        coordinates.plot_of(one.rings, area_m2=one.area_m2, number=one.number, name=one.name)
        for one in plots
    ]
    content = coordinates.CoordinateText(
        attributes=coordinates.describe(zone), plots=tuple(written)
    )
    return coordinates.write(content)


def _say_held_back(subjects: tuple[str, ...]) -> None:
    shown = "、".join(subjects[:_NAMED]) + ("……" if len(subjects) > _NAMED else "")
    screen.say(
        f"处置对象未列入 {len(subjects)} 宗有矛盾或需核实的宗地（见判定结果）：{shown} · "
        f"{len(subjects)} subjects with a clash or something to verify are left out of the targets "
        "(the findings list them)",
        err=True,
    )


def _tables(
    connection: Connection, run: Run, within: Scope | None = None
) -> dict[str, pd.DataFrame]:
    asked = Asked(within=within)
    return {name: results.read(connection, run, name, asked) for name in _TABLES}
