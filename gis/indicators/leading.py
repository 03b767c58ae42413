"""主导产业: the share of a place's industrial output that its leading industries make."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from gis import units
from gis.indicators import economy, figures
from gis.indicators.figures import Figure

_LEADING = "主导产业产值占比 = 所列主导产业企业产值/工业总产值"
_LARGEST = "最大行业产值占比 = 产值最大的行业大类（两位代码）/工业总产值，不等于主导产业"


def leading_share(
    parts: pd.DataFrame, place: economy.Places, leading: Mapping[str, Collection[str]]
) -> dict[str, Figure]:
    """Return, in percent by (place, year), the shares of the leading and of the largest industry.

    parts    of `economy.placed` that lie in a place, with industry_code; place: where each lies
    leading  place code -> the industry codes (two to four digits) named as leading there

    Undetermined where no leading industry is named, where a firm with output has no industry, and
    where the output itself is. The largest division is another figure: nobody named it as leading.
    """
    output = economy.total(parts, place, "output_yuan")
    assert output.numerator is not None
    industrial = parts["is_industrial"].astype("boolean").fillna(False).to_numpy(bool)
    fen = np.where(industrial, parts["output_fen"].fillna(0).to_numpy(np.int64), 0)
    code = economy.digits_of(parts["industry_code"])
    is_lost = place.sums((code.isna().to_numpy(bool) & (fen > 0)).astype(np.int64)) > 0
    lost = figures.gathered({"industry_code": is_lost}, output.missing)
    is_unnamed = pd.Series([at not in leading for at, _ in place.labels], place.labels, dtype=bool)
    at = pd.Series([code for code, _ in place.labels], dtype=object)[place.number].to_numpy()
    is_leading = np.zeros(len(parts), bool)
    for where, begins in leading.items():
        named = code.str.startswith(tuple(begins)).fillna(False).to_numpy(bool)
        is_leading |= (at == where) & named
    division = code.str[:2].fillna("")
    by = pd.DataFrame({"number": place.number, "division": division, "fen": fen})
    largest = by.groupby(["number", "division"])["fen"].sum().groupby("number").max()
    most = largest.reindex(range(len(place.labels)), fill_value=0).to_numpy(np.float64)
    shares = {
        "leading_industry_share": (
            place.sums(fen * is_leading),
            _LEADING,
            figures.gathered({"leading_industries": is_unnamed}, lost),
        ),
        "largest_industry_share": (pd.Series(most, place.labels), _LARGEST, lost),
    }
    return {
        name: figures.quotient(
            units.yuan(of),
            output.numerator,
            "%",
            definition,
            ("output_fen", "output_yuan"),
            output.source,
            factor=100.0,
            of_units=("元", "元"),
            area_kind=None,
            missing=lacking,
        )
        for name, (of, definition, lacking) in shares.items()
    }
