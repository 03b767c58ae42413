"""Firms as the API and the page tell them: hand-worked figures, shares, what joins none; scope."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pandas.testing import assert_frame_equal

from gis import recorded_law
from gis.accounts import keys as own_keys
from gis.accounts import users
from gis.assessment.firms_kept import FirmsKept
from gis.config import Config
from gis.store import database, runs
from gis.store.results import Scope
from tests import stores, warm
from tests.conftest import Server
from tests.sending import by, client_of

E = "91150699YS000000{:02d}"
SCOPES = {"all": None, "C": Scope(blocks=["YS-C"])}


@pytest.fixture(scope="module")
def served(
    server: Server, demo_pattern: str, demo_home: Path
) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    with stores.copied(server, demo_pattern, f"landwatch_firms_{os.getpid()}", demo_home) as store:
        keys = {}
        with database.connect(Config(Path("unused"), store.url)) as connection:
            for name, scope in SCOPES.items():
                users.add(connection, name, ["viewer"], scope)
                keys[name], _ = own_keys.create(connection, f"key of {name}", name)
        for client in client_of(warm.Desk(store, warm.shared())):
            yield client, keys


def test_the_firms_of_the_demo_are_told_with_the_figures_worked_by_hand(
    served: tuple[httpx.Client, dict[str, str]],
) -> None:
    client, keys = served
    told = client.get("/api/v1/firms", params={"year": 2025}, headers=by(keys["all"])).json()
    rows = {row["enterprise_code"]: row for row in told["rows"]}
    assert (told["count"], told["years"]) == (14, [2025, 2024, 2023, 2022, 2021])
    one = rows[E.format(1)]
    # 18,000 万元 on 6 公顷 = 90 亩: 200 万元/亩; 1,260 / 90 = 14; 33,800 / 90 = 375.5556.
    assert (one["land_m2"], one["pieces_count"], one["join"]) == (60_000.0, 6, "joined")
    assert (one["output_per_mu"], one["tax_per_mu"]) == (200.0, 14.0)
    assert round(one["invested_per_mu"], 4) == 375.5556
    # Firms 3 and 4 have 3/4 and 1/4 of 2 公顷.
    assert [rows[E.format(n)]["land_m2"] for n in (3, 4)] == [15_000.0, 5_000.0]
    assert {n: rows[E.format(n)]["join"] for n in (11, 12, 13, 14)} == {
        11: "no_number",
        12: "joined",
        13: "unknown_number",
        14: "joined",
    }
    assert told["lost"] == [
        {"enterprise_code": E.format(13), "number": "150699001009GB99999", "basis": "parcel"}
    ]
    five = [join for join in told["joins"] if join["enterprise_code"] == E.format(5)]
    assert [(join["block_code"], join["of_firm"]) for join in five] == [
        ("YS-B", 0.25), ("YS-B", 0.25), ("YS-C", 0.25), ("YS-C", 0.25)
    ]  # fmt: skip
    # 311 parcels; on 6 + 2 + 2 + 4 + 4 + 2 + 2 + 2 + 2 + 1 + 2 = 29 of them is a firm.
    assert told["bare_count"] == 311 - 29


def test_projects_are_told_with_land_price_and_without(
    served: tuple[httpx.Client, dict[str, str]],
) -> None:
    client, keys = served
    told = client.get("/api/v1/projects", params={"year": 2025}, headers=by(keys["all"])).json()
    rows = {row["project_code"]: row for row in told["rows"]}
    first = rows["演示备〔2019〕001号"]
    # 20,000 万元 on 4 公顷: 5,000 万元/公顷 and, of 60 亩, 333.3333 万元; with the price besides.
    assert first["intensity_without_price"] == 5000.0
    price_wan = first["price_yuan"] / 10_000
    assert first["intensity_with_price"] == pytest.approx((20_000 + price_wan) / 4)
    assert round(first["invested_per_mu"], 4) == 333.3333
    # 4 of the firm's 6 公顷: 12,000 of 18,000 万元 on 60 亩.
    assert round(first["output_per_mu"], 4) == 200.0
    bare = rows["演示备〔2025〕009号"]
    assert bare["output_per_mu"] is None
    assert "project_area" in bare["missing"]


def test_of_a_firm_in_two_blocks_who_sees_one_is_told_no_number_of_the_other(
    served: tuple[httpx.Client, dict[str, str]],
) -> None:
    client, keys = served
    told = client.get("/api/v1/firms", headers=by(keys["C"])).json()
    seen = {row["enterprise_code"] for row in told["rows"]}
    assert E.format(10) in seen
    assert not seen & {E.format(n) for n in (1, 2, 3, 4, 6, 7, 8, 9, 12)}
    assert {join["block_code"] for join in told["joins"]} <= {"YS-C", None}
    assert "YS-A" not in str(told)
    assert client.get("/api/v1/firms").status_code == 401
    odd = client.get("/api/v1/firms", params={"yaer": 2025}, headers=by(keys["C"]))
    assert odd.status_code == 422


def test_the_page_tells_the_same_and_names_the_firms_of_a_supply(
    served: tuple[httpx.Client, dict[str, str]],
) -> None:
    client, keys = served
    page = client.get("/firms", params={"year": 2025}, headers=by(keys["all"])).text
    assert "演示化工一厂（虚构）" in page
    assert "18,000.00" in page
    assert "150699001009GB99999" in page
    english = client.get(
        "/firms", headers=by(keys["all"]) | {"cookie": "landwatch-language=en"}
    ).text
    assert "Numbers that join nothing" in english
    own = client.get("/firms", params={"subject": "1506992020B01004"}, headers=by(keys["all"])).text
    assert "演示建材甲厂" in own
    assert "演示焦化厂（虚构）</td>" not in own
    # The page of the supply names both, with three quarters and one quarter of its 30 亩.
    asked = by(keys["all"]) | {"hx-request-type": "partial", "hx-request": "true"}
    part = client.get("/firms", params={"subject": "1506992020B01004"}, headers=asked).text
    assert "<html" not in part
    assert all(words in part for words in ("演示建材甲厂", "75.0", "演示建材乙厂", "25.0"))
    supply = client.get("/subject/1506992020B01004", headers=by(keys["all"])).text
    assert "/firms?subject=1506992020B01004&amp;run=" in supply


def test_firms_are_joined_once_for_each_land_and_year(demo: warm.Desk) -> None:
    """Kept while there is room; without any, each is joined anew and says the same."""
    kept, none = FirmsKept(), FirmsKept(room_bytes=0)
    with database.connect(Config(Path("unused"), demo.store.url)) as connection:
        run = runs.chosen(connection, None, None)
        rules = recorded_law.of(connection, run)
        block = Scope(blocks=("YS-C",))
        asked = ((None, 2025), (None, 2024), (block, 2025))
        first = [kept.of(connection, run, rules, *one) for one in asked]
        again = [kept.of(connection, run, rules, *one) for one in asked]
        assert all(one is other for one, other in zip(first, again, strict=True))
        assert [one.year for one in first] == [2025, 2024, 2025]
        assert len(first[2].rows) < len(first[0].rows)
        anew = [none.of(connection, run, rules, *asked[at]) for at in (0, 2, 0)]
    assert anew[0] is not anew[2]
    assert_frame_equal(anew[0].rows, first[0].rows)
    assert_frame_equal(anew[1].rows, first[2].rows)
