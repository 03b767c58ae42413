"""标准地 and supervision agreements from known records to findings of rule `agreement`."""

from __future__ import annotations

import pandas as pd

from gis.clock import agreement
from gis.facts import agreements
from gis.facts.gather import Records
from gis.pipeline.idle import Idle
from gis.pipeline.standing import standing_on

RULE = "agreement"
_OF_SUBJECT = ["area_m2", "region_code", "park_code", "block_code", "name", "geom"]


def judge(known: Records, supplied: Idle, standing: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one finding per subject with an agreement: the columns of the contract, and geom.

    The document stands under `article`: what binds is the agreement itself. `standing`: what
    `standing.standing_on` gives, where that is at hand.
    """
    if known.dated["agreements"].empty:
        return supplied.findings.iloc[:0]
    facts = facts_of(known, supplied, standing)
    judged = agreement.judge(facts, known.as_of)
    own = supplied.findings.set_index("subject")[_OF_SUBJECT].reindex(facts["subject"])
    rows = judged.assign(
        subject=facts["subject"],
        rule=RULE,
        article="监管协议 " + facts["document"],
        **{name: own[name].array for name in _OF_SUBJECT},
    )
    like = supplied.findings
    return rows.reindex(columns=like.columns).astype(like.dtypes.to_dict())


def facts_of(known: Records, supplied: Idle, standing: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the facts agreements are judged on, see `facts.agreements.assemble`."""
    standing = standing_on(known) if standing is None else standing
    return agreements.assemble(known, supplied.facts, standing)
