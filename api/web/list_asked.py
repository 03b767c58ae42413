"""What lists of pages are asked for: as the lists of the API, sorted, 50 rows a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from api.errors import BadParameterError
from api.v1.asked import Balances, Findings, Leads, OfRun, coded
from api.v1.received import Issues
from api.v1.records import Records
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

ROWS = 50
_Limit = Annotated[int, Field(ge=1, le=200, description="行数 rows of a page")]


class SortedRows(OfRun):
    """Rows that can be sorted: `sort` names a column of `SORTS`, `falling` the other way round."""

    limit: _Limit = ROWS
    sort: Annotated[str | None, Field(max_length=40)] = None
    falling: bool = False

    SORTS: ClassVar[Mapping[str, str]] = {}

    def sorted_by(self) -> str | None:
        """Return the column the rows stand by; BadParameterError for one they cannot."""
        if self.sort is not None and self.sort not in self.SORTS:
            raise BadParameterError(
                f"不能按 {self.sort} 排序 there is no order by {self.sort}",
                f"可用 use: {', '.join(self.SORTS) or '—'}",
            )
        return None if self.sort is None else self.SORTS[self.sort]

    def asked(self, connection: Connection, run: Run, scope: Scope | None) -> Asked:
        """Return the rows asked for, in the order asked for."""
        asked = super().asked(connection, run, scope)
        return replace(asked, sorted_by=self.sorted_by(), is_falling=self.falling)


class _OfRule(SortedRows, Findings):
    """Findings of one rule."""

    RULE: ClassVar[str]
    SORTS: ClassVar[Mapping[str, str]] = {
        "since_on": "since_on", "next_on": "next_on", "area_m2": "area_m2",
    }  # fmt: skip

    def _where(self) -> dict[str, list[str]]:
        if self.rule is not None and self.RULE not in self.rule:
            raise BadParameterError(
                f"此清单只列 {self.RULE} this list is of one rule", "去掉 leave out: rule"
            )
        return {**super()._where(), "rule": [self.RULE]}


class SuppliedLand(_OfRule):
    """Which supplied land: what comes next stands first."""

    outcome: coded("outcome") | None = None  # type: ignore[valid-type]
    sort: Annotated[str | None, Field(max_length=40)] = "next_on"
    RULE: ClassVar[str] = "idle_land"


class UnsuppliedLand(_OfRule):
    """Which pieces of unsupplied land; `situation` as the API's list of them has it."""

    outcome: coded("unsupplied") | None = None  # type: ignore[valid-type]
    situation: coded("situation") | None = None  # type: ignore[valid-type]
    RULE: ClassVar[str] = "unsupplied"

    def asked(self, connection: Connection, run: Run, scope: Scope | None) -> Asked:
        """Return the pieces asked for; those of a situation by their numbers."""
        asked = super().asked(connection, run, scope)
        if self.situation is None:
            return asked
        of = Asked(where={"situation": [*self.situation]}, within=scope)
        told = results.read(connection, run, "unsupplied", of)
        return replace(asked, where={**asked.where, "subject": told["subject"].tolist()})


class AgreedLand(_OfRule):
    """Which supervision agreements."""

    outcome: coded("agreement") | None = None  # type: ignore[valid-type]
    RULE: ClassVar[str] = "agreement"


class Approved(SortedRows, Balances):
    """Which balances of approvals."""

    SORTS: ClassVar[Mapping[str, str]] = {
        name: name
        for name in ("approved_on", "approved_m2", "supplied_m2", "withdrawn_m2", "unsupplied_m2")
    }


class Contradictions(SortedRows, Leads):
    """Which leads."""

    SORTS: ClassVar[Mapping[str, str]] = {"area_m2": "area_m2"}


class KnownRecords(Records):
    """Which records."""

    limit: _Limit = ROWS


class FoundIssues(Issues):
    """Which issues."""

    limit: _Limit = ROWS


def given(asked: BaseModel) -> dict[str, Any]:
    """Return what was asked for besides page, order and run: the filters somebody set."""
    told = asked.model_dump(exclude_none=True, exclude_unset=True)
    return {name: value for name, value in told.items() if name not in _NO_FILTERS}


_NO_FILTERS = frozenset({"limit", "after", "run", "as_of", "sort", "falling", "shapes"})
