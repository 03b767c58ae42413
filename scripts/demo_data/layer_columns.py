"""The columns of every layer of the demo, with the Chinese names GIS people give them."""

from __future__ import annotations

from demo_data.registers import Cell, always, flag, number, text, word
from demo_data.vectors import Columns


def day_of(key: str) -> Cell:
    """Show a day as a date value."""
    return lambda row, _: row.get(key)


def measure(key: str) -> Cell:
    """Show a number as it is stored in a column of numbers: a whole one too."""
    return lambda row, _: None if row.get(key) is None else float(row[key])


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
CLASS_NAMES = {
    "0401": "天然牧草地",
    "0601": "工业用地",
    "1004": "城镇村道路用地",
    "1201": "空闲地",
}
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
            ("建筑类型", "str", text("kind")),
            ("层数", "float", measure("storeys_count")),
            ("建筑高度", "float", measure("height_m")),
            ("建筑面积", "float", measure("floor_area_m2")),
            ("竣工日期", "date", day_of("from_on")),
        ],
    ),
}
