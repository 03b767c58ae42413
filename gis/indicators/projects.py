"""Projects over their own land: 亩均投资, 亩均产值, 亩均税收, 投资强度 with land price and without.

Trap: 投资强度 of 标准地 and of 72号 counts the price of the land, the investment of article 30 does
not; so there are two figures, and each says which it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import units
from gis.frames import door
from gis.indicators.figures import gathered

WAN = 10_000


@door(
    projects="projects.projects",
    supplies="projects.supplies",
    years="projects.years",
    gives="projects.figures",
)
def of_projects(
    projects: pd.DataFrame,
    supplies: pd.DataFrame,
    years: pd.DataFrame,
    *,
    is_price_invested: bool,
) -> pd.DataFrame:
    """Return the figures of each project, in its order; what lacks is undetermined and named.

    projects  project_code, area_m2, invested_fen, supply_nos
    supplies  supply_no, area_m2, price_fen, supplement_fen
    years     project_code, output_fen, tax_fen: the part of its firm's year on the project's land
    is_price_invested  whether 已完成投资 as sent holds the price of the land

    Land is what the project says it has, else that of its supplies. 3,000 万元 without a price of
    600 万元 on 2 公顷 (30 亩):

    >>> one = pd.DataFrame({"project_code": ["J"], "area_m2": [20000.0],
    ...     "invested_fen": pd.array([3_000_000_000], "Int64"), "supply_nos": [["S"]]})
    >>> land = pd.DataFrame({"supply_no": ["S"], "area_m2": [20000.0],
    ...     "price_fen": pd.array([600_000_000], "Int64"),
    ...     "supplement_fen": pd.array([None], "Int64")})
    >>> none = pd.DataFrame({"project_code": [], "output_fen": [], "tax_fen": []})
    >>> found = of_projects(one, land, none, is_price_invested=False).iloc[0]
    >>> float(found["invested_per_mu"]), float(found["intensity_without_price"])
    (100.0, 1500.0)
    >>> float(found["intensity_with_price"])
    1800.0
    """
    named = projects[["project_code", "supply_nos"]].explode("supply_nos").dropna()
    own = named.merge(supplies, left_on="supply_nos", right_on="supply_no", how="left")
    # A register writes 0 where it knows no price.
    paid = own["price_fen"].where(own["price_fen"] > 0).astype("Float64")
    price = paid + own["supplement_fen"].fillna(0)
    of_land = own.assign(price=price.astype("float64")).groupby("project_code")
    codes = projects["project_code"]
    priced = of_land["price"].agg(lambda one: one.sum(skipna=False)).reindex(codes).to_numpy()
    supplied = of_land["area_m2"].agg(lambda one: one.sum(skipna=False)).reindex(codes).to_numpy()
    land = projects["area_m2"].to_numpy(np.float64)
    land = np.where(land > 0, land, np.where(supplied > 0, supplied, np.nan))
    invested = np.asarray(projects["invested_fen"].astype("Float64").astype("float64"))
    without = invested - priced if is_price_invested else invested
    with_price = invested if is_price_invested else invested + priced
    sums = years.astype({"output_fen": "float64", "tax_fen": "float64"}).groupby("project_code")
    made = sums[["output_fen", "tax_fen"]].sum(min_count=1).reindex(codes)
    found = pd.DataFrame(
        {
            "project_code": codes.to_numpy(),
            "land_m2": land,
            "price_yuan": units.yuan(priced),
            "invested_without_price_yuan": units.yuan(without),
            "invested_with_price_yuan": units.yuan(with_price),
            "output_yuan": units.yuan(made["output_fen"].to_numpy(np.float64)),
            "tax_yuan": units.yuan(made["tax_fen"].to_numpy(np.float64)),
        }
    )
    mu, hectares = units.mu(found["land_m2"]), units.hectares(found["land_m2"])
    over = {
        "invested_per_mu": ("invested_without_price_yuan", mu),
        "output_per_mu": ("output_yuan", mu),
        "tax_per_mu": ("tax_yuan", mu),
        "intensity_without_price": ("invested_without_price_yuan", hectares),
        "intensity_with_price": ("invested_with_price_yuan", hectares),
    }
    for name, (column, area) in over.items():
        found[name] = found[column] / WAN / area
    lacking = {
        "project_area": found["land_m2"].isna(),
        "invested_fen": pd.Series(np.isnan(invested)),
        "price": found["price_yuan"].isna(),
        "output_fen": found["output_yuan"].isna(),
        "tax_fen": found["tax_yuan"].isna(),
    }
    return found.assign(missing=gathered(lacking).to_numpy())
