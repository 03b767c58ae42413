"""When suspicion first arose on land on which no 调查通知书 was served: art. 5's 30 days run."""

from __future__ import annotations

from datetime import date

import pandas as pd

from gis import clock
from gis.facts import link
from gis.facts.decisions import counting
from gis.facts.gather import Records
from gis.law import Law
from gis.pipeline.idle import Idle


def suspicions(known: Records, supplied: Idle, as_of: date, law: Law) -> pd.DataFrame:
    """Return subject, seen_on and region_code of suspected land without a 调查通知书 on file.

    Land that was seen unstarted: the first sighting (not by imagery) after the calendar year was
    full. Land stopped below the thresholds: the day after the stop's anniversary, or the first
    report of the stop if that came later. Land already found idle is past that step.
    """
    refs = link.references(known.dated["supplies"])
    papers = counting(link.join(known.on_table["decisions"], refs), pd.Timestamp(known.as_of))
    is_noted = papers["kind"].isin({"investigation", "finding"})
    findings = supplied.findings.iloc[: len(supplied.facts)]
    is_open = ~findings["subject"].isin(papers.loc[is_noted, "subject"]).to_numpy(bool)
    seen = link.join(known.dated["progress"], refs)
    seen = seen[seen["source"] != "imagery"]

    is_seen = (findings["outcome"] == "suspected_idle").to_numpy(bool) & is_open
    facts = supplied.facts[is_seen]
    trace = clock.judge(facts, supplied.subjects.causes, as_of, law).trace
    unstarted = seen[seen["milestone"] == "not_started"].merge(
        trace[["subject", "first_gross_1_on"]], on="subject"
    )
    unstarted = unstarted[unstarted["observed_on"] >= unstarted["first_gross_1_on"]]
    first_seen = unstarted.groupby("subject")["observed_on"].min()

    stopped = findings[(findings["outcome"] == "may_be_idle").to_numpy(bool) & is_open]
    reported = seen[seen["milestone"] == "stopped"].groupby("subject")["observed_on"].min()
    since = stopped.set_index("subject")["since_on"]
    first_stop = pd.concat([since, reported.reindex(since.index)], axis=1).max(axis=1)

    both = pd.concat([first_seen, first_stop]).rename("seen_on").astype("datetime64[s]")
    found: pd.DataFrame = both.rename_axis("subject").reset_index()
    region = supplied.facts.set_index("subject")["region_code"]
    return found.assign(region_code=region.reindex(found["subject"]).to_numpy())
