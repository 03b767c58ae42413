"""What officers write and take away through the API, with a real server, PostGIS and GDAL."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import geopandas
import httpx
import openpyxl
import pandas as pd
import pytest

from api.app import create_app
from gis.accounts import keys, users
from gis.cli import served_work
from gis.config import Config
from gis.store import database, pool
from gis.store.results import Scope
from maps.basis import Reasons
from tests.conftest import Server, rest_long
from tests.doors import served
from tests.test_api_scope import by
from tests.two_banners import judged
from tests.warm import Desk

EAST = Scope(regions=("150602",))


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with judged(server, pattern, "landwatch_writing", tmp_path_factory.mktemp("writing")) as desk:
        yield desk


@pytest.fixture(scope="module")
def secrets(desk: Desk) -> dict[str, str]:
    found = {}
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        for name, role, scope in (
            ("officer", "officer", None), ("officer of 东", "officer", EAST),
            ("viewer", "viewer", None), ("clerk of 东", "clerk", EAST),
            ("officer of 西", "officer", Scope(regions=("150722",))),
        ):  # fmt: skip
            users.add(connection, name, [role], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


@pytest.fixture
def client(
    desk: Desk, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    settings = Config(desk.store.home, desk.store.url)
    for name, value in desk.store.environment.items():
        if name.startswith("LANDWATCH_"):
            monkeypatch.setenv(name, value)
    reading, writing = pool.Pool(settings, 4, is_read_only=True), pool.Pool(settings, 2)

    def told(*_: Any) -> Any:
        return {"subject": "?"}

    app = create_app(
        reading.connection, told, lambda *_: (Reasons("?", "", []), ""),
        writing=writing.connection, work=served_work.work(),
    )  # fmt: skip
    with served(app) as client:
        yield client
    reading.close()
    writing.close()


def test_one_paper_is_a_delivery_of_one_row_and_is_judged_and_taken_back(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """东监1: start due 2021-01-01, so 2024-06-30 is past two years; extended to 2024-01-01, the
    year is full on 2025-01-02 and the supply is overdue only.
    """
    values = {
        "document": "东延〔2020〕1号", "supply_no": "东监1", "signed_on": "2020-12-01",
        "start_due_on": "2024-01-01", "approved_by": "东府",
    }  # fmt: skip

    def state() -> Any:
        told = client.get("/api/v1/subjects/东监1", headers=by(secrets["officer"])).json()
        (row,) = [row for row in told["finding"] if row["rule"] == "idle_land"]
        return row["outcome"]

    assert state() == "candidate"
    paper = {"values": values}
    url = "/api/v1/papers/extensions"
    assert client.post(url, json=paper).status_code == 401
    assert client.post(url, json=paper, headers=by(secrets["viewer"])).status_code == 403
    other = {"values": values | {"supply_no": "西监1"}}
    refused = client.post(url, json=other, headers=by(secrets["officer of 东"]))
    assert (refused.status_code, "没有" in refused.json()["detail"]) == (404, True)
    done = client.post(url, json=paper, headers=by(secrets["officer of 东"]))
    assert done.status_code == 201, done.text
    told = done.json()
    assert (told["accepted"], told["rejected"], told["held"]) == (1, 0, 0)
    listed = desk.json("deliveries")["rows"][-1]
    assert (listed["number"], listed["rows"], listed["kind"]) == (told["delivery"], 1, "extensions")
    assert desk.call("run", "--as-of", "2024-06-30").code == 0

    assert state() == "overdue"
    back = client.post(
        f"/api/v1/deliveries/{told['delivery']}/undo", headers=by(secrets["officer"])
    )
    assert (back.status_code, back.json()["undone"]) == (200, told["delivery"])
    assert desk.call("run", "--as-of", "2024-06-30").code == 0
    assert state() == "candidate"


def test_a_paper_takes_no_place_of_one_about_somebody_outside(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """西延1 is about 西监9: of that number, however written, whoever sees 东 alone records none."""
    before = desk.json("deliveries")["count"]
    for number in ("西延1", " 西延１", "西\u200b延1"):
        values = {
            "document": number, "supply_no": "东监1", "signed_on": "2020-12-01",
            "start_due_on": "2030-01-01",
        }  # fmt: skip
        taken = client.post(
            "/api/v1/papers/extensions", json={"values": values},
            headers=by(secrets["officer of 东"]),
        )  # fmt: skip
        assert taken.status_code == 409, taken.text
        assert "西监" not in taken.text
    assert desk.json("deliveries")["count"] == before


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nowhere": "x"}, "nowhere"),
        ({}, "values"),
        ({"document": "a\0b"}, "NUL"),
        ({"document": "D1", "supply_no": "东监1", "start_due_on": "2022-01-01"}, "signed_on"),
        ({"document": "D1", "supply_no": "东监1", "signed_on": "2021-02-30"}, "2021-02-30"),
        ({"document": "D1", "supply_no": "东监1", "signed_on": "<img src=x onerror=1>"}, "img"),
    ],
)
def test_a_paper_that_says_nothing_is_told_what_is_wrong(
    client: httpx.Client, secrets: dict[str, str], values: dict[str, str], said: str
) -> None:
    answer = client.post(
        "/api/v1/papers/extensions", json={"values": values}, headers=by(secrets["officer"])
    )
    assert answer.status_code == 422, answer.text
    assert said in answer.text


def test_a_record_is_corrected_with_who_and_why(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    order = {"kind": "supplies", "key": "东监2", "values": {"面积": "3.9公顷"}, "why": "合同原件"}
    refused = client.post(
        "/api/v1/corrections", json=order | {"key": "西监2"}, headers=by(secrets["clerk of 东"])
    )
    assert refused.status_code == 404
    done = client.post("/api/v1/corrections", json=order, headers=by(secrets["clerk of 东"]))
    assert done.status_code == 201, done.text
    (row,) = [
        r for r in desk.json("corrections")["rows"] if r["delivery"] == done.json()["delivery"]
    ]
    assert (row["key"], row["after"], row["why"]) == ("东监2", 39_000.0, "合同原件")
    assert "clerk of 东" in row["who"]


def test_a_candidate_is_dismissed_once_and_taken_back(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    order = {
        "kind": "candidate",
        "subject": "东监4",
        "rule": "idle_land",
        "reason": "照片在卷",
    }
    east = by(secrets["officer of 东"])
    west = client.post("/api/v1/dismissals", json=order | {"subject": "西监4"}, headers=east)
    assert west.status_code == 404
    assert (
        client.post("/api/v1/dismissals", json=order, headers=by(secrets["viewer"])).status_code
        == 403
    )
    done = client.post("/api/v1/dismissals", json=order, headers=east)
    assert done.status_code == 201
    assert client.post("/api/v1/dismissals", json=order, headers=east).status_code == 409
    (row,) = client.get("/api/v1/dismissals", headers=east).json()["rows"]
    assert (row["subject"], row["reason"]) == ("东监4", "照片在卷")
    gone = client.delete(f"/api/v1/dismissals/{done.json()['id']}", headers=east)
    assert gone.status_code == 200
    assert client.get("/api/v1/dismissals", headers=east).json()["count"] == 0


FORMS = ("shp", "gpkg", "parquet", "geojson", "csv", "xlsx", "txt")
LISTS = ("findings", "leads", "parcels")
ALWAYS = [("findings", "shp"), ("findings", "csv"), ("findings", "xlsx"), ("parcels", "gpkg")]


@pytest.mark.parametrize("one", rest_long([*product(LISTS, FORMS)], ALWAYS))
def test_an_export_holds_the_land_of_the_caller_alone_and_proves_itself(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path, one: tuple[str, str]
) -> None:
    what, form = one
    url = f"/api/v1/exports/{what}?format={form}"
    answer = client.get(url, headers=by(secrets["officer of 东"]))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(tmp_path)
    proved = desk.call("verify", str(tmp_path / "manifest.json"))
    assert proved.code == 0, proved.stdout + proved.stderr
    text = said(tmp_path, form)
    assert "东" in text
    assert "西" not in text
    assert "150722" not in text
    assert client.get(url).status_code == 401


def said(folder: Path, form: str) -> str:
    """All that the files of an export say, as those who use them read them."""
    [file] = [one for one in folder.iterdir() if one.suffix == f".{form}"][:1]
    if form == "gpkg":
        return str(geopandas.read_file(file, layer=file.stem).to_string())
    if form in {"shp", "geojson"}:
        beside = [one.read_text(encoding="utf-8-sig") for one in folder.glob("*_无图形.csv")]
        return geopandas.read_file(file).to_string() + "".join(beside)
    if form == "parquet":
        return str(geopandas.read_parquet(file).to_string())
    if form == "csv":
        return str(pd.read_csv(file, dtype="str").to_string())
    if form == "xlsx":
        sheets = openpyxl.load_workbook(file).worksheets
        return str([row for sheet in sheets for row in sheet.iter_rows(values_only=True)])
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", rest_long(["parcels", "leads"], ["parcels"]))
def test_an_export_has_the_rows_of_the_list_and_of_the_command(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path, what: str
) -> None:
    """Each banner has five parcels; the files of the API are those of the command, byte by byte."""
    answer = client.get(f"/api/v1/exports/{what}?format=csv", headers=by(secrets["officer of 东"]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        names = {*packed.namelist()}
        own = pd.read_csv(packed.open(next(name for name in names if name.endswith(".csv"))))
    listed = client.get(f"/api/v1/{what}?limit=1000", headers=by(secrets["officer of 东"])).json()
    assert len(own) == listed["count"]
    if what == "parcels":
        assert own["电子监管号"].tolist() == ["东监1", "东监2", "东监4", "东邻监01", "东监8"]
    else:
        told = [";".join(row["subjects"]) for row in listed["rows"]]
        assert own["涉及对象"].tolist() == told
    whole = client.get(f"/api/v1/exports/{what}?format=gpkg", headers=by(secrets["officer"]))
    with zipfile.ZipFile(io.BytesIO(whole.content)) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith(".gpkg"))
        told_bytes = packed.read(name)
    place = tmp_path / name
    done = desk.call("export", what, "--format", "gpkg", "--out", str(place))
    assert done.code == 0, done.stderr
    assert place.read_bytes() == told_bytes


def test_nonsense_asked_of_an_export_is_refused_and_leaves_no_folder(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    there = {*Path(tempfile.gettempdir()).glob(f"landwatch-{os.getpid()}-*")}
    for query in (
        "format=doc",
        "epsg=3857",
        "format=csv&epsg=4525",
        "run=99",
        "format=gpkg&encoding=gbk",
    ):
        answer = client.get(f"/api/v1/exports/targets?{query}", headers=by(secrets["officer"]))
        assert answer.status_code in {404, 422}, (query, answer.text)
    assert client.get("/api/v1/exports/nothing", headers=by(secrets["officer"])).status_code == 422
    assert {*Path(tempfile.gettempdir()).glob(f"landwatch-{os.getpid()}-*")} == there
