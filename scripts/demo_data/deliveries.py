"""All files of a plan, and the list of them in the order in which they are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from demo_data import register_columns as columns
from demo_data.bad_rows import write_bad_rows
from demo_data.coordinates import write_coordinates
from demo_data.layer_columns import LAYERS, PARCELS
from demo_data.patterns import Row
from demo_data.plan import Plan
from demo_data.registers import Register, write_csv, write_workbook
from demo_data.vectors import write_layer, write_shapefile

LAST_YEAR_IN_HECTARES = 2022
GBK_LANGUAGE, NO_LANGUAGE = 0x4D, 0x00
SHEETS = {  # sheet of papers.xlsx -> kind, columns
    "延期": ("extensions", columns.EXTENSIONS),
    "交地确认": ("handovers", columns.HANDOVERS),
    "权利终止": ("right_endings", columns.ENDINGS),
    "处置决定": ("decisions", columns.DECISIONS),
}


class Deliveries:
    """A folder of deliveries in the making; what has no row gets no file."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.entries: list[tuple[str, str, str | None]] = []  # kind, file, layer or sheet

    def layer(self, kind: str, rows: Sequence[Row], is_prefixed: bool = False) -> None:
        """Write the layer of a kind."""
        file, layer, shown = LAYERS[kind]
        if rows:
            write_layer(self.out / file, layer, shown, rows, is_prefixed)
            self.entries.append((kind, file, layer))

    def csv(
        self, kind: str, file: str, register: Register, rows: Sequence[Row], encoding: str
    ) -> None:
        """Write a CSV of a kind."""
        if rows:
            write_csv(self.out / file, register, rows, encoding)
            self.entries.append((kind, file, None))


def write_deliveries(plan: Plan, out: Path) -> int:
    """Write every file of the plan into `out`, return how many deliveries; other files stay."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.gpkg"):
        old.unlink()  # a layer would be put into the file that is there
    made, rows = Deliveries(out), plan.rows
    for kind in ("regions", "parks", "blocks"):
        made.layer(kind, rows[kind])
    _write_approvals(made, rows)
    for name, language in (("parcels", NO_LANGUAGE), ("old_parcels", GBK_LANGUAGE)):
        write_shapefile(out / f"{name}.shp", PARCELS, rows[name], language)
        made.entries.append(("parcels", f"{name}.shp", None))
    _write_supplies(made, rows["supplies"])
    sheets = {
        sheet: (kind, register, rows[kind])
        for sheet, (kind, register) in SHEETS.items()
        if rows[kind]
    }
    write_workbook(out / "papers.xlsx", {name: entry[1:] for name, entry in sheets.items()})
    made.entries += [(entry[0], "papers.xlsx", sheet) for sheet, entry in sheets.items()]
    made.csv("causes", "causes.csv", columns.CAUSES, rows["causes"], "utf-8-sig")
    papers = {"document", "patrol"}
    seen = [row for row in rows["progress"] if row["source"] in papers]
    told = [row for row in rows["progress"] if row["source"] not in papers]
    made.csv("progress", "patrols.csv", columns.PROGRESS, seen, "gb18030")
    made.csv("progress", "reports.csv", columns.PROGRESS, told, "utf-8-sig")
    for kind in ("landclass", "plans", "serviced", "buildings"):
        made.layer(kind, rows[kind], is_prefixed=kind == "landclass")
    made.csv("tasks", "tasks.csv", columns.TASKS, rows["tasks"], "gb18030")
    _write_economy(made, rows)
    for kind, file, register, listed in plan.listed:
        made.csv(kind, file, register, listed, "gb18030")
    write_bad_rows(out / "bad")
    _write_list(made, plan.seed)
    return len(made.entries)


def _write_approvals(made: Deliveries, rows: dict[str, list[Row]]) -> None:
    of_form: dict[str, list[Row]] = {"gpkg": [], "txt": [], "register": []}
    for approval in rows["approvals"]:
        of_form[approval["form"]].append(approval)
    made.layer("approvals", of_form["gpkg"])
    for approval in of_form["txt"]:
        file = f"approval_{approval['name']}.txt"
        write_coordinates(made.out / file, approval)
        made.entries.append(("approvals", file, None))
    if of_form["register"]:
        sheet = (columns.APPROVALS, of_form["register"])
        write_workbook(made.out / "approvals_without_drawing.xlsx", {"批次登记": sheet})
        made.entries.append(("approvals", "approvals_without_drawing.xlsx", "批次登记"))
    status = rows["approval_status"]
    made.csv("approval_status", "approval_status.csv", columns.STATUS, status, "gb18030")
    drawn = [row for row in rows["withdrawals"] if row["geom"] is not None]
    undrawn = [row for row in rows["withdrawals"] if row["geom"] is None]
    made.layer("withdrawals", drawn)
    made.csv("withdrawals", "withdrawals.csv", columns.WITHDRAWALS, undrawn, "gb18030")


def _write_supplies(made: Deliveries, supplies: list[Row]) -> None:
    """Write two registers: 公顷 and 万元 up to 2022, then 亩 and 元 behind a cover sheet."""
    early = [row for row in supplies if row["signed_on"].year <= LAST_YEAR_IN_HECTARES]
    late = [row for row in supplies if row["signed_on"].year > LAST_YEAR_IN_HECTARES]
    write_workbook(made.out / "supplies_to_2022.xlsx", {"供地": (columns.SUPPLIES_HA, early)})
    sheets = {"说明": (columns.COVER, []), "供地结果": (columns.SUPPLIES_MU, late)}
    write_workbook(made.out / "supplies_from_2023.xlsx", sheets)
    made.entries.append(("supplies", "supplies_to_2022.xlsx", "供地"))
    made.entries.append(("supplies", "supplies_from_2023.xlsx", "供地结果"))


def _write_economy(made: Deliveries, rows: dict[str, list[Row]]) -> None:
    """Write firms, their years as a workbook, projects and residents, in 万元."""
    firms, years = rows["enterprises"], rows["enterprise_years"]
    made.csv("enterprises", "enterprises.csv", columns.ENTERPRISES, firms, "gb18030")
    sheet = {"企业年报": (columns.ENTERPRISE_YEARS, years)}
    write_workbook(made.out / "enterprise_years.xlsx", sheet)
    made.entries.append(("enterprise_years", "enterprise_years.xlsx", "企业年报"))
    made.csv("projects", "projects.csv", columns.PROJECTS, rows["projects"], "gb18030")
    made.csv("residents", "residents.csv", columns.RESIDENTS, rows["residents"], "gb18030")


def _write_list(made: Deliveries, seed: int) -> None:
    lines = [
        "# The deliveries of the demo in loading order. Made data, no real place.",
        f"# Written by scripts/make_deliveries --seed {seed}.",
        f"seed = {seed}",
        "as_of = 2026-06-30",
        'region = "150699"',
        'park = "YS"',
    ]
    for kind, file, layer in made.entries:
        lines += ["", "[[delivery]]", f'kind = "{kind}"', f'file = "{file}"']
        if layer is not None:
            lines.append(f'layer = "{layer}"')
    (made.out / "deliveries.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
