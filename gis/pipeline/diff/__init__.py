"""Two stored runs side by side: what appeared, left or changed, and the reason for each."""

from __future__ import annotations

from gis.pipeline.diff.between import Difference, between

__all__ = ["Difference", "between"]
