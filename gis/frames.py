"""The frames that pass the doors of the rooms that judge: which columns they have, of which type.

Read from `frames.toml`, whose head explains every entry. The doors are held to it where they are
watched (`watched`): in tests, and by `landwatch --debug`.
"""

from __future__ import annotations

import functools
import inspect
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from dataclasses import fields as parts
from importlib import resources
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from gis import fields

# Set: the doors are watched, also by the processes this one starts.
SWITCH = "LANDWATCH_DEBUG"
# type -> the dtype of a column of it that has no value (`nothing`).
_DTYPES: Mapping[str, Any] = {
    **dict.fromkeys(("texts", "numbers", "facts", "shape"), "object"),
    **{"text": "str", "day": "datetime64[s]", "number": "float64", "integer": "int64"},
    "flag": "bool",
}
# type -> kinds of dtype its values may come in, and what Python holds where that is "O".
_KINDS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "text": ("OU", (str,)),
    "texts": ("O", (list, tuple)),
    "numbers": ("O", (list, tuple)),
    "facts": ("O", (dict,)),
    "day": ("M", ()),
    "number": ("fiu", (int, float)),
    "integer": ("iuf", (int,)),
    "flag": ("b", (bool,)),
    "shape": ("O", ()),
}
_Asked = ParamSpec("_Asked")
_Given = TypeVar("_Given")


# Types of fields.toml that frames call otherwise.
_OF_FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("area", "intensity"), "number"),
    **{"code": "text", "day_end": "day", "money": "integer", "areas": "numbers"},
}


class FrameError(Exception):
    """A frame at a door is not what is declared: a fault of the program, never of a record."""


@dataclass(frozen=True)
class Frame:
    """One frame: what it is, and its columns with their types.

    `optional` columns may be absent, `required` ones are never empty; `is_whole`: it has no others.
    """

    title: str
    columns: Mapping[str, str]
    optional: frozenset[str]
    required: frozenset[str]
    is_whole: bool


def _frame(entry: Mapping[str, Any]) -> Frame:
    told = dict(column.split(" ") for column in entry["columns"])
    types = {name: word.rstrip("?!") for name, word in told.items()}
    if unknown := {*types.values()} - {*_KINDS}:
        raise ValueError(f"frames.toml: unknown types {sorted(unknown)}")
    return Frame(
        title=entry["title"],
        columns=types,
        optional=frozenset(name for name, word in told.items() if word.endswith("?")),
        required=frozenset(name for name, word in told.items() if word.endswith("!")),
        is_whole=bool(entry.get("whole", False)),
    )


def _of_records(kind: fields.Kind) -> Frame:
    """Return what `fields.toml` says of the records of a kind, as the store gives them."""
    columns = {"key": "text", "effective_on": "day"}
    columns |= {one.name: _OF_FIELDS.get(one.type, one.type) for one in kind.columns.values()}
    if kind.geometry != "none":
        columns["geom"] = "shape"
    return Frame(kind.title, columns, frozenset(), frozenset({"key"}), is_whole=False)


def _read() -> dict[str, Frame]:
    text = resources.files("gis").joinpath("frames.toml").read_text(encoding="utf-8")
    rooms = tomllib.loads(text)
    declared = {
        f"{room}.{name}": _frame(one) for room, own in rooms.items() for name, one in own.items()
    }
    return declared | {f"fields.{name}": _of_records(kind) for name, kind in fields.KINDS.items()}


FRAMES: Mapping[str, Frame] = _read()
# Every door there is: the function, and the names of the frames it takes and gives.
DOORS: dict[str, tuple[str, ...]] = {}


def needed(name: str) -> tuple[str, ...]:
    """Return the columns a frame has to have, in the order declared."""
    frame = FRAMES[name]
    return tuple(one for one in frame.columns if one not in frame.optional)


def nothing(name: str) -> pd.DataFrame:
    """Return a frame without a row, with the columns it has to have.

    >>> nothing("overlay.pairs").dtypes.astype(str).tolist()
    ['str', 'str', 'float64', 'float64', 'float64']
    """
    types = FRAMES[name].columns
    return pd.DataFrame({one: pd.array([], dtype=_DTYPES[types[one]]) for one in needed(name)})


def check(name: str, rows: pd.DataFrame) -> None:
    """Raise FrameError where a frame has not the columns declared, or one of another type."""
    frame = FRAMES[name]
    lacking = [one for one in frame.columns if one not in rows and one not in frame.optional]
    if lacking:
        raise FrameError(f"{name} lacks the columns {', '.join(lacking)} (frames.toml)")
    if frame.is_whole and (more := [one for one in rows if one not in frame.columns]):
        raise FrameError(f"{name} has columns nobody declared: {', '.join(map(str, more))}")
    for column, kind in frame.columns.items():
        if column not in rows:
            continue
        values = rows[column]
        known = values.dropna()
        if column in frame.required and len(known) < len(values):
            raise FrameError(f"{name}.{column} is empty in some row")
        if len(known) and not _is(known, kind):
            raise FrameError(f"{name}.{column} is {values.dtype} ({known.iloc[0]!r}), not {kind}")


def _is(known: pd.Series, kind: str) -> bool:
    dtypes, types = _KINDS[kind]
    if known.dtype.kind != "O":
        return known.dtype.kind in dtypes
    first = known.iloc[0]
    if kind == "shape":
        return hasattr(first, "geom_type")
    # One value stands for its column: the rest came the same way.
    return isinstance(first, types) and (kind == "flag" or not isinstance(first, bool))


def door(
    gives: str, **takes: str
) -> Callable[[Callable[_Asked, _Given]], Callable[_Asked, _Given]]:
    """Return what makes a function a door: its frames are held to their names in `frames.toml`.

    `takes`: argument -> frame; `gives`: the frame it returns. "ROOM.*" stands for a dataclass of
    frames, each named by its field, or by its kind of record where a field has one for each kind
    ("fields.*": as `fields.toml` declares them); and for a list of such.
    """

    def made(function: Callable[_Asked, _Given]) -> Callable[_Asked, _Given]:
        signature = inspect.signature(function)
        DOORS[f"{function.__module__}.{function.__name__}"] = (*takes.values(), gives)

        @functools.wraps(function)
        def held(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Given:
            if SWITCH not in os.environ:
                return function(*args, **kwargs)
            given = signature.bind(*args, **kwargs).arguments
            for argument, name in takes.items():
                _hold(name, given.get(argument))
            found = function(*args, **kwargs)
            _hold(gives, found)
            return found

        return held

    return made


def _hold(name: str, value: Any) -> None:
    if isinstance(value, pd.DataFrame):
        check(name, value)
    elif isinstance(value, list):
        for one in value:
            _hold(name, one)
    elif is_dataclass(value):
        _hold_each(
            name.removesuffix("*"), {one.name: getattr(value, one.name) for one in parts(value)}
        )


def _hold_each(room: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _hold_each(room, value)
        elif f"{room}{name}" in FRAMES:
            check(f"{room}{name}", value)


@contextmanager
def watched() -> Iterator[None]:
    """Hold every door to what is declared, within this."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before
