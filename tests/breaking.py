"""A command that breaks in every way a command can, to be put behind the real door."""

from __future__ import annotations

import sys
import time

import click

from gis import cli
from gis.files import drafts


@click.command()
@click.argument("way")
def breaks(way: str) -> None:
    """坏 Break."""
    if way == "bug":
        raise ValueError(
            "\x1b]0;owned\x07 at postgresql://lw:hunter22@db/x, PASSWORD='hunter33' and 口令四四"
        )
    if way == "memory":
        raise MemoryError
    if way == "recursion":
        breaks.callback(way)  # type: ignore[misc]
    if way == "silent":
        raise KeyError
    if way == "long":
        for _ in range(100_000):
            click.echo("一行 a line")
    if way == "waits":
        with drafts.temporary() as folder:
            click.echo(folder)
            sys.stdout.flush()
            time.sleep(60)


if __name__ == "__main__":
    cli._COMMANDS["breaks"] = "tests.breaking:breaks"
    cli.main()
