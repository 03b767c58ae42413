"""What is done with a file that was sent: looked at, rehearsed, taken in; in the reading process.

By the functions of the command: `examine` as `landwatch check`, `load` as `landwatch load`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from api.v1.outside import hidden, sentences_of
from gis import config, contracts
from gis.accounts import dismissals, uploads
from gis.accounts.settings import UPLOAD
from gis.accounts.uploads import DecidedError
from gis.cli import check as checks
from gis.cli import reading
from gis.cli.own_land import MOST_TOLD, OutsideError, must_be_own, must_replace_own
from gis.cli.served_comparison import compare_file, scope_of
from gis.errors import LandwatchError, StoreError, UsageError
from gis.fields import KINDS
from gis.files import drafts
from gis.intake import archive, further_layers
from gis.intake import load as intake
from gis.intake.doctor import drawing
from gis.intake.doctor.examine import Diagnosis, examine
from gis.intake.doctor.known import Known
from gis.intake.load import LoadRequest
from gis.store import database, issue_log, whose_land
from gis.store import pages as lists
from gis.store.arrivals import Loaded
from gis.store.database import Connection
from gis.store.results import Scope

_ISSUE = ("file", "row_no", "field", "code", "severity", "value", "message", "fix")
# Whoever takes something in waits for a load of another program no longer than this.
_WAITS = f"SET LOCAL lock_timeout TO '{UPLOAD.deciding_waits_seconds}s'"
Order = Mapping[str, Any]


def check(order: Order) -> Mapping[str, Any]:
    """Return what a file holds and what would become of it; nothing is stored.

    order: path, kind, how (see `request_of`), land (None: all of it). `check` is what the doctor
    found, `lines` the same row by row, `drawing` its shapes (None: it has none), `outcome` what
    would be taken in, `problem` why the file as a whole would not be.
    """
    scope = scope_of(order["land"])
    told: dict[str, Any] = {"check": None, "outcome": None, "problem": None, "outside": []}
    with database.connect(config.read()) as connection:
        try:
            found = _examined(connection, order)
            told["check"] = _short(checks.told_of(found))
            told["lines"] = _lines(found)
            table = found.table
            told["drawing"] = drawing.drawn(table.geoms, table.row_nos, table.crs, found.findings)
        except StoreError:
            raise
        except LandwatchError as fault:
            told["problem"] = _problem(fault)
        if told["problem"] is None:
            told |= _rehearsed(connection, request_of(order), scope)
        if scope is None:
            return told
        drawn = {"drawing": told.pop("drawing", None)}  # it holds numbers alone
        return _without_strangers(connection, scope, told) | drawn


def write_list(order: Order) -> Mapping[str, Any]:
    """Write the workbook that goes back with a file; order: as for `check`, out, and words."""
    with database.connect(config.read()) as connection:
        found = _examined(connection, order)
    checks.write_list([found], Path(order["out"]), datetime.now(UTC), order.get("words"))
    return {}


def write_mended(order: Order) -> Mapping[str, Any]:
    """Write a copy of a file with its fixes carried out; order: as for `check`, and out."""
    with database.connect(config.read()) as connection:
        found = _examined(connection, order)
    checks.write_mended(found, Path(order["out"]), datetime.now(UTC))
    return {}


def _examined(connection: Connection, order: Order) -> Diagnosis:
    how, kind = order["how"], str(order["kind"])
    return examine(
        Path(order["path"]),
        kind,
        layer=how.get("layer"),
        crs=how.get("crs"),
        encoding=how.get("encoding"),
        column_map=how.get("map") or {},
        empty_days=how.get("empty_days") or (),
        fixes=how.get("fixes") or (),
        known=_known(connection, kind, scope_of(order["land"])),
    )


def accept(order: Order) -> Mapping[str, Any]:
    """Take a file that waits in, as a delivery, and note it, both or neither; return what became.

    order: as for `check`, and number of the upload; `tells`: how far it is is told meanwhile.
    """
    scope, number, settings = scope_of(order["land"]), str(order["number"]), config.read()
    with database.connect(settings) as connection:
        with _hiding(connection, scope), connection.transaction():
            connection.execute(_WAITS)
            found = uploads.get(connection, number, None, lock=True)
            if found is None:
                raise uploads.nothing(number)
            uploads.must_wait(found)
            if found.state != uploads.CHECKED or dict(found.how) != order["how"]:
                raise uploads.read_otherwise()
            tell = _tell if order.get("tells") else intake.silent
            loaded = _taken(connection, request_of(order), scope, settings.home, tell)
            uploads.note_decision(connection, number, uploads.ACCEPTED, loaded.delivery)
            told = _outcome(loaded)
        return told if scope is None else _without_strangers(connection, scope, told)


def accept_held(order: Order) -> Mapping[str, Any]:
    """Take in one row that waits, out of the file it came in, and note who decided; or neither.

    order: issue, delivery, name, sha256, fingerprint, row_no, value, words (moved:NUMBER), account,
    reason, even_though_changed, kind, how (None: not known, then `asked` says it), land.
    """
    scope, settings = scope_of(order["land"]), config.read()
    kept = archive.kept(settings.home, str(order["sha256"]))
    if kept is None:
        raise UsageError(
            f"第 {order['delivery']} 次资料的原文件不在本机存档。 The file of the delivery is not "
            "in the archive of this machine.",
            "在装载它的机器上处理 accept it on the machine that loaded it",
        )
    with drafts.temporary() as folder, database.connect(settings) as connection:
        path = archive.given_back(kept, str(order["name"]), folder)
        known = order["how"] is not None
        how = dict(order["how"] if known else order["asked"])
        request = replace(
            request_of(
                {
                    "kind": order["kind"],
                    "path": str(path),
                    "how": how | {"mode": "add"},
                    "account": uploads.narrow_account(connection, int(order["delivery"])),
                }
            ),
            scope=None,
        )
        if not known and not intake.is_read_so(connection, request, str(order["fingerprint"])):
            raise DecidedError(
                "不知道这份资料当时怎样读入，现在的读法与当时不同。 It is not known how the file "
                "was read when it came, and it would be read otherwise now.",
                "写明当时的图层、坐标系、编码、列对应和报送单位，或在服务器上用 name the layer, "
                "system, encoding, map and sender of then, or there: landwatch load --accept",
            )
        request = replace(
            request, accepted=tuple(order["words"]), only_rows=frozenset({int(order["row_no"])})
        )
        with _hiding(connection, scope), connection.transaction():
            connection.execute(_WAITS)
            number = f"{int(order['issue']):032x}"
            dismissals.add(
                connection, number, dismissals.HELD, str(order["issue"]), dismissals.ACCEPTED,
                str(order["reason"]), str(order["account"]),
            )  # fmt: skip
            if not order["even_though_changed"]:
                _must_be_newest(connection, order)
            loaded = _taken(connection, request, scope, settings.home)
            _must_have_come_in(loaded)
            told = _outcome(loaded)
        return told if scope is None else _without_strangers(connection, scope, told)


def _must_be_newest(connection: Connection, order: Order) -> None:
    """Raise DecidedError where the record a row would change was changed since the row came."""
    held = pd.DataFrame([{name: order[name] for name in ("delivery", "value")}])
    since = lists.changed_since(connection, held.assign(id=int(order["issue"])))
    if since:
        (number,) = since.values()
        raise DecidedError(
            f"这条记录其后被第 {number} 次资料改动过，未采用第 {order['delivery']} 次资料的"
            "这一行。 "
            f"Delivery {number} has changed the record since: the row was not taken in.",
            "核对后仍要采用，写明 if it is so all the same, say even_though_changed: true",
        )


def _must_have_come_in(loaded: Loaded) -> None:
    """Raise DecidedError where a row that was to be taken in waits again, or is refused."""
    if loaded.added + loaded.replaced + loaded.unchanged:
        return
    told = loaded.told
    stopping = told[told["severity"].isin(["held", "error"])]["message"] if len(told) else ()
    said = "；".join(dict.fromkeys(stopping)) or "没有这一行 there is no such row"
    raise DecidedError(
        f"这一行未能采用：{said}。 The row does not come in, and waits as before.",
        "属实的，把另一原因也写明 if that is so too, say it: also: copy / moved; "
        "否则不采用 else refuse it",
    )


def request_of(order: Order) -> LoadRequest:
    """Return what is asked of `load`.

    how: layer, crs, encoding, map, set, empty_days, fixes, sender, mode, scope, accepted,
    override_corrections; each may be left out. account: who sees some land alone, whose files
    say nothing of how those of others are read.
    """
    how = order["how"]
    return LoadRequest(
        kind=str(order["kind"]),
        path=Path(order["path"]),
        layer=how.get("layer"),
        crs=how.get("crs"),
        encoding=how.get("encoding"),
        column_map=how.get("map") or {},
        constants=how.get("set") or {},
        empty_days=how.get("empty_days") or (),
        sender=how.get("sender"),
        mode=how.get("mode") or "add",
        scope=how.get("scope"),
        accepted=tuple(sorted(how.get("accepted") or ())),
        override_corrections=bool(how.get("override_corrections")),
        fixes=how.get("fixes") or (),
        account=order.get("account"),
    )


def has_further_layers(order: Order) -> Mapping[str, Any]:
    """Return whether the kept file of a delivery holds more than one layer or sheet.

    order: name, sha256.
    """
    kept = archive.kept(config.read().home, str(order["sha256"]))
    if kept is None:
        return {"further": True}
    with drafts.temporary() as folder:
        place = archive.given_back(kept, str(order["name"]), folder)
        return {"further": further_layers.are_in(place)}


JOBS: Mapping[str, Callable[[Order], Mapping[str, Any]]] = {
    "check": check,
    "write_list": write_list,
    "write_mended": write_mended,
    "accept": accept,
    "accept_held": accept_held,
    "compare": compare_file,
    "has_further_layers": has_further_layers,
}


def _known(connection: Connection, kind: str, scope: Scope | None) -> Known:
    """Return what the store knows of the land of a scope: the doctor names whom it finds there."""
    known = checks.known_of(connection, kind)
    if scope is None:
        return known
    own = whose_land.land(connection, scope)
    parts = {
        name: rows[
            whose_land.verdicts(connection, own, KINDS[name], rows, is_followed=False)
            == whose_land.INSIDE
        ].reset_index(drop=True)
        for name, rows in (
            ("parcels", known.parcels), ("regions", known.regions), ("parks", known.parks)
        )
    }  # fmt: skip
    return replace(known, **parts)


def _rehearsed(connection: Connection, request: LoadRequest, scope: Scope | None) -> dict[str, Any]:
    """Return what a load would do, done and taken back."""
    try:
        with connection.transaction(force_rollback=True):
            return {"outcome": _outcome(_taken(connection, request, scope, None))}
    except OutsideError as fault:
        return {"problem": _problem(fault), "outside": fault.rows}
    except StoreError:
        raise
    except LandwatchError as fault:
        return {"problem": _problem(fault)}


def _tell(coming: intake.Coming) -> None:
    reading.tell(coming.row_count, coming.expected_rows or None)


def _taken(
    connection: Connection,
    request: LoadRequest,
    scope: Scope | None,
    home: Path | None,
    tell: intake.Tell = intake.silent,
) -> Loaded:
    """Load, within the caller's transaction; OutsideError for what is not of the scope."""
    if scope is not None:
        must_replace_own(connection, request, scope)
    _, loaded = intake.load(connection, request, home, tell, tells_all=scope is not None)
    if scope is not None:
        must_be_own(connection, loaded, scope)
    return loaded


def _outcome(loaded: Loaded) -> dict[str, Any]:
    told = {name: getattr(loaded, name) for name in contracts.JSON["load"]}
    rows = loaded.told[[*_ISSUE]].head(MOST_TOLD) if len(loaded.told) else pd.DataFrame()
    return {
        **told,
        "issue_count": len(loaded.told),
        "rows_told": [issue_log.plain(row) for row in rows.astype(object).to_dict("records")],
    }


def _short(told: dict[str, Any]) -> dict[str, Any]:
    """Return a diagnosis in which no list of rows is longer than is read."""
    findings = [
        issue_log.plain(one | {"rows": one["rows"][:MOST_TOLD]}) for one in told["findings"]
    ]
    return {**told, "findings": findings}


def _lines(found: Diagnosis) -> list[dict[str, Any]]:
    """Return the findings row by row, the gravest first, no more than are read."""
    order = found.findings["severity"].map({"error": 0, "warning": 1, "note": 2})
    rows = found.findings.iloc[order.argsort(kind="stable")][[*_ISSUE, "proposal"]].head(MOST_TOLD)
    return [issue_log.plain(row) for row in rows.astype(object).to_dict("records")]


@contextmanager
def _hiding(connection: Connection, scope: Scope | None) -> Iterator[None]:
    """Raise what the block raises in words that name nobody outside a scope."""
    try:
        yield
    except StoreError:
        raise
    except LandwatchError as fault:
        if scope is None:
            raise
        shown = _without_strangers(connection, scope, _problem(fault))
        raise type(fault)(shown["found"], shown["mend"]) from None


def _problem(fault: LandwatchError) -> dict[str, str]:
    return {"found": fault.found, "mend": fault.mend}


def _without_strangers(
    connection: Connection, scope: Scope, told: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an answer that names nobody outside the scope but by what the file itself said."""
    texts = sentences_of({name: part for name, part in told.items() if name != "outside"})
    named = whose_land.strangers(connection, scope, texts)
    own = {str(row["key"]) for row in told.get("outside") or ()}
    return dict(hidden(told, named - own))
