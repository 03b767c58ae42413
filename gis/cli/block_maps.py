"""`landwatch map`: one block of a stored run, or all of them with their index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gis import config
from gis.cli import screen, usage, which_run
from gis.errors import UsageError
from gis.files import atomic
from gis.pipeline import engine
from gis.store import database

if TYPE_CHECKING:
    from maps.stored import Stored

P = TypeVar("P")
T = TypeVar("T")

# Below this a process takes longer to start than it saves.
_BLOCKS_A_WORKER = 30
_LISTED = 20  # how many files the terminal lists


@usage.command("map")
@click.option("--block", "code", help="区块代码 Block code")
@click.option("--all", "is_all", is_flag=True, help="全部区块与首页 Every block and the index page")
@click.option("--out", type=screen.OUT, required=True, help="写到 Folder to write")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="本机进程数，不写时按区块数和核数定 Processes that draw, by blocks and cores unless said",
)
@which_run.options
@screen.json_option
def map_(
    code: str | None,
    is_all: bool,
    out: Path,
    workers: int | None,
    run_id: int | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """区块地图（可离线打开） Block maps that open without a network."""
    from maps import block, stored

    if (code is None) == (not is_all):
        raise UsageError("要哪个区块？ Which block?", "--block CODE 或 --all")
    with database.connect(config.read()) as connection:
        found = stored.read(connection, which_run.chosen(connection, run_id, as_of))
    if is_all:
        files = _draw_all(found, out, workers)
    else:
        assert code is not None
        place = found.place(code)
        files = [block.draw(place, found.layers(place.code), out / place.file_name)]
    if as_json:
        screen.say_json({"run": found.run.id, "files": [str(file) for file in files]})
        return
    screen.say(which_run.title(found.run))
    for file in files[:_LISTED]:
        screen.say(str(file))
    if len(files) > _LISTED:
        screen.say(f"…… 共 {len(files)} 个文件，从 {files[0]} 进入 in all, start from the index")


def _draw_all(found: Stored, out: Path, workers: int | None) -> list[Path]:
    """Draw every map and the index into `out`, which has all of them or none; return the files."""
    from maps import atlas, stored

    many = workers or max(1, min(engine.cores(), len(found.codes) // _BLOCKS_A_WORKER))
    with screen.progress() as bar, atomic.filling(out, last=(stored.INDEX,)) as drafts:
        task = bar.add_task("绘制地图 drawing maps", total=None)

        def tell(done: int, total: int) -> None:
            words = f"绘制地图 drawing maps {done}/{total}"
            bar.update(task, completed=done, total=total, description=words)

        drawn = atlas.write(found, drafts, spread=side_by_side(many), tell=tell)
        return [out / file.name for file in drawn]


def side_by_side(workers: int) -> Callable[[Callable[[P], T], Sequence[P]], Iterable[T]]:
    """Return what has so many processes do the parts of a work."""
    return lambda work, parts: engine.run(work, parts, workers)
