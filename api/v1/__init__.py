"""The API, version 1: stored runs, records and deliveries, read; papers and files, written."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import exports, papers, received, records, results, rules, runs, subjects, uploads

router = APIRouter(prefix="/api/v1")
for part in (runs, results, records, received, subjects, rules, exports, papers, uploads):
    router.include_router(part.router)
