"""What a worker does for the run that is shown by itself: arrays of its tiles and lists."""

from __future__ import annotations

from api.v1.asked import Findings, Leads, OfRun
from gis.errors import UsageError
from gis.jobs import queue
from gis.store import list_kept, runs
from gis.store.database import Connection
from gis.store.kept_arrays import OF_LISTS, OF_TILES
from gis.store.runs import Run
from gis.tiles import prebuilt
from gis.tiles.prebuilt import Tell

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
    key = f"{TILES}:{shown.id}:{OF_TILES.form}.{OF_LISTS.form}"
    is_made = all(shelf.is_there(connection, shown) for shelf in (OF_TILES, OF_LISTS))
    if not is_made and not queue.is_known(connection, key):
        queue.submit(connection, TILES, {"run": shown.id}, owner=owner, scope=None, once_key=key)


def prepare(connection: Connection, run: Run, tell: Tell | None = None) -> None:
    """Make what the first page after a run would else wait for: lists first, which are asked most.

    `connection` writes. `tell` hears how many of how many steps are done.
    """
    of_lists: tuple[type[OfRun], ...] = (Findings, Leads)
    count = len(of_lists)

    def further(done: int, total: int) -> None:
        if tell is not None:
            tell(count + done, count + total)

    for done, one in enumerate(of_lists):
        if tell is not None:
            tell(done, count + len(prebuilt.of_run(run)))
        # What a lead rests on is as long as ten names: the store looks through it.
        searched = one.SEARCHED if one is Findings else ()
        list_kept.build(connection, run, one.TABLE, one.columns(), searched)
    prebuilt.build(connection, run, further)
