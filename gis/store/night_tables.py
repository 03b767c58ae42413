"""The tables of the nights: what came of each, what it tells, the notices that carry it out."""

from __future__ import annotations

NIGHTS: dict[str, dict[str, str]] = {
    "night": {
        "as_of": "day!",
        "state": "text!",
        "attempts": "integer!",
        "started_at": "instant!",
        "ended_at": "instant",
        # Of a good one: the run, what it knew, and which good night it was compared with.
        "run": "integer",
        "delivery": "integer",
        "before_on": "day",
        "before_run": "integer",
        "reason": "text",
        # The newest entry of the audit that was exported with it.
        "audit_number": "bigint",
    },
    "night_line": {
        "night": "day!",
        "place": "integer!",
        "section": "text!",
        "subject": "text",
        "name": "text",
        "region_code": "text",
        "block_code": "text",
        "on": "day",
        # Of what comes, where the law itself brings something: the day after `on`.
        "from_on": "day",
        "area_m2": "area",
        "zh": "text!",
        "en": "text!",
        "more_zh": "text",
        "more_en": "text",
        # What it rests on, as the law book numbers it.
        "article": "text",
        "link": "text",
        "file": "text",
        # Who may see it: whoever sees the delivery or the upload it tells of, else by land.
        "delivery": "integer",
        "upload": "text",
        "is_for_all": "flag!",
        "regions": "texts",
        "parks": "texts",
        "blocks": "texts",
    },
    "notice": {
        "night": "day!",
        "kind": "text!",
        "recipient": "text!",
        # Digest of the address, which itself stands in the settings alone.
        "target": "text!",
        "content": "json!",
        "state": "text!",
        "attempts": "integer!",
        "created_at": "instant!",
        "next_at": "instant!",
        "tried_at": "instant",
        "sent_at": "instant",
        "fault": "text",
    },
}
