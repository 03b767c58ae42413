"""Files sent through the API: looked at, accepted once or thrown away, of one's own land alone."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import httpx
import pytest

from api.app import create_app
from api.uploads import tidy
from gis.accounts import keys, uploads, users
from gis.accounts.settings import UPLOAD
from gis.cli import served_work
from gis.config import Config
from gis.files import incoming
from gis.store import database, pool
from gis.store.results import Scope
from maps.basis import Reasons
from tests.conftest import Server
from tests.doors import served
from tests.test_api_scope import by
from tests.two_banners import box, judged
from tests.warm import Desk

SCOPES = {
    "officer": ("officer", None),
    "clerk of 东": ("clerk", Scope(regions=("150602",))),
    "clerk of 西": ("clerk", Scope(regions=("150722",))),
    "clerk of 东园": ("clerk", Scope(parks=("东园",))),
    "officer of 东": ("officer", Scope(regions=("150602",))),
    "officer of 西": ("officer", Scope(regions=("150722",))),
    "viewer": ("viewer", None),
}


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with judged(server, pattern, "landwatch_uploads", tmp_path_factory.mktemp("uploads")) as desk:
        yield desk


@pytest.fixture(scope="module")
def secrets(desk: Desk) -> dict[str, str]:
    return secrets_of(desk)


def secrets_of(desk: Desk) -> dict[str, str]:
    """A key for each of `SCOPES`."""
    found = {}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        for name, (role, scope) in SCOPES.items():
            users.add(connection, name, [role], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


@pytest.fixture(scope="module")
def client(desk: Desk, secrets: dict[str, str]) -> Iterator[httpx.Client]:
    yield from client_of(desk)


def client_of(desk: Desk) -> Iterator[httpx.Client]:
    """A client of a server that works on a store."""
    settings = Config(desk.store.home, desk.store.url)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in desk.store.environment.items():
            if name.startswith("LANDWATCH_"):
                patch.setenv(name, value)
        reading, writing = pool.Pool(settings, 4, is_read_only=True), pool.Pool(settings, 4)
        work = served_work.work()
        app = create_app(
            reading.connection, lambda *_: {"subject": "?"}, lambda *_: (Reasons("?", "", []), ""),
            writing=writing.connection, work=work,
        )  # fmt: skip
        with served(app) as client:
            yield client
        for each in (work, reading, writing):
            each.close()


def parcels(folder: Path, *rows: tuple[str, str, float, str | None]) -> Path:
    """A layer of parcels, zipped: code, side of the place, step, region."""
    frame = geopandas.GeoDataFrame(
        {"宗地代码": [code for code, *_ in rows], "行政区代码": [row[3] for row in rows],
         "登记日期": ["2022-06-01"] * len(rows)},
        geometry=[box(side, step) for _, side, step, _ in rows], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_file(folder / "宗地.gpkg")
    place = folder / "宗地.zip"
    with zipfile.ZipFile(place, "w") as packed:
        packed.write(folder / "宗地.gpkg", "宗地.gpkg")
    return place


def sent(client: httpx.Client, secret: str, place: Path | bytes, **more: str) -> httpx.Response:
    content = place if isinstance(place, bytes) else place.read_bytes()
    name = "宗地.zip" if isinstance(place, bytes) else place.name
    asked = {"kind": "parcels", "name": name} | more
    return client.post("/api/v1/uploads", params=asked, content=content, headers=by(secret))


def looked_at(client: httpx.Client, secret: str, number: str) -> dict[str, Any]:
    """What was found in a file that was sent, once somebody has looked."""
    deadline = time.monotonic() + 60
    while True:
        answer = client.get(f"/api/v1/uploads/{number}", headers=by(secret))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        if told["state"] != "received":
            return dict(told)
        assert time.monotonic() < deadline, "nobody looked at it"
        time.sleep(0.02)


def accepted(client: httpx.Client, secret: str, number: str) -> httpx.Response:
    return client.post(f"/api/v1/uploads/{number}/accept", headers=by(secret))


def left(desk: Desk) -> list[str]:
    """What lies in the folder of uploads, hidden or not."""
    folder = desk.store.home / "uploads"
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


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
        ("a\x1bb.zip", 422), ("x" * 1_900 + ".zip", 422), ("地" * 90 + ".zip", 422),
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
