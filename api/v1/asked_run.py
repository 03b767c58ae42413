"""Which run an address asks of: the same two parameters wherever a run tells something."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gis.store import runs
from gis.store.database import Connection
from gis.store.runs import Run

_LAST_RUN = 2**31 - 1


class AskedRun(BaseModel):
    """Which run; without `run` and `as_of` the one shown by default."""

    model_config = ConfigDict(extra="forbid")

    run: Annotated[
        int | None, Field(ge=1, le=_LAST_RUN, description="运行编号 number of a run")
    ] = None
    as_of: Annotated[date | None, Field(description="判定日 the run that judged this day")] = None

    def found(self, connection: Connection) -> Run:
        """Return the run asked for; UsageError where the store has none such."""
        return runs.chosen(connection, self.run, self.as_of)
