"""The API, version 1: stored runs, records and deliveries, read; one paper at a time, written."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import exports, papers, received, records, results, rules, runs, subjects

router = APIRouter(prefix="/api/v1")
for part in (runs, results, records, received, subjects, rules, exports, papers):
    router.include_router(part.router)
