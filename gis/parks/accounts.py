"""Land accounts A to F and the state shown on maps, as functions of a piece's four codes.

Frames with the columns approved, supplied, development and readiness in; Series with their index
out. Accounts as in TD/T 1029, 开发区土地集约利用.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

CODES = ("approved", "supplied", "development", "readiness")
ACCOUNTS_BUILD = ("A", "B21", "B22", "C", "unknown_development")
ACCOUNTS_SUPPLY = ("D1", "D2", "E", "F", "unknown_supply")


def account_build(codes: pd.DataFrame) -> pd.Series:
    """Return A, B21, B22, C or unknown_development for each row of codes.

    A built; else C unbuildable; else unknown where development is; else B21 if supplied,
    building or ready; B22 if not ready; else unknown.

    >>> codes = ["approved", "supplied", "development", "readiness"]
    >>> land = [("yes", "paid", "none", "unknown"), ("yes", "no", "unknown", "ready")]
    >>> account_build(pd.DataFrame(land, columns=codes)).tolist()
    ['B21', 'unknown_development']
    """
    development, readiness = codes["development"], codes["readiness"]
    is_claimed = (codes["supplied"] != "no") | (development == "building")
    return _first_that_fits(
        codes,
        [
            (development == "built", "A"),
            (readiness == "unbuildable", "C"),
            (development == "unknown", "unknown_development"),
            (is_claimed | (readiness == "ready"), "B21"),
            (readiness == "not_ready", "B22"),
        ],
        "unknown_development",
    )


def account_supply(codes: pd.DataFrame) -> pd.Series:
    """Return D1 (allocated), D2 (paid), E, F or unknown_supply for each row of codes.

    D supplied; else F unbuildable and not built; else E if built, building, ready or not ready;
    else unknown.
    """
    development, readiness = codes["development"], codes["readiness"]
    return _first_that_fits(
        codes,
        [
            (codes["supplied"] == "allocated", "D1"),
            (codes["supplied"] == "paid", "D2"),
            ((readiness == "unbuildable") & (development != "built"), "F"),
            (development.isin(["built", "building"]) | (readiness != "unknown"), "E"),
        ],
        "unknown_supply",
    )


def state(codes: pd.DataFrame) -> pd.Series:
    """Return the state shown on maps: supplied land by its development, other by its papers.

    >>> land = [("yes", "no", "none", "ready"), ("no", "no", "built", "unknown")]
    >>> state(pd.DataFrame(land, columns=[*CODES])).tolist()
    ['approved_not_supplied', 'built_without_supply']
    """
    development, is_supplied = codes["development"], codes["supplied"] != "no"
    return _first_that_fits(
        codes,
        [
            (is_supplied & (development == "built"), "built"),
            (is_supplied & (development == "building"), "building"),
            (is_supplied & (development == "none"), "supplied_not_started"),
            (is_supplied, "supplied_start_unknown"),
            (development.isin(["built", "building"]), "built_without_supply"),
            (codes["readiness"] == "unbuildable", "not_buildable"),
            (codes["approved"] == "yes", "approved_not_supplied"),
            (development == "unknown", "unknown"),
        ],
        "not_approved",
    )


def accounts(pieces: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the land accounts of each park or block (`by` its code column), m2.

    Columns: the code, total_m2, one for each account (A_m2 ... unknown_supply_m2) and
    supplied_unknown_m2, the supplied part of unknown_development, which counts in A + B21.
    A + B21 + B22 + C + unknown_development = D1 + D2 + E + F + unknown_supply = total.
    """
    pieces = pieces.dropna(subset=by)
    columns = {"total_m2": pd.Series(True, index=pieces.index)}
    for kind, names in (("account_build", ACCOUNTS_BUILD), ("account_supply", ACCOUNTS_SUPPLY)):
        columns |= {f"{name}_m2": pieces[kind] == name for name in names}
    columns["supplied_unknown_m2"] = (pieces["account_build"] == "unknown_development") & (
        pieces["supplied"] != "no"
    )
    areas = pd.DataFrame(
        {name: pieces["area_planar_m2"].where(chosen, 0.0) for name, chosen in columns.items()}
    )
    return areas.groupby(pieces[by]).sum().reset_index()


def _first_that_fits(
    codes: pd.DataFrame, rows: list[tuple[pd.Series, str]], otherwise: str
) -> pd.Series:
    found = np.select(
        [fits.to_numpy(bool) for fits, _ in rows], [word for _, word in rows], otherwise
    )
    return pd.Series(found, index=codes.index)
