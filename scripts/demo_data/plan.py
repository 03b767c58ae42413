"""The rows of every kind before a file is written: the demo for seed 53, drawn for others."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo_data import DEMO_SEED, economy, supervision
from demo_data.drawn import drawn_approvals, drawn_subjects
from demo_data.ground import ROOM, Ground, area_ha, read_ground
from demo_data.patterns import PATTERNS, Row

KINDS = (
    "regions parks blocks approvals approval_status withdrawals parcels old_parcels supplies "
    "extensions handovers right_endings causes progress decisions landclass plans serviced "
    "buildings tasks enterprises enterprise_years projects residents"
).split()
EVENTS = {  # list in a subject -> kind, column of its day
    "progress": ("progress", "observed_on"),
    "causes": ("causes", "starts_on"),
    "extensions": ("extensions", "signed_on"),
    "endings": ("right_endings", "ended_on"),
    "decisions": ("decisions", "served_on"),
}
DOCUMENT_WORD = {
    "causes": "演示证",
    "extensions": "演示延",
    "endings": "演示终",
    "decisions": "演示闲",
}


@dataclass
class Plan:
    """Rows per kind; a shape stands in `geom`, metres of zone 37 without the zone in front."""

    seed: int
    rows: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    listed: list[supervision.Listed] = field(default_factory=list)

    def add(self, kind: str, rows: Iterable[Row]) -> None:
        """Put rows of one kind behind those already there."""
        self.rows[kind].extend(rows)


def planned(seed: int = DEMO_SEED) -> Plan:
    """Return the plan of a seed: 53 is the demo, with hand-made cases and fixed counts."""
    ground = read_ground()
    draw = random.Random(seed)  # noqa: S311  no secret: the same seed has to give the same files
    plan = Plan(seed)
    _lay_places(plan, ground)
    if seed == DEMO_SEED:
        approvals = ground.table["approval"]
        subjects = [*_hand_made(), *_ordinary(ground, draw)]
        withdrawals = ground.table["withdrawal"]
    else:
        approvals, withdrawals = drawn_approvals(draw, ground)
        subjects = drawn_subjects(draw, approvals)
    _lay_approvals(plan, ground, approvals, withdrawals)
    for number, subject in enumerate(subjects, start=1):
        _lay_subject(plan, ground, number, subject)
    _lay_ground(plan, ground)
    supplies = plan.rows["supplies"]
    firms = economy.by_hand(supplies) if seed == DEMO_SEED else economy.drawn(seed, supplies)
    for kind, rows in firms.items():
        plan.add(kind, rows)
    if seed == DEMO_SEED:
        plan.listed = supervision.by_hand(supplies)
    return plan


def _lay_places(plan: Plan, ground: Ground) -> None:
    table = ground.table
    region, park = table["region"], table["park"]
    corner, size = region["corner"], region["size"]
    whole = Ground({"R": tuple(corner)}, {}, {}).shape("R", 0, 0, *size)
    plan.add("regions", [{"region_code": region["code"], "name": region["name"], "geom": whole}])
    shapes = []
    for block in table["blocks"]:
        shape = ground.shape(block["letter"], 0, 0, *block["size"])
        shapes.append(shape)
        row = {"block_code": block["code"], "name": block["name"], "park_code": park["code"]}
        plan.add("blocks", [{**row, "from_on": park["from_on"], "geom": shape}])
    row = {"park_code": park["code"], "region_code": region["code"], "geom": shapes}
    plan.add("parks", [{**row, **{k: park[k] for k in ("name", "grade", "from_on")}}])


def _lay_approvals(
    plan: Plan, ground: Ground, approvals: list[Row], withdrawals: list[Row]
) -> None:
    for approval in approvals:
        shape = None
        if "place" in approval:
            hole = tuple(approval["hole"]) if "hole" in approval else None
            shape = ground.shape(*approval["place"], without=hole)
        total = approval.get("area_ha") or (area_ha(shape) if shape is not None else None)
        row = {
            "approval_no": approval["no"],
            "batch": approval["batch"],
            "batch_kind": approval.get("kind", "batch"),
            "approved_on": approval["approved_on"],
            "total_ha": total,
            "new_ha": approval.get("new_ha", total),
            "exempt_ha": approval.get("exempt_ha"),
            "replaces": "、".join(approval.get("replaces", [])),
            "form": approval["form"],
            "txt": approval.get("txt", {}),
            "name": approval["id"],
            "geom": shape,
        }
        plan.add("approvals", [row])
        for status in approval.get("status", []):
            plan.add("approval_status", [{"approval_no": approval["no"], **status}])
    for withdrawal in withdrawals:
        shape = ground.shape(*withdrawal["place"]) if "place" in withdrawal else None
        plan.add("withdrawals", [{**withdrawal, "geom": shape}])


def _hand_made() -> list[Row]:
    """Return the cases of `clock_cases.toml`, one subject each."""
    table = tomllib.loads((ROOM / "clock_cases.toml").read_text(encoding="utf-8"))
    subjects: list[Row] = []
    for case in table["case"]:
        places = case.get("place", [])
        cuts: list[Row | None] = [case.get("notch")] * len(places)
        subjects.append({**case, "places": list(zip(places, cuts, strict=True))})
    return subjects


def _ordinary(ground: Ground, draw: random.Random) -> list[Row]:
    """Return the subjects of the patterns, laid side by side as `ground.toml` says."""
    subjects: list[Row] = []
    counts = dict.fromkeys(PATTERNS, 0)
    for rank, line in enumerate(ground.table["rows"]):
        title, make = PATTERNS[line["pattern"]]
        letter, column, row = line["place"]
        for step in range(line["count"]):
            counts[line["pattern"]] += 1
            first = column + step * line["width"]
            places = [
                ([letter, first + offset, row, 100, 100], None)
                for offset in range(0, line["width"], 100)
            ]
            way = line.get("way", "grant")
            facts = make(draw)
            price = "0" if way == "allocation" else f"{draw.randint(12000, 60000) / 100:.2f}"
            mark = "A" if way == "allocation" else "B"
            serial = 1000 + rank * 100 + step
            subjects.append(
                {
                    **facts,
                    "code": f"P{serial}",
                    "name": f"演示-{title}-{counts[line['pattern']]:02d}",
                    "supply_no": f"150699{facts['signed_on'].year}{mark}{serial:05d}",
                    "area_ha": f"{len(places)}",
                    "way": way,
                    "price_wan": price,
                    "places": places,
                    "has_building": line["pattern"] == "completed",
                }
            )
    return subjects


def _lay_subject(plan: Plan, ground: Ground, number: int, subject: Row) -> None:
    """Write one subject into the supply register, its parcels and its papers."""
    is_contract_only = subject["supply_no"].startswith("演示合同")
    start = subject.get("start_agreed_on")
    link = {"supply_no": subject["supply_no"], "phase": subject.get("phase")}
    due = start if isinstance(start, date) and start.year > 2000 else subject["signed_on"]
    supply = {
        **{key: value for key, value in subject.items() if key in SUPPLY_KEYS},
        "supply_no": None if is_contract_only else subject["supply_no"],
        "contract_no": subject["supply_no"] if is_contract_only else f"演示约{subject['code']}",
        "project_name": subject["name"],
        "holder": f"演示企业第{number:03d}号",
        "completion_agreed_on": due + timedelta(days=730),
        "source_ha": "0" if number % 5 else subject["area_ha"],
    }
    plan.add("supplies", [supply])
    for part, (place, cut) in enumerate(subject["places"], start=1):
        shape = ground.shape(*place, without=cut)
        code = f"150699001001GB{number:04d}{part}"
        registered = subject["signed_on"] + timedelta(days=30 + number % 60)
        parcel = {
            **link,
            "parcel_code": code,
            "project_name": subject["name"],
            "holder": supply["holder"],
            "use_text": "工业用地",
            "area_m2": f"{shape.area:.2f}",
            "registered_on": registered,
            "geom": shape,
        }
        plan.add("parcels", [parcel])
    if subject.get("has_building"):
        letter, column, row, *_ = subject["places"][0][0]
        plan.add("buildings", _buildings(ground, subject, letter, column, row))
    if subject.get("handover_actual_on"):
        handed = {"document": f"演示交〔{subject['code']}〕", **link}
        plan.add("handovers", [{**handed, "handed_on": subject["handover_actual_on"]}])
    for name, (kind, day) in EVENTS.items():
        for turn, event in enumerate(subject.get(name, []), start=1):
            row = {**link, **event}
            if name != "progress":
                year = str(event[day])[:4]
                row["document"] = f"{DOCUMENT_WORD[name]}〔{year}〕{subject['code']}-{turn}号"
            plan.add(kind, [row])


SUPPLY_KEYS = {
    "code", "phase", "area_ha", "total_ha", "way", "price_wan", "signed_on", "start_agreed_on",
    "handover_agreed_on", "started_on", "completed_on", "approval_nos", "approval_areas_ha",
}  # fmt: skip


def _buildings(ground: Ground, subject: Row, letter: str, column: float, row: float) -> list[Row]:
    """Return a hall, and a yard behind every third.

    Every fifth is one high storey, of every seventh nobody knows the height; half are surveyed.
    """
    serial = int(subject["code"][1:])
    shape = ground.shape(letter, column + 20, row + 20, 60, 60)
    storeys = 1 if serial % 5 == 0 else 2
    own = {"supply_no": subject["supply_no"], "from_on": subject["completed_on"]}
    hall = {
        **own,
        "code": f"JZ{subject['code']}",
        "storeys_count": f"{storeys}",
        "height_m": None if serial % 7 == 0 else "9.6",
        "floor_area_m2": f"{shape.area * storeys - 50:.2f}" if serial % 2 == 0 else None,
        "geom": shape,
    }
    if serial % 3:
        return [hall]
    behind = ground.shape(letter, column + 20, row + 82, 60, 15)
    return [hall, {**own, "code": f"DC{subject['code']}", "kind": "堆场", "geom": behind}]


def _lay_ground(plan: Plan, ground: Ground) -> None:
    """Write the layers that say what the ground is, may become and is fitted with."""
    table = ground.table
    for kind in ("landclass", "plans", "serviced"):
        plan.add(kind, ({**row, "geom": ground.shape(*row["place"])} for row in table[kind]))
    plan.add("tasks", table["tasks"])
    number = 0
    for line in table["old_parcels"]:
        letter, column, row = line["place"]
        for step in range(line["count"]):
            number += 1
            shape = ground.shape(letter, column + step * 100, row, 100, 100)
            old = {
                "parcel_code": f"150699001002GB{number:05d}",
                "project_name": f"演示-历史宗地-{number:02d}",
                "holder": f"演示老厂第{number:02d}号",
                "use_text": "工业用地",
                "area_m2": f"{shape.area:.2f}",
                "registered_on": date(2008, 1, 1) + timedelta(days=37 * number),
                "geom": shape,
            }
            plan.add("old_parcels", [old])
