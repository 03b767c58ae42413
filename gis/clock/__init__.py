"""The idle-land and completion clocks: facts and law in, findings and their reasons out. Pure."""

from __future__ import annotations

from gis.clock.judge import Judgement, judge

__all__ = ["Judgement", "judge"]
