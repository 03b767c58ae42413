"""GET /embed/map: the map of what a token fixes, packed once for a run and kept."""

from __future__ import annotations

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
from gis.store import results, runs
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run
from maps import embedded

router = APIRouter(tags=["embed"])

OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
_KEPT_MAPS = 50


class Maps:
    """Finished maps by run, land, layers and language; a run never changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._drawing = threading.Lock()

    def of(self, connection: Connection, run: Run, caller: Caller) -> dict[str, Any]:
        """Return the map of a caller whose page is fixed; one is drawn at a time."""
        key = repr((run.id, caller.scope, caller.fixed))
        with self._drawing:
            if key not in self._kept:
                self._kept[key] = _drawn(connection, run, caller)
                while len(self._kept) > _KEPT_MAPS:
                    self._kept.popitem(last=False)
            return self._kept[key]


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
    tag = pages.etag(request, caller, found)
    if pages.is_known(request, tag):
        return pages.unchanged(tag)
    maps: Maps = request.app.state.embedded_maps
    return pages.answer(maps.of(connection, found, caller), tag)


def _drawn(connection: Connection, run: Run, caller: Caller) -> dict[str, Any]:
    assert caller.fixed is not None
    lists, language = caller.fixed.layers, caller.fixed.language
    head = {
        "run": run.id,
        "as_of": run.as_of.isoformat(),
        "title": embedded.title(connection, run, caller.scope),
    }
    many = results.count(connection, run, "finding", Asked(within=caller.scope))
    if many > EMBED.most_map_rows:
        return {**head, "too_many": many, "bounds": None, "layers": []}
    frames = embedded.read(connection, run, caller.scope, lists)
    return {**head, "too_many": 0, **embedded.told(frames, run, lists, language)}
