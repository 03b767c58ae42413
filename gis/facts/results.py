"""What came of idle land, paper by paper: charged, recovered, given a new start day, ended."""

from __future__ import annotations

import pandas as pd

from gis import fields, units
from gis.facts import link
from gis.facts.decisions import counting
from gis.facts.gather import Records

_DONE = ("fee", "recovery")


def of(records: Records, facts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per paper that counts on the records' day: subject, `words` (with its day)."""
    refs = link.references(records.dated["supplies"])
    as_of = pd.Timestamp(records.as_of)
    served = counting(link.join(records.on_table["decisions"], refs), as_of)
    served = served[served["subject"].isin(facts["subject"])]
    done = served[served["kind"].isin(_DONE)]
    amount = units.yuan(done["amount_fen"].astype("Float64")).map(
        "{:,.2f} 元".format, na_action="ignore"
    )
    says = served.dropna(subset=["result"])
    extended = link.join(records.dated["extensions"], refs)
    extended = extended[(extended["kind"] == "disposal") & extended["start_due_on"].notna()]
    ended = link.join(records.dated["right_endings"], refs)
    until = extended["start_due_on"].dt.strftime("动工日延至 %Y-%m-%d")
    return pd.concat(
        [
            _words(done, _names("decisions", done["kind"]), "served_on", amount),
            _words(extended, "处置延期", "signed_on", until),
            _words(ended, _names("right_endings", ended["kind"]).fillna("权利终止"), "ended_on"),
            says[["subject"]].assign(words=says["result"]),
        ],
        ignore_index=True,
    )


def _names(kind: str, codes: pd.Series) -> pd.Series[str]:
    words = fields.KINDS[kind].columns["kind"].codes
    return codes.map({code: names[0] for code, names in words.items()}).astype("str")


def _words(
    papers: pd.DataFrame, name: pd.Series[str] | str, day: str, more: pd.Series | None = None
) -> pd.DataFrame:
    said = papers[day].dt.strftime("%Y-%m-%d") + " " + name + " " + papers["document"]
    if more is not None:
        said = said + ("（" + more.astype("str") + "）").fillna("")
    return papers[["subject"]].assign(words=said)
