"""Answers: a page of rows with how many there are and where the next begins; told once by ETag."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
from fastapi import Request, Response

from api.errors import problem
from gis.accounts.caller import Caller
from gis.store.runs import Run


def plain(value: Any) -> Any:
    """Return a cell as JSON takes it: days and instants as ISO text, what is unknown as null."""
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, pd.Timestamp | datetime):
        is_day = value.tzinfo is None
        return value.date().isoformat() if is_day else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def rows_of(
    frame: pd.DataFrame, names: Iterable[str], *, with_shapes: bool = False
) -> list[dict[str, Any]]:
    """Return rows as plain objects, in the order of `names`; `geometry` as GeoJSON."""
    chosen = [*names]
    columns = [_cells(frame[name]) for name in chosen]
    rows = [dict(zip(chosen, row, strict=True)) for row in zip(*columns, strict=True)]
    if with_shapes and "geom" in frame:
        for row, shape in zip(rows, frame["geom"], strict=True):
            row["geometry"] = None if shape is None else json.loads(shapely.to_geojson(shape))
    return rows


def _cells(column: pd.Series[Any]) -> list[Any]:
    """Return a column as `plain` gives each of its cells."""
    array: Any = column.array
    kind = column.dtype.kind
    if kind == "M" and getattr(column.dtype, "tz", None) is None:
        moments = column.to_numpy()
        cells = np.datetime_as_string(moments.astype("M8[D]")).astype(object)
        cells[np.isnat(moments)] = None
    elif kind in "iufb" or isinstance(column.dtype, pd.StringDtype):
        cells = np.array(array, dtype=object)
        cells[array.isna()] = None
    else:
        return [plain(one) for one in array]
    found: list[Any] = cells.tolist()
    return found


def page(
    request: Request,
    rows: list[dict[str, Any]],
    count: int,
    last: str | None,
    run: Run | None = None,
) -> dict[str, Any]:
    """Return a page of a list; `last`: what stands for its last row, if more may follow."""
    following = None
    if last is not None:
        url = request.url.include_query_params(after=last)
        if run is not None:
            url = url.include_query_params(run=run.id).remove_query_params("as_of")
        following = f"{url.path}?{url.query}"
    head = {} if run is None else {"run": run.id, "as_of": run.as_of.isoformat()}
    return {**head, "count": count, "rows": rows, "next": following}


def etag(request: Request, caller: Caller, run: Run) -> str:
    """Return the weak ETag of what a run says to a caller at an address: a run never changes.

    The program may, so a server that was started anew gives other tags.
    """
    seen = [
        request.app.state.started,
        run.id,
        run.purpose,
        str(run.finished_at),
        caller.scope,
        # Two tokens of the same land may show other layers, in another language.
        caller.fixed,
        str(request.url.query),
    ]
    text = json.dumps([request.url.path, *map(str, seen)])
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def once(request: Request, caller: Caller, run: Run, made: Callable[[], Response]) -> Response:
    """Return the answer that is made of a run, with its ETag; to who has it already, only that."""
    tag = etag(request, caller, run)
    if _is_known(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    answer = made()
    answer.headers["ETag"] = tag
    return answer


def _is_known(request: Request, tag: str) -> bool:
    """Return whether the caller has the answer already, by its ETag: weak ones compare alike."""
    given = request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def answer(content: Mapping[str, Any], tag: str | None = None, status: int = 200) -> Response:
    """Return content as JSON, Chinese as it is."""
    return answer_of(text_of(content), tag, status)


def text_of(content: Mapping[str, Any]) -> str:
    """Return content as the text of its JSON, Chinese as it is."""
    return json.dumps(content, ensure_ascii=False, default=plain, allow_nan=False)


def answer_of(text: str, tag: str | None = None, status: int = 200) -> Response:
    """Return JSON that is written already."""
    headers = {} if tag is None else {"ETag": tag}
    return Response(text, status_code=status, media_type="application/json", headers=headers)


def not_taken(
    request: Request, told: Mapping[str, Any], issues: Sequence[Mapping[str, Any]]
) -> Response:
    """Return the problem of a paper that was read and not taken, with all that is told of it."""
    reasons = "；".join(str(one["message"]) for one in issues[:3])
    found = f"文书没有采用。 The paper was not taken. {reasons}"
    return problem(request, 422, found, "按 issues 改正 mend as `issues` says", **plain({**told}))
