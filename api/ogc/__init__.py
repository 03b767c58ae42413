"""What stands below /ogc: stored results and records by OGC API Features and Tiles."""

from fastapi import APIRouter

from api.ogc import core, items, tiles

router = APIRouter()
for one in (core.router, items.router, tiles.router):
    router.include_router(one)
