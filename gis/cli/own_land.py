"""What somebody writes who sees some land alone, held against that land: all of it, or nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gis.errors import DeliveryError
from gis.fields import KINDS
from gis.intake.load import LoadRequest
from gis.store import issue_log, land_written, whose_land
from gis.store.arrivals import Loaded
from gis.store.database import Connection
from gis.store.results import Scope

# So many rows of a list are told; how many there are is told too.
MOST_TOLD = 1_000
_NAMED = 5


class OutsideError(DeliveryError):
    """Something written of land outside the scope of who writes it."""

    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, found: pd.DataFrame) -> OutsideError:
        """Return what is said of the rows that `land_written.outside` found."""
        own = found[~found["is_ended"]]
        # A record that a row told of would change is told by that row, whether there is one or not.
        ended = int((found["is_ended"] & ~found["key"].isin(own["key"])).sum())
        named = "、".join(f"第 {n} 行（{key}）" for n, key in zip(
            own["row_no"][:_NAMED], own["key"][:_NAMED], strict=True))  # fmt: skip
        more = f" 等 {len(own)} 行" if len(own) > _NAMED else ""
        also = f"；另有 {ended} 条不在范围内的现有记录会被改动" if ended else ""
        fault = cls(
            f"整份未收：{named}{more}不在账号的管辖范围内，或无法认定在范围内{also}。 Nothing was "
            f"taken in: {len(own)} rows are not, or cannot be told to be, of the land of the "
            f"account; {ended} records outside it would be changed.",
            "删去这些行后重新上传，或由管辖该处的账号报送 leave these rows out and send the file "
            "again, or have it sent by an account of that land",
        )
        rows = own[["file", "row_no", "key"]].head(MOST_TOLD)
        fault.rows = [issue_log.plain(row) for row in rows.to_dict("records")]
        return fault


def must_replace_own(connection: Connection, order: LoadRequest, scope: Scope) -> None:
    """Raise OutsideError for a file that replaces more than some place of the scope.

    Whatever else it names would be a question about records outside: is there one?
    """
    if order.mode != "replace":
        return
    own = whose_land.land(connection, scope)
    if any(whose_land.is_own(own, name, code) for name, code in (order.scope or {}).items()):
        return
    fault = OutsideError(
        "整份未收：替换的范围没有写明账号管辖的行政区、开发区或区块，"
        "不在范围内的现有记录可能被终止。 "
        "Nothing was taken in: what the file replaces is not said to be a place of the account's "
        "land.",
        "写明替换范围，例如 say which place it replaces, for example: scope region_code=150602",
    )
    fault.rows = []
    raise fault


def must_be_own(connection: Connection, loaded: Loaded, scope: Scope) -> None:
    """Raise OutsideError where what was loaded, told with all its rows, is not of the scope."""
    found = land_written.outside(
        connection, KINDS[loaded.kind], None if loaded.is_repeat else loaded.delivery, scope,
        loaded.unchanged_rows, loaded.waiting_rows,
    )  # fmt: skip
    if len(found):
        raise OutsideError.of(found)
