"""Which test answers for each case that was brought against the program: none may be without one.

The cases are papers with right answers worked by hand; a test that goes, or is called otherwise,
leaves its case open, and is told here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAPERS, LATE, LAPSE = "test_paper_cases.py", "test_late_papers.py", "test_lapse.py"
STOPS = (PAPERS, "test_stops_and_formal_findings_are_judged_paper_by_paper")
DUTIES = (PAPERS, "test_images_duties_and_causes_are_judged_as_the_rule_book_says")
DAYS = (
    "test_found_land_in_its_place.py",
    "test_the_calendar_tells_the_last_day_each_paper_sets_running",
)
FOUND = (
    "test_found_land_in_its_place.py",
    "test_what_is_found_idle_by_a_stop_is_a_person_s_to_decide_and_in_g",
)
PROVED = (PAPERS, "test_what_a_later_paper_proves_counts_then_and_was_not_known_then")
CASES = {
    **{f"stops: B9000{n}": STOPS for n in range(1, 10)}, "stops: B90010": STOPS,
    "stops: B90004 in G": FOUND,
    "stops: B90005 and B90006, months": (
        "test_months.py", "test_months_that_favour_the_holder_are_read_so_and_told"),
    **{f"misc: B9100{n}": DUTIES for n in (1, 2, 4, 5, 6, 7)}, "misc: B91003": DAYS,
    "replay: A8": PROVED,
    "replay: known at": (
        LATE, "test_a_past_day_is_judged_by_all_papers_or_by_those_known_then"),
    "replay: diff": (LATE, "test_a_difference_names_the_paper_of_each_change"),
    "revoked": (
        PAPERS, "test_a_revoked_finding_counts_on_no_day_once_the_revocation_is_known"),
    "approvals: 失效后供地": (LAPSE, "test_what_was_supplied_and_built_after_a_lapse_is_a_lead"),
    "approvals: 撤整批": (LAPSE, "test_every_piece_has_the_row_of_the_law"),
    "approvals: 撤后又撤": (LAPSE, "test_every_balance_keeps_what_is_known_and_names_what_is_not"),
    "approvals2: 甲知不知": (LAPSE, "test_the_terminal_says_at_least_where_a_part_is_known"),
    "approvals2: 丙两批, 丁两批": (LAPSE, "test_every_piece_has_the_row_of_the_law"),
    "facts: a row is a row": (
        "test_facts_works.py",
        "test_a_stop_day_copied_from_before_the_resumption_begins_with_the_sighting"),
    "facts: random papers": (
        "test_papers_reference.py", "test_papers_through_the_store_say_what_the_rule_book_says"),
    "outputs: print_blank": (
        "test_maps_printed.py",
        "test_every_colour_of_the_legend_is_found_inside_the_printed_map"),
    "outputs: index_print_cut": (
        "test_maps_printed.py", "test_the_printed_index_has_the_figures_of_every_block"),
    "outputs: narrow_terminal": (
        "test_terminal.py", "test_no_line_of_a_listing_is_wider_than_the_terminal"),
    "outputs: newest_run": (
        "test_which_run.py", "test_a_look_ahead_does_not_become_what_everybody_sees"),
    "outputs: verify_tamper": (
        "test_verify.py",
        "test_every_cell_a_forger_changes_is_named_though_all_else_was_made_to_fit"),
    "outputs: no_blocks": (
        "test_maps_outside.py", "test_land_in_no_block_is_drawn_told_and_proved"),
    "outputs: why_nul": (
        "test_api_addresses.py", "test_an_address_in_which_no_text_can_stand_is_400"),
    "outputs: two_areas_legend": (
        "test_maps_tally.py", "test_an_unknown_area_is_counted_and_adds_nothing"),
}  # fmt: skip


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("case", CASES)
def test_the_test_of_a_case_is_there(case: str) -> None:
    file, name = CASES[case]
    assert name in names_in(TESTS / file)
