"""What is missing, what clashes, which days are months: arrays of codes, not one text."""

# ruff: noqa: S608 - the names in these statements are our own
from __future__ import annotations

from collections.abc import Callable

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# A number that a code names may hold the sign between codes: they part where a code begins.
_CODES = (
    "after_lapse agreed_days approved_on area area_clash area_m2 at_capacity_on balance base_area"
    " built_on cause_starts_on clash compensation completed_on consent developed_area_m2"
    " evidence_after fee_basis floor_ratio_min ground_changed ground_class handover_actual_on"
    " implementation_plan_on invested_fen investment_total_fen investment_yuan_per_m2"
    " is_supply_possible is_used late_handover location obstacle output_yuan_per_m2 price"
    " produced_on replaced_area revokes signed_on split start_agreed_on start_evidence started_on"
    " supply_way tax_yuan_per_m2 withdrawn_area"
).split()
_MISSING = f"regexp_split_to_array({{0}}, ';(?=({'|'.join(_CODES)})(:|;|$))')"
_PLAIN = "string_to_array({0}, ';')"
_PLACE = "subject_kind, subject_key, region_code, park_code, block_code, regions, parks, blocks"
# Table -> how each column is parted, and what its rows are told by: a row says what it said.
_LISTS = {
    "finding": (
        {"missing": _MISSING, "clashes": _PLAIN},
        "subject, rule, approval, outcome, track, evidence_grade, start_state, since_on, next_on,"
        " next_event, area_m2, fee_fen, fee_if_confirmed_fen, article, missing, clashes, name,"
        f" {_PLACE}, geom",
    ),
    "balance": (
        {"missing": _MISSING},
        "approval, approved_on, base_m2, approved_m2, supplied_m2, withdrawn_m2, exempt_m2,"
        " unsupplied_m2, edge_m2, sliver_m2, unlocated_m2, residual_m2, ring_ellipsoidal_m2,"
        f" noded_ellipsoidal_m2, method, missing, {_PLACE}",
    ),
    "unsupplied": (
        {"situation_missing": _MISSING, "by_month": _PLAIN},
        "subject, approval, approved_on, situation, situation_missing, adjoining, batch,"
        f" planned_use_text, ownership, reason, office, by_month, {_PLACE}",
    ),
    "holding": (
        {"by_month": _PLAIN},
        "subject, supply_no, contract_no, phase, parcel_codes, approval_nos, holder, location,"
        " use_text, supply_way, price_fen, supplement_fen, signed_on, handover_agreed_on,"
        " handover_actual_on, start_agreed_on, extension_document, extension_start_due_on,"
        " start_due_on, year_on, two_years_on, started_on, stopped_on, completion_agreed_on,"
        " completion_extended_on, completed_on, developed_area_m2, invested_fen,"
        " investment_total_fen, causes, seizures, found_document, found_on, found_cause,"
        f" published_on, disposal_plan, disposal_result, office, by_month, {_PLACE}",
    ),
}


def upgrade() -> None:
    _change("text[]", lambda column, parted: parted.format(f"nullif({column}, '')"))


def downgrade() -> None:
    _change("text", lambda column, _: f"array_to_string({column}, ';')")


def _change(kind: str, made_of: Callable[[str, str], str]) -> None:
    for name, (columns, told_by) in _LISTS.items():
        changes = ", ".join(
            f"ALTER COLUMN {column} TYPE {kind} USING {made_of(column, parted)}"
            for column, parted in columns.items()
        )
        op.execute(f"ALTER TABLE landwatch.{name} {changes}")
        has_list = " OR ".join(f"{column} IS NOT NULL" for column in columns)
        op.execute(
            f"UPDATE landwatch.{name} SET content = md5(ROW({told_by})::text) WHERE {has_list}"
        )
