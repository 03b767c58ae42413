"""The tables of the store: their columns, and what each type is called in PostgreSQL.

The kinds of delivery come from `gis.fields`, the results of a run from `gis.result_tables`; what
else the program itself writes (deliveries, issues, runs) is written out here. Migrations make the
tables; a test holds the two equal, through `gis.store.model`.

No foreign key leads from a record or a result to its delivery or run: checking it row by row costs
more than the load, and the numbers are written by one function each, under a lock.
"""

from __future__ import annotations

from gis import fields, result_tables

SCHEMA = "landwatch"
EPSG = 4490
OPEN_END = 2**31 - 1  # last_run of a result row that the newest run of its run series still gives

# name of a type in the dictionary or below -> its name in PostgreSQL
_TYPES = {
    "text": "text",
    "code": "text",
    "texts": "text[]",
    "day": "date",
    "day_end": "date",
    "instant": "timestamptz",
    "area": "float8",
    "intensity": "float8",
    "number": "float8",
    "areas": "float8[]",
    "money": "int8",
    "integer": "int4",
    "bigint": "int8",
    "flag": "bool",
    "json": "jsonb",
    "facts": "jsonb",
    "bytes": "bytea",
}

# What every kind of record carries besides its own columns.
RECORD: dict[str, str] = {
    "key": "text!",
    "from_delivery": "integer!",
    "to_delivery": "integer",
    "row_no": "integer!",
    "file": "text!",
    "effective_on": "day",
    # Identifier column -> what came, where that is not the form in which it is stored.
    "as_came": "json",
}

# Beside the key of a record named by a number of its sender: the sender and file series, and the
# number too where the record was known under another key before. Empty where an official code
# names it, and where nobody knows any more who did.
NAMED: dict[str, str] = {"named_in": "text"}

DELIVERY: dict[str, str] = {
    "number": "integer!",
    "sha256": "text!",
    "name": "text!",
    "kind": "text!",
    "mode": "text!",
    "scope": "json",
    "received_at": "instant!",
    "loaded_at": "instant!",
    "rows": "integer!",
    "accepted": "integer!",
    "rejected": "integer!",
    "unchanged": "integer!",
    "duplicates": "integer!",
    "fingerprint": "text!",
    "mapping": "json!",
    "added": "integer!",
    "replaced": "integer!",
    "ended": "integer!",
    "held": "integer!",
    "empty_days": "texts!",
    # Which regions its rows name, "" for a row that names none; unknown where nobody looked.
    "regions": "texts",
}

ISSUE: dict[str, str] = {
    "delivery": "integer!",
    "file": "text!",
    "row_no": "integer",
    "field": "text",
    "code": "text!",
    "severity": "text!",
    "value": "text",
    "message": "text!",
    "fix": "text",
    "raw": "json",
}

# What people write: corrections, in force until another delivery takes them back; and how each
# sender's headers were mapped, and which days stand for none there.
CORRECTION: dict[str, str] = {
    "delivery": "integer!",
    "kind": "text!",
    "key": "text!",
    "field": "text!",
    "before": "json",
    "after": "json",
    "who": "text!",
    "why": "text!",
    "document": "text",
    "at": "instant!",
    "taken_back_by": "integer",
}
PROFILE: dict[str, str] = {
    "sender": "text!",
    "kind": "text!",
    "headers": "texts!",
    "digest": "text!",
    "mapping": "json!",
    "empty_days": "texts!",
    "delivery": "integer!",
    "saved_at": "instant!",
}

RUN: dict[str, str] = {
    "id": "integer!",
    "as_of": "day!",
    "delivery": "integer!",
    "region": "text",
    "run_series": "text!",
    # Why it was made: a routine run is what everybody looks at, a what-if is for who asked.
    "purpose": "text!",
    "code_version": "text!",
    # What the program really was (gis.pipeline.program); empty for runs of before it was kept.
    "code_digest": "text",
    "law_digest": "text!",
    "input_digest": "text!",
    "counts": "json!",
    "started_at": "instant!",
    "finished_at": "instant!",
    # The run whose results were carried over where nothing changed; its own number for a full run.
    "built_on": "integer",
}

# Who may come in, with what, and what was done: nothing here speaks of land.
# The land of an account, a key or a token: codes of regions, parks, blocks; all of it where
# `is_unscoped`.
LAND: dict[str, str] = {
    "is_unscoped": "flag!",
    "regions": "texts!",
    "parks": "texts!",
    "blocks": "texts!",
}
ACCOUNTS: dict[str, dict[str, str]] = {
    "account": {
        "name": "text!",
        "roles": "texts!",
        **LAND,
        "password_hash": "text",
        "password_set_at": "instant",
        "must_change_password": "flag!",
        "is_disabled": "flag!",
        "created_at": "instant!",
    },
    # Of what opens a door only the sha256 is kept.
    "session": {
        "token_hash": "text!",
        "account": "text!",
        "csrf_hash": "text!",
        "address": "text!",
        "created_at": "instant!",
        "seen_at": "instant!",
        "ends_at": "instant!",
        "revoked_at": "instant",
    },
    "api_key": {
        "name": "text!",
        "secret_hash": "text!",
        "roles": "texts!",
        **LAND,
        "created_by": "text!",
        "created_at": "instant!",
        "expires_at": "instant!",
        "used_at": "instant",
        "revoked_at": "instant",
    },
    "embed_token": {
        "name": "text!",
        **LAND,
        "layers": "texts!",
        "as_of": "day",
        "language": "text!",
        "created_by": "text!",
        "created_at": "instant!",
        "expires_at": "instant!",
        "revoked_at": "instant",
    },
    # A nonce that was exchanged is never taken again.
    "embed_exchange": {
        "nonce": "text!",
        "token": "text!",
        "exchanged_at": "instant!",
    },
    "login_failure": {
        "account": "text!",
        "address": "text!",
        "failed_at": "instant!",
    },
    "audit": {
        "number": "bigint!",
        "at": "instant!",
        "actor": "text!",
        "address": "text!",
        "action": "text!",
        "object": "text!",
        "result": "text!",
        "algorithm": "text!",
        "previous": "text!",
        "digest": "text!",
    },
    # One row, id 1: the number and digest of the newest entry.
    "audit_head": {
        "id": "integer!",
        "number": "bigint!",
        "digest": "text!",
    },
    "upload": {
        "id": "text!",
        "account": "text!",
        "kind": "text!",
        "name": "text!",
        "sha256": "text",
        "bytes": "bigint!",
        "state": "text!",
        "report": "json",
        "delivery": "integer",
        "received_at": "instant!",
        "decided_at": "instant",
        # The land of who sent it, and how the file is to be read.
        **LAND,
        "how": "json!",
        # What is said of it when it is decided of.
        "words": "text",
        "worded_by": "text",
        "worded_at": "instant",
    },
    # A lead or a candidate that somebody looked at and found to be nothing, until it is taken back.
    "dismissal": {
        "id": "text!",
        "kind": "text!",
        "subject": "text!",
        "rule": "text!",
        "reason": "text!",
        "account": "text!",
        "at": "instant!",
        "taken_back_by": "text",
        "taken_back_at": "instant",
    },
    # A filter of a list somebody gave a name.
    "saved_filter": {
        "id": "text!",
        "account": "text!",
        "list": "text!",
        "name": "text!",
        "query": "text!",
        "at": "instant!",
    },
}
# The primary key of each; those without one are numbered.
ACCOUNT_KEYS = {
    "account": "name",
    "session": "token_hash",
    "api_key": "name",
    "embed_token": "name",
    "embed_exchange": "nonce",
    "audit": "number",
    "audit_head": "id",
    "upload": "id",
    "dismissal": "id",
    "saved_filter": "id",
}

# Long work that waits for its worker, and what it said while it was done.
JOB: dict[str, str] = {
    "kind": "text!",
    "arguments": "json!",
    "owner": "text!",
    # The land of who asked for it.
    **LAND,
    # No two jobs have the same: what must not be done twice is not queued twice.
    "once_key": "text",
    "state": "text!",
    "attempt_count": "integer!",
    # The program (gis.pipeline.program) that queued it, and the one that did it.
    "code_digest": "text!",
    "ran_code_digest": "text",
    "queued_at": "instant!",
    "started_at": "instant",
    "finished_at": "instant",
    "cancel_asked_at": "instant",
    "cancel_asked_by": "text",
    "done_count": "bigint",
    "total_count": "bigint",
    "message_zh": "text",
    "message_en": "text",
    "result": "json",
    "fault": "text",
    "mend": "text",
    # Name, bytes and sha256 of each file, until they are swept.
    "files": "json!",
    "files_until": "instant",
}
JOB_LINE: dict[str, str] = {"job": "bigint!", "at": "instant!", "zh": "text!", "en": "text!"}

# What tiles are counted off and lists asked by, as arrays: of the newest run of a series, made anew
# at will.
KEPT_ARRAYS: dict[str, str] = {
    "run": "integer!",
    "source": "text!",
    "form": "integer!",
    "made_at": "instant!",
    "content": "bytes!",
}

# The results of a run: their columns, and what every row has.
RESULTS: dict[str, dict[str, str]] = {
    name: {
        one.name: one.type + "!" * one.required for one in (*table.stored, *result_tables.EVERY_ROW)
    }
    for name, table in result_tables.STORED.items()
}
SHAPED = frozenset(name for name, table in result_tables.STORED.items() if table.has_shape)
# Columns of records a run reads by which they are named or name others, and lists of such.
CITED = {
    name: tuple(
        column
        for column in dict.fromkeys((*kind.cited_as, *kind.names))
        if kind.columns[column].type == "text"
    )
    for name, kind in fields.KINDS.items()
    if kind.read in {"near", "named"}
}
WITH_REGION = tuple(name for name, kind in fields.KINDS.items() if "region_code" in kind.columns)
LISTED = {
    name: tuple(column for column in kind.names if kind.columns[column].type == "texts")
    for name, kind in fields.KINDS.items()
}
# Result -> the columns its rows are looked up by, besides the key of whom they speak.
LOOKED_UP = {"finding": ("subject",), "unsupplied": ("subject",)}
RESULT: dict[str, str] = {
    "run_series": "text!",
    "first_run": "integer!",
    "last_run": "integer!",
    "content": "text!",
}


def own_types(name: str) -> dict[str, str]:
    """Return column -> PostgreSQL type of what a kind or result table holds of its own.

    For a kind with shapes these end in `geom` and `source_epsg`, for such a result in `geom`.
    """
    if name in RESULTS:
        kinds = dict(RESULTS[name])
        shape = {"geom": "geometry"} if name in SHAPED else {}
    else:
        kind = fields.KINDS[name]
        kinds = {column.name: column.type for column in kind.columns.values()}
        shape = {"geom": "geometry", "source_epsg": "int4"} if kind.has_geometry else {}
    return postgres_types(kinds) | shape


def postgres_types(kinds: dict[str, str]) -> dict[str, str]:
    """Return column -> PostgreSQL type for columns given as in this module ("text!", "day")."""
    return {name: _TYPES[kind.rstrip("!")] for name, kind in kinds.items()}
