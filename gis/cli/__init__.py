"""The command `landwatch`: one door to every stage, with one way of failing.

Exit 0 done; 1 done, but something the caller asked to be strict about failed, or a record was set
aside; 2 bad use or unreadable input, with one message that says what was found and how to mend it;
3 an unexpected fault of the program, told in one message that names its report.
Interrupted: 130 by Ctrl+C, 143 by SIGTERM, 129 by SIGHUP.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

from gis import __version__
from gis.cli import streams, usage
from gis.cli.visible import visible
from gis.errors import LandwatchError
from gis.files import disk, fault_report

EXIT_BAD_USE = 2
EXIT_UNFORESEEN = 3
_INTERRUPTED = 128  # and the number of the signal, as shells count

# name of the command -> module and attribute: a command's libraries load when it is called
_COMMANDS = {
    "check": "gis.cli.check:check",
    "load": "gis.cli.load:load",
    "undo": "gis.cli.undo:undo",
    "deliveries": "gis.cli.received:deliveries",
    "profiles": "gis.cli.received:column_profiles",
    "correct": "gis.cli.correct:correct",
    "corrections": "gis.cli.correct:listing",
    "run": "gis.cli.run:run",
    "runs": "gis.cli.which_run:listing",
    "verify": "gis.cli.verify:verify",
    "findings": "gis.cli.show:findings",
    "candidates": "gis.cli.show:candidates",
    "unsupplied": "gis.cli.show:unsupplied",
    "balance": "gis.cli.show:balance",
    "leads": "gis.cli.show:leads",
    "indicators": "gis.cli.show:indicators",
    "control": "gis.cli.control:control",
    "low-efficiency": "gis.cli.low_efficiency:low_efficiency",
    "quarterly": "gis.cli.quarterly:quarterly",
    "targets": "gis.cli.targets:targets",
    "scenario": "gis.cli.scenario:scenario",
    "rank": "gis.cli.rank:rank",
    "why": "gis.cli.why:why",
    "timeline": "gis.cli.timeline:timeline",
    "diff": "gis.cli.diff:diff",
    "compare": "gis.cli.compare:compare",
    "calendar": "gis.cli.calendar:calendar",
    "export": "gis.cli.deliver:export",
    "add-up": "gis.cli.add_up:add_up",
    "map": "gis.cli.block_maps:map_",
    "serve": "gis.cli.serve:serve",
    "work": "gis.cli.work:work",
    "jobs": "gis.cli.jobs:jobs",
    "nightly": "gis.cli.nightly:nightly_",
    "notices": "gis.cli.notices:notices",
    "status": "gis.cli.status:status",
    "user": "gis.cli.user:user",
    "key": "gis.cli.key:key",
    "embed": "gis.cli.embed:embed",
    "law": "gis.cli.law:law",
    "db": "gis.cli.db:db",
}
# What a stranger's file is given to.
_READ_DELIVERIES = frozenset({"check", "load", "compare", "control", "scenario"})


class _Door(usage.Group):
    """A group that imports a command's module only when that command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        import importlib

        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        with _libraries_loading(module):
            command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@contextmanager
def _libraries_loading(module: str) -> Iterator[None]:
    """Look for no garbage while libraries load, which leave none, and never again among them."""
    if module in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="landwatch", help="显示版本 Show the version")
@click.option("-v", "--verbose", is_flag=True, help="日志写到标准错误 Log to stderr")
@click.option(
    "--debug", is_flag=True, help="核对各环节之间的表 Hold the frames between rooms to frames.toml"
)
@click.pass_context
def landwatch(context: click.Context, verbose: bool, debug: bool) -> None:
    """批而未供与闲置土地监测 Watch approved-but-unsupplied and idle industrial land.

    退出码 Exit: 0 完成 done; 1 已完成，但有 --strict 所指的问题或被搁置的记录 done, but something
    asked to be strict about failed or a record was set aside; 2 用法不对或输入读不了 bad use or
    unreadable input; 3 程序自身出错，已写报告 an unexpected fault, with a report.
    """
    streams.log_to_stderr(logging.INFO if verbose else logging.WARNING)
    if not verbose:
        # GDAL's remarks on how an image was written are no message of ours.
        logging.getLogger("rasterio").setLevel(logging.ERROR)
    if debug:
        from gis import frames

        context.with_resource(frames.watched())


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; whatever goes wrong is one message on stderr and an exit code of its own."""
    asked = sys.argv[1:] if arguments is None else arguments
    # Called from a program that catches what is said, the command is that program's own part.
    is_program = sys.stdout is sys.__stdout__
    watched = None
    if is_program and next((word for word in asked if word[:1] != "-"), "") in _READ_DELIVERIES:
        from gis.intake.source import bounded

        # Before any library is loaded: what a file does to one happens to the child.
        watched = bounded.go_on_as_child()
    streams.prepare()
    _end_in_order()
    with _LastDoor(["landwatch", *asked]):
        if watched is not None:
            sys.exit(watched.exit_code())
        code = landwatch.main(args=arguments, prog_name="landwatch", standalone_mode=False)
        streams.flush()
        sys.exit(code if isinstance(code, int) else 0)


class _LastDoor:
    """What comes this far becomes one message and an exit code; no traceback leaves."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, fault: BaseException | None, __: object) -> None:
        if isinstance(fault, click.Abort):
            _interrupted(signal.SIGINT)
        if isinstance(fault, _EndedError):
            _interrupted(fault.signal)
        if not isinstance(fault, Exception):
            return
        told = _told(fault)
        if told is None:
            _unforeseen(fault, self._asked)
        _say(visible(told.found), told.mend)
        sys.exit(EXIT_BAD_USE)


class _EndedError(BaseException):
    """The process was asked to end; on the way out every draft and temporary file goes."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = number


def _end_in_order() -> None:
    """Let SIGTERM and SIGHUP end the command as Ctrl+C does, if nobody has decided otherwise."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise _EndedError(number)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)


def _told(fault: Exception) -> LandwatchError | None:
    """Return the error a person can mend, None for what nobody foresaw."""
    if isinstance(fault, LandwatchError):
        return fault
    if isinstance(fault, click.ClickException):
        return usage.told(fault)
    if isinstance(fault, OSError) and disk.is_known(fault):
        return disk.as_disk_error(fault.filename or "磁盘 disk", fault)
    if "psycopg" in sys.modules:
        from gis.store.cluster import faults

        return faults.of_server(fault)
    return None


def _interrupted(number: int) -> NoReturn:
    told = "已中断；没有做完的一步不保存 Interrupted; the step in hand was not kept"
    click.echo(told, file=sys.stderr)
    sys.exit(_INTERRUPTED + number)


def _unforeseen(fault: Exception, asked: list[str]) -> NoReturn:
    place, text = fault_report.report(fault, asked)
    told = visible(fault_report.in_one_line(fault))
    kept = "没有做完的一步不保存 the step in hand was not kept"
    if isinstance(fault, MemoryError):
        found = f"内存不足，{kept}。 The machine ran out of memory: {told}"
    else:
        found = f"程序自身出错，{kept}。 The program itself failed: {told}"
    if place is not None:
        _say(found, f"把报告转给维护人员 pass its report on to who maintains it: {place}")
    else:
        _say(found, "报告没处可写，内容如下 no report could be written; it says:")
        for line in text.splitlines():
            click.echo(visible(line), file=sys.stderr)
    sys.exit(EXIT_UNFORESEEN)


def _say(found: str, mend: str = "") -> None:
    click.echo(f"错误 {found}" + (f"\n  → {visible(mend)}" if mend else ""), file=sys.stderr)
