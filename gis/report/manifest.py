"""The manifest of what a run was handed out as: every file by its hash, every figure by its place.

With it a report can be proved later: `landwatch verify` computes each figure anew from the stored
run and hashes each file, and names the first that differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gis import disk, whole
from gis.errors import UsageError
from gis.report.book import PRINTED_DIGITS, Sheet
from gis.store.runs import Run

FORM = "landwatch manifest 1"
_RUN = (
    *("id", "as_of", "delivery", "region"),
    *("code_version", "code_digest", "law_digest", "input_digest"),
)
# So many words of a row, beside its number, are enough to find it again on paper.
_WORDS_OF_A_ROW = 3
_HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Group:
    """The figures of one table as printed: where it stands, its columns, its rows.

    A row is its label and one figure per column: a number, a day as ISO text, or None.
    """

    where: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Difference:
    """The first thing that is not as the manifest says: its place, and both values."""

    where: str
    row: str
    column: str
    printed: Any
    stored: Any


def of_sheet(file: str, sheet: Sheet) -> Group:
    """Return the figures of a sheet of the workbook, those of its totals last."""
    table = sheet.table
    if sheet.totals is not None:
        table = pd.concat([table.astype(object), sheet.totals.astype(object)], ignore_index=True)
    return of_table(f"{file} / {sheet.name}", table, sheet.kinds)


def of_table(where: str, table: pd.DataFrame, kinds: Mapping[str, str]) -> Group:
    """Return the figures of a table; `kinds` says how each column is printed.

    Columns of kind text name the row; days and numbers are figures, rounded as printed.
    """
    texts = [title for title, kind in kinds.items() if kind == "text"]
    shown = [title for title, kind in kinds.items() if kind != "text"]
    words = table[texts].astype(object).where(table[texts].notna(), "").to_numpy()
    labels = [
        " ".join([str(number), *[word for word in row if word][:_WORDS_OF_A_ROW]])
        for number, row in enumerate(words, start=1)
    ]
    columns = [[_figure(value, kinds[title]) for value in table[title]] for title in shown]
    return Group(where, tuple(shown), tuple(zip(labels, *columns, strict=True)))


def write(run: Run, groups: Sequence[Group], files: Sequence[Path], out: Path) -> Path:
    """Write the manifest of a run's `files`, which lie in its folder; return its path."""
    head = {
        "form": FORM,
        "run": _of_run(run),
        "files": {file.relative_to(out.parent).as_posix(): sha256(file) for file in sorted(files)},
    }
    lines = [json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ","]
    lines.append(' "figures": [')
    for number, group in enumerate(groups):
        names = json.dumps({"where": group.where, "columns": group.columns}, ensure_ascii=False)
        lines.append(f'  {names.removesuffix("}")}, "rows": [')
        rows = [json.dumps(row, ensure_ascii=False) for row in group.rows]
        lines.append(",\n".join(f"   {row}" for row in rows))
        lines.append("  ]}" + ("," if number + 1 < len(groups) else ""))
    lines.append(" ]\n}\n")
    with whole.replacing(out) as draft:
        draft.write_text("\n".join(line for line in lines if line), encoding="utf-8")
    return out


def read(path: Path) -> tuple[dict[str, Any], list[Group]]:
    """Return the head of a manifest (run, files) and its figures; UsageError when it is none."""
    try:
        content = json.loads(disk.text_of(path))
        if content["form"] != FORM:
            raise KeyError("form")
        groups = [
            Group(each["where"], tuple(each["columns"]), tuple(map(tuple, each["rows"])))
            for each in content["figures"]
        ]
        return {"run": content["run"], "files": content["files"]}, groups
    except (ValueError, KeyError, TypeError) as fault:
        raise UsageError(
            f"{path} 不是 landwatch 的清单 is no manifest of landwatch: {fault}",
            "给出 name the manifest.json 由 landwatch run --out 写出 that run --out wrote",
        ) from fault


def first_difference(
    head: Mapping[str, Any],
    printed: Sequence[Group],
    run: Run,
    stored: Sequence[Group],
    folder: Path,
) -> Difference | None:
    """Return the first thing in which run, figures or files are not as the manifest says."""
    return next(_differences(head, printed, run, stored, folder), None)


def sha256(file: Path) -> str:
    """Return the sha256 of a file, hex."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(_HASHED_AT_ONCE):
            digest.update(part)
    return digest.hexdigest()


def _differences(
    head: Mapping[str, Any],
    printed: Sequence[Group],
    run: Run,
    stored: Sequence[Group],
    folder: Path,
) -> Iterator[Difference]:
    for name, value in _of_run(run).items():
        if head["run"].get(name) != value:
            yield Difference("run", str(run.id), name, head["run"].get(name), value)
    now = {group.where: group for group in stored}
    for group in printed:
        yield from _of_group(group, now.pop(group.where, Group(group.where, (), ())))
    for group in now.values():
        yield Difference(group.where, "", "", None, f"{len(group.rows)} rows")
    for name, digest in head["files"].items():
        file = folder / name
        found = sha256(file) if file.is_file() else None
        if found != digest:
            yield Difference(name, "", "sha256", digest, found)


def _of_group(printed: Group, stored: Group) -> Iterator[Difference]:
    if printed.columns != stored.columns:
        yield Difference(printed.where, "", "columns", printed.columns, stored.columns)
        return
    for was, is_ in zip(printed.rows, stored.rows, strict=False):
        for column, old, new in zip(("row", *printed.columns), was, is_, strict=True):
            if old != new:
                yield Difference(printed.where, str(was[0]), column, old, new)
    if len(printed.rows) != len(stored.rows):
        yield Difference(printed.where, "", "rows", len(printed.rows), len(stored.rows))


def _of_run(run: Run) -> dict[str, Any]:
    values = {**vars(run), "as_of": run.as_of.isoformat()}
    return {name: values[name] for name in _RUN}


def _figure(value: Any, kind: str) -> Any:
    if value is None or pd.isna(value):
        return None
    if kind == "day":
        return f"{value:%Y-%m-%d}"
    digits = PRINTED_DIGITS[kind]
    return round(float(value), digits) if digits else int(value)
