"""What kinds of records, their columns and moments are called on a page; the run its bar tells."""

from __future__ import annotations

import re
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
# What acts without an account of its own is written down in both languages.
_IN_BOTH = re.compile(r"([\u4e00-\u9fff]+) ([a-z ]+(?=:)|unknown):? (\S.*)")


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
    """Return who did something: an account, or in words what had none.

    >>> who("命令行 command line: root", "zh"), who("命令行 command line: root", "en")
    ('命令行：root', 'command line: root')
    """
    if account == DESK_NAME:
        return said("本机", tongue)
    told = _IN_BOTH.fullmatch(account)
    if told is None:
        return account
    return f"{told[1]}：{told[3]}" if tongue == "zh" else f"{told[2]}: {told[3]}"


def moment(when: datetime | str | None) -> str | None:
    """Return a moment in the time of the place, to the minute.

    >>> moment("2026-11-29T10:57:31+00:00")
    '2026-11-29 18:57'
    """
    if when is None:
        return None
    told = datetime.fromisoformat(when) if isinstance(when, str) else when
    return f"{told.astimezone(_HERE):%Y-%m-%d %H:%M}"


def newest(connection: Connection) -> Run | None:
    """Return the run shown when nobody says which, None where nothing was judged yet."""
    try:
        return runs.default(connection)
    except UsageError:
        return None
