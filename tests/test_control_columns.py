"""The lists of control values have the same columns on the page and in the terminal."""

from __future__ import annotations

from api.web import control as page
from gis.cli import low_efficiency, quarterly


def test_page_and_command_have_one_list_of_columns() -> None:
    for of_page, of_command in (
        (page._LOW, low_efficiency.COLUMNS),
        (page._QUARTER, quarterly.COLUMNS),
    ):
        assert [one.title for one in of_page] == [*of_command]
