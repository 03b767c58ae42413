"""`landwatch verify audit`: the audit proved entry by entry, from the first to the last."""

from __future__ import annotations

import re

from gis import config
from gis.accounts import audit
from gis.accounts.audit import Broken, Head
from gis.cli import screen
from gis.errors import UsageError
from gis.store import database

NAME = "audit"
EXIT_BROKEN = 1
_NOTED = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


def prove(noted: str | None, as_json: bool) -> int:
    """Say whether the audit holds, and where it stands; return the exit code.

    `noted`: NUMBER:DIGEST of an entry as an earlier proof printed it.
    """
    known = None if noted is None else _head(noted)
    with database.connect(config.read()) as connection:
        broken = audit.prove(connection, known)
        stand = audit.head(connection)
    if as_json:
        screen.say_json(_json(broken, stand))
    elif broken is not None:
        screen.say(f"审计第 {broken.number:,} 条：{broken.found}")
        screen.say(
            "  → 此前各条一致；保留数据库现状备查，与另处保存的副本对照"
            " those before it hold: keep the store as it is and compare it with a copy"
        )
    else:
        screen.say(f"审计一致 The audit holds: {stand.number:,} 条 entries")
        if stand.number:
            screen.say(
                f"  末条 last: {stand.number}:{stand.digest}",
                "  记在数据库之外，下次用 --noted 核对 note it outside the store, for --noted",
            )
    return 0 if broken is None else EXIT_BROKEN


def _head(noted: str) -> Head:
    found = _NOTED.fullmatch(noted.strip())
    if found is None:
        raise UsageError(
            f"--noted 不是“号:摘要”：{noted[:80]}。 --noted is not NUMBER:DIGEST.",
            "照抄 copy what an earlier landwatch verify audit printed",
        )
    return Head(int(found[1]), found[2])


def _json(broken: Broken | None, stand: Head) -> dict[str, object]:
    return {
        "is_right": broken is None,
        "entries_count": stand.number,
        "last_digest": stand.digest,
        "broken": None if broken is None else {"number": broken.number, "found": broken.found},
    }
