"""The pages as files: sealed, the same every time, and nowhere else than they were asked for."""

import datetime
import re
from pathlib import Path

import pandas as pd
import pytest
import shapely

from gis.errors import LandwatchError
from maps import block, page

PLACE = block.Place("150602-01", "罕台片区", "高新区", datetime.date(2023, 12, 31), 12)


def one_parcel() -> dict[str, pd.DataFrame]:
    """A block of one parcel, built anew at each call."""
    shape = shapely.box(109.8, 39.6, 109.801, 39.601)
    row = {"subject": "1506022015B00017", "rule": "idle_land", "outcome": "clear", "geom": shape}
    return {"findings": pd.DataFrame([row]), "block": pd.DataFrame({"geom": [shape]})}


@pytest.fixture
def city_file(tmp_path: Path) -> Path:
    return block.draw(PLACE, one_parcel(), tmp_path / "once" / PLACE.file_name)


def test_the_same_input_gives_the_same_bytes(city_file: Path, tmp_path: Path) -> None:
    again = block.draw(PLACE, one_parcel(), tmp_path / "again" / "file.html")
    assert again.read_bytes() == city_file.read_bytes()
    assert [file.name for file in again.parent.iterdir()] == ["file.html"]


def test_the_page_names_no_file_beside_itself(city_file: Path) -> None:
    html = city_file.read_text(encoding="utf-8")
    assert "sourceMappingURL" not in html
    assert set(re.findall(r"url\(([^)]{0,12})", html)) <= {'"data:image/', "#default#VML"}
    assert not re.search(r"<(link|img|iframe|script[^>]*\ssrc)\b", html.split("<script>")[0])
    assert html.count("Content-Security-Policy") == 1
    assert page.POLICY_MARK not in html


def test_without_leaflet_the_mend_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "STATIC", tmp_path)
    monkeypatch.setattr(page, "VENDOR", tmp_path / "vendor")
    with pytest.raises(LandwatchError, match="scripts/setup"):
        block.draw(PLACE, one_parcel(), tmp_path / "out.html")


def test_a_block_code_cannot_lead_out_of_the_folder() -> None:
    place = block.Place("../../etc/x", "a", "b", PLACE.as_of, 1)
    assert place.file_name == "%2E%2E%2F%2E%2E%2Fetc%2Fx.html"
