"""The decisions served on each subject: which still count, and what they say.

A revocation names the document it ends. `ab_initio` (撤销, the default): once the revocation is on
the table the document counts on no day. `from_day` (撤回, 废止): the document counts until the day
before the revocation was served. What was believed before is asked with `known_at`.
"""

from __future__ import annotations

from typing import TypeAlias

import pandas as pd

from gis.facts.papers import earliest, newest, once_of_nothing

Day: TypeAlias = "pd.Timestamp | pd.Series"
REVOKING = {"revocation": "ab_initio", "retraction": "from_day"}
"""Kinds that end another document, and the effect of each where the paper names none."""
SEVERAL = "several"
"""The cause of 认定书 of one day that name different ones."""
# What answers a 认定书: with one of these on file nobody has to decide any more.
_DISPOSING = frozenset({"fee", "recovery"})


def counting(papers: pd.DataFrame, as_of: Day) -> pd.DataFrame:
    """Return the decisions that count on a day, revocations among them left as they are.

    papers: every decision on the table, by subject (see link.join), dated before the day or after.
    as_of: one day, or one for each paper.
    """
    return _counting(_ended(papers.assign(as_of=as_of))[0])


def _counting(told: pd.DataFrame) -> pd.DataFrame:
    return told[(told["served_on"] <= told["as_of"]) & ~told["is_ended"]].drop(columns="is_ended")


@once_of_nothing
def decided(papers: pd.DataFrame, extensions: pd.DataFrame, as_of: Day) -> pd.DataFrame:
    """Return by subject, for each with papers, what was decided of it by a day.

    Columns: found_on, found_cause, found_document, published_on, disposal_plan (of the newest
    认定书 that counts; where those of that day name different causes the cause is `several`, and
    the documents are all of them),
    found_disposed_on (the first fee or recovery decision, or disposal extension, since then),
    fee_decided_on, recovery_decided_on, consent (`given` or `refused`; none where one day has
    both), revoked_documents (which documents were revoked, and by what), is_revocation_open (one
    that ends nothing on file).
    """
    told, pairs = _ended(papers.assign(as_of=as_of))
    served = _counting(told)
    findings = served[served["kind"] == "finding"]
    found = _of_one_day(newest(findings, "served_on"), findings)
    columns = {"served_on": "found_on", "cause": "found_cause", "document": "found_document"}
    columns |= {"published_on": "published_on", "plan": "disposal_plan"}
    table = found[[*columns]].rename(columns=columns)
    for kind in ("fee", "recovery"):
        first = earliest(served[served["kind"] == kind], "served_on")["served_on"]
        table = table.join(first.rename(f"{kind}_decided_on"), how="outer")
    consents = {"consent": "given", "consent_refused": "refused"}
    about = served[served["kind"].isin(consents)]
    asked = newest(about, "served_on")
    both = _kinds_of_newest_day(about, "kind", asked) > 1
    table = table.join(asked["kind"].map(consents).mask(both).rename("consent"), how="outer")
    answers = served[served["kind"].isin(_DISPOSING)]
    disposals = extensions[(extensions["kind"] == "disposal") & extensions["start_due_on"].notna()]
    answered = pd.concat(
        [answers[["subject", "served_on"]].set_axis(["subject", "on"], axis=1),
         disposals[["subject", "signed_on"]].set_axis(["subject", "on"], axis=1)]
    )  # fmt: skip
    since = answered["subject"].map(table["found_on"]) if len(table) else answered["on"]
    answered = answered[answered["on"].to_numpy() >= since.to_numpy()]
    first = answered.groupby("subject")["on"].min()
    table = table.join(first.rename("found_disposed_on"), how="left")
    table = table.join(_revocations(told, pairs), how="outer")
    return table.assign(is_revocation_open=table["is_revocation_open"].eq(True))


def _kinds_of_newest_day(papers: pd.DataFrame, name: str, newest: pd.DataFrame) -> pd.Series[int]:
    """Return how many values of a column the papers of each subject's newest day have."""
    last_on = newest["served_on"].reindex(papers["subject"]).to_numpy()
    of_day = papers[(papers["served_on"] == last_on).to_numpy()]
    return of_day.groupby("subject")[name].nunique().reindex(newest.index, fill_value=0)


def _of_one_day(found: pd.DataFrame, papers: pd.DataFrame) -> pd.DataFrame:
    """Return the newest 认定书 of each subject; of several causes on one day none is taken."""
    is_several = _kinds_of_newest_day(papers, "cause", found) > 1
    if not is_several.any():
        return found
    last_on = found["served_on"].reindex(papers["subject"]).to_numpy()
    of_day = papers[(papers["served_on"] == last_on).to_numpy()]
    names = of_day.sort_values("document").groupby("subject")["document"].agg("、".join)
    return found.assign(
        cause=found["cause"].mask(is_several, SEVERAL),
        document=found["document"].mask(is_several, names.reindex(found.index)),
    )


def _targets(papers: pd.DataFrame) -> pd.DataFrame:
    """Return each revocation with the paper it ends: row, target_row (NaN: it ends nothing).

    A revocation ends a document of its own subject served no later than itself, never itself.
    """
    rows = papers.assign(row=range(len(papers)))
    revoking = rows[rows["kind"].isin(REVOKING)]
    target = rows[["subject", "document", "served_on", "row"]]
    pairs = revoking[["row", "subject", "revokes", "served_on"]].merge(
        target.rename(columns={"document": "revokes", "served_on": "target_on", "row": "of"}),
        on=["subject", "revokes"],
        how="left",
    )
    is_fit = (pairs["target_on"] <= pairs["served_on"]) & (pairs["of"] != pairs["row"])
    pairs["of"] = pairs["of"].where(is_fit & pairs["revokes"].notna())
    # One document may be named by several rows of one key space only once: the first that fits.
    return pairs.sort_values(["row", "of"]).drop_duplicates("row")


def _ended(papers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the papers with `is_ended`, and each revocation with its target (`_targets`).

    Ended is what was revoked, as far as that counts on the day of each paper.
    """
    papers = papers.reset_index(drop=True)
    ended = pd.Series(False, index=papers.index)
    targets = _targets(papers)
    pairs = targets.dropna(subset=["of"]).set_index("row")
    if pairs.empty:
        return papers.assign(is_ended=ended), targets
    is_served = papers["served_on"] <= papers["as_of"]
    effect = papers["effect"].fillna(papers["kind"].map(REVOKING))
    # The newest speaks first: a revocation that was revoked itself ends nothing.
    rows = papers.loc[pairs.index].sort_values(
        ["served_on", "from_delivery", "document"], ascending=False, kind="stable"
    )
    for row in rows.index:
        is_by_day = effect[row] == "from_day"
        if not ended[row] and (not is_by_day or is_served[row]):
            ended[int(pairs.loc[row, "of"])] = True
    return papers.assign(is_ended=ended), targets


def _revocations(told: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return what was revoked of each subject, in words, and whether a revocation ends nothing.

    Of the papers and the revocations among them, see `_ended`.
    """
    by = told.loc[pairs["row"], ["subject", "document", "served_on"]].reset_index(drop=True)
    of = pairs["of"].reset_index(drop=True)
    is_open = of.isna()
    known = of.dropna().astype(int)
    is_ended = told["is_ended"].reindex(known).to_numpy(dtype=bool)
    done = by.loc[known.index[is_ended]]
    target = told["document"].reindex(known[is_ended]).to_numpy()
    words = (
        target + "（" + done["document"] + "，" + done["served_on"].dt.strftime("%Y-%m-%d") + "）"
    )
    return pd.DataFrame(
        {
            "revoked_documents": words.groupby(done["subject"]).agg("；".join).astype("str"),
            "is_revocation_open": is_open.groupby(by["subject"]).any(),
        }
    )
