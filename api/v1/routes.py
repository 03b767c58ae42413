"""The routes of the API, version 1: read, written, and what an account keeps."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import (
    accounts,
    audited,
    comparisons,
    control,
    exports,
    filters,
    firms,
    held,
    jobs,
    nights,
    papers,
    pictures,
    preview,
    ranking,
    ranking_others,
    readings,
    received,
    records,
    results,
    rules,
    runs,
    scans,
    scenario,
    subjects,
    targets,
    tokens,
    uploads,
)

_READ = (
    runs,
    ranking,
    ranking_others,
    nights,
    results,
    pictures,
    records,
    received,
    subjects,
    targets,
    control,
    firms,
    readings,
    rules,
    exports,
)
_WRITTEN = (papers, preview, scenario, scans, uploads, held, jobs, filters, comparisons)
_KEPT = (accounts, tokens, audited)

router = APIRouter(prefix="/api/v1")
for part in (*_READ, *_WRITTEN, *_KEPT):
    router.include_router(part.router)
router.include_router(jobs.streams)
