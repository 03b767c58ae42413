"""Built land from known records to its sums by use: what stands on it, and how many floors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gis.approvals.settings import Settings
from gis.facts import ground, notes
from gis.facts.gather import Records
from gis.facts.keyword_groups import Groups, groups_of
from gis.frames import nothing
from gis.indicators import buildings
from gis.law import Law
from gis.parks import uses
from gis.pipeline.approved_land import in_force, surveyed_on
from gis.pipeline.idle import Idle


@dataclass(frozen=True)
class UseSettings:
    """What the law says of uses (A1 ... A6, with class prefixes or words) and of high storeys."""

    classes: Groups
    words: Groups
    double_height_m: float


def settings_of(known: Records, law: Law) -> UseSettings:
    """Return the settings in force on the records' day; LawError outside the dates of the law."""

    def amount(key: str) -> Any:
        return law.value(key, known.as_of, known.region).amount

    return UseSettings(
        classes=amount("indicators.use_classes"),
        words=amount("indicators.use_words"),
        double_height_m=float(amount("indicators.double_storey_height_m")),
    )


def built_land(
    known: Records,
    supplied: Idle,
    settings: Settings,
    own: UseSettings,
    pieces: pd.DataFrame,
    threads: int = 1,
) -> pd.DataFrame:
    """Return the sums of the built land of each use in each block, rows of table `built_use`.

    pieces: the park pieces the part answers for (`gis.parks.park_pieces`).
    """
    standing = known.dated["buildings"].sort_values("key", ignore_index=True)
    if pieces.empty:
        lands, met = nothing("uses.lands"), nothing("uses.met")
        return buildings.of_lands(lands, met, standing, own.double_height_m)
    supplies = in_force(supplied.facts, settings)
    supplies = supplies[supplies["right_ended_on"].isna()].sort_values(["signed_on", "key"])
    supplies = supplies.dropna(subset=["geom"])
    surveyed = ground.newest_first(surveyed_on(known, settings))
    found = uses.built_land(
        known.dated["parks"],
        pieces,
        surveyed.assign(use=use_of_class(surveyed, own.classes)),
        supplies.assign(use=groups_of(_use_text(known, supplies), own.words)),
        standing,
        threads,
    )
    return buildings.of_lands(found.lands, found.met, standing, own.double_height_m)


def _use_text(known: Records, supplies: pd.DataFrame) -> pd.Series:
    """Return what each supply was for: by its own record, else by its parcels."""
    is_open = supplies["use_text"].isna()
    facts = supplies[is_open].rename(columns={"key": "subject"})
    under = notes.of_parcels(known, facts)["use_text"].reindex(supplies["key"])
    return supplies["use_text"].fillna(under.set_axis(supplies.index))


def use_of_class(surveyed: pd.DataFrame, classes: Groups) -> pd.Series:
    """Return the use each survey polygon's class says, None where that is not built land.

    surveyed: class_code, is_built. Of two prefixes the longer one holds.

    >>> codes = {"class_code": ["0601", "0602", "0101"], "is_built": [True, True, False]}
    >>> use_of_class(pd.DataFrame(codes), (("A2", "0601"), ("A6", "06"))).tolist()
    ['A2', 'A6', None]
    """
    codes = surveyed["class_code"].astype("str")
    found = np.full(len(codes), None, dtype=object)
    known = sorted((len(start), start, use) for use, *starts in classes for start in starts)
    for _, start, use in known:
        found[codes.str.startswith(start).to_numpy(bool)] = use
    found[~surveyed["is_built"].to_numpy(bool)] = None
    return pd.Series(found, surveyed.index, dtype=object)
