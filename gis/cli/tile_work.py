"""What a worker does for tiles by itself: of the run that is shown, what they are counted off."""

from __future__ import annotations

from gis.errors import UsageError
from gis.jobs import queue
from gis.store import runs, tile_kept
from gis.store.database import Connection

TILES = "tiles"


def queue_tiles(connection: Connection, owner: str) -> None:
    """Queue them, once for a run, where nothing is kept of the run that is shown.

    So whoever judges by hand need not ask for them, and without a worker nothing is queued.
    """
    try:
        shown = runs.default(connection)
    except UsageError:
        # Nothing was judged so far.
        return
    key = f"{TILES}:{shown.id}:{tile_kept.FORM}"
    if not tile_kept.is_there(connection, shown) and not queue.is_known(connection, key):
        queue.submit(connection, TILES, {"run": shown.id}, owner=owner, scope=None, once_key=key)
