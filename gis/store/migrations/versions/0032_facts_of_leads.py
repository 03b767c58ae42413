"""What a lead rests on: an object of facts with types, not one text of names and values."""

# ruff: noqa: S608 - the names in these statements are our own
from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# Name in the text -> name of the fact. A value may hold what parts facts: they part where a known
# name begins.
_NAMES = {
    **{"recorded": "recorded_m2", "registered": "registered_m2", "drawn": "drawn_m2"},
    **{one: one for one in ("approved_on", "lapse_on", "signed_on", "not_started_on")},
    **{one: one for one in ("source", "use", "surveyed", "paper", "names", "near")},
}
# Kinds of lead that tell a day of both subjects, and which.
_OF_BOTH = {"approvals_overlap": "approved_on", "supplied_twice": "signed_on"}
_TOLD_BY = (
    "kind, subjects, area_m2, confidence, detail, subject_kind, subject_key, region_code,"
    " park_code, block_code, regions, parks, blocks, geom"
)
_VALUES = " ".join(f"WHEN '{name}' THEN '{fact}'" for name, fact in _NAMES.items())
_TEXTS = " ".join(f"WHEN '{fact}' THEN '{name}'" for name, fact in _NAMES.items())
_PAIRS = ", ".join(f"('{kind}', '{name}')" for kind, name in _OF_BOTH.items())

# An area is written as the program writes it: 10000.0, 0.3.
_TO_FACTS = f"""
CREATE FUNCTION pg_temp.facts(kind text, detail text) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_object_agg(fact, CASE
    WHEN ($1, fact) IN ({_PAIRS}) THEN both_days
    WHEN fact LIKE '%\\_m2' THEN to_jsonb(
        CASE WHEN said::float8::text ~ '[.e]' THEN said::float8::text
             ELSE said::float8::text || '.0' END::numeric)
    WHEN fact = 'near' THEN to_jsonb(string_to_array(said, '、'))
    WHEN fact = 'surveyed' THEN to_jsonb(string_to_array(said, ';'))
    ELSE to_jsonb(said) END)
FROM (
    SELECT fact, min(said) AS said, jsonb_agg(to_jsonb(said) ORDER BY place) AS both_days
    FROM (
        SELECT CASE split_part(one, '=', 1) {_VALUES} END AS fact, place,
               nullif(substr(one, strpos(one, '=') + 1), '') AS said
        FROM regexp_split_to_table($2, '; (?=({"|".join(_NAMES)})=)')
             WITH ORDINALITY AS parted (one, place)
    ) AS parts
    GROUP BY fact
) AS facts
WHERE said IS NOT NULL OR ($1, fact) IN ({_PAIRS})
$$"""
_TO_TEXT = f"""
CREATE FUNCTION pg_temp.detail(facts jsonb) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(CASE fact {_TEXTS} END || '=' || said, '; ' ORDER BY place, nth)
FROM (
    SELECT fact, array_position(ARRAY[{", ".join(f"'{one}'" for one in _NAMES.values())}], fact)
           AS place, nth,
           CASE WHEN fact LIKE '%\\_m2' THEN round(said::numeric, 2)::text ELSE said END AS said
    FROM jsonb_each($1) AS each (fact, value),
    LATERAL (
        SELECT coalesce(one, '') AS said, nth
        FROM jsonb_array_elements_text(
            CASE WHEN fact LIKE '%\\_on' AND jsonb_typeof(value) = 'array' THEN value
                 WHEN jsonb_typeof(value) = 'array' THEN jsonb_build_array(
                     (SELECT string_agg(part, CASE fact WHEN 'near' THEN '、' ELSE ';' END
                                        ORDER BY at)
                      FROM jsonb_array_elements_text(value) WITH ORDINALITY AS parts (part, at)))
                 ELSE jsonb_build_array(value) END
        ) WITH ORDINALITY AS told (one, nth)
    ) AS texts
) AS facts
$$"""


def upgrade() -> None:
    op.execute(_TO_FACTS)
    _change("jsonb", "pg_temp.facts(kind, nullif(detail, ''))")
    op.execute("DROP FUNCTION pg_temp.facts(text, text)")


def downgrade() -> None:
    op.execute(_TO_TEXT)
    _change("text", "pg_temp.detail(detail)")
    op.execute("DROP FUNCTION pg_temp.detail(jsonb)")


def _change(kind: str, made_of: str) -> None:
    op.execute(f"ALTER TABLE landwatch.lead ALTER COLUMN detail TYPE {kind} USING {made_of}")
    op.execute(
        f"UPDATE landwatch.lead SET content = md5(ROW({_TOLD_BY})::text) WHERE detail IS NOT NULL"
    )
