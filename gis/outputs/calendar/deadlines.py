"""The last days of the procedure: what a served paper, or a first suspicion, sets running."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from gis import days
from gis.law import Law
from gis.law.workdays import workdays

# paper served -> what then falls due, and the period of the law it has
_OF_PAPERS = {
    "investigation": ("answer_due", "idle.answer_days"),
    "hearing": ("hearing_due", "idle.hearing_days"),
    "fee": ("payment_due", "idle.fee_payment_days"),
    "recovery": ("deregistration_due", "idle.deregistration_days"),
}
_OF_SUSPICION = ("investigation_due", "idle.investigation_days")
_WORKING_DAY = "working day"


def deadlines(
    papers: pd.DataFrame, suspicions: pd.DataFrame, law: Law, as_of: date, until_on: date
) -> pd.DataFrame:
    """Return the last day of each period: subject, kind, on, document, article, note.

    papers: subject, kind (as of `decisions`), served_on, document, region_code. suspicions:
    subject, seen_on (when suspicion of art. 2 first arose), region_code, for subjects on which no
    调查通知书 was served. The day of service does not count (民法典 201); a last day on a holiday
    moves to the next day worked (203, a setting). `note` (in English `note_en`) says where a
    year's table of holidays is not known and weekends alone were counted.
    """
    parts = [
        _due(rows, *rule, law, as_of, until_on)
        for paper, rule in _OF_PAPERS.items()
        for rows in [papers[papers["kind"] == paper].rename(columns={"served_on": "since_on"})]
    ]
    seen = suspicions.rename(columns={"seen_on": "since_on"}).assign(document=None)
    parts.append(_due(seen, *_OF_SUSPICION, law, as_of, until_on))
    return pd.concat(parts, ignore_index=True)


def _due(
    rows: pd.DataFrame, kind: str, key: str, law: Law, as_of: date, until_on: date
) -> pd.DataFrame:
    """Return the deadlines of one kind, each by the law of its region on the day judged."""
    tables = [_empty()]
    overlay = rows["region_code"].map(law.overlay_of, na_action="ignore").fillna("")
    for region, group in rows.groupby(overlay, sort=True):
        place = str(region) or None
        value = law.value(key, as_of, place)
        moves = law.value("period.letters_move_off_holidays", as_of, place).amount
        since_on = days.from_column(group["since_on"])
        known = workdays(law, group["since_on"].min().date(), until_on, place)
        count = int(str(value.amount))
        if value.unit == _WORKING_DAY:
            last_on = plain_on = known.after(since_on, count)
            asked_since_on = since_on
        else:
            last_on = plain_on = asked_since_on = since_on + count * days.ONE_DAY
            if moves:
                last_on = known.on_or_after(plain_on)
        is_sure = known.is_sure(asked_since_on, last_on)
        tables.append(
            pd.DataFrame(
                {
                    "subject": group["subject"].to_numpy(),
                    "kind": kind,
                    "on": last_on.astype("datetime64[s]"),
                    "document": group["document"].to_numpy(),
                    "article": f"《{value.title}》{value.article}",
                    **{
                        name: [
                            _note(*told, language)
                            for told in zip(plain_on, last_on, is_sure, strict=True)
                        ]
                        for name, language in (("note", "zh"), ("note_en", "en"))
                    },
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _empty() -> pd.DataFrame:
    text = {name: pd.Series(dtype="str") for name in ("subject", "kind")}
    rest = {name: pd.Series(dtype="str") for name in ("document", "article", "note", "note_en")}
    return pd.DataFrame({**text, "on": pd.Series(dtype="datetime64[s]"), **rest})


def _note(
    plain_on: np.datetime64, last_on: np.datetime64, is_sure: bool, language: str
) -> str | None:
    told: list[tuple[str, str]] = []
    if last_on != plain_on:
        told.append(
            (
                f"{plain_on} 为休假日，顺延至 {last_on}（民法典第二百零三条）",
                f"{plain_on} is a holiday, moved to {last_on} (《民法典》 203)",
            )
        )
    if not is_sure:
        year = last_on.astype("datetime64[Y]")
        told.append(
            (
                f"缺 {year} 年节假日安排，仅避开周末，须人工核对",
                f"the holidays of {year} are not known, only weekends are left out: check",
            )
        )
    lines = [line[0 if language == "zh" else 1] for line in told]
    return ("；" if language == "zh" else "; ").join(lines) or None
