"""The balance of each approval: by geometry where it has a shape, else by register."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.approvals.balance.register import Settings, by_register, draws
from gis.approvals.cutting import DISPOSITIONS
from gis.approvals.overlay import Overlay
from gis.frames import door, nothing

SUMS = [f"{word}_m2" for word in DISPOSITIONS]
# Areas without a place are taken from what is left, the land to supply first.
_LEFT = ["unsupplied_m2", "edge_m2", "sliver_m2"]
# Areas in registers are rounded: what is less than this is nothing.
NOTHING_M2 = 0.5
_UNLOCATED = ["unlocated_supplied_m2", "unlocated_withdrawn_m2", "unlocated_exempt_m2"]
_WORD_OF = {
    "area": "supplied_m2",
    "split": "supplied_m2",
    "withdrawn_area": "withdrawn_m2",
    "replaced_area": "exempt_m2",
}


@door(
    approvals="balance.approvals",
    supplies="balance.supplies",
    withdrawals="balance.withdrawals",
    gives="balance.balances",
)
def of_approvals(
    overlay: Overlay,
    approvals: pd.DataFrame,
    supplies: pd.DataFrame,
    withdrawals: pd.DataFrame,
    settings: Settings,
    drawn: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row per approval: the balance of contracts.toml, and its unlocated parts.

    Taken: the overlay of these tables, and the tables with their rows without geometry.
      approvals    approval, approval_no, approved_on, total_area_m2, new_area_m2,
                   exempt_area_m2, replaces, region_code, geom
      supplies     key, area_m2, parcel_total_m2, undrawn_m2 (the part of 宗地总面积 its shape does
                   not show), approval_nos, approval_areas_m2, geom
      withdrawals  document, approval_no, area_m2, geom; is_whole and is_too_large, if known

    `drawn`: what `draws` gives of these approvals and supplies, where that is at hand.

    approved = supplied + withdrawn + exempt + unsupplied + edge + sliver + residual in every
    row. An area without geometry is taken from what is left of the approval, shown in
    `unlocated_m2`, and "location" named; where the records ask for more than is left, the excess
    stands in `residual_m2` (below zero) and "area_clash" is named. What cannot be known is NaN;
    where some of a word is known, its figure is the least it can be (see `at_least`). Of an
    approval withdrawn whole (`is_whole`, see `pipeline.withdrawn`) all but the supplied is
    withdrawn.
    A recorded 代征 area counts as located as far as the supplies' own parcel differences fill it.
    """
    if approvals.empty:
        return nothing("balance.balances")
    approvals = approvals.sort_values("approval", ignore_index=True)
    has_geom = approvals["approval"].isin(overlay.approvals["approval"])
    is_whole = _are(withdrawals, "is_whole", approvals)
    is_clash = _are(withdrawals, "is_too_large", approvals)
    drawn = draws(approvals, supplies) if drawn is None else drawn
    of_all = by_register(approvals, drawn, withdrawals, settings)
    unlocated = by_register(approvals, drawn, withdrawals, settings, only_unlocated=True)
    by_shape = _by_geometry(overlay, unlocated, supplies, settings, is_whole, is_clash)
    by_number = _by_number(of_all, settings, is_whole, is_clash)
    table = pd.concat(
        [
            by_shape[by_shape["approval"].isin(approvals.loc[has_geom, "approval"])],
            by_number[by_number["approval"].isin(approvals.loc[~has_geom, "approval"])],
        ],
        ignore_index=True,
    )
    known = approvals[["approval", "approved_on", "region_code"]]
    table = known.merge(table, on="approval").sort_values("approval", ignore_index=True)
    sizes = ["ring_ellipsoidal_m2", "noded_ellipsoidal_m2"]
    columns = ["approval", "approved_on", "base_m2", "approved_m2", *SUMS, "unlocated_m2"]
    columns += ["residual_m2", *sizes, "method", "missing", "region_code"]
    columns += ["park_code", "block_code"]
    return table[[*columns, *_UNLOCATED, "is_whole"]]


def at_least(missing: object) -> frozenset[str]:
    """Return the words of a balance of which only a part is known, by what it lacks.

    >>> sorted(at_least(["area:B2", "withdrawn_area:W1"]))
    ['supplied_m2', 'withdrawn_m2']
    """
    if not isinstance(missing, list | tuple):
        return frozenset()
    heads = {code.split(":", 1)[0] for code in missing}
    return frozenset(_WORD_OF[head] for head in heads & set(_WORD_OF))


def words_of(lines: pd.DataFrame, by: list[str], area: str, settings: Settings) -> pd.DataFrame:
    """Return the area of each word, one row per group; the ungranted share under its own word.

    `lines` has word, granted_share and an area column, one row per piece or part of a piece.
    """
    share = lines["granted_share"].where(lines["disposition"] == "supplied", 1.0).fillna(1.0)
    parts = pd.concat(
        [
            lines[[*by, "disposition"]].assign(area_m2=lines[area] * share),
            lines[by].assign(
                disposition=settings.parcel_difference, area_m2=lines[area] * (1 - share)
            ),
        ]
    )
    table = parts.pivot_table(index=by, columns="disposition", values="area_m2", aggfunc="sum")
    table = table.reindex(columns=list(DISPOSITIONS)).fillna(0.0)
    return table.set_axis(SUMS, axis=1).reset_index()


def settle(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their unlocated areas taken from what is left, and the excess named.

    Adds to each word its unlocated part, takes it from unsupplied, edge and sliver in this
    order, and puts what is more than these into `residual_m2` and `excess_m2`. Of an approval
    withdrawn whole it is taken from the withdrawn land first: there the supply goes before.
    """
    out = table.copy()
    for word, unlocated in zip(SUMS, _UNLOCATED, strict=False):
        out[word] += out[unlocated]
    out["unlocated_m2"] = out[_UNLOCATED].sum(axis=1)
    owed = out["unlocated_m2"]
    given_up = out["withdrawn_m2"].where(out["is_whole"], 0.0).clip(lower=0)
    taken = np.minimum(given_up, owed)
    out["withdrawn_m2"], owed = out["withdrawn_m2"] - taken, owed - taken
    for column in _LEFT:
        taken = np.minimum(out[column].clip(lower=0), owed)
        out[column], owed = out[column] - taken, owed - taken
    out["residual_m2"] -= owed
    return out.assign(excess_m2=owed)


def _by_geometry(
    overlay: Overlay,
    unlocated: pd.DataFrame,
    supplies: pd.DataFrame,
    settings: Settings,
    is_whole: pd.Series[bool],
    is_clash: pd.Series[bool],
) -> pd.DataFrame:
    located = words_of(overlay.pieces, ["approval"], "area_planar_m2", settings)
    sizes = ["approved_m2", "residual_m2", "ring_ellipsoidal_m2", "noded_ellipsoidal_m2"]
    table = overlay.approvals[["approval", *sizes, "park_code", "block_code"]].merge(
        located, on="approval"
    )
    records = unlocated.reindex(table["approval"]).reset_index()
    extra = (
        records["difference_m2"]
        + _undrawn(overlay, supplies).reindex(records["approval"], fill_value=0.0).to_numpy()
    )
    is_supplied = settings.parcel_difference == "supplied"
    table["unlocated_supplied_m2"] = records["supplied_m2"].fillna(0.0) + extra * is_supplied
    table["is_whole"] = is_whole.reindex(table["approval"]).to_numpy()
    table["unlocated_withdrawn_m2"] = records["withdrawn_m2"].fillna(0.0)
    is_exempt = settings.parcel_difference == "exempt"
    shares = overlay.pieces.loc[overlay.pieces["disposition"] == "supplied"]
    outside = shares["area_planar_m2"] * (1 - shares["granted_share"])
    filled = outside.groupby(shares["approval"]).sum().reindex(table["approval"], fill_value=0.0)
    recorded = records["exempt_m2"].fillna(0.0) - filled.to_numpy() - extra
    table["unlocated_exempt_m2"] = (
        recorded.clip(lower=0) + extra if is_exempt else records["exempt_m2"].fillna(0.0)
    )
    # Withdrawn land is no longer free of supply: the earlier word wins.
    table["unlocated_exempt_m2"] = table["unlocated_exempt_m2"].mask(table["is_whole"], 0.0)
    table["base_m2"] = records["base_m2"]
    table["method"] = "geometry"
    table = settle(table)
    # Of what is left by shape nobody can say how much an unknown area takes; of nothing, nothing.
    is_open = records["is_open"] & (table[_LEFT].sum(axis=1) >= NOTHING_M2)
    table[_LEFT[:2]] = table[_LEFT[:2]].mask(is_open)
    known = [at_least(missing) for missing in records["missing"]]
    for word in SUMS[:3]:
        is_part = np.array([word in words for words in known], dtype=bool)
        table[word] = table[word].mask(is_open & is_part & (table[word] == 0))
    is_clash = is_clash.reindex(table["approval"]).set_axis(table.index)
    codes = pd.DataFrame(
        {
            "clash": _code("area_clash", (table["excess_m2"] > 0) | is_clash),
            "location": _code("location", table["unlocated_m2"] > 0),
            "records": records["missing"],
        }
    )
    table["missing"] = _joined(codes)
    return table


def _undrawn(overlay: Overlay, supplies: pd.DataFrame) -> pd.Series:
    """Return by approval what 宗地总面积 has beyond a shape that shows the granted land alone.

    It has no place of its own, so it goes to the approvals of its supply by the shape's shares.
    """
    undrawn = supplies.set_index("key")["undrawn_m2"].reindex(overlay.pairs["supply"]).to_numpy()
    shares: pd.Series = overlay.pairs["share_of_supply"] * undrawn
    return shares.groupby(overlay.pairs["approval"]).sum()


def _by_number(
    records: pd.DataFrame,
    settings: Settings,
    is_whole: pd.Series[bool],
    is_clash: pd.Series[bool],
) -> pd.DataFrame:
    """Return balances by register; nothing is located, so nothing is called unlocated either."""
    table = records.reset_index()
    whole = is_whole.reindex(table["approval"]).to_numpy(dtype=bool)
    difference = f"{settings.parcel_difference}_m2"
    for column in SUMS[3:]:
        table[column] = 0.0
    if difference != "unsupplied_m2":
        table[difference] += table["difference_m2"].fillna(0.0)
    table["approved_m2"] = table["base_m2"]
    given_up = (table["approved_m2"] - table["supplied_m2"]).clip(lower=0)
    table["withdrawn_m2"] = given_up.where(whole, table["withdrawn_m2"])
    table["exempt_m2"] = table["exempt_m2"].mask(whole, 0.0)
    left = table["approved_m2"] - table[SUMS[:3]].sum(axis=1)
    # However much more is taken of nothing, nothing is left; of a whole withdrawal neither.
    is_known = ~table["is_open"] | (left <= 0)
    table["unsupplied_m2"] = left.clip(lower=0).where(is_known).mask(whole, 0.0)
    table["residual_m2"] = left.clip(upper=0).where(is_known).mask(whole & (left > 0), 0.0)
    clash = _code("area_clash", (left < 0) | is_clash.reindex(table["approval"]).to_numpy())
    table["missing"] = _joined(pd.DataFrame({"clash": clash, "records": table["missing"]}))
    nothing = dict.fromkeys([*_UNLOCATED, "unlocated_m2"], 0.0)
    unknown = dict.fromkeys(["ring_ellipsoidal_m2", "noded_ellipsoidal_m2"], np.nan)
    table = table.assign(**nothing, **unknown, method="register", park_code=None, block_code=None)
    return table.assign(is_whole=whole)


def _are(withdrawals: pd.DataFrame, column: str, approvals: pd.DataFrame) -> pd.Series[bool]:
    """Return of each approval whether a withdrawal says this of it."""
    said = withdrawals.loc[withdrawals[column], "approval_no"] if column in withdrawals else []
    return approvals["approval"].isin(said).set_axis(approvals["approval"])


def _code(code: str, is_met: pd.Series) -> pd.Series:
    return pd.Series(code, index=is_met.index).where(is_met)


def _joined(codes: pd.DataFrame) -> pd.Series:
    """Return the codes of each row, and those of its lists, as one list; None of none."""
    values = codes.to_numpy(dtype=object)
    joined = np.full(len(values), None, dtype=object)
    # Most rows lack nothing.
    for row in np.flatnonzero(codes.notna().any(axis=1)).tolist():
        joined[row] = tuple(code for each in values[row] for code in _each(each)) or None
    return pd.Series(joined, index=codes.index)


def _each(codes: object) -> tuple[str, ...]:
    if isinstance(codes, tuple):
        return codes
    return (codes,) if isinstance(codes, str) else ()
