"""The command `landwatch`: one door to every stage, with one way of failing.

Exit 0 done; 1 done, but something the caller asked to be strict about failed; 2 bad use or
unreadable input, with one message that says what was found and how to mend it.
"""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

import click

from gis import __version__
from gis.errors import LandwatchError, UsageError

EXIT_BAD_USE = 2

# name of the command -> module and attribute: a command's libraries load when it is called
_COMMANDS = {
    "check": "gis.cli.check:check",
    "load": "gis.cli.load:load",
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
    "why": "gis.cli.why:why",
    "diff": "gis.cli.diff:diff",
    "calendar": "gis.cli.calendar:calendar",
    "export": "gis.cli.deliver:export",
    "map": "gis.cli.deliver:map_",
    "serve": "gis.cli.deliver:serve",
    "law": "gis.cli.law:law",
    "db": "gis.cli.db:db",
}


class _Door(click.Group):
    """A group that imports a command's module only when that command is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        import importlib

        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="landwatch")
@click.option("-v", "--verbose", is_flag=True, help="日志写到标准错误 Log to stderr")
def landwatch(verbose: bool) -> None:
    """批而未供与闲置土地监测 Watch approved-but-unsupplied and idle industrial land."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    if not verbose:
        # GDAL's remarks on how an image was written are no message of ours.
        logging.getLogger("rasterio").setLevel(logging.ERROR)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; a LandwatchError becomes one message on stderr and exit 2."""
    try:
        code = landwatch.main(args=arguments, prog_name="landwatch", standalone_mode=False)
    except LandwatchError as error:
        click.echo(f"错误 {error}", err=True)
        sys.exit(EXIT_BAD_USE)
    except click.ClickException as error:
        place = getattr(error, "ctx", None)
        path = place.command_path if place else "landwatch"
        told = UsageError(
            f"用法不对。 {error.format_message()}", f"查看用法 see how: {path} --help"
        )
        click.echo(f"错误 {told}", err=True)
        sys.exit(EXIT_BAD_USE)
    except click.Abort:
        click.echo("已中断，未作改动 Interrupted, nothing changed", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
