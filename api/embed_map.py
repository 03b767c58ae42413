"""GET /embed/map: the map of what a token fixes, packed once for a run and kept."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api import store
from api.identity import ForbiddenError, requires
from api.v1 import pages
from gis.accounts.caller import Caller
from gis.accounts.settings import EMBED
from gis.store import pages as records
from gis.store import results, runs
from gis.store.database import Connection
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from maps import embedded

router = APIRouter(tags=["embed"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
# List of the API -> the result that holds its rows; the others are records of their name.
_RESULTS = {"findings": "finding", "unsupplied": "finding", "leads": "lead"}


class Maps:
    """Finished maps by run, land, layers and language; a run never changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._size = 0
        self._turn, self._drawing = threading.Lock(), threading.Lock()

    def of(self, connection: Connection, run: Run, caller: Caller) -> str:
        """Return the map of a caller whose page is fixed, as JSON; one is drawn at a time.

        Who asks for one that is there waits for nobody.
        """
        key = repr((run.id, caller.scope, caller.fixed))
        if (known := self._known(key)) is not None:
            return known
        with self._drawing:
            if (known := self._known(key)) is not None:
                return known
            drawn = pages.text_of(_drawn(connection, run, caller))
            self._keep(key, drawn)
            return drawn

    def _known(self, key: str) -> str | None:
        with self._turn:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: str, drawn: str) -> None:
        with self._turn:
            self._kept[key] = drawn
            self._size += sys.getsizeof(drawn)
            while self._size > EMBED.most_kept_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._size -= sys.getsizeof(oldest)


@router.get("/embed/map", summary="嵌入页的地图 the map of an embedded page")
def embedded_map(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    as_of: date | None = None,
) -> Response:
    """The land, layers and day a page's pass is for, drawn by the page itself; 403 without one."""
    if caller.fixed is None:
        raise ForbiddenError(
            "地图随嵌入令牌给出。 This map is of an embedded page.",
            "见区块地图 see /maps/BLOCK, or landwatch embed create",
        )
    found = runs.chosen(connection, run, as_of)
    maps: Maps = request.app.state.embedded_maps
    return pages.once(
        request, caller, found, lambda: pages.answer_of(maps.of(connection, found, caller))
    )


def _drawn(connection: Connection, run: Run, caller: Caller) -> dict[str, Any]:
    assert caller.fixed is not None
    lists, language = caller.fixed.layers, caller.fixed.language
    head = {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "title": embedded.title(connection, run, caller.scope),
    }
    many = max((_count(connection, run, caller.scope, name) for name in lists), default=0)
    if many > EMBED.most_map_rows:
        return {**head, "too_many": many, "bounds": None, "layers": []}
    frames = embedded.read(connection, run, caller.scope, lists)
    return {**head, "too_many": 0, **embedded.told(frames, run, lists, language)}


def _count(connection: Connection, run: Run, scope: Scope | None, name: str) -> int:
    """Return how many rows of a list would be drawn; none of one that has no layer."""
    if name in _RESULTS:
        return results.count(connection, run, _RESULTS[name], Asked(within=scope))
    if name not in embedded.DRAWN:
        return 0
    return records.of_records(connection, run, name, Wanted(limit=1), scope)[1]
