"""Files sent through the API: looked at, accepted once or thrown away, of one's own land alone."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.uploads import tidy
from gis.accounts import uploads
from gis.accounts.settings import UPLOAD
from gis.config import Config
from gis.files import incoming
from gis.store import database
from tests.killing import wait_until
from tests.sending import accepted, left, looked_at, parcels, sent
from tests.test_api_scope import by
from tests.warm import Desk


def test_a_file_is_looked_at_and_accepted_once_as_a_delivery(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """Two new parcels of 东 in one file: nothing before it is accepted, one delivery after."""
    place = parcels(tmp_path, ("150602001001GB00021", "东", 5, "150602"),
                    ("150602001001GB00022", "东", 7, "150602"))  # fmt: skip
    east = secrets["clerk of 东"]
    before = desk.json("deliveries")["count"]
    answer = sent(client, east, place)
    assert answer.status_code == 201, answer.text
    number = answer.json()["id"]
    assert answer.headers["location"] == f"/api/v1/uploads/{number}"
    told = looked_at(client, east, number)
    assert told["state"] == "checked", told
    checked, outcome = told["report"]["check"], told["report"]["outcome"]
    assert (checked["rows"], checked["sound"], checked["grade"]) == (2, 2, checked["grade"])
    assert (outcome["added"], outcome["rejected"], outcome["held"]) == (2, 0, 0)
    assert desk.json("deliveries")["count"] == before, "looking takes nothing in"
    assert not list(desk.store.home.glob(f"archive/*/{told['sha256']}*"))
    # Whose land it is not sees nothing of it, in the words for what is not there.
    for other in ("clerk of 西", "clerk of 东园"):
        refused = client.get(f"/api/v1/uploads/{number}", headers=by(secrets[other]))
        assert (refused.status_code, accepted(client, secrets[other], number).status_code) == (
            404, 404,
        )  # fmt: skip
    answers: list[httpx.Response] = []
    both = [
        threading.Thread(target=lambda: answers.append(accepted(client, east, number)))
        for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.status_code for one in answers) == [200, 409], [a.text for a in answers]
    (done,) = (one.json() for one in answers if one.status_code == 200)
    assert (done["state"], done["added"]) == ("accepted", 2)
    listed = desk.json("deliveries")["rows"]
    assert (len(listed), listed[-1]["number"]) == (before + 1, done["delivery"])
    assert listed[-1]["sha256"] == told["sha256"]
    assert looked_at(client, east, number)["delivery"] == done["delivery"]
    assert number not in left(desk)
    gone = client.delete(f"/api/v1/uploads/{number}", headers=by(east))
    assert gone.status_code == 409
    # The delivery is of 东: its clerk sees it, that of 西 does not.
    url = f"/api/v1/deliveries/{done['delivery']}"
    assert client.get(url, headers=by(east)).status_code == 200
    assert client.get(url, headers=by(secrets["clerk of 西"])).status_code == 404
    with desk.store.connect() as connection:
        entries = connection.execute(
            "SELECT actor, result FROM landwatch.audit"
            " WHERE action = 'POST /api/v1/uploads/{number}/accept' ORDER BY number"
        ).fetchall()
    # Both of another's tries, and the one that was done and the one that came too late.
    assert [result for _, result in entries[:2]] == ["404", "404"]
    assert sorted(result for _, result in entries[2:]) == ["200", "409"]
    assert all("clerk of 东" in actor for actor, _ in entries[2:])
    # The same file again is the same delivery.
    again = sent(client, east, place).json()["id"]
    assert looked_at(client, east, again)["report"]["outcome"]["is_repeat"] is True
    repeated = accepted(client, east, again).json()
    assert (repeated["is_repeat"], repeated["delivery"]) == (True, done["delivery"])
    assert desk.json("deliveries")["count"] == before + 1


@pytest.mark.parametrize(
    ("who", "row"),
    [
        ("clerk of 东", ("150722001001GB00031", "西", 5, "150722")),
        ("clerk of 东", ("150602001001GB00032", "西", 5, "150602")),  # says 东, lies in 西
        ("clerk of 东", ("150602001001GB00033", "东", 5, "150722")),  # lies in 东, says 西
        ("clerk of 东", ("150722001001GB00001", "东", 6, "150602")),  # would move one of 西
        ("clerk of 东园", ("150602001001GB00034", "东", 40, "150602")),  # 东, outside the park
    ],
    ids=["all of it", "its place", "its register", "a record of the other", "the park"],
)
def test_no_row_of_land_outside_is_taken_in(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path, who: str, row: Any
) -> None:
    """One row inside, one outside: the file is refused as a whole, and told row by row."""
    before = desk.json("deliveries")["count"]
    secret = secrets[who]
    place = parcels(tmp_path, ("150602001001GB00030", "东", 8, "150602"), row)
    number = sent(client, secret, place).json()["id"]
    told = looked_at(client, secret, number)
    assert told["state"] == "refused", str(told)
    report = told["report"]
    if report["outside"]:
        assert [one["row_no"] for one in report["outside"]] == [2]
    else:  # it waits for a person: nothing says it may come in
        assert "搁置" in report["problem"]["found"] or report["problem"]
    assert "西旗" not in str(report)
    refused = accepted(client, secret, number)
    assert refused.status_code == 409
    assert desk.json("deliveries")["count"] == before
    assert client.delete(f"/api/v1/uploads/{number}", headers=by(secret)).status_code == 200
    assert accepted(client, secret, number).status_code == 409
    assert number not in left(desk)


@pytest.mark.parametrize(
    ("kind", "name", "text", "how"),
    [
        # Their own region alone stands in the file; all else of the kind would end.
        ("tasks", "任务.csv", "年度,行政区代码,任务类型,任务面积(公顷)\n2024,150602,批而未供,10\n",
         {"mode": "replace", "scope": {}}),
    ],
)  # fmt: skip
def test_a_file_that_replaces_ends_nothing_outside(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], kind: str, name: str, text: str,
    how: dict[str, Any],
) -> None:  # fmt: skip
    """Of the whole kind it says that there is no more: 西's records would end."""
    tasks = "年度,行政区代码,任务类型,任务面积(公顷)\n2024,150722,批而未供,7\n"
    number = sent(client, secrets["officer"], tasks.encode(), kind="tasks", name="西任务.csv")
    looked_at(client, secrets["officer"], number.json()["id"])
    accepted(client, secrets["officer"], number.json()["id"])
    east, before = secrets["clerk of 东"], desk.json("deliveries")["count"]
    number = sent(client, east, text.encode(), kind=kind, name=name).json()["id"]
    assert looked_at(client, east, number)["state"] == "checked"
    client.post(f"/api/v1/uploads/{number}/check", json=how, headers=by(east))
    told = looked_at(client, east, number)
    assert told["state"] == "refused"
    assert "不在范围内的现有记录" in told["report"]["problem"]["found"]
    assert "西" not in str(told["report"])
    own = {"mode": "replace", "scope": {"region_code": "150602"}}
    client.post(f"/api/v1/uploads/{number}/check", json=own, headers=by(east))
    assert looked_at(client, east, number)["state"] == "checked"
    assert client.delete(f"/api/v1/uploads/{number}", headers=by(east)).status_code == 200
    assert desk.json("deliveries")["count"] == before


def test_a_paper_about_somebody_outside_is_not_taken_in_from_a_file(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """A register of extensions: 东监1 is of 东, 西监1 of 西, 东监99 of nobody."""
    head = "文号,电子监管号,签订日期,延期类型,延期后开工时间,批准单位\n"
    for subject, state in (("东监1", "checked"), ("西监1", "refused"), ("东监99", "refused")):
        text = head + f"东延{subject},{subject},2020-12-01,合同延建,2024-01-01,东府\n"
        answer = sent(
            client, secrets["clerk of 东"], text.encode(), kind="extensions", name="延期.csv"
        )
        told = looked_at(client, secrets["clerk of 东"], answer.json()["id"])
        assert told["state"] == state, told
        if state == "refused":
            said = told["report"]["problem"]["found"].replace(f"东延{subject}", "X")
            assert "X" in said
    # Of whom nobody knows and of whom lies elsewhere the same is said.
    waiting = client.get("/api/v1/uploads", headers=by(secrets["clerk of 东"])).json()
    words = {
        row["report"]["problem"]["found"].replace("东监99", "?").replace("西监1", "?")
        for row in waiting["rows"] if row["state"] == "refused" and row["kind"] == "extensions"
    }  # fmt: skip
    assert len(words) == 1


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("../../etc/passwd", 422), ("a/b.zip", 422), ("a\\b.zip", 422), ("..", 422), ("", 422),
        ("a\x1bb.zip", 422), ("a\x9bb.zip", 422), ("a\u202epiz.exe", 422), ("a\u2028.csv", 422),
        ("x" * 1_900 + ".zip", 422), ("地" * 90 + ".zip", 422),
        ("x" * 10_000, 400), ("a\0b.zip", 400),
        ("http:a.csv", 201), ("a;b.csv", 201), (".csv", 201), ("-rf.csv", 201),
    ],
)  # fmt: skip
def test_a_hostile_name_is_refused_or_only_a_name(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], name: str, status: int
) -> None:
    before = left(desk)
    text = "文号,电子监管号,签订日期,延期后开工时间\nX1,东监1,2020-12-01,2024-01-01\n"
    answer = sent(client, secrets["officer"], text.encode(), kind="extensions", name=name)
    assert answer.status_code == status, answer.text
    if status != 201:
        assert answer.json()["mend"]
        assert left(desk) == before
        return
    number = answer.json()["id"]
    told = looked_at(client, secrets["officer"], number)
    assert told["name"] == name
    assert client.delete(f"/api/v1/uploads/{number}", headers=by(secrets["officer"])).json()
    assert left(desk) == before


def test_what_is_no_file_of_ours_is_refused_and_leaves_nothing(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, officer = left(desk), secrets["officer"]
    assert sent(client, secrets["viewer"], b"x").status_code == 403
    assert client.post("/api/v1/uploads?kind=parcels&name=a", content=b"x").status_code == 401
    assert sent(client, officer, b"").status_code == 422
    assert sent(client, officer, b"x", kind="imagery").status_code == 422
    assert sent(client, officer, b"x", sha256="0" * 64).status_code == 422
    form = client.post(
        "/api/v1/uploads?kind=parcels&name=a.zip", files={"file": b"x"}, headers=by(officer)
    )
    assert form.status_code == 415
    monkeypatch.setattr("api.v1.uploads.UPLOAD", _Smaller())
    large = sent(client, officer, b"x" * 2_000)
    assert (large.status_code, "1,000" in large.json()["detail"]) == (413, True)

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    asked = {"kind": "parcels", "name": "a.zip"}
    more = client.post("/api/v1/uploads", params=asked, content=chunks(), headers=by(officer))
    assert more.status_code == 413
    assert left(desk) == before


def test_who_goes_away_in_the_middle_leaves_nothing_and_takes_no_place(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """More than may be received at once, all of whom go away; the next is received."""
    before = left(desk)
    head = (
        "POST /api/v1/uploads?kind=parcels&name=a.zip HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {secrets['officer']}\r\nContent-Length: 5000000\r\n\r\n"
    )
    for _ in range(UPLOAD.at_once_count + 1):
        where = (client.base_url.host, client.base_url.port or 80)
        with socket.create_connection(where) as line:
            line.sendall(head.encode() + b"x" * 2_000_000)
            wait_until(lambda: len(left(desk)) > len(before), "some of it has come")
        wait_until(lambda: left(desk) == before, "it is gone")
    number = sent(client, secrets["officer"], b"x", name="a.zip").json()["id"]
    assert client.delete(f"/api/v1/uploads/{number}", headers=by(secrets["officer"])).json()


class _Smaller:
    most_bytes = 1_000


def test_a_file_that_says_nothing_is_refused_with_the_reason_and_read_otherwise_taken(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    text = "甲,乙,丙,丁\n新延1,东监2,2020-12-01,2024-01-01\n"
    officer = secrets["officer"]
    answer = sent(client, officer, text.encode(), kind="extensions", name="延期.csv")
    number = answer.json()["id"]
    told = looked_at(client, officer, number)
    assert (told["state"], told["report"]["outcome"]) == ("refused", None)
    assert told["report"]["problem"]["mend"]
    how = {"map": {"甲": "document", "乙": "supply_no", "丙": "signed_on", "丁": "start_due_on"}}
    again = client.post(f"/api/v1/uploads/{number}/check", json=how, headers=by(officer))
    assert again.status_code == 202, again.text
    told = looked_at(client, officer, number)
    assert (told["state"], told["how"]) == ("checked", how | {"mode": "add"})
    assert told["report"]["outcome"]["added"] == 1
    assert accepted(client, officer, number).json()["added"] == 1


def test_files_that_wait_outlive_the_server_and_end_with_their_time(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that starts keeps what waits, sweeps what nobody knows, ends what is too old."""
    folder = desk.store.home / "uploads"
    settings = Config(desk.store.home, desk.store.url)
    text = "文号,电子监管号,签订日期,延期后开工时间\nX9,东监4,2020-12-01,2024-01-01\n".encode()
    waits, old = (
        sent(client, secrets["officer"], text, kind="extensions", name="延期.csv").json()["id"]
        for _ in range(2)
    )
    for number in (waits, old):
        looked_at(client, secrets["officer"], number)
    stray = folder / ("f" * 32)
    stray.mkdir()
    (stray / "half.zip").write_bytes(b"x")
    with database.connect(settings) as connection:
        connection.execute(
            "UPDATE landwatch.upload SET received_at = received_at - make_interval(days => %s)"
            " WHERE id = %s", (UPLOAD.waiting_days + 1, old),
        )  # fmt: skip
        # Looked at by a server that was killed before it could say what it found.
        connection.execute(
            "UPDATE landwatch.upload SET state = 'received', report = NULL WHERE id = %s", (waits,)
        )
        monkeypatch.setattr(incoming, "_SETTLED_SECONDS", -1)
        tidy(connection)
    assert (waits in left(desk), old in left(desk), stray.exists()) == (True, False, False)
    told = looked_at(client, secrets["officer"], waits)
    assert told["state"] == "checked"
    assert looked_at(client, secrets["officer"], old)["state"] == uploads.EXPIRED
    assert accepted(client, secrets["officer"], old).status_code == 409
    assert accepted(client, secrets["officer"], waits).json()["added"] == 1


def test_an_account_fills_no_disk_with_what_nobody_decides(
    client: httpx.Client, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    west = secrets["clerk of 西"]
    monkeypatch.setattr(uploads, "UPLOAD", _One())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
    first = sent(client, west, packed.getvalue())
    second = sent(client, west, packed.getvalue())
    assert (first.status_code, second.status_code) == (201, 429)
    number = first.json()["id"]
    assert looked_at(client, west, number)["state"] == "refused"
    assert client.delete(f"/api/v1/uploads/{number}", headers=by(west)).status_code == 200


class _One:
    most_waiting_count = 1
    waiting_days = 14
