"""Projects held against their control values; who is 疑似低效; blocks without new projects.

Of a run: its day, its land, the records it knew. Nothing is stored, so nothing can be stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis.arrays import objects
from gis.assessment import land, matched, projects
from gis.assessment.values import stated
from gis.control import applicable, blocks, judge, low_efficiency, measured, quarter
from gis.control.values import INTENSITIES, SHARES
from gis.law import Law
from gis.result_tables import LANDS
from gis.store import records, results
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter
from gis.store.results import Asked
from gis.store.runs import Run

_OF_SUBJECT = ["subject", "kind", "name", "region_code", "park_code", "block_code", *LANDS]
_REASONS = ("below_control", "stopped", "overdue_build", "cannot_run", "listed")
_LAST_BY = "output_per_mu"
# Which figure tells who comes last, by the codes of table `indicator`; the newest year known.
_PLACES = ("block", "park")


@dataclass(frozen=True)
class Judged:
    """What is known on a day, each held against its values (`control.verdicts`), and the values."""

    as_of: date
    known: projects.Known
    verdicts: pd.DataFrame
    values: pd.DataFrame

    @property
    def values_unused(self) -> list[dict[str, Any]]:
        """Return the control values nobody can use, and why."""
        return unused(self.values)


def unused(values: pd.DataFrame, *, is_whole: bool = True) -> list[dict[str, Any]]:
    """Return table `unused_value`: the control values nobody can use.

    `is_whole`: those of agreements too, which name papers of projects.
    """
    told = values["fault"].notna() & (is_whole | (values["level"] != "agreement"))
    rows = values[told].drop_duplicates(["document", "name", "fault"])
    return [
        {"document": row["document"], "indicator": row["name"], "fault": row["fault"]}
        for row in rows.to_dict("records")
    ]


def judged(connection: Connection, run: Run, law: Law, as_of: date | None = None) -> Judged:
    """Return every project of a run's land held against its control values on a day (its own)."""
    day = run.as_of if as_of is None else as_of
    known = projects.known(connection, run, law, day)
    values = stated(connection, run.delivery, law, day, known.agreed)
    applied = applicable.applicable(known.subjects, values)
    with_price = str(law.value("control.invested_with_price", day, run.region).amount)
    reached = measured.measured(known.subjects, with_price)
    verdicts = judge.judge(known.subjects, applied, reached, day)
    return Judged(day, known, verdicts, values)


def controls(found: Judged, law: Law) -> pd.DataFrame:
    """Return table `control` with LANDS: a row per subject and value that applies to it."""
    rows = found.verdicts[found.verdicts["verdict"] != "no_control"]
    rows = published(rows, law, found.as_of)
    return rows.merge(found.known.subjects[[*_OF_SUBJECT, "values_on"]], on="subject")


def published(rows: pd.DataFrame, law: Law, as_of: date) -> pd.DataFrame:
    """Return verdicts as they are handed out: `indicator`, `unit`, `force`, and no infinities."""
    return rows.rename(columns={"name": "indicator"}).assign(
        force=lambda one: one["indicator"].map(_forces(law, as_of)).fillna("other"),
        unit=lambda one: one["indicator"].map(unit_of),
        low=lambda one: one["low"].replace(-np.inf, np.nan),
        high=lambda one: one["high"].replace(np.inf, np.nan),
    )


def unit_of(name: str) -> str | None:
    """Return the unit a control value is stored in; None for one that has none."""
    return "元/m2" if name in INTENSITIES else "share" if name in SHARES else "ratio"


def _forces(law: Law, as_of: date) -> dict[str, str]:
    told: dict[str, str] = {}
    for force in ("recommended", "binding"):
        named: Any = law.value(f"control.{force}", as_of).amount
        told |= dict.fromkeys(named, force)
    return told


def low(connection: Connection, run: Run, law: Law, found: Judged) -> pd.DataFrame:
    """Return table `low_efficiency` with LANDS: a row per subject and reason."""
    listed = quarter.classes(found.known.subjects, found.verdicts, _no_formalities(), found.as_of)
    rows = low_efficiency.candidates(found.verdicts, listed, _decided(connection, run, found))
    # Two columns also where nobody is a candidate; a cut at ":" would give none then.
    parts = rows["reason"].astype("object").str.extract(r"^([^:]*)(?::(.*))?$")
    told = rows.assign(reason=parts[0], indicator=parts[1].where(parts[1].notna(), None))
    subjects = found.known.subjects[[*_OF_SUBJECT, "land_m2"]]
    told = told.merge(subjects, on="subject")
    basis = {code: _basis(law, code, found.as_of, run.region) for code in _REASONS}
    places = _places(connection, run, law, found)
    return told.assign(
        basis=told["reason"].map(basis),
        unit=told["indicator"].map(unit_of, na_action="ignore"),
        places=objects(
            [
                tuple(code for code, column, codes in places if row[column] in codes) or None
                for row in told[["block_code", "park_code"]].to_dict("records")
            ]
        ),
    )


def _basis(law: Law, reason: str, as_of: date, region: str | None) -> str:
    value = law.value(f"control.basis.{reason}", as_of, region or "150000")
    mark = "" if value.verified else "（未核对）"
    return f"{value.title}：{value.said}{mark}"


def _no_formalities() -> pd.DataFrame:
    names = ("project_code", "formality", "state", "due_on", "office")
    return pd.DataFrame({name: pd.Series(dtype="object") for name in names})


def _decided(connection: Connection, run: Run, found: Judged) -> pd.DataFrame:
    """Return who stands on the bureau's ledger of 低效 land: subject, state, document."""
    only = RecordFilter(named={"ledger": ["low_efficiency"]})
    rows = records.read(connection, "ledgers", run.delivery, found.as_of, only=only)
    pairs = found.known.pairs
    by_number = pd.concat([pairs.set_index(column)["subject"] for column in ("supply_no", "ref")])
    by_number = by_number[~by_number.index.duplicated() & by_number.index.notna()]
    subject = rows["project_code"].fillna(matched.of(by_number, rows["supply_no"]))
    told = pd.DataFrame({"subject": subject, "state": rows["state"], "document": rows["key"]})
    is_known = told["subject"].isin(found.known.subjects["subject"])
    return told[is_known].drop_duplicates("subject", keep="last")


def quiet_blocks(connection: Connection, run: Run, law: Law, found: Judged) -> pd.DataFrame:
    """Return table `quiet_block` with LANDS: what new projects each block had, and a verdict."""
    region = run.region or "150000"
    years: Any = law.value("control.years_without_project", found.as_of, region).amount
    kinds: Any = law.value("control.new_project_kinds", found.as_of, region).amount
    columns = ("block_code", "park_code", "from_on")
    places = records.read(connection, "blocks", run.delivery, found.as_of, columns=columns)
    subjects = found.known.subjects
    own = subjects[subjects["kind"] == projects.PROJECT]
    rows = blocks.without_new_projects(
        places,
        own[["block_code", "park_code", "from_on"]].assign(kind=own["project_kind"]),
        found.as_of, years, kinds,
    )  # fmt: skip
    asked = blocks.window(found.as_of, years)
    counted = [(f"count_{n}", year) for n, year in enumerate(asked, start=1)]
    if found.as_of.year not in asked:
        counted.append(("count_now", found.as_of.year))
    counts = [
        tuple(f"{year}:{row[name]}" for name, year in counted) for row in rows.to_dict("records")
    ]
    parks = records.read(connection, "parks", run.delivery, found.as_of, columns=("region_code",))
    lies_in = matched.of(parks.set_index("key")["region_code"], rows["park_code"])
    return rows.assign(
        counts=objects(counts),
        region_code=lies_in,
        regions=_lands(lies_in),
        parks=objects([[code] if isinstance(code, str) else None for code in rows["park_code"]]),
        blocks=objects([[code] for code in rows["block_code"]]),
    )


def _lands(regions: pd.Series) -> Any:
    return objects(
        [sorted(land.ancestors(code)) if isinstance(code, str) else None for code in regions]
    )


def last_places(connection: Connection, run: Run) -> pd.DataFrame:
    """Return table `last_place` with LANDS: who comes last by 亩均产值 of the newest year."""
    asked = Asked(where={"name": [_LAST_BY], "place_kind": [*_PLACES]})
    rows = results.read(connection, run, "indicator", asked)
    newest = rows.groupby("place_kind")["year"].transform("max")
    rows = rows[rows["year"].isna() | (rows["year"] == newest)]
    last = blocks.last_places(rows[["place_kind", "place_code", "value"]])
    lands = rows.drop_duplicates(["place_kind", "place_code"])
    return last.merge(lands[["place_kind", "place_code", *LANDS]], on=["place_kind", "place_code"])


def _places(
    connection: Connection, run: Run, law: Law, found: Judged
) -> list[tuple[str, str, set[str]]]:
    quiet = quiet_blocks(connection, run, law, found)
    last = last_places(connection, run)

    def of(kind: str) -> set[str]:
        return {*last.loc[last["place_kind"] == kind, "place_code"]}

    without = {*quiet.loc[quiet["verdict"] == "none", "block_code"]}
    return [
        ("block_without_project", "block_code", without),
        ("last_block", "block_code", of("block")),
        ("last_park", "park_code", of("park")),
    ]
