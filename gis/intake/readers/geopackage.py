"""A GeoPackage's own list of its contents, looked at before its layers are: SQL comes with it.

SQLite runs what the file defines: a view is a query, which may never end; a virtual table is a
program, which may read other files. It also looks beside the file for what was written last.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from gis.intake.file_names import told_name
from gis.intake.source.file_format import Opened, refusal
from gis.intake.source.links import refuse_files_of_system

# Indexes of SQLite's own that a GeoPackage may hold (of shapes, of words).
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite opens beside a file, whoever put it there
_MODULES = {"rtree", "rtree_i32", "geopoly", "fts3", "fts4", "fts5"}
_MODULE = re.compile(r"\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE)
_QUOTES = str.maketrans("", "", "\"'`[]")
# A named part of a query: SQLite lets one feed on itself without the word RECURSIVE.
_NAMED_PART = re.compile(
    r"(\w+)\s*(?:\([^()]{0,999}\)\s*)?AS\s+(?:(?:NOT\s+)?MATERIALIZED\s*)?\(", re.I
)
_SERIES = re.compile(r"\bgenerate_series\b", re.IGNORECASE)
# Functions that reach out of the file.
_REACHING = re.compile(
    r"\b(load_extension|readfile|writefile|edit|fts3_tokenizer|ogr_\w+|gdal_\w+|httpget)\s*\(", re.I
)


def check(source: Opened) -> None:
    """Refuse a GeoPackage whose SQL would read something else, or run on and on.

    A view that is a plain query is a layer like any other; its time is bounded as all is.
    """
    place = source.path.resolve()
    _check_beside(source, place)
    # What was written last may still stand in a file beside it.
    has_log = _mode_of(place.with_name(place.name + "-wal")) is not None
    address = f"file:{quote(os.fsencode(place))}?mode=ro" + ("" if has_log else "&immutable=1")
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", errors="replace")
            rows = database.execute(
                "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE type <> 'index'"
            ).fetchall()
            systems = _systems(database)
    except (sqlite3.Error, UnicodeError):
        return  # broken in whatever way: GDAL's refusal says so
    for definition in systems:
        refuse_files_of_system(definition, source.name)
    for kind, name, sql in ([str(cell) for cell in row] for row in rows):
        if kind == "table" and re.match(r"\s*CREATE\s+VIRTUAL\b", sql, re.IGNORECASE):
            module = _MODULE.search(sql)
            if module is None or module[1].lower() not in _MODULES:
                raise _refused(source, f"虚拟表 {name}", f"a virtual table ({name})")
        if kind == "view" and (_SERIES.search(sql) or _feeds_on_itself(sql)):
            raise _refused(source, f"递归视图 {name}", f"a view that feeds on itself ({name})")
        if kind in {"view", "trigger"} and (found := _REACHING.search(sql)):
            raise _refused(source, f"{name} 调用 {found[1]}", f"a call of {found[1]} in {name}")


def _check_beside(source: Opened, place: Path) -> None:
    """Refuse a pipe, on which SQLite would wait for ever, and a link, which it would follow."""
    for ending in _BESIDE:
        beside = place.with_name(place.name + ending)
        if _mode_of(beside) not in {None, stat.S_IFREG}:
            raise refusal(
                source.name,
                f"旁边的 {told_name(beside.name)} 是链接、管道或别的，不是普通文件",
                f"what lies beside it as *{ending} is a link or a pipe and no regular file",
                "请发送方把图层另存为新的 GeoPackage save the layer as a new GeoPackage",
            )


def _mode_of(path: Path) -> int | None:
    """Return what kind of file lies there, None for none: a name too long for the disk has none."""
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except OSError:
        return None


def _systems(database: sqlite3.Connection) -> list[str]:
    try:
        # The further columns an extension adds are none of those a plain one lacks.
        rows = database.execute("SELECT * FROM gpkg_spatial_ref_sys").fetchall()
    except sqlite3.Error:
        return []
    return [cell for row in rows for cell in row if isinstance(cell, str)]


def _feeds_on_itself(sql: str) -> bool:
    text = sql.translate(_QUOTES)
    for part in _NAMED_PART.finditer(text):
        depth, at = 1, part.end()
        while depth and at < len(text):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1
        if re.search(rf"\b{re.escape(part[1])}\b", text[part.end() : at], re.IGNORECASE):
            return True
    return False


def _refused(source: Opened, chinese: str, english: str) -> Exception:
    return refusal(
        source.name,
        f"GeoPackage 里有{chinese}，会读取别的内容或没有尽头",
        f"the GeoPackage holds {english}, which reads something else or has no end",
        "请发送方把图层另存为普通表 save the layer as a plain table",
    )
