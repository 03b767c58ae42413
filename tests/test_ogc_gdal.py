"""GDAL and QGIS at the door of OGC API: those of Debian, and the GDAL of our own packages.

What `-where` asks is answered here, and what they read is what the command lists, to the fen.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sending import client_of
from tests.test_api_scope import by
from tests.test_ogc import listed
from tests.warm import Desk

# More than 32 bits hold, on the second page of 10.
FEE_FEN = 3_000_000_000_001
_ASKS = """
import json, sys, pyogrio
source, secret, where = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": f"key:{secret}", "CPL_DEBUG": "OAPIF,HTTP"})
read = pyogrio.read_dataframe(source, layer="findings", where=where)
print(json.dumps([*read["subject"]]))
"""


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    with desk.store.connect() as connection:
        done = connection.execute(
            "UPDATE landwatch.finding SET fee_if_confirmed_fen = %s WHERE row_id = 16", (FEE_FEN,)
        )
        assert done.rowcount == 1
    yield from client_of(desk)


def ogrinfo(client: httpx.Client, secret: str, *arguments: str) -> tuple[list[str], str]:
    """Return the subjects that Debian's GDAL lists, and what it says of its requests."""
    source = f"OAPIF:{str(client.base_url).rstrip('/')}/ogc"
    done = subprocess.run(
        ["ogrinfo", "-ro", source, "findings", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "GDAL_HTTP_USERPWD": f"key:{secret}", "CPL_DEBUG": "OAPIF,HTTP"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return re.findall(r"  subject \(String\) = (.*)", done.stdout), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("where", "subjects"),
    [
        ("subject = '东监1'", "东监1"),
        ("rule = 'idle_land' AND since_on < '2023/02/02' AND name LIKE '西%'", "西监1 西邻监01"),
        ("since_on = '2023/08/02'", "东监8 西监8"),
        ("(subject = '东监2' OR subject = '西监4') AND area_m2 > 37999.5", "东监2 西监4"),
        ("NOT (rule = 'unsupplied') AND block_code IS NULL", "东监8 西监8"),
        ("subject IN ('东监1', '西监8')", "东监1 西监8"),
        ("area_m2 BETWEEN 38000 AND 38001 AND name ILIKE '东项目%'",
         "东监1 东监2 东监4 东监8"),
    ],
)  # fmt: skip
def test_gdal_of_debian_has_its_where_answered_here(
    client: httpx.Client, secrets: dict[str, str], where: str, subjects: str
) -> None:
    found, said = ogrinfo(client, secrets["officer"], "-where", where)
    assert found == subjects.split(), said
    assert "filter-lang=cql-text" in said or " IN (" in where, said


def test_gdal_of_debian_reads_what_lies_in_a_box(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    near = ["-spat", "109.805", "39.6", "109.809", "39.7"]
    found, said = ogrinfo(client, secrets["officer"], *near, "-where", "rule = 'idle_land'")
    assert found == ["东监2", "东监4"]
    assert "bbox=109.805" in said
    nobody, _ = ogrinfo(client, secrets["clerk of 西"], *near)
    assert nobody == []


def test_the_other_gdal_has_its_where_answered_here_too(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    source = f"OAPIF:{str(client.base_url).rstrip('/')}/ogc?run=1"
    where = "since_on < '2023/02/02' AND name ILIKE '西%项目%'"
    done = subprocess.run(
        [sys.executable, "-c", _ASKS, source, secrets["officer"], where],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["西监1", "西邻监01"]
    assert "filter-lang=cql-text" in done.stderr


def test_gdal_of_debian_reads_the_count_areas_and_names_that_the_command_lists(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """By pages of ten, whatever types the first ten rows suggest: fees of 30 billion yuan stay."""
    _, said = ogrinfo(client, secrets["officer"], "-oo", "PAGE_SIZE=10")
    read = {
        name: re.findall(rf"  {name} \((\w+)\) = (.*)", said)
        for name in ("subject", "name", "area_m2", "fee_if_confirmed_fen", "since_on")
    }
    wanted = listed(desk)
    assert len(wanted) == len(read["subject"]) == 18
    assert sorted(
        zip((one for _, one in read["subject"]), (one for _, one in read["name"]), strict=True)
    ) == sorted((one["subject"], one["name"]) for one in wanted)
    areas = sorted(float(one) for _, one in read["area_m2"])
    assert areas == pytest.approx(sorted(one["area_m2"] for one in wanted), abs=1e-6)
    assert ("Real", str(FEE_FEN)) in read["fee_if_confirmed_fen"]
    assert {kind for kind, _ in read["since_on"]} == {"Date"}


@pytest.mark.long("test_gdal_of_debian_reads_the_count_areas_and_names_that_the_command_lists")
def test_qgis_of_debian_reads_what_the_command_lists_and_filters_it(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    look = Path(__file__).with_name("qgis_features.py")
    url = f"{str(client.base_url).rstrip('/')}/ogc"
    where = '"rule" = \'idle_land\' AND "area_m2" > 37000 AND "name" LIKE \'东项目%\''
    done = subprocess.run(
        ["/usr/bin/python3", str(look), url, secrets["officer"], where],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    rows = sorted((subject, name, float(area_m2)) for subject, name, area_m2, _ in told["rows"])
    assert rows == sorted((one["subject"], one["name"], one["area_m2"]) for one in listed(desk))
    assert float(FEE_FEN) in {float(fee) for *_, fee in told["rows"] if fee != "NULL"}
    assert (told["is_filtered"], told["filtered"]) == (True, ["东监1", "东监2", "东监4", "东监8"])


def test_money_is_written_as_a_number_that_is_not_cut_off(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Programs that guess types from the first rows take 20000000 for a number of 32 bits."""
    answer = client.get("/ogc/collections/findings/items", headers=by(secrets["officer"]))
    assert '"fee_if_confirmed_fen": 20000000.0' in answer.text
    assert f'"fee_if_confirmed_fen": {FEE_FEN}.0' in answer.text
