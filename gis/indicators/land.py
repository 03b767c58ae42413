"""Land rates of a block or park: developed, supplied, built, idle, approved and not supplied.

Each indicator is a function of Series of areas in m2 (index = the places) and returns a `Figure`;
the index of the result is the index of the input. A zero or unknown denominator makes a rate
undetermined (NaN), never 0; a rate over 100 % stays what it is.

Account letters as in TD/T 1029: A built, B21 ready for supply, B22 not ready, D supplied. Land
that is supplied but of unknown development counts in A + B21 (it is one or the other); other land
of unknown development is in no rate and is printed as `unknown_rate`.
"""

from __future__ import annotations

import pandas as pd

from gis.frames import door
from gis.indicators import figures
from gis.indicators.figures import Figure

_PIECES = ("park_piece",)
_BY_LETTER = {"D": "supplied_m2", "A": "built_m2"}


def development_rate(built_m2: pd.Series, ready_m2: pd.Series, not_ready_m2: pd.Series) -> Figure:
    """Return 土地开发率 = (A + B21) / (A + B), B = B21 + B22.

    Three squares built, three ready (or supplied), two not ready:

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> development_rate(one(30000.0), one(30000.0), one(20000.0)).value.tolist()
    [75.0]
    """
    return _rate(
        built_m2 + ready_m2,
        built_m2 + ready_m2 + not_ready_m2,
        "土地开发率 = (A+B21)/(A+B)",
        ("developed_m2", "buildable_m2"),
    )


def supply_rate(supplied_m2: pd.Series, built_m2: pd.Series, ready_m2: pd.Series) -> Figure:
    """Return 土地供应率 = D / (A + B21); over 100 % where land not yet ready was supplied.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> supply_rate(one(45000.0), one(30000.0), one(30000.0)).value.tolist()
    [75.0]
    """
    return _rate(
        supplied_m2,
        built_m2 + ready_m2,
        "土地供应率 = D/(A+B21)",
        ("supplied_m2", "developed_m2"),
    )


def built_rate(built_m2: pd.Series, supplied_m2: pd.Series) -> Figure:
    """Return 土地建成率 = A / D; over 100 % where land was built on without supply.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> built_rate(one(30000.0), one(24000.0)).value.tolist()
    [125.0]
    """
    return _rate(built_m2, supplied_m2, "土地建成率 = A/D", ("built_m2", "supplied_m2"))


def idle_rate(found_idle_m2: pd.Series, denominator_m2: pd.Series, letter: str = "D") -> Figure:
    """Return 土地闲置率 = G / D, or G / A where the setting `letter` says so.

    G counts land found idle by a 认定书 on record, nothing else.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> idle_rate(one(1000.0), one(50000.0)).value.tolist()
    [2.0]
    """
    return _rate(
        found_idle_m2,
        denominator_m2,
        f"土地闲置率 = G/{letter}，G 仅含已认定，为登记面积",
        ("found_idle_m2", _BY_LETTER[letter]),
        ("finding", *_PIECES),
        figures.MIXED,
    )


def suspected_rate(suspected_m2: pd.Series, denominator_m2: pd.Series, letter: str = "D") -> Figure:
    """Return 疑似闲置占比 = suspected / D (or A): a line of its own, never part of the idle rate.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> suspected_rate(one(2500.0), one(50000.0)).value.tolist()
    [5.0]
    """
    return _rate(
        suspected_m2,
        denominator_m2,
        f"疑似闲置占比 = 疑似闲置/{letter}，未经认定，疑似闲置为登记面积",
        ("suspected_idle_m2", _BY_LETTER[letter]),
        ("finding", *_PIECES),
        figures.MIXED,
    )


def unsupplied_rate(unsupplied_m2: pd.Series, approved_m2: pd.Series) -> Figure:
    """Return 批而未供率 = unsupplied land with its edges / approved; slivers are in neither.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> unsupplied_rate(one(100.0), one(0.0)).value.isna().tolist()
    [True]
    """
    return _rate(
        unsupplied_m2,
        approved_m2,
        "批而未供率 = 批而未供（未供＋边角地，不含细碎面）/批准",
        ("unsupplied_m2", "approved_m2"),
        ("place_line",),
    )


def development_intensity(built_m2: pd.Series, total_m2: pd.Series) -> Figure:
    """Return 土地开发强度 = construction land / total area of the place (one of two readings).

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> development_intensity(one(30000.0), one(120000.0)).value.tolist()
    [25.0]
    """
    return _rate(
        built_m2,
        total_m2,
        "土地开发强度（口径一）= 建设用地(A)/总面积",
        ("built_m2", "total_m2"),
    )


def built_share(built_m2: pd.Series, ready_m2: pd.Series, not_ready_m2: pd.Series) -> Figure:
    """Return 土地开发强度 in its other reading: 开发率 x 供应率 x 建成率, which is A / (A + B).

    The national circular prints it as the built share; 2020: 89.46 x 92.68 x 92.77 = 76.92 %.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> built_share(one(30000.0), one(5000.0), one(5000.0)).value.tolist()
    [75.0]
    """
    return _rate(
        built_m2,
        built_m2 + ready_m2 + not_ready_m2,
        "土地开发强度（口径二）= 开发率×供应率×建成率 = A/(A+B)",
        ("built_m2", "buildable_m2"),
    )


def unknown_rate(unknown_m2: pd.Series, total_m2: pd.Series) -> Figure:
    """Return the share of a place of which the development is unknown: how far to trust the rest.

    >>> one = lambda area: pd.Series([area], index=["P"])
    >>> unknown_rate(one(6000.0), one(120000.0)).value.tolist()
    [5.0]
    """
    return _rate(
        unknown_m2,
        total_m2,
        "开发情况不明占比 = 不明/总面积",
        ("unknown_development_m2", "total_m2"),
    )


@door(
    accounts="indicators.accounts",
    idle="indicators.idle",
    balance="indicators.balances",
    gives="indicators.rates",
)
def land_indicators(
    accounts: pd.DataFrame,
    idle: pd.DataFrame,
    balance: pd.DataFrame,
    place_kind: str,
    idle_letter: str = "D",
) -> pd.DataFrame:
    """Return all land rates of all places, rows of the indicator contract.

    accounts  place_code and the areas of `gis.parks.accounts`
    idle      place_code, found_idle_m2, suspected_idle_m2; a place not in it has none
    balance   place_code, unsupplied_m2, edge_m2, approved_m2 (`gis.approvals.balance`); a place not
              in it has no approved land, so its rate is undetermined

    `idle_letter` is D or A, the setting `indicators.idle_share_denominator`; the other reading is a
    rate of its own.
    """
    land = accounts.set_index("place_code").sort_index()
    idle = idle.set_index("place_code").reindex(land.index).fillna(0.0)
    approved = balance.set_index("place_code").reindex(land.index)
    built = land["A_m2"]
    ready = land["B21_m2"] + land["supplied_unknown_m2"]
    supplied = land["D1_m2"] + land["D2_m2"]
    over = {"D": supplied, "A": built}
    other = "A" if idle_letter == "D" else "D"
    unknown = land["unknown_development_m2"]
    rates = {
        "development_rate": development_rate(built, ready, land["B22_m2"]),
        "supply_rate": supply_rate(supplied, built, ready),
        "built_rate": built_rate(built, supplied),
        "idle_rate": idle_rate(idle["found_idle_m2"], over[idle_letter], idle_letter),
        "idle_rate_other": idle_rate(idle["found_idle_m2"], over[other], other),
        "suspected_rate": suspected_rate(idle["suspected_idle_m2"], over[idle_letter], idle_letter),
        "unsupplied_rate": unsupplied_rate(
            approved["unsupplied_m2"] + approved["edge_m2"], approved["approved_m2"]
        ),
        "development_intensity": development_intensity(built, land["total_m2"]),
        "built_share": built_share(built, ready, land["B22_m2"]),
        "unknown_rate": unknown_rate(unknown, land["total_m2"]),
    }
    return figures.table(rates, place_kind)


def _rate(
    numerator: pd.Series,
    denominator: pd.Series,
    definition: str,
    facts: tuple[str, str],
    source: tuple[str, ...] = _PIECES,
    area_kind: str = figures.PLANAR,
) -> Figure:
    return figures.quotient(
        numerator, denominator, "%", definition, facts, source, factor=100.0, area_kind=area_kind
    )
