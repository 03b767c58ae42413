"""A night tells in columns from which day on the law brings something, why, and what else.

What older nights told as one sentence is taken apart here, once: the program wrote it in two forms.
In the older one no sentence named the first day, so it follows from what falls due. A sentence in
neither form stays whole, with no first day.
"""

# ruff: noqa: S608 - the names in these statements are our own

from __future__ import annotations

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_COLUMNS = (("from_on", "date"), ("more_zh", "text"), ("more_en", "text"), ("article", "text"))
_AHEAD = "section IN ('due_now', 'due_first', 'due_second', 'due_third')"
_CHANGED = "section IN ('appeared', 'left', 'track', 'other')"
_DAY = r"\d{4}-\d\d-\d\d"
_ZH = rf"^最后一日 {_DAY}（[^）]*）(；({_DAY}) 起)?：(.*?)(；依据 (.*))?$"
_EN = rf"^last day {_DAY} \([^)]*\)(; from {_DAY})?: (.*)$"
# What is noted of the last day itself.
_NOTE = rf"；({_DAY} 为休假日.*|缺 \d{{4}} 年节假日安排.*)$"
# What begins on the day after the last on which it can be met.
_STEPS = (
    "^(应动工日届满|满一年未动工|扣除免责期间后满一年未动工|扣除免责期间后满两年未动工|停工满一年"
    "|批文满两年)"
)


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.execute(f"ALTER TABLE landwatch.night_line ADD COLUMN {name} {kind}")
    op.execute(rf"""
        UPDATE landwatch.night_line AS line
        SET from_on = CASE
                WHEN part[2] IS NOT NULL THEN part[2]::date
                WHEN part[3] ~ '{_STEPS}' THEN line."on" + 1 END,
            zh = regexp_replace(part[3], '{_NOTE}', ''),
            more_zh = substring(part[3] FROM '{_NOTE}'),
            en = regexp_replace(line.en, '{_EN}', '\2'),
            article = part[5]
        FROM (SELECT id, regexp_match(zh, '{_ZH}') AS part FROM landwatch.night_line) AS read
        WHERE read.id = line.id AND part IS NOT NULL AND {_AHEAD}
    """)
    op.execute(f"""
        UPDATE landwatch.night_line
        SET more_zh = substring(zh FROM '；(.*)$'), zh = substring(zh FROM '^[^；]*'),
            more_en = substring(en FROM '; (.*)$'), en = regexp_replace(en, '; .*$', '')
        WHERE {_CHANGED}
    """)


def downgrade() -> None:
    op.execute(f"""
        UPDATE landwatch.night_line
        SET zh = '最后一日 ' || "on" || '（' || CASE
                WHEN "on" > night THEN '剩 ' || ("on" - night) || ' 天'
                WHEN "on" = night THEN '今天到期'
                ELSE '已过 ' || (night - "on") || ' 天' END || '）'
                || coalesce('；' || from_on || ' 起', '') || '：' || zh
                || coalesce('；' || more_zh, '') || coalesce('；依据 ' || article, ''),
            en = 'last day ' || "on" || ' (' || CASE
                WHEN "on" > night THEN ("on" - night) || ' days left'
                WHEN "on" = night THEN 'due today'
                ELSE (night - "on") || ' days past' END || ')'
                || coalesce('; from ' || from_on, '') || ': ' || en
        WHERE {_AHEAD} AND "on" IS NOT NULL AND zh !~ '^最后一日 '
    """)
    op.execute(f"""
        UPDATE landwatch.night_line
        SET zh = zh || coalesce('；' || more_zh, ''), en = en || coalesce('; ' || more_en, '')
        WHERE {_CHANGED}
    """)
    for name, _ in _COLUMNS:
        op.execute(f"ALTER TABLE landwatch.night_line DROP COLUMN {name}")
