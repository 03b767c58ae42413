"""Real deliveries that nobody here made: they lie beside the project, and not on every machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("LANDWATCH_SHARED") or Path(__file__).parents[2] / "shared" / "data")
# The one mark by which a test may be left out: what it reads is not shipped with the project.
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the real deliveries are not here")
