"""The routes of the pages, in the order in which they are tried."""

from __future__ import annotations

from fastapi import APIRouter

from api.web import (
    account,
    admin,
    approval,
    base_map,
    blocks,
    calendar,
    compare,
    control,
    corrections,
    deliveries,
    files,
    firms,
    home,
    language,
    law,
    list_files,
    lists,
    live_map,
    live_map_parts,
    login,
    map_print,
    patrol,
    pivot,
    place_page,
    ranking,
    ranking_others,
    record,
    runs,
    scenario,
    targets,
    triage,
)
from api.web.subject import page as subject

router = APIRouter()
for one in (
    base_map,
    files,
    language,
    login,
    home,
    live_map,
    live_map_parts,
    lists,
    list_files,
    triage,
    patrol,
    calendar,
    runs,
    pivot,
    compare,
    firms,
    map_print,
    deliveries,
    record,
    law,
    admin,
    account,
    corrections,
    blocks,
    control,
    place_page,
    ranking,
    ranking_others,
    targets,
    scenario,
    approval,
    # It takes the rest of its address: what has one of its own below it comes before.
    subject,
):
    router.include_router(one.router)
router.include_router(live_map_parts.taking)
