"""`landwatch load`: what arrives, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from gis import config, contracts, fields
from gis.cli import screen, usage
from gis.errors import UsageError
from gis.intake import gate
from gis.intake import load as intake
from gis.intake.batches import Source
from gis.intake.read import Reading
from gis.store import database
from gis.store.arrivals import Loaded
from gis.store.held_rows import ACCEPTED

_STRICT_FAILED = 1


class _Accept(click.ParamType[str]):
    """What a person has looked at: a reason to wait, a number behind it, or why a file was held."""

    name = "accept"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        reason, mark, number = str(value).partition(":")
        if mark and number.strip() and reason.lower() in ACCEPTED:
            return f"{reason.lower()}:{number.strip()}"
        return usage.choice([*ACCEPTED, *gate.CODES]).convert(value, param, ctx)


@usage.command()
@click.argument("kind", required=False, type=usage.KIND)
@click.argument("files", nargs=-1, type=screen.PATH)
@click.option("--manifest", type=screen.PATH, help="按清单装载 Load a manifest")
@usage.read_as
@click.option(
    "--fix",
    "fixes",
    multiple=True,
    metavar="CODE",
    help="接受体检建议的修复，可重复 Accept a repair of check, may repeat",
)
@click.option(
    "--set",
    "constants",
    multiple=True,
    metavar="列=值",
    help="整份资料共有的值，可重复 A value of every row, may repeat",
)
@click.option(
    "--sender",
    help="报送单位（地块编号一类的号只在它和这份资料之内认） Who sends it: numbers that are no "
    "official codes name records only within the sender and file series",
)
@click.option(
    "--mode",
    type=usage.choice(["add", "replace"]),
    help="add 只动文件里的记录；replace 还终止范围内缺的 add touches only the records of the file, "
    "replace also ends those of the scope that it lacks",
)
@click.option(
    "--scope",
    multiple=True,
    metavar="列=值",
    help="replace 的范围，可重复 Scope of replace, may repeat",
)
@click.option(
    "--accept",
    "accepted",
    type=_Accept(),
    metavar="CODE[:号]",
    multiple=True,
    help="核对属实后采用搁置的行（moved 移位，copy 同一块地换号；moved:号 只采用这一行）"
    "或整份暂缓的资料，可重复 Take what was held, once it is found true: all rows that moved or "
    "are copies, one row by its number, or a file held as a whole; may repeat",
)
@click.option(
    "--override-corrections",
    is_flag=True,
    help="报送值盖过人工更正 Let the file overrule corrections",
)
@click.option(
    "--received-at", type=click.DateTime(), help="补记收件时间（UTC） When it was received"
)
@click.option(
    "--strict", is_flag=True, help="有拒收、搁置行时退出码为 1 Exit 1 for rows refused or held"
)
@screen.json_option
def load(
    kind: str | None, files: Sequence[Path], as_json: bool, strict: bool, **options: Any
) -> int:
    """装载资料 Load deliveries: KIND FILE... or --manifest FILE."""
    orders = _orders(kind, files, options)
    results: list[tuple[Reading, Loaded]] = []
    settings = config.read()
    with database.connect(settings, make=True) as connection, screen.progress() as bar:
        task = bar.add_task("装载 load", total=None)
        # Who watches sees how the columns are understood before the first row is in, and can stop;
        # into a pipe goes only what was done.
        is_watched = kind is not None and not as_json and bar.console.is_terminal

        def tell(coming: intake.Coming) -> None:
            bar.update(task, total=coming.expected_rows, completed=coming.row_count)
            if is_watched and coming.row_count == 0:
                _show_mapping(coming.source, err=True)

        for number, order in enumerate(orders, start=1):
            place = f"{number}/{len(orders)} " if len(orders) > 1 else ""
            bar.reset(task, total=None, description=f"装载 {place}{order.path.name}")
            results.append(intake.load(connection, order, settings.home, tell))
    if as_json:
        told = [_told(loaded) for _, loaded in results]
        screen.say_json(told[0] if len(told) == 1 else {"deliveries": told})
    else:
        for reading, loaded in results:
            if kind is not None:
                if not is_watched:
                    _show_mapping(reading)
                screen.show_issues(_others(reading, loaded), f"问题 {reading.file}")
            screen.show_refused(loaded.told, loaded.delivery)
        for reading, loaded in results:
            screen.say(_sentence(reading, loaded))
    is_whole = all(loaded.rejected + loaded.held == 0 for _, loaded in results)
    return _STRICT_FAILED if strict and not is_whole else 0


def _orders(
    kind: str | None, files: Sequence[Path], options: dict[str, Any]
) -> list[intake.LoadRequest]:
    manifest, mode = options.pop("manifest"), options.pop("mode")
    if manifest is not None:
        if kind is not None or any(options.values()):
            raise UsageError(
                "--manifest 已写明种类和文件，不再接受其他参数。 --manifest names kinds and files.",
                "只写 give alone: landwatch load --manifest FILE",
            )
        return intake.manifest(manifest)
    if kind is None or not files:
        raise UsageError(
            "要装载什么？ What is to be loaded?",
            "landwatch load KIND FILE...；资料种类 KIND: " + "、".join(fields.KINDS),
        )
    received_at: datetime | None = options["received_at"]
    return [
        intake.LoadRequest(
            kind=kind,
            path=path,
            layer=options["layer"],
            crs=options["crs"],
            encoding=options["encoding"],
            column_map=_pairs(options["maps"], "--map"),
            constants=_pairs(options["constants"], "--set"),
            empty_days=options["empty_days"],
            sender=options["sender"],
            fixes=options["fixes"],
            accepted=tuple(sorted(options["accepted"])),
            override_corrections=options["override_corrections"],
            mode=mode or "add",
            scope=_pairs(options["scope"], "--scope") if options["scope"] else None,
            received_at=received_at and received_at.replace(tzinfo=UTC),
        )
        for path in files
    ]


def _pairs(entries: Sequence[str], option: str) -> dict[str, str]:
    wrong = [entry for entry in entries if "=" not in entry]
    if wrong:
        raise UsageError(
            f"{option} {wrong[0]} 缺少等号。 {option} needs an equals sign.",
            f"写成 write: {option} 名=值",
        )
    return dict(entry.split("=", 1) for entry in entries)


def _told(loaded: Loaded) -> dict[str, Any]:
    return {name: getattr(loaded, name) for name in contracts.JSON["load"]}


def _show_mapping(source: Source | Reading, *, err: bool = False) -> None:
    columns = source.kind.columns
    screen.show(
        f"列对应 {source.file}" + (f" / {source.layer}" if source.layer else ""),
        ["文件列名", "标准列", "单位"],
        [
            [header, columns[name].title, source.units.get(name, "")]
            for header, name in source.mapping.items()
        ],
        err=err,
    )


def _others(reading: Reading, loaded: Loaded) -> pd.DataFrame:
    """Return the issues that did not keep a row out."""
    told = reading.issues if loaded.is_repeat else loaded.told
    return told[~told["severity"].isin(["error", "held"])] if len(told) else told


def _sentence(reading: Reading, loaded: Loaded) -> str:
    """Return what became of a delivery, in one sentence that fits any terminal."""
    name = reading.file + (f" / {reading.layer}" if reading.layer else "")
    counts = "，".join(
        f"{title} {getattr(loaded, count):,}"
        for title, count in _COUNTS.items()
        if loaded.is_repeat is False or count in {"unchanged", "held", "rejected", "duplicates"}
    )
    start = f"第 {loaded.delivery} 次资料 {name}（{reading.kind.title}）"
    if loaded.is_repeat:
        return f"{start}：已装载过，未变 same file：共 {loaded.rows:,} 行：{counts}"
    ended = "、".join(loaded.ended_keys[:_MOST_ENDED])
    more = " 等" if len(loaded.ended_keys) > _MOST_ENDED else ""
    told = f"。终止的记录 ended：{ended}{more}" if ended else ""
    return f"{start}：共 {loaded.rows:,} 行：{counts}{told}"


_MOST_ENDED = 10
_COUNTS = {
    "新增 added": "added",
    "替换 replaced": "replaced",
    "终止 ended": "ended",
    "未变 unchanged": "unchanged",
    "搁置 held": "held",
    "拒收 rejected": "rejected",
    "重复 duplicates": "duplicates",
}
