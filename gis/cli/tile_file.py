"""`landwatch export tiles`: all tiles of a layer of a run in one file."""

from __future__ import annotations

from pathlib import Path

from gis.cli import screen, which_run
from gis.errors import UsageError
from gis.files import atomic
from gis.store.database import Connection
from gis.store.runs import Run
from gis.tiles.layers import LAYERS

TILES, PMTILES = "tiles", "pmtiles"


def is_asked(what: str, file_format: str) -> bool:
    """Return whether tiles are asked for; UsageError where the format is not that of the list."""
    if (what == TILES) != (file_format == PMTILES):
        raise UsageError(
            f"{what} 不能写成 {file_format}。 {what} cannot be written as {file_format}.",
            f"瓦片写成 tiles are written so: export {TILES} --format {PMTILES}",
        )
    return what == TILES


def write(
    connection: Connection,
    run: Run,
    layer: str,
    on: str | None,
    most_zoom: int,
    out: Path,
    as_json: bool,
) -> None:
    """Write the tiles of a layer and say how many there are."""
    from gis.tiles import archive

    if out.suffix.lower() != f".{PMTILES}":
        raise UsageError(
            f"{out.name} 与格式 {PMTILES} 不符 does not fit the format",
            f"以 .{PMTILES} 结尾 let the name end so",
        )
    day = run.as_of if on is None else which_run.as_day(on)
    with atomic.replacing(out) as draft:
        count = archive.write(connection, run, LAYERS[layer], day, None, most_zoom, draft)
    if as_json:
        screen.say_json({"run": run.id, "files": [str(out)], "held_back": [], "tiles": count})
        return
    screen.say(which_run.title(run))
    screen.say(f"{out}  图层 layer {layer} · {day} · {count} 块瓦片 tiles")
