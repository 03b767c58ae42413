"""One row per approval (批准文号 + 批次) with what the balance and the rules may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.facts.gather import Records
from gis.record_names import JOINT, number_of


def assemble(records: Records) -> pd.DataFrame:
    """Return the approvals in force, one row each, in the order of their names.

    Columns: approval (name: number, or number|batch), approval_no, batch_kind, approved_on,
    total_area_m2, new_area_m2, exempt_area_m2, replaces (list of approval numbers), region_code,
    geom (all parts collected, EPSG:4490; None where no part has a shape).
    """
    parts = records.dated["approvals"]
    return assembled(parts.assign(approval=name_of(parts)))


def assembled(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the same of parts that say in `approval` to what they belong."""
    parts = parts.sort_values("key")
    groups = parts.groupby("approval", sort=True)
    table = groups.agg(
        approval_no=("approval_no", "first"),
        batch_kind=("batch_kind", "first"),
        approved_on=("approved_on", "min"),
        region_code=("region_code", "first"),
    )
    table["replaces"] = _of_each(parts, "replaces", _union)
    table["geom"] = _of_each(parts, "geom", collected)
    for column in ("total_area_m2", "new_area_m2", "exempt_area_m2"):
        table[column] = area_of_each(parts, column)
    return table.reset_index()


def name_of(approvals: pd.DataFrame) -> pd.Series:
    """Return the approval a part belongs to: its number, and its batch where one is given."""
    number, batch = approvals["approval_no"], approvals["batch"]
    return number.where(batch.isna(), number + JOINT + batch.fillna(""))


def shapes_of(parts: pd.DataFrame) -> pd.Series:
    """Return the shape of each approval, all its parts collected, by its name; None without any."""
    parts = parts.sort_values("key")
    return _of_each(parts.assign(approval=name_of(parts)), "geom", collected).sort_index()


def compensation_by(
    approvals: pd.DataFrame, status: pd.DataFrame, lapse_on: pd.Series
) -> pd.DataFrame:
    """Return what is known of each approval: compensation by its lapse day, and supply possible.

    `lapse_on` is the last day of the two years (自然资规〔2018〕1号), one value per approval.
    `compensation`: done when a record dates it by that day or saw it done by then; not_done when
    it is dated later or was seen undone on or after that day; not_required where a record says
    so; otherwise unknown. `is_supply_possible` is the newest word on it.
    """
    lapse = pd.DataFrame({"approval": approvals["approval"], "lapse_on": lapse_on.to_numpy()})
    seen = _speaking_of(approvals["approval"], status.sort_values("observed_on"))
    seen = seen.merge(lapse, on="approval")
    done = seen["compensation"] == "done"
    is_done_by_then = done & (
        seen["compensated_on"].fillna(seen["observed_on"]) <= seen["lapse_on"]
    )
    is_dated_later = done & (seen["compensated_on"] > seen["lapse_on"])
    is_undone_then = (seen["compensation"] == "not_done") & (
        seen["observed_on"] >= seen["lapse_on"]
    )
    word = pd.Series(None, index=seen.index, dtype="str")
    word = word.mask(is_undone_then | is_dated_later, "not_done")
    word = word.mask(is_done_by_then, "done")
    word = word.mask(seen["compensation"] == "not_required", "not_required")
    known = seen.assign(word=word)
    by_name = pd.DataFrame(
        {
            # The strongest record wins: a dated completion by the day over a later "not done".
            "compensation": known.dropna(subset=["word"])
            .assign(rank=lambda rows: rows["word"].map({"not_required": 0, "done": 1}).fillna(2))
            .sort_values("rank", kind="stable")
            .groupby("approval")["word"]
            .first(),
            "is_supply_possible": known.dropna(subset=["is_supply_possible"])
            .groupby("approval")["is_supply_possible"]
            .last(),
        }
    )
    return by_name.reindex(approvals["approval"]).reset_index()


def newest_status(status: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the newest word on each question about the approvals of these names, by name.

    Columns: compensation, implementation_plan_on, is_supply_possible, office (责任单位), obstacle:
    the reason given with the newest answer to whether it can be supplied; a later answer without
    one ends it.
    """
    seen = _speaking_of(names, status.sort_values("observed_on", kind="stable"))
    questions = ["compensation", "implementation_plan_on", "is_supply_possible", "office"]
    newest = seen.groupby("approval")[questions].last()
    told = seen.dropna(subset=["is_supply_possible", "obstacle"], how="all")
    return newest.assign(obstacle=told.drop_duplicates("approval", keep="last")
                         .set_index("approval")["obstacle"])  # fmt: skip


def _speaking_of(names: pd.Series, papers: pd.DataFrame) -> pd.DataFrame:
    """Return the papers with the `approval` each speaks of: all of its number, or one by batch."""
    name = names.drop_duplicates()
    pairs = [
        pd.DataFrame({"approval": name, "approval_no": cited})
        for cited in (name, name.map(number_of))
    ]
    return papers.merge(pd.concat(pairs).drop_duplicates(), on="approval_no")


def area_of_each(parts: pd.DataFrame, column: str) -> pd.Series:
    """Return the area of each approval: what all its parts repeat, or the sum of what they say."""
    areas = parts.groupby("approval", sort=True)[column]
    return areas.first().where(areas.nunique() < 2, areas.sum())


def _of_each(parts: pd.DataFrame, column: str, gathered: Callable[[list[Any]], Any]) -> pd.Series:
    """Return what is gathered of the parts of each approval, by its name."""
    values: dict[str, list[Any]] = {}
    for name, value in zip(parts["approval"], parts[column], strict=True):
        values.setdefault(name, []).append(value)
    return pd.Series([gathered(each) for each in values.values()], list(values), dtype=object)


def _union(lists: list[Any]) -> list[str]:
    known = [each for each in lists if isinstance(each, list | tuple | np.ndarray)]
    return sorted({number for numbers in known for number in numbers})


def collected(shapes: Iterable[Any]) -> shapely.Geometry | None:
    """Return the shapes there are as one; None without any."""
    present = [shape for shape in shapes if shape is not None]
    if len(present) <= 1:
        return present[0] if present else None
    return shapely.GeometryCollection(present)
