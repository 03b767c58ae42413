"""The manifest of a load: a TOML file of [[delivery]] tables, each entry brought to its form.

Whoever writes TOML writes days, numbers, truths and lists as TOML has them; a command takes them as
text. So a day without quotes is as good as one with them, and what cannot be meant is told with the
number of its delivery.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from gis.errors import UsageError
from gis.files import disk

_SEPARATOR = "、"  # between the parts of a cell of several


class _WrongError(Exception):
    """An entry that cannot be meant; says what was expected."""


def head(path: Path) -> dict[str, Any]:
    """Return what a manifest says besides its deliveries; UsageError where it cannot be read."""
    return {name: value for name, value in _content(path).items() if name != "delivery"}


def entries(path: Path, known: Collection[str]) -> list[dict[str, Any]]:
    """Return the deliveries a manifest names, in order: name of an option -> value, `file` a path.

    Files are relative to the manifest; what else it says is for others. `known` are the names an
    entry may have. UsageError where the file is no manifest, or an entry cannot be meant.
    """
    content = _content(path)
    listed = content.get("delivery")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        found = "没有" if listed is None else f"delivery = {listed!r}，不是"
        raise UsageError(
            f"清单 {path} 里{found} [[delivery]] 表。 The manifest names its deliveries in "
            "[[delivery]] tables, and has none.",
            '写成 write: [[delivery]] kind = "parcels" file = "宗地.gpkg"',
        )
    return [_entry(path, number, one, known) for number, one in enumerate(listed, start=1)]


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(disk.text_of(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageError(
            f"清单 {path} 读不懂：{fault}。 The manifest cannot be read.",
            "按 TOML 改正，存为 UTF-8 mend the TOML, and save it as UTF-8",
        ) from None
    except (ValueError, RecursionError) as fault:  # a day TOML allows and no calendar has
        raise UsageError(
            f"清单 {path} 读不懂：{fault}。 The manifest cannot be read.", "改正 mend it"
        ) from None


def _entry(
    path: Path, number: int, entry: Mapping[str, Any], known: Collection[str]
) -> dict[str, Any]:
    where = f"清单 {path} 第 {number} 个 [[delivery]]"
    unknown = sorted(set(entry) - set(known))
    if unknown or "kind" not in entry or "file" not in entry:
        raise UsageError(
            f"{where}：要有 kind 和 file；不认识的项：{'、'.join(unknown) or '无'}。 "
            f"A [[delivery]] needs kind and file; unknown: {unknown or 'none'}",
            f"可写 known entries: {', '.join(sorted(known))}",
        )
    read = {}
    for name, value in entry.items():
        try:
            form: Callable[[Any], Any] = _FORMS.get(name, _text)
            read[name] = form(value)
        except _WrongError as wrong:
            raise UsageError(
                f"{where}：{name} = {value!r} 不能用。 The entry {name} cannot be used.",
                f"{wrong}",
            ) from None
    return {**read, "file": path.parent / read["file"]}


def _text(value: Any) -> str:
    """Return text; a day, a number or a truth as it would be typed."""
    if isinstance(value, str):
        if "\0" in value:
            raise _WrongError("不要有空字符 no NUL, please")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, datetime):
        is_day = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    raise _WrongError("写成文字、数字或日期 write text, a number or a day")


def _cell(value: Any) -> str:
    return _SEPARATOR.join(map(_text, value)) if isinstance(value, list) else _text(value)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) else (_text(value),)


def _table(form: Callable[[Any], str]) -> Callable[[Any], dict[str, str]]:
    def read(value: Any) -> dict[str, str]:
        if not isinstance(value, dict):
            raise _WrongError('写成表 write a table: { "列" = "值" }')
        return {name: form(cell) for name, cell in value.items()}

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongError("写 true 或 false write true or false")
    return value


def _instant(value: Any) -> datetime:
    """Return an instant; one without a zone is UTC, as on the command line, and a day its start."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise _WrongError("写成 write it like 2024-03-01 或 or 2024-03-01T08:00:00+08:00")


_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "map": _table(_text),
    "set": _table(_cell),
    "scope": _table(_text),
    "received_at": _instant,
    "override_corrections": _flag,
    "fixes": _texts,
    "empty_days": _texts,
    "accepted": _texts,
}
