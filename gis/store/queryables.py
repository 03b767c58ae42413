"""What the features of a layer may be asked by: their columns, with types, titles and codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gis import fields
from gis.result_tables import EVERY_ROW, STORED
from gis.store import features

_Titles = dict[str, tuple[str, Mapping[str, str]]]

ID, GEOMETRY = "id", "geometry"
TEXT, NUMBER, FLAG, DAY, SHAPE = "text", "number", "flag", "day", "shape"
_KINDS = {
    "text": TEXT,
    **dict.fromkeys(("float8", "int4", "int8"), NUMBER),
    "bool": FLAG,
    "date": DAY,
}


@dataclass(frozen=True)
class Queryable:
    """One of them: its name, the column it is, what kind of value, its Chinese title.

    `codes`: code -> Chinese word, where the values come from a list.
    """

    name: str
    column: str
    kind: str
    is_integer: bool = False
    title: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


def of(name: str) -> dict[str, Queryable]:
    """Return what the features of a result or a kind of record may be asked by, by name.

    The columns that are handed out, besides `id` (the number of the feature) and `geometry`.
    """
    titles = _of_result(name) if name in STORED else _of_kind(name)
    number = "row_id" if name in STORED else "id"
    found = {
        ID: Queryable(ID, number, NUMBER, is_integer=True, title="要素编号"),
        GEOMETRY: Queryable(GEOMETRY, "geom", SHAPE, title="图形"),
    }
    for column, kind in features.columns_of(name).items():
        title, codes = titles.get(column, ("编号", {}))
        is_integer = kind.startswith("int")
        found[column] = Queryable(column, column, _KINDS[kind], is_integer, title, codes)
    return found


def _of_result(name: str) -> _Titles:
    return {one.name: (one.zh, one.words) for one in (*STORED[name].stored, *EVERY_ROW)}


def _of_kind(name: str) -> _Titles:
    return {
        one.name: (one.title, {code: words[0] for code, words in one.codes.items()})
        for one in fields.KINDS[name].columns.values()
    }
