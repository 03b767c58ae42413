"""Approvals and subjects drawn anew: for tests on data that nobody has looked at.

Nothing is certain here but the invariants: balances close, outcomes equal a slow reference. Days
are drawn across every threshold, rectangles overlap by up to 5 cm, approvals get gaps and slivers.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from demo_data.ground import Ground
from demo_data.patterns import Row, between

AS_OF = date(2026, 6, 30)
SLIP_M = 0.05
WAYS = ["grant"] * 14 + ["allocation"] * 4 + ["lease", "lease_then_grant", "equity"]
CAUSES = [f"art8_{n}" for n in range(1, 7)] + ["force_majeure", "preliminary", "seizure", "seizure"]
MILESTONES = ["not_started"] * 5 + ["started", "stopped", "stopped", "resumed", "disputed"]
SOURCES = ["document", "patrol", "patrol", "reported", "imagery"]
ENDINGS = ["recovered", "rescinded", "bought_back", "swapped", "resupplied"]


def drawn_approvals(draw: random.Random, ground: Ground) -> tuple[list[Row], list[Row]]:
    """Return about thirty approvals and some withdrawals, in the words of `ground.toml`."""
    approvals: list[Row] = []
    for letter in [*ground.sizes, "O"]:
        for row_m in range(0, 1000 if letter != "O" else 200, 100):
            column = draw.choice([0, 0, 120.5, 300])
            while column < 1600 and draw.random() < 0.62:
                width = round(draw.uniform(150, 1300), 2)
                approvals.append(_approval(draw, letter, column, row_m, width, len(approvals)))
                column = round(column + width + draw.choice([0, 0, -SLIP_M, 0.03, 80]), 2)
    drawn_in = [approval for approval in approvals if "place" in approval]
    for older in draw.sample(drawn_in, 3):
        letter, column, row_m, width, height = older["place"]
        shifted = round(column + width / 2, 2)
        newer = _approval(draw, letter, shifted, row_m, width, len(approvals))
        newer["replaces"] = [older["no"]]
        newer["approved_on"] = older["approved_on"] + timedelta(days=draw.randint(200, 2500))
        newer["place"] = [letter, shifted, row_m, width, height]
        newer["form"] = "gpkg"
        approvals.append(newer)
    return approvals, [_withdrawal(draw, of, n) for n, of in enumerate(draw.sample(drawn_in, 5))]


def _approval(
    draw: random.Random, letter: str, column: float, row_m: float, width: float, number: int
) -> Row:
    approved = draw.choice(
        [
            *[date(2024, 6, 30) + timedelta(days=n) for n in (-1, 0, 1)],
            date(2020, 2, 29),
            *[between(draw, date(2015, 1, 1), date(2026, 6, 1)) for _ in range(8)],
        ]
    )
    row: Row = {
        "id": f"D{number}",
        "no": f"演示批〔{approved.year}〕{100 + number}号",
        "batch": f"演示市{approved.year}年度第{number}批次",
        "kind": "separate" if draw.random() < 0.1 else "batch",
        "approved_on": approved,
        "form": draw.choice(["gpkg"] * 8 + ["txt", "txt", "register"]),
        "status": _statuses(draw, approved),
    }
    if row["form"] == "register":
        return {**row, "area_ha": f"{width / 100:.4f}"}
    slip = draw.choice([0, 0, SLIP_M, -SLIP_M, draw.uniform(-SLIP_M, SLIP_M)])
    row["place"] = [letter, column, round(row_m + slip, 4), width, 100]
    if draw.random() < 0.15:
        row["hole"] = [round(column + width / 3, 2), row_m + 40, 30, 30]
    if draw.random() < 0.1:
        row["exempt_ha"] = "0.1"
    row["txt"] = {
        "encoding": draw.choice(["gbk", "utf-8", "utf-8-sig"]),
        "has_prefix": draw.random() < 0.7,
        "is_closed": draw.random() < 0.7,
        "point": draw.choice(["J%d", "J%02d", "%d"]),
    }
    return row


def _statuses(draw: random.Random, approved: date) -> list[Row]:
    rows: list[Row] = []
    observed = approved
    for _ in range(draw.choice([0, 1, 1, 2])):
        observed = observed + timedelta(days=draw.randint(200, 900))
        row: Row = {"observed_on": observed}
        row["compensation"] = draw.choice(["done", "done", "not_done", "not_required"])
        if row["compensation"] == "done" and draw.random() < 0.9:
            row["compensated_on"] = between(draw, approved, observed)
        if draw.random() < 0.85:
            row["is_supply_possible"] = draw.random() < 0.75
        rows.append(row)
    return rows


def _withdrawal(draw: random.Random, approval: Row, number: int) -> Row:
    decided = between(draw, approval["approved_on"], date(2026, 12, 31))
    letter, column, row_m, width, _ = approval["place"]
    part = round(width * draw.uniform(0.05, 0.3), 2)
    row: Row = {
        "document": f"演示撤〔{decided.year}〕{number}号",
        "approval_no": approval["no"],
        "decided_on": decided,
        "area_ha": f"{part / 100:.4f}",
    }
    if draw.random() < 0.6:
        row["place"] = [letter, round(column + width - part, 2), row_m, part, 100]
    return row


def drawn_subjects(draw: random.Random, approvals: list[Row]) -> list[Row]:
    """Return about two hundred subjects, laid into the approvals with gaps, strips and overlaps."""
    subjects: list[Row] = []
    for approval in approvals:
        if "place" not in approval:
            subjects.append(_subject(draw, len(subjects), [], [approval["no"]]))
            continue
        letter, column, row_m, width, height = approval["place"]
        at = column
        while at < column + width:
            if draw.random() < 0.3:
                at += draw.choice([SLIP_M, 0.5, 4, 30, 150, width])
                continue
            wide = round(draw.uniform(40, 220), 2)
            high = draw.choice([height, height, height - SLIP_M, round(draw.uniform(50, 99), 2)])
            slip = draw.choice([0, 0, draw.uniform(-SLIP_M, SLIP_M)])
            place = [letter, round(at + slip, 4), row_m, wide, high]
            halves = [[*place[:3], wide / 2, high], [letter, place[1] + wide / 2, row_m, 30, high]]
            places = [place] if draw.random() < 0.9 else halves
            if draw.random() < 0.05:
                places = []
            subjects.append(_subject(draw, len(subjects), places, [approval["no"]]))
            at += wide
    return subjects


def _subject(draw: random.Random, number: int, places: list[Any], named: list[str]) -> Row:
    signed = between(draw, date(2017, 1, 1), date(2026, 5, 31))
    way = draw.choice(WAYS)
    mark = "A" if way == "allocation" else "B"
    area = sum(place[3] * place[4] for place in places) or draw.uniform(2000, 30000)
    row: Row = {
        "code": f"D{number}",
        "name": f"演示-随机-{number:03d}",
        "supply_no": f"150699{signed.year}{mark}{number:05d}",
        "area_ha": f"{area / 10_000:.4f}",
        "way": way,
        "signed_on": signed,
        "places": [(place, None) for place in places],
    }
    if draw.random() < 0.85:
        row["price_wan"] = draw.choice(["0", f"{draw.randint(5000, 90000) / 100:.2f}"])
    if not places:
        row["approval_nos"] = named
    if draw.random() < 0.9:
        row["start_agreed_on"] = _start(draw, signed)
    return {**row, **_handover(draw, signed), **_course(draw, signed)}


def _start(draw: random.Random, signed: date) -> date:
    """Return a day in the window of the law, on its thresholds more often than by chance."""
    thresholds = [
        date(2026 - years, 6, 30) + timedelta(days=n) for years in range(3) for n in (-1, 0, 1)
    ]
    free = signed + timedelta(days=draw.randint(30, 700))
    return draw.choice([draw.choice(thresholds), date(2024, 2, 29), *[free] * 5])


def _handover(draw: random.Random, signed: date) -> Row:
    row: Row = {}
    if draw.random() < 0.5:
        row["handover_agreed_on"] = signed + timedelta(days=draw.randint(20, 200))
    if draw.random() < 0.4:
        row["handover_actual_on"] = signed + timedelta(days=draw.randint(10, 400))
    return row


def _course(draw: random.Random, signed: date) -> Row:
    """Return what happened after the signing: works, papers, causes, decisions."""
    row: Row = {}
    later = lambda least=30: signed + timedelta(days=draw.randint(least, 2200))  # noqa: E731
    if draw.random() < 0.3:
        row["started_on"] = later()
        if draw.random() < 0.5:
            row["completed_on"] = row["started_on"] + timedelta(days=draw.randint(-40, 900))
    row["progress"] = _progress(draw, signed)
    row["causes"] = []
    for _ in range(draw.choice([0, 0, 0, 1, 1, 2, 3])):
        cause: Row = {"kind": draw.choice(CAUSES), "starts_on": later()}
        if draw.random() < 0.75:
            cause["ends_on"] = cause["starts_on"] + timedelta(days=draw.randint(-5, 500))
        row["causes"].append(cause)
    row["extensions"] = [
        {
            "signed_on": later(),
            "kind": draw.choice(["contract", "contract", "disposal"]),
            "start_due_on": later(300),
            "has_approval": draw.random() < 0.8,
        }
        for _ in range(draw.choice([0, 0, 0, 0, 1, 2]))
    ]
    if draw.random() < 0.06:
        row["endings"] = [{"ended_on": later(), "kind": draw.choice(ENDINGS)}]
    row["decisions"] = _decisions(draw, later(400))
    return row


def _progress(draw: random.Random, signed: date) -> list[Row]:
    rows: list[Row] = []
    seen = signed + timedelta(days=draw.randint(100, 1200))
    for _ in range(draw.choice([0, 0, 1, 1, 2, 3])):
        row: Row = {"observed_on": seen, "source": draw.choice(SOURCES)}
        row["milestone"] = draw.choice(MILESTONES)
        if row["milestone"] == "started":
            row["started_on"] = seen - timedelta(days=draw.randint(0, 90))
        if row["milestone"] == "stopped":
            row["stopped_on"] = seen - timedelta(days=draw.randint(0, 300))
            if draw.random() < 0.6:
                row["developed_ha"] = f"{draw.uniform(0, 1):.2f}"
            if draw.random() < 0.6:
                row["invested_wan"], row["total_wan"] = str(draw.randint(0, 500)), "1000"
        rows.append(row)
        seen = seen + timedelta(days=draw.randint(1, 500))
    return rows


def _decisions(draw: random.Random, served: date) -> list[Row]:
    if draw.random() > 0.15:
        return []
    cause = draw.choice(["government", "enterprise", "seizure"])
    rows: list[Row] = [{"kind": "finding", "served_on": served, "cause": cause}]
    if cause == "enterprise" and draw.random() < 0.5:
        paid = served + timedelta(days=draw.randint(20, 90))
        rows.append({"kind": "fee", "served_on": paid, "amount_wan": "50"})
    return rows
