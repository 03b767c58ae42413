"""The API, version 1: stored runs, records and deliveries, read; papers and files, written."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import (
    exports,
    held,
    papers,
    preview,
    received,
    records,
    results,
    rules,
    runs,
    scans,
    subjects,
    uploads,
)

_READ = (runs, results, records, received, subjects, rules, exports)
_WRITTEN = (papers, preview, scans, uploads, held)

router = APIRouter(prefix="/api/v1")
for part in (*_READ, *_WRITTEN):
    router.include_router(part.router)
