"""What older nights told as one sentence, taken apart once by the upgrade, and put back."""

from __future__ import annotations

from datetime import date

from old_stores import moved_to, settings

from gis.store import database, nights

DAY = date(2026, 6, 30)
FEE = "满一年未动工：征缴闲置费（未报动工，待核实）"
ARTICLE = "《闲置土地处置办法》14(1)"
BY = f"；依据 {ARTICLE}"
MOVED = "2026-07-04 为休假日，顺延至 2026-07-06（民法典第二百零三条）"
OLD = [
    # As nights tell it since 2026-11-29: a step, with its first day.
    ("due_first", "2026-07-07", f"最后一日 2026-07-07（剩 7 天）；2026-07-08 起：{FEE}{BY}",
     "last day 2026-07-07 (7 days left); from 2026-07-08: a full year without a start: fee"),
    # As they told the same before.
    ("due_now", "2026-06-30", f"最后一日 2026-06-30（今天到期）：{FEE}{BY}",
     "last day 2026-06-30 (due today): a full year without a start"),
    # A deadline has none in either form.
    ("due_first", "2026-07-06",
     f"最后一日 2026-07-06（剩 6 天）：申请听证期满（听1号）；{MOVED}{BY}",
     "last day 2026-07-06 (6 days left): last day to ask for a hearing (听1号)"),
    ("due_now", "2026-06-20", "最后一日 2026-06-20（已过 10 天）：监管协议约定开工日（协1号）",
     "last day 2026-06-20 (10 days past): start agreed for (协1号)"),
    ("appeared", None, "疑似闲置，征缴闲置费；自 2025-07-01 起；因新资料",
     "suspected idle, fee; since 2025-07-01; because: new records"),
    ("left", None, "不再出现", "gone"),
    ("due_now", None, "谁写的一句；依据 什么", "somebody wrote this; by hand"),
    ("trouble", None, "昨夜失败；原因不明", "failed; why is not known"),
]  # fmt: skip


def test_sentences_of_older_nights_become_columns_and_nothing_of_them_is_lost(
    store: database.Connection, store_url: str
) -> None:
    moved_to("0051", store, store_url)
    for place, (section, on, zh, en) in enumerate(OLD):
        store.execute(
            'INSERT INTO night_line (night, place, section, "on", zh, en, is_for_all)'
            " VALUES (%s, %s, %s, %s, %s, %s, true)",
            (DAY, place, section, on, zh, en),
        )
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]
    assert database.differences(settings(store_url)) == []
    names = ["zh", "more_zh", "en", "more_en", "article"]
    rows = nights.lines(store, DAY, None)
    told = rows[names].astype(object).where(rows[names].notna(), None)
    assert [tuple(row) for row in told.itertuples(index=False)] == [
        (FEE, None, "a full year without a start: fee", None, ARTICLE),
        (FEE, None, "a full year without a start", None, ARTICLE),
        ("申请听证期满（听1号）", MOVED, "last day to ask for a hearing (听1号)", None, ARTICLE),
        ("监管协议约定开工日（协1号）", None, "start agreed for (协1号)", None, None),
        (
            *("疑似闲置，征缴闲置费", "自 2025-07-01 起；因新资料"),
            *("suspected idle, fee", "since 2025-07-01; because: new records", None),
        ),
        ("不再出现", None, "gone", None, None),
        # In neither form: whole, as are the lines of what is neither due nor changed.
        ("谁写的一句；依据 什么", None, "somebody wrote this; by hand", None, None),
        ("昨夜失败；原因不明", None, "failed; why is not known", None, None),
    ]
    days = rows["from_on"].dt.strftime("%Y-%m-%d").astype(object)
    assert days.where(days.notna(), None).tolist() == ["2026-07-08", "2026-07-01", *[None] * 6]
    moved_to("0051", store, store_url)
    back = store.execute("SELECT zh, en FROM night_line ORDER BY place").fetchall()
    # The first day of the second line is known now.
    said = [(zh, en) for _, _, zh, en in OLD]
    said[1] = (
        f"最后一日 2026-06-30（今天到期）；2026-07-01 起：{FEE}{BY}",
        "last day 2026-06-30 (due today); from 2026-07-01: a full year without a start",
    )
    assert back[:6] == said[:6]
    assert back[7] == said[7]
