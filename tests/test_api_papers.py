"""A paper with its scan, and what a paper would change before anybody records it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gis.store.statements import LOADS
from tests.killing import content
from tests.sending import left
from tests.test_api_scope import by
from tests.warm import Desk

PDF = b"%PDF-1.7\n<img src=x onerror=alert(1)>\x00\xff"
EXTENSION = {
    "document": "东延〔2020〕7号", "supply_no": "东监1", "signed_on": "2020-12-01",
    "start_due_on": "2024-01-01", "approved_by": "东府",
}  # fmt: skip


def scanned(client: httpx.Client, secret: str, scan: bytes, name: str = "延期.pdf") -> Any:
    return client.post("/api/v1/scans", params={"name": name}, content=scan, headers=by(secret))


def test_a_paper_would_change_what_is_told_and_nothing_is_kept(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """东监1: start due 2021-01-01, so 2024-06-30 is past two years; extended to 2024-01-01, the
    year is full on 2025-01-02 and the supply is overdue only.
    """
    east = by(secrets["officer of 东"])
    asked = {"kind": "extensions", "values": EXTENSION}
    before = content(desk.store)
    answer = client.post("/api/v1/preview", json=asked, headers=east)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["subject"], told["as_of"]) == ("东监1", "2024-06-30")
    assert told["changed"]["outcome"] == ["candidate", "overdue"]
    assert told["before"]["sections"] != told["after"]["sections"]
    assert (told["paper"]["accepted"], "delivery" in told["paper"]) == (1, False)
    # Nothing is of another's land, and what is wrong is told as for a paper.
    other = {"kind": "extensions", "values": EXTENSION | {"supply_no": "西监1"}}
    assert client.post("/api/v1/preview", json=other, headers=east).status_code == 404
    strange = asked | {"subject": "西监1"}
    assert client.post("/api/v1/preview", json=strange, headers=east).status_code == 404
    wrong = {"kind": "extensions", "values": EXTENSION | {"signed_on": "2021-02-30"}}
    refused = client.post("/api/v1/preview", json=wrong, headers=east)
    assert (refused.status_code, "2021-02-30" in refused.text) == (422, True)
    viewer = client.post("/api/v1/preview", json=asked, headers=by(secrets["viewer"]))
    assert viewer.status_code == 403
    after = content(desk.store)
    assert {name for name in after if after[name] != before[name]} <= {"audit", "audit_head"}
    with desk.store.connect() as connection:
        held = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", (LOADS,)
        ).fetchone()
        kept = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%%'"
        ).fetchone()
    assert (held, kept) == ((0,), (0,))


def test_a_preview_waits_for_no_long_load(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis.cli.served_work._PREVIEW_WAITS", "SET LOCAL lock_timeout TO '50ms'")
    asked = {"kind": "extensions", "values": EXTENSION}
    with desk.store.connect() as loading:
        loading.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        answer = client.post("/api/v1/preview", json=asked, headers=by(secrets["officer"]))
    assert answer.status_code == 503, answer.text
    assert answer.json()["mend"]
    answer = client.post("/api/v1/preview", json=asked, headers=by(secrets["officer"]))
    assert answer.status_code == 200


def test_a_paper_is_recorded_with_its_scan_and_that_is_given_back(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    east, west = secrets["officer of 东"], secrets["officer of 西"]
    before = left(desk)
    sent = scanned(client, east, PDF)
    assert (sent.status_code, sent.json()["media_type"]) == (201, "application/pdf"), sent.text
    number = sent.json()["id"]
    url = "/api/v1/papers/extensions"
    paper = {"values": EXTENSION, "scan": number}
    # Not another's scan, nor one there is not; a paper that is refused leaves it waiting.
    theirs = {"values": EXTENSION | {"supply_no": "西监1"}, "scan": number}
    assert client.post(url, json=theirs, headers=by(west)).status_code == 404
    nothing = {"values": EXTENSION, "scan": "0" * 32}
    assert client.post(url, json=nothing, headers=by(east)).status_code == 404
    wrong = {"values": EXTENSION | {"signed_on": "2021-02-30"}, "scan": number}
    assert client.post(url, json=wrong, headers=by(east)).status_code == 422
    assert client.post(f"/api/v1/uploads/{number}/accept", headers=by(east)).status_code == 409
    done = client.post(url, json=paper, headers=by(east))
    assert done.status_code == 201, done.text
    assert left(desk) == before
    kept = f"/api/v1/deliveries/{done.json()['delivery']}/scan"
    given = client.get(kept, headers=by(east))
    assert (given.status_code, given.content) == (200, PDF)
    assert given.headers["content-type"] == "application/pdf"
    assert given.headers["content-disposition"].startswith("attachment")
    assert client.get(kept, headers=by(secrets["officer"])).content == PDF
    assert client.get(kept, headers=by(west)).status_code == 404
    # The same paper with another scan: the first stays, the second waits.
    other = scanned(client, east, PDF + b"2", "另一份.pdf").json()["id"]
    refused = client.post(url, json={"values": EXTENSION, "scan": other}, headers=by(east))
    assert (refused.status_code, "延期.pdf" in refused.json()["detail"]) == (409, True)
    assert client.get(kept, headers=by(east)).content == PDF
    assert client.delete(f"/api/v1/uploads/{other}", headers=by(east)).status_code == 200
    same = {"values": EXTENSION, "scan": scanned(client, east, PDF).json()["id"]}
    assert client.post(url, json=same, headers=by(east)).status_code == 201
    assert client.get(kept, headers=by(east)).content == PDF
    again = {"values": EXTENSION | {"document": "东延〔2020〕8号"}, "scan": number}
    assert client.post(url, json=again, headers=by(east)).status_code == 409
    assert (
        client.get("/api/v1/deliveries/1/scan", headers=by(secrets["officer"])).status_code == 404
    )


@pytest.mark.parametrize(
    ("scan", "kind"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"), (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"II*\x00\x08", "image/tiff"), (b"MM\x00*\x00", "image/tiff"),
        (b"<html><script>", None), (b"MZ\x90\x00", None), (b"PK\x03\x04", None), (b"%PD", None),
        (b"\n%PDF-1.7", None), (b"", None),
    ],
)  # fmt: skip
def test_a_scan_is_what_its_bytes_say_whatever_its_name_says(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], scan: bytes, kind: str | None
) -> None:
    before = left(desk)
    sent = scanned(client, secrets["officer"], scan, "一份.pdf")
    if kind is None:
        assert (sent.status_code, bool(sent.json()["mend"])) == (422, True)
    else:
        assert (sent.status_code, sent.json()["media_type"]) == (201, kind)
        number = sent.json()["id"]
        gone = client.delete(f"/api/v1/uploads/{number}", headers=by(secrets["officer"]))
        assert gone.status_code == 200
    assert left(desk) == before


def test_a_scan_larger_than_may_be_is_refused_and_leaves_nothing(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Smaller:
        most_scan_bytes = 10

    before = left(desk)
    monkeypatch.setattr("api.v1.scans.UPLOAD", Smaller())
    assert scanned(client, secrets["officer"], PDF).status_code == 413
    assert scanned(client, secrets["viewer"], PDF[:9]).status_code == 403
    assert left(desk) == before


def test_a_preview_names_nobody_outside_and_tells_not_whether_there_is_one(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Of 西's supply, by number or the half of it, the same is said as of one nobody knows."""
    east = by(secrets["officer of 东"])
    told = {}
    for subject in ("西监1", "西监１", "西监", "西批〔2020〕1号", "无此号", "西监99"):
        url = f"/api/v1/why/{subject}"
        trace = client.get(url, headers=east)
        assert trace.json()["detail"] == f"没有监测对象 there is no subject {subject!r}"
        asked = {"kind": "extensions", "values": EXTENSION, "subject": subject}
        answer = client.post("/api/v1/preview", json=asked, headers=east)
        told[subject] = (answer.status_code, answer.json()["detail"].replace(subject, "?"),
                         answer.json()["mend"])  # fmt: skip
    assert len({*told.values()}) == 1, told
    assert told["西监"][0] == 404
    assert "西监1" not in str(told["西监"])
    # Who sees everything is told the nearest, as before.
    asked = {"kind": "extensions", "values": EXTENSION, "subject": "西监"}
    whole = client.post("/api/v1/preview", json=asked, headers=by(secrets["officer"]))
    assert (whole.status_code, "西监1" in whole.json()["mend"]) == (404, True)


def test_what_is_written_waits_for_no_load_of_hours(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """A paper, while somebody loads: its place is given back, nothing is written."""
    officer = by(secrets["officer"])
    before = desk.json("deliveries")["count"]
    paper = {"values": EXTENSION | {"document": "东延〔2020〕9号"}}
    with desk.store.connect() as loading:
        loading.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        answer = client.post("/api/v1/papers/extensions", json=paper, headers=officer)
    assert (answer.status_code, "lock_timeout" in answer.json()["mend"]) == (503, True)
    assert desk.json("deliveries")["count"] == before
    done = client.post("/api/v1/papers/extensions", json=paper, headers=officer)
    assert done.status_code == 201, done.text
