"""What approvals are judged by on any day, and the days on which that may change what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gis import days
from gis.approvals.meetings import Meetings
from gis.approvals.settings import Settings, settings_on
from gis.errors import LawError
from gis.facts import approval_days
from gis.facts.gather import Records, effective_by
from gis.law import Law
from gis.pipeline import approved_land, idle, lapse


@dataclass(frozen=True)
class Edition:
    """The law of some days: from the first on until the next edition begins."""

    from_on: np.datetime64
    settings: Settings

    @property
    def cutting(self) -> tuple[object, ...]:
        """Return what land is cut by."""
        own = self.settings
        return (own.overlay, own.is_recovered_stock, own.built_classes, own.unbuilt_classes)

    @property
    def deciding(self) -> tuple[object, ...]:
        """Return all that areas and outcomes rest on; of an article only the name may change."""
        own, lapse_of = self.settings, self.settings.unsupplied
        return (self.cutting, own.balance, lapse_of.lapse_years, lapse_of.lapse_reading)


@dataclass(frozen=True)
class Table:
    """What has come by the day of the records, as approvals ask for it."""

    versions: pd.DataFrame
    relation: pd.DataFrame
    supplies: pd.DataFrame
    withdrawals: pd.DataFrame
    status: pd.DataFrame
    surveyed: pd.DataFrame

    def of(self, names: pd.Index) -> Table:
        """Return the same with what is related to these approvals alone."""
        relation = self.relation[self.relation["name"].isin(names)]
        return replace(self, relation=relation)


def table_of(known: Records) -> Table:
    """Return all that approvals among these records are judged by on one day or another."""

    def come_by(kind: str) -> pd.DataFrame:
        return effective_by(known.on_table[kind], known.as_of)

    versions = approval_days.versions(come_by("approvals"))
    supplies = approved_land.prepared(idle.land_of(known).facts)
    ended = supplies["right_ended_on"]
    come = known.on_table["supplies"].set_index("key")["effective_on"]
    return Table(
        versions,
        approval_days.related(versions),
        supplies.assign(
            from_on=come.reindex(supplies["key"]).to_numpy(),
            right_ended_on=ended.where(ended <= pd.Timestamp(known.as_of)),
        ),
        come_by("withdrawals").rename(columns={"effective_on": "from_on"}),
        come_by("approval_status").rename(columns={"effective_on": "from_on"}),
        come_by("landclass"),
    )


def editions_of(law: Law, region: str | None) -> list[Edition]:
    """Return the editions of what approved land is judged by, in order."""
    found: list[Edition] = []
    for on in law.turns:
        try:
            settings = settings_on(law, on, region)
        except LawError:
            continue
        edition = Edition(np.datetime64(on, "D"), settings)
        if not found or edition.deciding != found[-1].deciding:
            found.append(edition)
    return found


def periods(editions: list[Edition]) -> Iterator[tuple[list[Edition], np.datetime64]]:
    """Yield editions by which land is cut alike, one after another, and the day after the last."""
    start = 0
    for at in range(1, len(editions) + 1):
        if at == len(editions) or editions[at].cutting != editions[start].cutting:
            until_on = editions[at].from_on if at < len(editions) else days.FAR
            yield editions[start:at], until_on
            start = at


def with_end(supplies: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return supplies with the first day on which each holds no land any more."""
    holds = approved_land.is_in_force(supplies, settings)
    ended = supplies["right_ended_on"].mask(holds, pd.Timestamp(days.FAR))
    return supplies.assign(until_on=ended.astype("datetime64[s]"))


def moments_of(
    table: Table,
    own: pd.DataFrame,
    supplies: pd.DataFrame,
    met: list[Meetings],
    editions: list[Edition],
    until_on: np.datetime64,
) -> pd.DataFrame:
    """Return the days looked at: moment, name, on, version, state (the moment it is cut as)."""
    numbers = table.versions.drop_duplicates("name")[["name", "approval_no"]]
    numbers = numbers[numbers["name"].isin(own["name"])]
    name_of = own.set_index("version")["name"]
    others = table.relation.merge(
        table.versions[["name", "from_on"]].rename(columns={"name": "other", "from_on": "on"}),
        on="other",
    )
    starts = pd.DataFrame({"on": np.array([each.from_on for each in editions], "datetime64[s]")})
    named = approval_days.naming(table.withdrawals, "approval_no", numbers)
    cutting = [
        others[["name", "on"]],
        named[["name", "from_on"]].set_axis(["name", "on"], axis=1),
        numbers[["name"]].merge(starts, how="cross"),
        *(
            each.change_days.assign(name=lambda rows: name_of.reindex(rows["version"]).to_numpy())[
                ["name", "on"]
            ]
            for each in met
        ),
    ]
    status = approval_days.naming(table.status, "approval_no", numbers)
    citing = approval_days.naming(supplies, "approval_nos", numbers)
    telling = [status[["name", "from_on"]].set_axis(["name", "on"], axis=1)]
    telling += [
        citing[["name", day]].set_axis(["name", "on"], axis=1) for day in ("from_on", "until_on")
    ]
    for edition in editions:
        after = lapse.last_days(own, edition.settings) + pd.Timedelta(days=1)
        telling.append(pd.DataFrame({"name": own["name"], "on": after}))
    both = [
        pd.concat(each, ignore_index=True).astype({"on": "datetime64[s]"}).assign(is_cut=is_cut)
        for each, is_cut in ((cutting, True), (telling, False))
    ]
    every = pd.concat(both, ignore_index=True).dropna(subset=["on"])
    found: pd.DataFrame = every.groupby(["name", "on"])["is_cut"].any().reset_index()
    first, end = pd.Timestamp(editions[0].from_on), pd.Timestamp(until_on)
    found = found[(found["on"] >= first) & (found["on"] < end)].reset_index(drop=True)
    found = found.assign(version=approval_days.holding(table.versions, found["name"], found["on"]))
    found = found[found["version"] >= 0].reset_index(drop=True)
    # The first day of each is one on which it is cut: its approval's, or the period's.
    place = np.where(found["is_cut"], np.arange(len(found)), 0)
    moment = np.arange(len(found))
    return found.assign(moment=moment, state=np.maximum.accumulate(place))


def naming(papers: pd.DataFrame, own: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Return papers once for each moment whose approval they name, as naming that moment."""
    numbers = own.drop_duplicates("name")[["name", "number"]]
    named = approval_days.naming(
        papers, "approval_no", numbers.rename(columns={"number": "approval_no"})
    )
    found = approval_days.of_moments(named, moments)
    return found.assign(approval_no=approval_days.marked(found["moment"], found["approval_no"]))
