"""How the command is used, told in both languages: its help, its choices, its refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import click
from rich.cells import cell_len

from gis import fields
from gis.cli import fit
from gis.errors import UsageError

_WHOLE = 1_000  # letters of the sentence that says what a command does: all of them
_HELP = "显示用法 Show this help"
# What click writes of an option in English, and what stands there instead.
_MARKS = {
    "[default: ": "[默认 default: ",
    "; default: ": "; 默认 default: ",
    "[required]": "[必填 required]",
    "; required]": "; 必填 required]",
}


class _Formatter(click.HelpFormatter):
    """Help that fits the terminal's cells, of which a Chinese sign takes two."""

    def write_text(self, text: str) -> None:
        for n, paragraph in enumerate(text.split("\n\n")):
            line = " " * self.current_indent + " ".join(paragraph.split())
            self.write("\n" * (n > 0) + fit.filled(line, self.width) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        told = [*rows]
        names = max((cell_len(name) for name, _ in told if cell_len(name) <= col_max), default=0)
        start = self.current_indent + names + col_spacing
        for name, words in told:
            head = " " * self.current_indent + name
            lines = fit.wrap(words, max(self.width - start, 1))
            if cell_len(head) + col_spacing > start:
                self.write(head + "\n")
                head = ""
            for line in lines:
                self.write(head + " " * (start - cell_len(head)) + line + "\n")
                head = ""


click.Context.formatter_class = _Formatter


class _Told(click.Command):
    """Help whose headings and marks are in both languages."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join([*self.collect_usage_pieces(ctx), "（用法）"])
        formatter.write_usage(ctx.command_path, pieces)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        named = [one for one in self.get_params(ctx) if not isinstance(one, click.Argument)]
        records = [param.get_help_record(ctx) for param in named]
        told = [(names, _marked(words)) for names, words in filter(None, records)]
        with formatter.section("选项 Options"):
            formatter.write_dl(told)


class Command(_Told):
    """One command."""


class Group(_Told, click.Group):
    """Commands under one name; the name alone shows what they are, or is the command `alone`."""

    command_class = Command

    def __init__(self, *args: Any, alone: str = "--help", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._alone = alone

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Do what the name alone stands for where no command is named."""
        is_alone = not args and not ctx.resilient_parsing
        return super().parse_args(ctx, [self._alone] if is_alone else args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options, then commands, under headings in both languages."""
        super().format_options(ctx, formatter)
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("命令 Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(_WHOLE)) for name, one in commands.items() if one]
            )


def command(name: str | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a command whose help is in both languages."""
    return click.command(name, cls=Command)


def group(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Group]:
    """Make a function a group of commands."""
    return click.group(name, cls=Group, **settings)


def read_as(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how a delivery is to be read."""
    options = (
        click.option("--layer", help="图层或工作表 Layer or sheet"),
        click.option("--crs", help="坐标系 Coordinate system, 如 EPSG:4525"),
        click.option("--encoding", help="字符编码 Encoding, 如 GBK"),
        click.option(
            "--map",
            "maps",
            multiple=True,
            metavar="原=标准",
            help="列名对应，可重复 Headers to columns, may repeat",
        ),
        click.option(
            "--empty-day",
            "empty_days",
            multiple=True,
            metavar="日期",
            help="在这份登记里等于没有日期的日子，如 2999-12-31，可重复 "
            "A day that stands for no date in this register, may repeat",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def pairs(entries: Sequence[str]) -> dict[str, str]:
    """Return what --map says, header -> column; UsageError for one without an equals sign."""
    wrong = [entry for entry in entries if "=" not in entry]
    if wrong:
        raise UsageError(
            f"--map {wrong[0]} 缺少等号。 --map needs an equals sign.", "--map 原=标准"
        )
    return dict(entry.split("=", 1) for entry in entries)


def choice(words: Collection[str]) -> click.Choice[str]:
    """Return a choice among words, read in any case."""
    return click.Choice([*words], case_sensitive=False)


class _Kind(click.ParamType[str]):
    """A kind of delivery by its name, in any case, or by its title."""

    name = "kind"

    def convert(self, value: Any, *_: Any) -> str:
        return fields.kind_named(value).name


KIND = _Kind()


def told(fault: click.ClickException) -> UsageError:
    """Return what click refuses as a person is told it: Chinese, English, and where to look."""
    place = getattr(fault, "ctx", None)
    path = place.command_path if place else "landwatch"
    english = " ".join(fault.format_message().split())
    return UsageError(f"{_chinese(fault)}。 {english}", f"查看用法 see how: {path} --help")


def _chinese(fault: click.ClickException) -> str:
    if isinstance(fault, click.NoSuchOption):
        return f"没有 {fault.option_name} 这个选项"
    if isinstance(fault, click.NoSuchCommand):
        return f"没有 {fault.command_name} 这个命令"
    named = getattr(fault, "param", None)
    words = "" if named is None else str(named.get_error_hint(getattr(fault, "ctx", None)))
    if isinstance(fault, click.MissingParameter):
        return f"用法不对：缺少 {words}".rstrip()
    if isinstance(fault, click.BadParameter):
        return f"用法不对：{words} 的值不能用"
    if isinstance(fault, click.BadOptionUsage):
        return f"用法不对：选项 {fault.option_name}"
    return "用法不对：参数多余或位置不对"


def _marked(words: str) -> str:
    for english, both in _MARKS.items():
        words = words.replace(english, both)
    return words
