"""A server of a test's own that tells why, as the command serves it, for pages that show it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from api.app import create_app
from gis import law as rules_of
from gis.cli import reasons
from gis.config import Config
from gis.outputs.calendar.of_subject import due_of
from gis.pipeline.explain import explain
from gis.store import pool
from gis.tiles import maker
from tests.doors import served
from tests.warm import Desk


@contextmanager
def telling(desk: Desk) -> Iterator[httpx.Client]:
    """A client of a server with the true reasons of the store of a desk."""
    settings, rules = Config(desk.store.home, desk.store.url), rules_of.load()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in desk.store.environment.items():
            if name.startswith("LANDWATCH_"):
                patch.setenv(name, value)
        # As in `tests.sending`: who asks is looked up by connections of their own.
        reading, knowing, writing, drawing = (
            pool.Pool(settings, 4, is_read_only=True),
            pool.Pool(settings, 2, is_read_only=True),
            pool.Pool(settings, 4, lock_seconds=3),
            pool.Pool(settings, maker.AT_ONCE, is_read_only=True),
        )

        def told(language: str):  # type: ignore[no-untyped-def]
            return lambda connection, run, subject: (
                explain(connection, subject, run.as_of, run.delivery, rules, language).content
            )

        app = create_app(
            reading.connection,
            told("zh"),
            lambda connection, run, subject: (
                reasons.of_one(connection, run, subject, rules), "",
            ),
            why_in_english=told("en"),
            due=lambda connection, run, subject: due_of(connection, run, subject, rules),
            writing=writing.connection, knowing=knowing.connection,
            drawing=drawing.connection,
        )  # fmt: skip
        with served(app) as client:
            yield client
        for each in (reading, knowing, writing, drawing):
            each.close()
