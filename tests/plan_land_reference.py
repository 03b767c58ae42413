"""What a plan of made-up deliveries says of approved land on a day: shape by shape, row by row.

Plain shapely in the plane of zone 37, one approval, one supply, one question at a time; nothing
of the program. Rules and readings: docs/law.md (Approved but unsupplied land, Parks),
data/parcels/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shapely import Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from tests.clock_frames import years_later
from tests.plan_land_rules import LAPSE_YEARS
from tests.plan_reference import Known, Row, Rows, square_metres, subjects_on

CLOSED_PLANS = {"ecological_redline", "basic_farmland", "unbuildable"}
NOTHING = Polygon()
# A piece that comes from the store lies some nanometres off the corner it was drawn with.
NOISE_M2 = 1e-3
SERVICES_MIN = 3


@dataclass
class Approval:
    """One approval as known on a day, and who has which part of it."""

    name: str
    number: str
    approved_on: date
    geom: BaseGeometry | None
    base_m2: float
    exempt_m2: float
    replaces: list[str]
    won: dict[tuple[str, str | None], BaseGeometry] = field(default_factory=dict)
    rest: BaseGeometry = NOTHING
    unlocated: dict[str, float] = field(default_factory=dict)


@dataclass
class Supply:
    """One supply that holds land on a day."""

    key: str
    known: Known
    geom: BaseGeometry | None
    named: list[str]


class PlanLand:
    """The land of a plan on a day."""

    def __init__(self, rows: Rows, on: date) -> None:
        self.rows, self.on = rows, on
        self.withdrawals = [row for row in rows["withdrawals"] if row["decided_on"] <= on]
        self.withdrawals.sort(key=lambda row: row["document"])
        self.supplies = self._supplies()
        self.approvals = {
            row["approval_no"]: self._approval(row)
            for row in rows["approvals"]
            if row["approved_on"] <= on
        }
        for approval in self.approvals.values():
            approval.unlocated = self._unlocated(approval)
            if approval.geom is not None:
                self._share_out(approval)

    def _supplies(self) -> list[Supply]:
        """Return supplies in force: recovered land is stock, land supplied anew is not theirs."""
        held = []
        self.ended: list[Supply] = []
        for key, known in subjects_on(self.rows, self.on).items():
            has_ended = known.facts.get("right_ended_kind") == "resupplied"
            parcels = [row["geom"] for row in self.rows["parcels"] if row["supply_no"] == key]
            [row] = [row for row in self.rows["supplies"] if row["supply_no"] == key]
            geom = unary_union(parcels) if parcels else None
            one = Supply(key, known, geom, row.get("approval_nos") or [])
            (self.ended if has_ended else held).append(one)
        return sorted(held, key=lambda one: (one.known.facts["signed_on"], one.key))

    def _approval(self, row: Row) -> Approval:
        # A coordinate text and the register of undrawn batches have no column for 代征.
        is_told = row["form"] == "gpkg" and row["exempt_ha"] is not None
        return Approval(
            name=f"{row['approval_no']}|{row['batch']}",
            number=row["approval_no"],
            approved_on=row["approved_on"],
            geom=row["geom"],
            base_m2=square_metres(row["total_ha"]),
            exempt_m2=square_metres(row["exempt_ha"]) if is_told else 0.0,
            replaces=[number for number in row["replaces"].split("、") if number],
        )

    def _unlocated(self, approval: Approval) -> dict[str, float]:
        """Return the areas that records take from an approval without saying where."""
        supplied = sum(
            one.known.facts["area_m2"]
            for one in self.supplies
            if one.geom is None and approval.number in one.named
        )
        withdrawn = sum(
            square_metres(row["area_ha"])
            for row in self.withdrawals
            if row["geom"] is None and row["approval_no"] == approval.number
        )
        return {"supplied": supplied, "withdrawn": withdrawn, "exempt": approval.exempt_m2}

    def _share_out(self, approval: Approval) -> None:
        """Give the land to supplies, then withdrawals, then newer approvals that replace it."""
        claims: list[tuple[str, str | None, BaseGeometry]] = []
        for supply in self.supplies:
            if supply.geom is not None:
                claims.append(("supplied", supply.key, supply.geom))
        for row in self.withdrawals:
            if row["approval_no"] == approval.number and row["geom"] is not None:
                claims.append(("withdrawn", None, row["geom"]))
        for other in self.approvals.values():
            if approval.number in other.replaces and other.geom is not None:
                claims.append(("exempt", None, other.geom))
        rest: BaseGeometry = approval.geom
        for word, key, shape in claims:
            if not shape.intersects(rest):
                continue
            got = rest.intersection(shape)
            if got.area > 0:
                before = approval.won.get((word, key), NOTHING)
                approval.won[word, key] = unary_union([before, got])
            rest = rest.difference(shape)
        approval.rest = rest

    def word_m2(self, approval: Approval, word: str) -> float:
        """Return the area of a word that has a place."""
        return sum(shape.area for (one, _), shape in approval.won.items() if one == word)

    def uncounted(self, approval: Approval) -> BaseGeometry:
        """Return the land of an approval that a newer one holds: totals count it there."""
        return unary_union(
            [
                other.geom
                for other in self.approvals.values()
                if other.geom is not None and _is_newer(other, approval)
            ]
        )

    def classes(self, piece: BaseGeometry, until_on: date) -> dict[str, float]:
        """Return the area of a piece by 地类, at every point the newest survey by a day."""
        found: dict[str, float] = {}
        left = piece
        surveys = [row for row in self.rows["landclass"] if row["from_on"] <= until_on]
        for row in sorted(surveys, key=lambda row: row["from_on"], reverse=True):
            area = left.intersection(row["geom"]).area
            if area > NOISE_M2:
                found[row["class"]] = found.get(row["class"], 0.0) + area
                left = left.difference(row["geom"])
        return found

    def built(self) -> BaseGeometry:
        """Return the land of which the newest survey says that it is built."""
        found = seen = NOTHING
        surveys = [row for row in self.rows["landclass"] if row["from_on"] <= self.on]
        for row in sorted(surveys, key=lambda row: row["from_on"], reverse=True):
            if is_built_class(row["class"]):
                found = found.union(row["geom"].difference(seen))
            seen = seen.union(row["geom"])
        return found

    def is_built(self, piece: BaseGeometry) -> bool:
        """Return whether most of a piece is surveyed as built."""
        built = sum(m2 for code, m2 in self.classes(piece, self.on).items() if is_built_class(code))
        return built >= piece.area / 2

    def is_built_after(self, piece: BaseGeometry, day: date) -> bool | None:
        """Return whether building began after a day on land that is built now; None: unknown."""
        built = sum(m2 for code, m2 in self.classes(piece, day).items() if is_built_class(code))
        if built >= piece.area / 2:
            return False
        free = unary_union(
            [
                row["geom"]
                for row in self.rows["landclass"]
                if day <= row["from_on"] <= self.on and not is_built_class(row["class"])
            ]
        )
        return True if free.intersection(piece).area >= piece.area / 2 else None

    def is_used(self, approval: Approval, built: list[BaseGeometry]) -> bool | None:
        """Return whether land of it was supplied or built on by the end of its two years.

        `built` are its pieces that are built now; a supply that ended since was a use all the same.
        """
        last = years_later(approval.approved_on, LAPSE_YEARS)
        for one in (*self.supplies, *self.ended):
            if one.known.facts["signed_on"] > last:
                continue
            won = approval.won.get(("supplied", one.key))
            if one in self.ended and one.geom is not None and approval.geom is not None:
                won = one.geom.intersection(approval.geom)
            if won is not None and won.area > 0:
                return True
            if approval.number in one.named and None in (one.geom, approval.geom):
                return True
        after = [self.on > last and self.is_built_after(piece, last) for piece in built]
        if any(each is False for each in after):
            return True
        return None if None in after else False

    def is_class_unchanged(self, piece: BaseGeometry, approved_on: date) -> bool | None:
        """Return whether most of a piece is of the class it had when approved; None: unknown."""
        now = self.classes(piece, self.on)
        before = self.classes(piece, approved_on)
        if not now or not before:
            return None
        return _largest(now) == _largest(before)

    def status(self, approval: Approval) -> tuple[bool | None, bool | None]:
        """Return whether compensation was carried out by the lapse day, and supply is possible."""
        lapse_on = years_later(approval.approved_on, LAPSE_YEARS)
        says: set[str] = set()
        possible: bool | None = None
        seen = [
            row
            for row in self.rows["approval_status"]
            if row["approval_no"] == approval.number and row["observed_on"] <= self.on
        ]
        for row in sorted(seen, key=lambda row: row["observed_on"]):
            possible = row.get("is_supply_possible", possible)
            word, on = row["compensation"], row.get("compensated_on")
            if word == "not_required":
                says.add("not_required")
            elif word == "done":
                if (on or row["observed_on"]) <= lapse_on:
                    says.add("done")
                elif on is not None:
                    says.add("not_done")
            elif row["observed_on"] >= lapse_on:
                says.add("not_done")
        if says & {"not_required", "done"}:
            return True, possible
        return (False if says else None), possible

    def park(self, block: BaseGeometry) -> dict[tuple[str, str, str, str], BaseGeometry]:
        """Return a block cut by (approved, supplied, development, readiness)."""
        approved = unary_union(
            [
                part
                for approval in self.approvals.values()
                if approval.geom is not None
                for part in [
                    approval.rest,
                    *(shape for (word, _), shape in approval.won.items() if word != "withdrawn"),
                ]
            ]
        )
        supplied = [
            ((self._way(one), _development(one)), one.geom)
            for one in self.supplies
            # Recovered land is stock, but nobody holds it: in the park it is free.
            if one.geom is not None and not one.known.facts.get("right_ended_on")
        ]
        surveys = [row for row in self.rows["landclass"] if row["from_on"] <= self.on]
        surveys.sort(key=lambda row: row["from_on"], reverse=True)
        surveyed = [
            ("built" if is_built_class(row["class"]) else "none", row["geom"]) for row in surveys
        ]
        closed, ready, unready = self._readiness()
        fitted = [("unbuildable", closed), ("ready", ready), ("not_ready", unready)]
        pieces: dict[tuple[str, str, str, str], BaseGeometry] = {}
        layers = [
            _split(block, [("yes", approved)], "no"),
            _split(block, supplied, ("no", None)),
            _split(block, surveyed, None),
            _split(block, fitted, "unknown"),
        ]
        for cut in _crossed(layers):
            (is_approved, supply, survey, readiness), shape = cut
            way, development = supply
            if survey == "built":
                development = "built"
            elif way == "no":
                development = survey or "unknown"
            key = (is_approved, way, development, readiness)
            pieces[key] = unary_union([pieces.get(key, NOTHING), shape])
        return pieces

    def _way(self, supply: Supply) -> str:
        return "allocated" if supply.known.facts["supply_way"] == "allocation" else "paid"

    def _readiness(self) -> tuple[BaseGeometry, BaseGeometry, BaseGeometry]:
        closed = [
            row["geom"]
            for row in self.rows["plans"]
            if row["from_on"] <= self.on and row["kind"] in CLOSED_PLANS
        ]
        ready, unready = [], []
        for row in self.rows["serviced"]:
            if row["from_on"] <= self.on:
                is_ready = (
                    row["is_expropriated"]
                    and row["is_levelled"]
                    and row["services"] >= SERVICES_MIN
                )
                (ready if is_ready else unready).append(row["geom"])
        return unary_union(closed), unary_union(ready), unary_union(unready)


def is_built_class(code: str) -> bool:
    """Return whether a 地类 is built land: any of 05 to 10 but 1006."""
    return "05" <= code[:2] <= "10" and code != "1006"


def mean_width_m(shape: BaseGeometry) -> float:
    return 2 * shape.area / shape.length


def _is_newer(other: Approval, approval: Approval) -> bool:
    if other is approval:
        return False
    if approval.number in other.replaces:
        return True
    if other.number in approval.replaces:
        return False
    return (other.approved_on, other.name) > (approval.approved_on, approval.name)


def _development(supply: Supply) -> str:
    if supply.known.facts["completed_on"] is not None:
        return "built"
    words = {"started": "building", "not_started": "none"}
    return words.get(supply.known.subject.state, "unknown")


def _largest(classes: dict[str, float]) -> str:
    return min(classes, key=lambda code: (-classes[code], code))


def _split(
    block: BaseGeometry, answers: list[tuple[Any, BaseGeometry]], otherwise: Any
) -> list[tuple[Any, BaseGeometry]]:
    """Return a block cut by the answers of one question; the earlier answer has the land."""
    cut, rest = [], block
    for answer, shape in answers:
        got = rest.intersection(shape)
        if got.area > 0:
            cut.append((answer, got))
            rest = rest.difference(shape)
    return [*cut, (otherwise, rest)]


def _crossed(
    layers: list[list[tuple[Any, BaseGeometry]]],
) -> list[tuple[tuple[Any, ...], BaseGeometry]]:
    pieces: list[tuple[tuple[Any, ...], BaseGeometry]]
    pieces = [((answer,), shape) for answer, shape in layers[0]]
    for layer in layers[1:]:
        pieces = [
            ((*known, answer), got)
            for known, shape in pieces
            for answer, other in layer
            if shape.intersects(other)
            for got in [shape.intersection(other)]
            if got.area > 0
        ]
    return pieces


def areas(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return the polygons of a shape, lines and points left out."""
    if isinstance(shape, Polygon):
        return [shape]
    parts = getattr(shape, "geoms", [])
    return [one for part in parts for one in areas(part)]
