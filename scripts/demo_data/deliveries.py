"""All files of a plan, and the list of them in the order in which they are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from demo_data import register_columns as columns
from demo_data.bad_rows import write_bad_rows
from demo_data.coordinates import write_coordinates
from demo_data.patterns import Row
from demo_data.plan import Plan
from demo_data.registers import (
    Register,
    always,
    flag,
    number,
    text,
    word,
    write_csv,
    write_workbook,
)
from demo_data.vectors import Columns, write_layer, write_shapefile

LAST_YEAR_IN_HECTARES = 2022
GBK_LANGUAGE, NO_LANGUAGE = 0x4D, 0x00
REGION: tuple[str, str, object] = ("行政区代码", "str:6", always("150699"))


def day_of(key: str):  # noqa: ANN201
    """Show a day as a date value."""
    return lambda row, _: row.get(key)


PARCELS: Columns = [
    ("宗地代码", "str:30", text("parcel_code")),
    ("电子监管号", "str:40", text("supply_no")),
    ("分期", "str:4", text("phase")),
    ("项目名称", "str:80", text("project_name")),
    ("权利人", "str:60", text("holder")),
    ("土地用途", "str:20", text("use_text")),
    ("坐落", "str:40", always("演示开发区")),
    ("宗地面积", "float:16.2", number("area_m2")),
    ("行政区代码", "str:6", always("150699")),
    ("登记日期", "date", day_of("registered_on")),
]
LAYERS: dict[str, tuple[str, str, Columns]] = {  # kind -> file, layer, columns
    "regions": (
        "zone.gpkg",
        "行政区",
        [
            ("行政区代码", "str", text("region_code")),
            ("行政区名称", "str", text("name")),
        ],
    ),
    "parks": (
        "zone.gpkg",
        "开发区",
        [
            ("开发区代码", "str", text("park_code")),
            ("开发区名称", "str", text("name")),
            ("行政区代码", "str", text("region_code")),
            ("级别", "str", text("grade")),
            ("设立日期", "date", day_of("from_on")),
        ],
    ),
    "blocks": (
        "zone.gpkg",
        "区块",
        [
            ("区块代码", "str", text("block_code")),
            ("区块名称", "str", text("name")),
            ("开发区代码", "str", text("park_code")),
            ("批准日期", "date", day_of("from_on")),
        ],
    ),
    "approvals": (
        "approvals.gpkg",
        "批次用地",
        [
            ("批准文号", "str", text("approval_no")),
            ("批次名称", "str", text("batch")),
            ("批次类型", "str", word("batch_kind")),
            ("批准日期", "date", day_of("approved_on")),
            ("用地总面积", "float", number("total_ha")),
            ("新增建设用地面积", "float", number("new_ha")),
            ("代征面积", "float", number("exempt_ha")),
            ("替代批文", "str", text("replaces")),
            ("规划用途", "str", always("工业用地")),
            ("批准机关", "str", always("演示自治区人民政府")),
            ("行政区代码", "str", always("150699")),
        ],
    ),
    "withdrawals": (
        "withdrawals.gpkg",
        "撤批地块",
        [
            ("撤批文号", "str", text("document")),
            ("批准文号", "str", text("approval_no")),
            ("撤批日期", "date", day_of("decided_on")),
            ("撤批面积", "float", number("area_ha")),
        ],
    ),
    "landclass": (
        "ground.gpkg",
        "变更调查图斑",
        [
            ("图斑编号", "str", text("no")),
            ("地类编码", "str", text("class")),
            ("地类名称", "str", lambda row, _: CLASS_NAMES[row["class"]]),
            ("调查时点", "date", day_of("from_on")),
        ],
    ),
    "plans": (
        "ground.gpkg",
        "规划管控",
        [
            ("编号", "str", text("code")),
            ("管控类型", "str", word("kind")),
            ("批准日期", "date", day_of("from_on")),
        ],
    ),
    "serviced": (
        "ground.gpkg",
        "配套完成土地",
        [
            ("编号", "str", text("code")),
            ("几通", "int", text("services")),
            ("是否平整", "str", flag("is_levelled")),
            ("是否完成征收", "str", flag("is_expropriated")),
            ("完成日期", "date", day_of("from_on")),
        ],
    ),
    "buildings": (
        "buildings.gpkg",
        "建筑物",
        [
            ("建筑编号", "str", text("code")),
            ("电子监管号", "str", text("supply_no")),
            ("层数", "float", number("storeys_count")),
            ("建筑高度", "float", number("height_m")),
            ("建筑面积", "float", number("floor_area_m2")),
            ("竣工日期", "date", day_of("from_on")),
        ],
    ),
}
CLASS_NAMES = {
    "0401": "天然牧草地",
    "0601": "工业用地",
    "1004": "城镇村道路用地",
    "1201": "空闲地",
}
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


def write_deliveries(plan: Plan, out: Path) -> list[Path]:
    """Write every file of the plan into `out` and return them; other files there stay."""
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
    write_bad_rows(out / "bad")
    _write_list(made, plan.seed)
    return sorted(path for path in out.rglob("*") if path.is_file())


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


def _write_list(made: Deliveries, seed: int) -> None:
    lines = [
        "# The deliveries of the demo in the order in which they are loaded. Made data, no real place.",
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
