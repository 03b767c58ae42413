"""What the papers on one subject say on a day, worked out slowly: straight from the rule book.

It shares no code and no method with gis.facts: papers are dictionaries, looked at one by one. What
follows from the facts is worked out by `clock_reference.Subject`, day after day.

A paper has the columns of its kind and `delivery`, the number of the delivery it came with. Of two
papers of one day the one delivered later counts, then the one whose document sorts last; of two
sightings of one day the one from the stronger source.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.clock_reference import Subject

Paper = dict[str, Any]
Papers = dict[str, list[Paper]]
STRENGTH = {"document": 3, "patrol": 2, "reported": 1, None: 1}
SHOWS_WORKS = {"started", "stopped", "resumed", "completed", "producing", "at_capacity"}
GOES_ON = {"resumed", "completed", "producing", "at_capacity"}
HORIZON = timedelta(days=1200)


def judged(supply: Paper, papers: Papers, on: date) -> dict[str, Any]:
    """Return what the finding of a supply says on a day, with these papers on the table.

    A signing of which only the month is known is tried on its first day and on its last.
    """
    own = {
        kind: [paper for paper in rows if speaks_of(paper, supply)] for kind, rows in papers.items()
    }
    signings = [supply, *(p for p in own.get("extensions", []) if p["signed_on"] <= on)]
    if not any(is_month(paper) for paper in signings):
        subject = Subject(facts(supply, own, on), own.get("causes", []), on, on + HORIZON)
        said = subject.judged()
        said["next_on"], said["next_event"] = subject.coming()
        return said
    late = {**own, "extensions": [at_month_end(paper) for paper in own.get("extensions", [])]}
    two = [
        Subject(facts(*of, on), own.get("causes", []), on, on + HORIZON)
        for of in ((supply, own), (at_month_end(supply), late))
    ]
    over = [at_month_end(p)["signed_on"] for p in signings[1:] if at_month_end(p)["signed_on"] > on]
    said = agreed(two[0].judged(), two[1].judged())
    said["next_on"], said["next_event"] = coming(*two, max(over, default=None))
    return said


def is_month(paper: Paper) -> bool:
    """Whether the cell of the signing named but a month; the day is then its first."""
    return "signed_on" in paper.get("written", {})


def at_month_end(paper: Paper) -> Paper:
    if not is_month(paper):
        return paper
    signed = paper["signed_on"]
    first_of_next = date(signed.year + signed.month // 12, signed.month % 12 + 1, 1)
    return {**paper, "signed_on": first_of_next - timedelta(days=1)}


CONTRADICTIONS = (
    "clash:completed_before_started",
    "clash:stopped_before_started",
    "clash:not_started_after_started",
    "clash:cause_ends_before_it_begins",
    "clash:two_newest_extensions",
)
# In the order in which a finding names what lacks and what clashes.
ORDER = (
    "developed_area_m2 area_m2 area_clash invested_fen investment_total_fen start_agreed_on "
    "handover_actual_on start_evidence cause_starts_on signed_on late_handover consent revokes "
    "price fee_basis supply_way"
).split()
CLASHES = ("decision_clash", "cause_clash", "found_before_start", "duty_before_signing")


def agreed(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Return what two readings of a signing give together."""
    said = dict(one)
    if (one["outcome"], one["track"]) != (two["outcome"], two["track"]):
        nothing = ("track", "since_on", "fee_fen", "fee_if_confirmed_fen", "clashes")
        said |= dict.fromkeys(nothing)
        return said | {"outcome": "undetermined", "missing": ("signed_on",)}
    if one["since_on"] is not None and two["since_on"] is not None:
        said["since_on"] = max(one["since_on"], two["since_on"])
    if any(one[name] != two[name] for name in ("missing", "clashes", "fee_fen")):
        amounts = {one["fee_fen"], two["fee_fen"], one["fee_if_confirmed_fen"]}
        amounts = (amounts | {two["fee_if_confirmed_fen"]}) - {None}
        said |= {"fee_fen": None, "fee_if_confirmed_fen": max(amounts, default=None)}
        said["missing"] = union(("signed_on",), one["missing"], two["missing"], order=ORDER)
        said["clashes"] = union(one["clashes"], two["clashes"], order=CLASHES)
    return said


def union(
    *lists: tuple[str, ...] | None, order: list[str] | tuple[str, ...]
) -> tuple[str, ...] | None:
    words = {word for each in lists if each for word in each}
    seen = {word for word in words if word.startswith("evidence_after:")}
    words -= seen - {max(seen, default="")}  # of two days the later one
    place = {word: n for n, word in enumerate((*CONTRADICTIONS, *order))}
    return tuple(sorted(words, key=lambda word: (place.get(word, 99), word))) or None


def coming(one: Subject, two: Subject, over_on: date | None) -> tuple[date | None, str | None]:
    """Try day after day what both readings give; after `over_on` the first alone holds."""

    def state(on: date) -> tuple[str, str | None]:
        first = one.row_on(on)[1:]
        second = first if over_on is not None and on > over_on else two.row_on(on)[1:]
        return first if first == second else ("undetermined", None)

    now, on = state(one.known_on), one.known_on + timedelta(days=1)
    last_on = max(one.last_turn(), two.last_turn(), over_on or one.known_on) + timedelta(days=1)
    while on <= min(one.horizon_on, last_on):
        outcome, track = state(on)
        if (outcome, track) != now:
            return on, track or outcome
        on += timedelta(days=1)
    return None, None


def speaks_of(paper: Paper, supply: Paper) -> bool:
    names = (supply["supply_no"], supply.get("contract_no"))
    return paper["supply_no"] in names and paper.get("phase") in (None, supply.get("phase"))


def facts(supply: Paper, own: Papers, on: date) -> dict[str, Any]:
    """Return the facts of a supply on a day, under the names the clock knows them by."""
    found = {
        "subject": "S",
        "supply_way": supply.get("supply_way"),
        **{name: supply.get(name) for name in ("price_fen", "supplement_fen", "area_m2")},
        **{name: supply.get(name) for name in ("signed_on", "start_agreed_on")},
        "handover_agreed_on": supply.get("handover_agreed_on"),
        **extended([p for p in own.get("extensions", []) if p["signed_on"] <= on]),
        **decided(own, on),
        **worked(supply, own.get("progress", []), on),
    }
    if found.get("handover_extended_on"):
        found["handover_agreed_on"] = found["handover_extended_on"]
    handed = [p["handed_on"] for p in own.get("handovers", []) if p["handed_on"] <= on]
    ended = [p["ended_on"] for p in own.get("right_endings", []) if p["ended_on"] <= on]
    found["handover_actual_on"] = max(handed, default=None)
    found["right_ended_on"] = min(ended, default=None)
    return found


def extended(papers: list[Paper]) -> dict[str, Any]:
    """The newest extension of the start, and the newest agreement on the hand-over."""
    found: dict[str, Any] = {}
    starts = [p for p in papers if p.get("start_due_on")]
    if starts:
        last = max(starts, key=lambda p: (p["signed_on"], p["delivery"], p["document"]))
        same_day = {p["start_due_on"] for p in starts if p["signed_on"] == last["signed_on"]}
        found |= {
            "extension_on": last["signed_on"],
            "extension_start_due_on": last["start_due_on"],
            "extension_kind": last.get("kind"),
            "is_extension_clash": len(same_day) > 1,
        }
    handovers = [p for p in papers if p.get("handover_agreed_on")]
    if handovers:
        last = max(handovers, key=lambda p: (p["signed_on"], p["delivery"], p["document"]))
        found["handover_extended_on"] = last["handover_agreed_on"]
    return found


def decided(own: Papers, on: date) -> dict[str, Any]:
    """The newest 认定书 that counts, what answered it, the first fee decision, the consent."""
    papers = own.get("decisions", [])

    def target(paper: Paper) -> Paper | None:
        for other in papers:
            if other["document"] == paper.get("revokes") and other is not paper:
                return other if other["served_on"] <= paper["served_on"] else None
        return None

    def counts(paper: Paper) -> bool:
        for other in papers:
            if other["kind"] in ("revocation", "retraction") and target(other) is paper:
                effect = other.get("effect") or (
                    "from_day" if other["kind"] == "retraction" else "ab_initio"
                )
                is_at_work = effect == "ab_initio" or other["served_on"] <= on
                if is_at_work and counts(other):
                    return False
        return True

    served = [p for p in papers if p["served_on"] <= on and counts(p)]
    found: dict[str, Any] = {
        "is_revocation_open": any(
            p["kind"] in ("revocation", "retraction") and target(p) is None for p in papers
        )
    }
    fees = [p["served_on"] for p in served if p["kind"] == "fee"]
    found["fee_decided_on"] = min(fees, default=None)
    asked = [p for p in served if p["kind"] in ("consent", "consent_refused")]
    if asked:
        last = max(asked, key=lambda p: (p["served_on"], p["delivery"], p["document"]))
        kinds = {p["kind"] for p in asked if p["served_on"] == last["served_on"]}
        if len(kinds) == 1:
            found["consent"] = "given" if last["kind"] == "consent" else "refused"
    findings = [p for p in served if p["kind"] == "finding"]
    if findings:
        last = max(findings, key=lambda p: (p["served_on"], p["delivery"], p["document"]))
        causes = {p.get("cause") for p in findings if p["served_on"] == last["served_on"]}
        found["found_on"], found["found_cause"] = last["served_on"], last.get("cause")
        if len(causes - {None}) > 1:
            found["found_cause"] = "several"
        answers = [p["served_on"] for p in served if p["kind"] in ("fee", "recovery")]
        answers += [
            p["signed_on"]
            for p in own.get("extensions", [])
            if p.get("kind") == "disposal" and p.get("start_due_on") and p["signed_on"] <= on
        ]
        answers = [day for day in answers if day >= last["served_on"]]
        found["found_disposed_on"] = min(answers, default=None)
    return found


def worked(supply: Paper, papers: list[Paper], on: date) -> dict[str, Any]:
    """What became of the works; imagery tells of no state and is left out."""
    seen = [p for p in papers if p.get("source") != "imagery"]
    seen.sort(key=lambda p: (p["observed_on"], STRENGTH[p.get("source")], p["delivery"]))
    found: dict[str, Any] = started(supply, seen, on)
    found |= stopped(seen, on)
    unstarted = [p["observed_on"] for p in seen if p.get("milestone") == "not_started"]
    found["not_started_on"] = max(unstarted, default=None)
    found["is_start_disputed"] = False
    for paper in seen:
        settles = any(named(paper, name, on) for name in NAMED) or (
            paper.get("milestone") == "not_started"
        )
        if settles or (paper["observed_on"] <= on and paper.get("milestone")):
            found["is_start_disputed"] = paper.get("milestone") == "disputed"
    # What is told of a supply of which several phases were signed is no phase's own.
    is_phased = sum(signed_on <= on for signed_on in supply.get("phases_signed_on", ())) > 1
    figures = [p for p in seen if p.get("phase") is not None] if is_phased else seen
    found |= amounts(supply, figures, on)
    return found


NAMED = ("started_on", "stopped_on", "resumed_on", "completed_on")


def named(paper: Paper, name: str, on: date) -> date | None:
    """The day a paper states, where it states a fact of a day up to `on` and no plan."""
    day, milestone = paper.get(name), paper.get("milestone")
    if day is None or day > on or milestone == "disputed":
        return None
    return day if milestone in SHOWS_WORKS or day <= paper["observed_on"] else None


def started(supply: Paper, seen: list[Paper], on: date) -> dict[str, Any]:
    stated, began, went_on, completed = [], [], [], []
    for paper in seen:
        milestone, is_past = paper.get("milestone"), paper["observed_on"] <= on
        if day := named(paper, "started_on", on):
            stated.append(day)
        elif milestone == "started" and is_past:
            began.append(paper["observed_on"])
        works = named(paper, "stopped_on", on) or named(paper, "resumed_on", on)
        if works:
            went_on.append(works)
        elif milestone in SHOWS_WORKS - {"started", "completed"} and is_past:
            went_on.append(paper["observed_on"])
        if day := named(paper, "completed_on", on):
            completed.append(day)
        elif milestone == "completed" and is_past:
            completed.append(paper["observed_on"])
    for name, days in (("started_on", stated), ("completed_on", completed)):
        if supply.get(name) and supply[name] <= on:
            days.append(supply[name])
    first = [*stated, *began] if stated else [*began, *went_on]
    return {
        "started_on": min(first, default=None),
        "completed_on": min(completed, default=None),
        "started_grade": "reported" if first else None,
    }


def stopped(seen: list[Paper], on: date) -> dict[str, Any]:
    """Walk through what was said, day by day: a stop opens, works going on close it."""
    said = []
    for order, paper in enumerate(seen):
        milestone, day = paper.get("milestone"), paper["observed_on"]
        at = (STRENGTH[paper.get("source")], day, order)
        own_day = paper.get("stopped_on")
        if stop := named(paper, "stopped_on", on):
            said.append((stop, at, 0))
        if milestone == "stopped" and day <= on and not (own_day and own_day > day):
            said.append((day, at, 0))
        if resumed := named(paper, "resumed_on", on):
            said.append((resumed, at, 1))
        is_sighting = paper.get("source") == "patrol" or not named(paper, "started_on", on)
        if day <= on and (milestone in GOES_ON or (milestone == "started" and is_sighting)):
            said.append((day, at, 1))
    since = former = resumed_on = None
    for day, _, closes in sorted(said):
        if not closes:
            since = since or day
        elif since:
            former, resumed_on, since = since, day, None
    return {"stopped_on": since, "former_stopped_on": former, "resumed_on": resumed_on}


def amounts(supply: Paper, figures: list[Paper], on: date) -> dict[str, Any]:
    found: dict[str, Any] = {"investment_total_fen": supply.get("investment_total_fen")}
    totals: list[int] = []
    of_paper = None
    for paper in figures:
        stop = named(paper, "stopped_on", on) if paper.get("milestone") == "stopped" else None
        if stop is None and paper["observed_on"] > on:
            continue
        if paper.get("developed_area_m2") is not None:
            found["developed_area_m2"] = paper["developed_area_m2"]
        if paper.get("investment_total_fen") is not None:
            totals.append(paper["investment_total_fen"])
        if paper.get("invested_fen") is not None:
            found["invested_fen"] = paper["invested_fen"]
            of_paper = paper.get("investment_total_fen")
    if totals:
        found["investment_total_fen"] = totals[-1]
    if of_paper is not None:
        found["investment_total_fen"] = of_paper
    return found
