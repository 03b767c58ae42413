"""The error of a file that cannot be read back; it is told with the file's name."""

from __future__ import annotations


class UnreadableError(Exception):
    """A file handed out is broken, or far larger than it was written."""
