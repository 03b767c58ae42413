"""What kinds of records, their columns and moments are called on a page; the run its bar tells."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from api.web.language import Language, said
from gis.accounts.caller import DESK_NAME
from gis.errors import UsageError
from gis.fields import KINDS
from gis.store import runs
from gis.store.database import Connection
from gis.store.runs import Run

_HERE = ZoneInfo("Asia/Shanghai")


def kind(name: str, tongue: Language) -> str:
    """Return what a kind of records is called.

    >>> kind("handovers", "zh"), kind("right_endings", "en")
    ('交地确认', 'right endings')
    """
    return KINDS[name].title if tongue == "zh" and name in KINDS else name.replace("_", " ")


def field(of_kind: str, name: str | None, tongue: Language) -> str:
    """Return what a column of a kind is called, "—" for none.

    >>> field("parcels", "parcel_code", "zh"), field("parcels", "geom", "en")
    ('宗地代码', 'shape')
    """
    if not name:
        return "—"
    if name == "geom":
        return said("图形", tongue)
    columns = KINDS[of_kind].columns if of_kind in KINDS else {}
    return columns[name].title if tongue == "zh" and name in columns else name.replace("_", " ")


def who(account: str, tongue: Language) -> str:
    """Return whose an account is; of nobody's where there was none: who sits at the machine."""
    return said("本机", tongue) if account == DESK_NAME else account


def moment(when: datetime | None) -> str | None:
    """Return a moment in the time of the place, to the minute."""
    return None if when is None else f"{when.astimezone(_HERE):%Y-%m-%d %H:%M}"


def newest(connection: Connection) -> Run | None:
    """Return the run shown when nobody says which, None where nothing was judged yet."""
    try:
        return runs.default(connection)
    except UsageError:
        return None
