"""The error tree: bad *use* raises one of these, bad *data* becomes an issue row.

    LandwatchError            anything the program says on purpose (exit 2)
    ├── UsageError            a command or an argument that cannot be carried out
    │   ├── ChoiceError       a scheme, a reading, a region there is not; those there are are told
    │   ├── FilterError       a condition on rows that says nothing, or takes too long to answer
    │   └── DiskError         a file or folder the disk refuses: full, closed, read-only, not there
    ├── DeliveryError         a file that cannot be taken in at all
    ├── StoreError            PostGIS is missing, unreachable, too old or too new
    │   └── StoreFullError    the disk of the store, or of the files kept beside it, is full
    ├── LawError              a value of the law asked for outside its dates or region
    ├── GeometryError         shapes that cannot be worked on (no CRS, mixed zones)
    └── WorkerError           a part of a run whose worker died again and again

Every message says what was found, what was expected, where, and how to mend it.
"""

from __future__ import annotations


class LandwatchError(Exception):
    """A fault told to the person in one message, with the mend; the command exits 2."""

    def __init__(self, found: str, mend: str = "") -> None:
        """`found` says what was met and where; `mend` says what to do about it."""
        super().__init__(f"{found}\n  → {mend}" if mend else found)
        self.found = found
        self.mend = mend


class UsageError(LandwatchError):
    """A command or an argument that cannot be carried out."""


class ChoiceError(UsageError):
    """One of several asked for by a name that none has, or what it does not know; told is which."""


class FilterError(UsageError):
    """A condition on rows that says nothing of them: no such column, a value of another kind.

    Or one that takes too long to answer.
    """


class DiskError(UsageError):
    """A file or folder the disk refuses: full, read-only, closed to us, not there.

    What was there before stays, and nothing half done is left.
    """


class DeliveryError(LandwatchError):
    """A file that cannot be taken in at all: missing, empty, truncated, of another kind, no CRS."""


class StoreError(LandwatchError):
    """PostGIS is missing, unreachable, or its schema is too old or too new."""


class StoreFullError(StoreError):
    """The disk of the store, or of the files kept beside it, is full."""


class LawError(LandwatchError):
    """A value of the law was asked for outside the dates or the region it is known for."""


class GeometryError(LandwatchError):
    """Shapes that cannot be worked on: a missing CRS, zones mixed, a place outside the zones."""


class WorkerError(LandwatchError):
    """A part of a run whose worker died again and again; nothing of the run is kept."""
