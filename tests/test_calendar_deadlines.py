"""Last days of the procedure, counted by hand on the calendars of 2026."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis import law
from gis.errors import LawError
from gis.law.workdays import workdays
from gis.outputs.calendar.deadlines import deadlines

LAW = law.load()
AS_OF = date(2026, 6, 30)
NO_SUSPICION = pd.DataFrame(
    {"subject": [], "seen_on": pd.Series(dtype="datetime64[s]"), "region_code": []}
)


def day(text: str) -> np.ndarray:
    return np.array([text], dtype="datetime64[D]")


def due(kind: str, served_on: str, rules: law.Law = LAW) -> tuple[str, str, str | None]:
    papers = pd.DataFrame(
        {
            "subject": ["甲"],
            "kind": [kind],
            "served_on": pd.to_datetime([served_on]).astype("datetime64[s]"),
            "document": ["文号"],
            "region_code": ["150602"],
        }
    )
    row = deadlines(papers, NO_SUSPICION, rules, AS_OF, date(2027, 12, 31)).iloc[0]
    return f"{row['on']:%Y-%m-%d}", row["article"], None if row.isna()["note"] else row["note"]


def test_thirty_days_do_not_count_the_day_of_service() -> None:
    # 2026-05-20 + 30 = 2026-06-19, the Friday of 端午节 (19 to 21): Monday the 22nd.
    assert due("investigation", "2026-05-20")[0] == "2026-06-22"
    # 2026-06-01 + 30 = Wednesday 2026-07-01.
    assert due("investigation", "2026-06-01") == ("2026-07-01", "《闲置土地处置办法》5", None)


def test_a_deadline_on_a_weekend_moves_to_monday_and_says_so() -> None:
    # 2026-06-11 + 30 = Saturday 2026-07-11.
    on, article, note = due("fee", "2026-06-11")
    assert (on, article) == ("2026-07-13", "《闲置土地处置办法》17")
    assert note == "2026-07-11 为休假日，顺延至 2026-07-13（民法典第二百零三条）"


def test_a_weekend_day_that_is_worked_is_no_day_off() -> None:
    # 2026-01-29 + 30 = Saturday 2026-02-28, worked in place of a day of 春节.
    assert due("fee", "2026-01-29")[0] == "2026-02-28"


def test_a_deadline_within_the_spring_festival_moves_behind_the_whole_of_it() -> None:
    # 2026-01-17 + 30 = 2026-02-16; off until Monday the 23rd.
    assert due("recovery", "2026-01-17")[:2] == ("2026-02-24", "《闲置土地处置办法》18")


def test_a_hearing_may_be_asked_for_within_five_working_days() -> None:
    # Served Monday 2026-09-28: 29, 30 September; 8, 9 October; Saturday the 10th is worked.
    assert due("hearing", "2026-09-28")[0] == "2026-10-10"
    # Served Tuesday 2026-06-16: 17, 18; then 端午节 to Sunday; 22, 23, 24.
    assert due("hearing", "2026-06-16")[0] == "2026-06-24"


def test_a_year_without_a_table_is_told_and_only_weekends_are_moved() -> None:
    # 2026-12-02 + 30 = Friday 2027-01-01.
    on, _, note = due("fee", "2026-12-02")
    assert (on, note) == ("2027-01-01", "缺 2027 年节假日安排，仅避开周末，须人工核对")
    # 2026-12-03 + 30 = Saturday 2027-01-02.
    on, _, note = due("fee", "2026-12-03")
    assert on == "2027-01-04"
    assert note.endswith("；缺 2027 年节假日安排，仅避开周末，须人工核对")


def test_deadlines_of_years_gone_by_move_off_the_holidays_of_their_year() -> None:
    # 2017-09-01 + 30 = Sunday 2017-10-01; off to Sunday the 8th (国庆节 with 中秋节).
    assert due("fee", "2017-09-01")[0] == "2017-10-09"
    # 2011-12-02 + 30 = 2012-01-01; off to Tuesday the 3rd.
    assert due("fee", "2011-12-02")[0] == "2012-01-04"
    # 2010 has no table: 2010-09-01 + 30 = Friday 2010-10-01 stays, and that is told.
    assert due("fee", "2010-09-01")[::2] == (
        "2010-10-01", "缺 2010 年节假日安排，仅避开周末，须人工核对",
    )  # fmt: skip


def test_suspicion_without_a_notice_runs_thirty_days_from_the_first_sighting() -> None:
    seen = pd.DataFrame(
        {
            "subject": ["乙"],
            "seen_on": pd.to_datetime(["2026-06-05"]).astype("datetime64[s]"),
            "region_code": [None],
        }
    )
    papers = pd.DataFrame(
        {name: pd.Series(dtype="str") for name in ("subject", "kind", "document", "region_code")}
        | {"served_on": pd.Series(dtype="datetime64[s]")}
    )
    # 2026-06-05 + 30 = Sunday 2026-07-05.
    (row,) = deadlines(papers, seen, LAW, AS_OF, date(2026, 12, 31)).to_dict("records")
    assert (row["subject"], row["kind"]) == ("乙", "investigation_due")
    assert f"{row['on']:%Y-%m-%d}" == "2026-07-06"


def test_a_bureau_may_leave_deadlines_where_they_fall(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(
        'title = "本地"\nsource = "测试"\nregion = "150600"\n[[value]]\n'
        'key = "period.letters_move_off_holidays"\nvalue = false\nunit = "flag"\n'
        'from = 2021-01-01\narticle = "setting"\nverified = false\nchecked_on = 2026-11-21\n',
        encoding="utf-8",
    )
    assert due("fee", "2026-06-11", law.load([tmp_path]))[0] == "2026-07-11"


def test_holidays_of_a_region_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(
        'title = "本地"\nsource = "测试"\nregion = "150000"\n[[value]]\n'
        'key = "period.days_off"\n'
        'value = [{ name = "那达慕", starts_on = 2026-07-20, ends_on = 2026-07-22 }]\n'
        'unit = "periods"\nfrom = 2026-01-01\nuntil = 2027-01-01\narticle = "local"\n'
        "verified = false\nchecked_on = 2026-11-21\n",
        encoding="utf-8",
    )
    rules = law.load([tmp_path])
    here = workdays(rules, date(2026, 7, 1), date(2026, 7, 31), "150602")
    there = workdays(rules, date(2026, 7, 1), date(2026, 7, 31), "440100")
    assert here.on_or_after(day("2026-07-20")) == day("2026-07-23")
    assert there.on_or_after(day("2026-07-20")) == day("2026-07-20")


def test_holidays_written_as_text_are_refused_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(
        'title = "本地"\nsource = "测试"\n[[value]]\nkey = "period.days_worked"\n'
        'value = ["2026-01-04"]\nunit = "days"\nfrom = 2026-01-01\nuntil = 2027-01-01\n'
        'article = "2026"\nverified = false\nchecked_on = 2026-11-21\n',
        encoding="utf-8",
    )
    with pytest.raises(LawError, match="unquoted"):
        workdays(law.load([tmp_path]), date(2026, 7, 1), date(2026, 7, 31))
