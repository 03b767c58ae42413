"""What became of the works of each subject by a day: start, stop, completion, dispute, amounts.

Every paper on the table speaks, also one dated after the day: a day it names counts from that day
on (a completion report proves the start it names), and 未动工 seen later proves that nothing had
been started before. What it merely saw counts from the day it saw it.
"""

from __future__ import annotations

import pandas as pd

from gis.facts.papers import beside, once_of_nothing

# From the strongest to the weakest; imagery changes the grade alone: docs/law.md (The clock).
GRADES = ("document", "patrol", "reported", "imagery")
_IMAGERY = "imagery"
# Nobody stops, resumes or produces on what never began.
WORKED = frozenset({"stopped", "resumed", "producing", "at_capacity"})
STARTED = WORKED | {"started", "completed"}
_ENDS_A_STOP = frozenset({"resumed", "completed", "producing", "at_capacity"})
_NAMED = ("started_on", "stopped_on", "resumed_on", "completed_on")
_AMOUNTS = ("developed_area_m2", "invested_fen", "investment_total_fen")
# What puts papers in order, and what is told of the one that counts.
_ORDERED = ("subject", "observed_on", "rank", "from_delivery", "key", "as_of")
# All that is read of a paper: every step copies what goes along.
_READ = (
    *("subject", "phase", "source", "milestone", "observed_on", *_NAMED, *_AMOUNTS),
    *("from_delivery", "key", "as_of"),
)
# What only stands beside the register until both are told together.
_OF_PAPERS_ALONE = (
    *("named_on", "named_delivery", "named_proved_on", "done_on", "done_proved_on"),
    *("rank", "total_fen"),
)


def of_works(facts: pd.DataFrame, papers: pd.DataFrame) -> pd.DataFrame:
    """Return the facts of supplies with what the papers on their works say as of a day.

    facts: one row per subject (started_on and completed_on of the register, masked to the day;
    is_phased: several phases of its supply were signed by then).
    papers: progress on the table by subject, with the day `as_of` each is asked about. Added or
    set: started_on, started_grade, started_delivery, started_proved_on, completed_on,
    completed_proved_on, stopped_on, stopped_delivery, stopped_proved_on, former_stopped_on,
    resumed_on, is_start_disputed,
    not_started_on, not_started_grade, not_started_delivery, developed_area_m2, developed_seen_on,
    invested_fen, invested_seen_on, investment_total_fen, imagery_started_on. `*_proved_on` is the
    day of the paper, where that is later than the day judged (后补证据).
    """
    registered = facts.loc[facts["started_on"].notna(), "subject"]
    phased = facts.loc[facts["is_phased"], "subject"]
    return _beside_register(beside(facts, _said(papers[[*_READ]], registered, phased)))


@once_of_nothing
def _said(papers: pd.DataFrame, registered: pd.Series, phased: pd.Series) -> pd.DataFrame:
    """Return by subject what its papers say of the works, the register's own days left aside.

    registered: the subjects whose start the register names. phased: those of several phases.
    Columns: `named_on` and `done_on` with their papers, the rest as in `of_works`.
    """
    papers = _told(papers)
    seen = papers[~papers["is_imagery"]]
    disputed = pd.Series(True, index=_disputed(seen), name="is_start_disputed")
    above = papers[papers["is_imagery"] & papers["tells_works"]]
    shown_on = above["started_on"].fillna(above["seen_on"])
    first = shown_on.groupby(above["subject"]).min().rename("imagery_started_on")
    # Most papers tell of one thing: what none tells of need not be worked out for each subject.
    stops = seen.loc[seen["stopped_on"].notna() | _is_sighting_of_stop(seen), "subject"]
    not_started = seen[seen["milestone"] == "not_started"]
    with_amounts = seen[seen[[*_AMOUNTS]].notna().any(axis=1)]
    parts = (
        _starts(seen, registered), _stops(seen[seen["subject"].isin(stops)]), disputed,
        _not_started(not_started), _amounts(with_amounts, phased), first,
    )  # fmt: skip
    return pd.concat(parts, axis=1)


def _beside_register(facts: pd.DataFrame) -> pd.DataFrame:
    """Return facts with the earlier of what the register and what papers name."""
    named_on, done_on = facts["named_on"], facts["done_on"]
    is_register = facts["started_on"].notna() & ~(facts["started_on"] > named_on)
    is_done = facts["completed_on"].notna() & ~(facts["completed_on"] > done_on)
    has_reported = facts["started_on"].notna() | facts["completed_on"].notna()
    grade = facts["rank"].map(dict(enumerate(GRADES)))
    totals = facts["total_fen"].fillna(facts["investment_total_fen"])
    return facts.assign(
        started_grade=grade.where(grade.notna() | ~has_reported, "reported").astype("str"),
        started_delivery=facts["named_delivery"].mask(is_register),
        started_proved_on=facts["named_proved_on"].mask(is_register),
        started_on=facts["started_on"].where(is_register, named_on),
        completed_on=facts["completed_on"].where(is_done, done_on),
        completed_proved_on=facts["done_proved_on"].mask(is_done),
        is_start_disputed=facts["is_start_disputed"].eq(True),
        investment_total_fen=totals.astype("Int64"),
    ).drop(columns=[*_OF_PAPERS_ALONE])


def _told(papers: pd.DataFrame) -> pd.DataFrame:
    """Return the papers in order (weakest of a day first), with what each may say of the day.

    seen_on: the day of the paper, where that is not later than the day judged. The named days are
    masked to the day. A paper without a state, or one that says 未动工, names a fact only on a day
    not later than its own: what it names besides is a plan.
    """
    as_of = papers["as_of"]
    rank = papers["source"].map({grade: n for n, grade in enumerate(GRADES)})
    # A row without a source is somebody's report.
    papers = papers.assign(
        source=papers["source"].fillna("reported"),
        rank=rank.fillna(GRADES.index("reported")),
        seen_on=papers["observed_on"].where(papers["observed_on"] <= as_of),
        own_stopped_on=papers["stopped_on"],
        is_imagery=papers["source"] == _IMAGERY,
    ).sort_values(
        ["subject", "observed_on", "rank", "from_delivery", "key"],
        ascending=[True, True, False, True, True],
        kind="stable",
    )
    says_works = papers["milestone"].isin(STARTED)
    is_disputed = papers["milestone"] == "disputed"
    for column in _NAMED:
        is_past = papers[column] <= papers["observed_on"]
        is_told = (says_works | is_past) & ~is_disputed & (papers[column] <= papers["as_of"])
        papers[column] = papers[column].where(is_told)
    is_named = papers[[*_NAMED]].notna().any(axis=1)
    return papers.assign(
        tells_works=is_named | (says_works & papers["seen_on"].notna()), is_named=is_named
    )


def _starts(seen: pd.DataFrame, registered: pd.Series) -> pd.DataFrame:
    """Return by subject the earliest start and completion named by any paper.

    Where no start is named, not in the register either, works that went on (WORKED) had begun by
    then. The grade (`rank` in GRADES) is that of the strongest paper by which building had started,
    whatever day it names.
    """
    tells = seen[seen["tells_works"]]
    is_seen = tells["milestone"] == "started"
    named = tells["started_on"].fillna(tells["seen_on"].where(is_seen))
    worked = tells["stopped_on"].fillna(tells["resumed_on"])
    worked = worked.fillna(tells["seen_on"].where(tells["milestone"].isin(WORKED)))
    is_named = tells["subject"].isin(tells.loc[tells["started_on"].notna(), "subject"])
    is_named |= tells["subject"].isin(registered)
    day = named.where(is_named, pd.concat([named, worked], axis=1).min(axis=1))
    first = _first(tells.assign(day=day).dropna(subset=["day"]))
    completed = tells["completed_on"].fillna(
        tells["seen_on"].where(tells["milestone"] == "completed")
    )
    last = _first(tells.assign(day=completed).dropna(subset=["day"]))
    return pd.DataFrame(
        {
            "named_on": first["day"],
            "named_delivery": first["from_delivery"],
            "named_proved_on": first["proved_on"],
            "done_on": last["day"],
            "done_proved_on": last["proved_on"],
            "rank": tells.groupby("subject")["rank"].min(),
        }
    )


@once_of_nothing
def _first(papers: pd.DataFrame) -> pd.DataFrame:
    """Return the paper of each subject with the first `day`; of several the one seen first."""
    told = papers[[*_ORDERED, "day"]].sort_values(
        ["subject", "day", "observed_on", "rank", "from_delivery", "key"], kind="stable"
    )
    proved_on = told["observed_on"].where(told["observed_on"] > told["as_of"])
    return told.assign(proved_on=proved_on).drop_duplicates("subject").set_index("subject")


def _is_sighting_of_stop(seen: pd.DataFrame) -> pd.Series[bool]:
    """Return which papers saw the works at rest, whatever day they name for it."""
    return (seen["milestone"] == "stopped") & ~(seen["own_stopped_on"] > seen["observed_on"])


@once_of_nothing
def _stops(seen: pd.DataFrame) -> pd.DataFrame:
    """Return the stop in force of each subject that stopped, and the last one that was ended.

    A stop begins on the day a paper names, else on the first sighting of it; works seen to go on
    end it, and a later sighting of the same stop moves nothing. A named day that a resumption
    followed begins nothing after it: there the sighting itself does. On one day the stronger paper
    speaks last.
    """
    milestone, patrolled = seen["milestone"], seen["source"] == "patrol"
    # A patrol sees how the ground is; a document or report that names a start speaks of that start.
    goes_on = (milestone == "started") & (patrolled | seen["started_on"].isna())
    goes_on |= milestone.isin(_ENDS_A_STOP)
    is_stop = _is_sighting_of_stop(seen)
    papers = seen[[*_ORDERED]]
    said = pd.concat(
        [
            papers.assign(day=seen["stopped_on"], ends=False),
            papers.assign(day=seen["seen_on"].where(is_stop), ends=False),
            papers.assign(day=seen["resumed_on"], ends=True),
            papers.assign(day=seen["seen_on"].where(goes_on), ends=True),
        ]
    ).dropna(subset=["day"])
    said = said.sort_values(
        ["subject", "day", "rank", "observed_on", "from_delivery", "key", "ends"],
        ascending=[True, True, False, True, True, True, True],
        ignore_index=True,
    )
    by_subject = said.groupby("subject")["ends"]
    # A spell lies between two ends; the last one is still going on.
    said = said.assign(spell=by_subject.cumsum().astype(int), spells=by_subject.transform("sum"))
    begins = said[~said["ends"]].drop_duplicates(["subject", "spell"])
    is_now = begins["spell"] == begins["spells"]
    now = begins[is_now].set_index("subject")
    former = begins[~is_now].drop_duplicates("subject", keep="last").set_index("subject")
    ends = said[said["ends"]].assign(spell=lambda rows: rows["spell"] - 1)
    ends = ends[["subject", "spell", "day"]].rename(columns={"day": "resumed_day"})
    resumed = former.reset_index().merge(ends, on=["subject", "spell"], how="left")
    table = pd.DataFrame(
        {
            "stopped_on": now["day"],
            "stopped_delivery": now["from_delivery"],
            "stopped_proved_on": now["observed_on"].where(now["observed_on"] > now["as_of"]),
        }
    )
    before = pd.DataFrame(
        {
            "former_stopped_on": former["day"],
            "resumed_on": resumed.set_index("subject")["resumed_day"],
        }
    )
    return table.join(before, how="outer")


def _disputed(seen: pd.DataFrame) -> pd.Index:
    """Return the subjects whose start was disputed and that no later paper settled.

    A paper dated after the day settles it where it says something of the day itself.
    """
    speaks = seen["seen_on"].notna() & seen["milestone"].notna()
    speaks |= seen["is_named"] | (seen["milestone"] == "not_started")
    last = seen[speaks].drop_duplicates("subject", keep="last")
    disputed: pd.Index = pd.Index(last.loc[last["milestone"] == "disputed", "subject"])
    return disputed


@once_of_nothing
def _not_started(sightings: pd.DataFrame) -> pd.DataFrame:
    """Return the latest sighting of 未动工, before the day or after: a start is not undone."""
    last = sightings.drop_duplicates("subject", keep="last")
    table = last.set_index("subject")[["observed_on", "source", "from_delivery"]]
    return table.set_axis(["not_started_on", "not_started_grade", "not_started_delivery"], axis=1)


@once_of_nothing
def _amounts(seen: pd.DataFrame, phased: pd.Series) -> pd.DataFrame:
    """Return the newest developed area, and the newest investment, each with the day of its paper.

    What was spent and of how much are of one paper; a total that paper does not name is that of
    the newest paper that does (`total_fen`; else it is the contract's). Figures told with a stop
    count from it on.
    """
    seen = _of_one_phase(seen, phased)
    counts_on = seen["stopped_on"].where(seen["milestone"] == "stopped").fillna(seen["seen_on"])
    seen = seen[counts_on <= seen["as_of"]]

    def last(name: str) -> pd.DataFrame:
        rows = seen[seen[name].notna()].drop_duplicates("subject", keep="last")
        return rows.set_index("subject")

    developed, invested, total = (last(name) for name in _AMOUNTS)
    return pd.DataFrame(
        {
            "developed_area_m2": developed["developed_area_m2"],
            "developed_seen_on": developed["observed_on"],
            "invested_fen": invested["invested_fen"].astype("Int64"),
            "invested_seen_on": invested["observed_on"],
            "total_fen": invested["investment_total_fen"].combine_first(
                total["investment_total_fen"]
            ),
        }
    )


def _of_one_phase(seen: pd.DataFrame, phased: pd.Series) -> pd.DataFrame:
    """Blank the amounts a row gives for a whole supply of several phases: no phase's own figure."""
    is_whole = seen["phase"].isna() & seen["subject"].isin(phased)
    return seen.assign(**{name: seen[name].mask(is_whole) for name in _AMOUNTS})
