"""What is known of each supplied subject, as it was judged: what ledgers and letters are filled in.

Kept with the run, so that a report made later says what the run knew and nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import fields
from gis.facts import link, notes, results
from gis.facts.decisions import SEVERAL
from gis.facts.gather import Records
from gis.pipeline import months
from gis.pipeline.idle import Idle

# Of the facts, by the name they are kept under.
_FACTS = (
    "subject supply_no contract_no phase holder location use_text supply_way price_fen "
    "supplement_fen signed_on handover_agreed_on handover_actual_on start_agreed_on "
    "extension_document extension_start_due_on started_on stopped_on "
    "completion_agreed_on completion_extended_on completed_on developed_area_m2 "
    "invested_fen investment_total_fen found_document found_on "
    "approval_nos published_on disposal_plan"
).split()
# Of these a register writes 0 where it knows none: 0 is no price, and no sum to be invested.
_NEVER_ZERO = ("price_fen", "investment_total_fen")
_BETWEEN = "、"
_SEIZURE = "seizure"
_CLOSED = "已销号"


def of(known: Records, supplied: Idle) -> pd.DataFrame:
    """Return one row per dated subject: the columns of the result table `holding`.

    `found_cause`, `causes` and `seizures` are words of the papers, each cause with its days and
    document. `start_due_on` is the start day that binds, `year_on` and `two_years_on` the first
    days on which one full year and, after excused days, two full years have passed since. A price
    or a sum to be invested of 0 is not known.
    """
    facts = supplied.facts
    rows = facts[_FACTS].assign(
        approval_nos=facts["approval_nos"].map(_BETWEEN.join, na_action="ignore").astype("str"),
        found_cause=facts["found_cause"]
        .map(_words("decisions", "cause") | {SEVERAL: "同日认定书原因不同"})
        .astype("str"),
    )
    rows = rows.assign(**{name: rows[name].where(rows[name] > 0) for name in _NEVER_ZERO})
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
    rows = _noted(rows, known, facts)
    return rows.assign(by_month=months.of_holdings(known, rows))


def _noted(rows: pd.DataFrame, known: Records, facts: pd.DataFrame) -> pd.DataFrame:
    """Add what offices note of each supply: use and place where its papers name none, the rest.

    Use and place fall back to the parcel under the supply, then to the office's ledger; the words
    say so.
    """
    ledger = notes.of_supplies(known).reindex(rows["subject"]).set_index(rows.index)
    is_open = facts[["use_text", "location"]].isna().any(axis=1)
    under = notes.of_parcels(known, facts[is_open]).reindex(rows["subject"]).set_index(rows.index)
    for name in ("use_text", "location"):
        told = rows[name].fillna(under[name]).fillna(ledger[name] + notes.FROM_LEDGER)
        rows[name] = told.astype("str")
    published_on = rows["published_on"].fillna(ledger["published_on"])
    done = (
        _joined(results.of(known, facts), notes.BETWEEN)
        .reindex(rows["subject"])
        .set_axis(rows.index)
    )
    closed = pd.Series(_CLOSED, rows.index).where(ledger["state"] == "closed")
    closed += ledger["closed_on"].dt.strftime("（%Y-%m-%d）").fillna("")
    said = [done, ledger["result"], closed]
    return rows.assign(
        published_on=published_on.where(published_on <= pd.Timestamp(known.as_of)),
        disposal_plan=_all_of([rows["disposal_plan"], ledger["way"]]),
        disposal_result=_all_of(said),
        office=ledger["office"].astype("str"),
    )


def _all_of(words: list[pd.Series]) -> pd.Series[str]:
    """Return the different texts of each row, one after another."""
    # Of most subjects nothing is said.
    at = np.flatnonzero(np.any([each.notna() for each in words], axis=0))
    told = np.full(len(words[0]), None, dtype=object)
    told[at] = [
        notes.BETWEEN.join(dict.fromkeys(one for one in row if isinstance(one, str))) or None
        for row in zip(*(each.to_numpy(dtype=object)[at] for each in words), strict=True)
    ]
    return pd.Series(told, index=words[0].index, dtype="str")


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


def _joined(told: pd.DataFrame, between: str = _BETWEEN) -> pd.Series[str]:
    told = told.dropna(subset=["words"]).drop_duplicates(["subject", "words"])
    told = told.sort_values(["subject", "words"])
    return told.groupby("subject")["words"].agg(between.join).astype("str")


def _words(kind: str, column: str) -> dict[str, str]:
    """Return code -> the first word a paper may write for it."""
    return {code: names[0] for code, names in fields.KINDS[kind].columns[column].codes.items()}
