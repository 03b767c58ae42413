"""What is known of each supplied subject, as it was judged: what ledgers and letters are filled in.

Kept with the run, so that a report made later says what the run knew and nothing else.
"""

from __future__ import annotations

import pandas as pd

from gis import fields
from gis.facts import link
from gis.facts.decisions import SEVERAL
from gis.facts.gather import Records
from gis.pipeline.idle import Idle

# Of the facts, by the name they are kept under.
_FACTS = (
    "subject supply_no contract_no phase holder location use_text way price_fen supplement_fen "
    "signed_on handover_agreed_on handover_actual_on start_agreed_on extension_document "
    "extension_start_due_on started_on stopped_on completion_agreed_on completion_extended_on "
    "completed_on developed_area_m2 invested_fen investment_total_fen found_document found_on "
    "approval_nos"
).split()
_BETWEEN = "、"
_SEIZURE = "seizure"


def of(known: Records, supplied: Idle) -> pd.DataFrame:
    """Return one row per dated subject: the columns of the result table `holding`.

    `found_cause`, `causes` and `seizures` are words of the papers, each cause with its days and
    document. `start_due_on` is the start day that binds, `year_on` and `two_years_on` the first
    days on which one full year and, after excused days, two full years have passed since.
    """
    facts = supplied.facts
    rows = facts[_FACTS].assign(
        approval_nos=facts["approval_nos"].map(_BETWEEN.join, na_action="ignore").astype("str"),
        found_cause=facts["found_cause"]
        .map(_words("decisions", "cause") | {SEVERAL: "同日认定书原因不同"})
        .astype("str"),
    )
    rows = pd.concat([rows, supplied.marks], axis=1)
    refs = link.references(known.dated["supplies"])
    causes = _in_words(supplied.subjects.causes)
    is_seizure = causes["kind"] == _SEIZURE
    parcels = known.dated["parcels"]
    parcels = link.join(parcels[["key", "supply_no", "phase", "parcel_code"]], refs)
    for name, words in (
        ("parcel_codes", parcels.rename(columns={"parcel_code": "words"})),
        ("causes", causes[~is_seizure]),
        ("seizures", causes[is_seizure]),
    ):
        rows[name] = _joined(words).reindex(rows["subject"]).array
    return rows


def _in_words(causes: pd.DataFrame) -> pd.DataFrame:
    starts, ends = (causes[name].dt.strftime("%Y-%m-%d") for name in ("starts_on", "ends_on"))
    words = (
        causes["kind"].map(_words("causes", "kind"))
        + " "
        + starts.fillna("起日不明")
        + " 至 "
        + ends.fillna("未记止日")
        + "（"
        + causes["document"].fillna("无文号")
        + "）"
    )
    return causes[["subject", "kind"]].assign(words=words)


def _joined(told: pd.DataFrame) -> pd.Series[str]:
    told = told.dropna(subset=["words"]).drop_duplicates(["subject", "words"])
    told = told.sort_values(["subject", "words"])
    return told.groupby("subject")["words"].agg(_BETWEEN.join).astype("str")


def _words(kind: str, column: str) -> dict[str, str]:
    """Return code -> the first word a paper may write for it."""
    return {code: names[0] for code, names in fields.KINDS[kind].columns[column].codes.items()}
