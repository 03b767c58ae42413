"""In which of its region's situations (七种情形) each piece of unsupplied land is, and beside whom.

The first that fits:

    edge            too small or thin to supply (边角地)
    used            known to be built (未供即用)
    any             the one the bureau's newest reason has a word of (不能供应原因)
    expropriation   compensation not done, by the newest word on it (未完成征地拆迁)
    in_procedure    an implementation plan is on file and supply is possible (正在履行供地程序)

Otherwise it is undetermined, and the facts that may tell are named. That no plan was made, that
nobody wants the land, that a project changed: only the bureau can say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis import contracts
from gis.arrays import Flags, Shapes, objects
from gis.errors import LawError
from gis.facts.approvals import newest_status
from gis.facts.gather import Records
from gis.facts.keyword_groups import Groups, groups_of
from gis.law import Law
from gis.pipeline.approved_land import Land

UNDETERMINED = "undetermined"
_KEYS = ("unsupplied.situations", "unsupplied.situation_words")
COLUMNS = ["subject", "approval", "approved_on", "situation", "situation_missing", "adjoining"]


def situations(known: Records, approved: Land, law: Law) -> pd.DataFrame:
    """Return one row per finding of unsupplied land: COLUMNS, in the order of the findings.

    `situation` is a code of contracts.toml, None where the region has no list of situations;
    `situation_missing` names facts (a list); `adjoining` the supplies beside the piece.
    """
    rows, findings = approved.reasons, approved.findings
    status = newest_status(known.dated["approval_status"], rows["approval"])
    status = status.reindex(rows["approval"]).set_index(rows.index)
    said, has_list = _said(rows["region_code"], status["obstacle"], known, law)
    outcome = findings["outcome"].to_numpy(dtype=object)
    compensation = status["compensation"].to_numpy(dtype=object)
    is_possible = status["is_supply_possible"].astype("boolean")
    has_plan = status["implementation_plan_on"].notna().to_numpy(dtype=bool)
    situation = np.select(
        [
            outcome == "edge",
            outcome == "used_unsupplied",
            pd.notna(said),
            compensation == "not_done",
            has_plan & is_possible.fillna(False).to_numpy(dtype=bool),
        ],
        ["edge", "used", said, "expropriation", "in_procedure"],
        UNDETERMINED,
    ).astype(object)
    wanting = {
        "compensation": pd.isna(compensation),
        "implementation_plan_on": ~has_plan,
        "is_supply_possible": is_possible.isna().to_numpy(dtype=bool),
        "obstacle": ~is_possible.fillna(True).to_numpy(dtype=bool),
    }
    facts = np.array(list(wanting), dtype=object)
    flags = np.column_stack(list(wanting.values()))
    missing = objects([tuple(facts[row]) or None for row in flags])
    situation[~has_list] = None
    missing[situation != UNDETERMINED] = None
    adjoining = approved.overlay.pieces.set_index("id")["adjoining"].reindex(findings["subject"])
    return pd.DataFrame(
        {
            "subject": findings["subject"],
            "approval": rows["approval"],
            "approved_on": rows["approved_on"],
            "situation": situation,
            "situation_missing": missing,
            "adjoining": adjoining.where(adjoining.notna(), None).to_numpy(dtype=object),
        },
        columns=COLUMNS,
    )


def _said(regions: pd.Series, reasons: pd.Series, known: Records, law: Law) -> tuple[Shapes, Flags]:
    """Return the situation the bureau's own words name, and whether the region has a list of them.

    A reason that has words of none, or of several, names nothing.
    """
    said = pd.Series(None, index=regions.index, dtype=object)
    has_list = pd.Series(False, index=regions.index)
    for region, mine in regions.groupby(regions).groups.items():
        held: Any = {value.key: value.amount for value in law.listed(known.as_of, str(region))}
        if all(key in held for key in _KEYS):
            said[mine] = groups_of(reasons[mine], _joined(*(held[key] for key in _KEYS)))
            has_list[mine] = True
    return said.to_numpy(dtype=object), has_list.to_numpy(dtype=bool)


def _joined(named: Any, words: Any) -> Groups:
    """Return for each situation its code, its name and the further words that mean it."""
    for entry in (*named, *words):
        if not isinstance(entry, tuple) or entry[0] not in contracts.CODES["situation"]:
            raise LawError(
                f"{' / '.join(_KEYS)}：{entry!r} 不是“代码、名称”。 is no code with its name.",
                f"代码 codes: {', '.join(contracts.CODES['situation'])}",
            )
    more = {code: rest for code, *rest in words}
    return tuple((code, name, *more.get(code, ())) for code, name in named)
