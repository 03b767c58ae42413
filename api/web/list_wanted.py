"""Which rows a list of the pages lets through, for a job that writes them, however many."""

from __future__ import annotations

from dataclasses import replace

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import QueryParams

from api.v1.asked import OfRun
from api.web import asking
from api.web.list_kinds import LISTS
from gis.errors import UsageError
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run


def of(
    connection: Connection, run: Run, name: str, what: str, query: str, scope: Scope | None
) -> frozenset[str]:
    """Return the contents of the rows, on whatever page; UsageError for what is no such list.

    `query`: as the address of the page has it; a run named in it gives way to `run`.
    """
    listed = LISTS[name]
    if listed.export != what:
        raise UsageError(
            f"清单 {name} 按 {listed.export} 导出，不是 {what}。"
            f" The list {name} is exported as {listed.export}, not {what}.",
            f"写成 write what={listed.export}",
        )
    try:
        asked = asking.of_query(QueryParams(query), listed.model)
    except RequestValidationError as fault:
        first = fault.errors()[0]
        raise UsageError(
            f"筛选条件不对：{first['loc'][-1]}。 A filter is wrong: {first['loc'][-1]}",
            "按页面地址写 write it as the address of the page has it",
        ) from None
    assert isinstance(asked, OfRun)
    wanted = replace(asked.asked(connection, run, scope), limit=None, after=None)
    return results.contents_asked(connection, run, asked.TABLE, wanted)
