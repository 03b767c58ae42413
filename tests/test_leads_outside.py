"""What a lead rests on names nobody outside the land of who asks, and cannot be guessed there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from api.app import create_app
from gis.accounts import keys, users
from gis.cli import served_work
from gis.config import Config
from gis.outputs.export.neighbours import OUTSIDE
from gis.store import database, pool
from gis.store.results import Scope
from maps.basis import Reasons
from tests.conftest import Server
from tests.doors import served
from tests.stores import copied
from tests.test_identifiers_linked import CAUSE, CRS, supplies

# One digit apart, in two banners: the paper names a supply of 150603 that nobody sent.
KNOWN, NAMED = "1506022024B00012", "1506032024B00012"


def test_a_number_near_to_the_one_a_paper_names_is_told_within_the_land_alone(
    server: Server, pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with copied(server, pattern, "lw_leads_outside", tmp_path / "home") as store:
        for kind, text, options in (
            ("supplies", supplies("甲").replace("B00000", "B00012"), CRS),
            ("causes", CAUSE.format(NAMED), ()),
        ):
            path = tmp_path / f"{kind}.csv"
            path.write_text(text, encoding="utf-8")
            store.json("load", kind, str(path), *options)
        store.json("run", "--as-of", "2026-06-30")
        settings = Config(Path("unused"), store.url)
        with database.connect(settings) as connection:
            users.add(connection, "全市", ["viewer"], None)
            users.add(connection, "旗里", ["officer"], Scope(regions=("150603",)))
            city, banner = (
                keys.create(connection, f"key of {name}", name)[0] for name in ("全市", "旗里")
            )
        monkeypatch.setenv("LANDWATCH_HOME", str(store.home))
        monkeypatch.setenv("LANDWATCH_DATABASE_URL", store.url)
        work = served_work.work()
        reading, writing = pool.Pool(settings, 2, is_read_only=True), pool.Pool(settings, 2)
        app = create_app(
            reading.connection, lambda *_: {"subject": "?"}, lambda *_: (Reasons("?", "", []), ""),
            writing=writing.connection, work=work,
        )  # fmt: skip
        with served(app) as client:

            def leads(secret: str, **asked: str) -> list[dict[str, object]]:
                answer = client.get(
                    "/api/v1/leads", params={"kind": "orphan_paper", **asked},
                    headers={"Authorization": f"Bearer {secret}"},
                )  # fmt: skip
                assert answer.status_code == 200, answer.text
                rows = answer.json()["rows"]
                assert isinstance(rows, list)
                return rows

            fact = {"paper": "causes", "names": NAMED, "near": [KNOWN]}
            assert [row["detail"] for row in leads(city)] == [fact]
            assert [row["detail"] for row in leads(city, text=KNOWN)] == [fact]
            assert [row["detail"] for row in leads(banner)] == [{**fact, "near": [OUTSIDE]}]
            assert leads(banner, text=KNOWN) == []
            archive = client.get(
                "/api/v1/exports/leads", params={"format": "csv"},
                headers={"Authorization": f"Bearer {banner}"},
            )  # fmt: skip
            assert archive.status_code == 200, archive.text
            with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
                told = "".join(
                    packed.read(name).decode("utf-8-sig")
                    for name in packed.namelist()
                    if name.endswith(".csv")
                )
            assert f"库中相近的编号：{OUTSIDE}" in told
            assert KNOWN not in told
        for each in (work, reading, writing):
            each.close()
