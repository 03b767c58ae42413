"""How far ahead a digest looks, and which outcomes are listed: settings.toml, read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Settings:
    """The horizons in days, nearest first; how much is written out; listed outcomes by rule."""

    horizons_days: Sequence[int]
    most_text_lines: int
    most_page_lines: int
    most_robot_bytes: int
    listed: Mapping[str, Sequence[str]]


SETTINGS = Settings(
    **tomllib.loads(
        resources.files("gis.outputs.digest").joinpath("settings.toml").read_text(encoding="utf-8")
    )
)
