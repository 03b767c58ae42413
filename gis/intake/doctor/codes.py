"""What the doctor can find, in the form of the reader's own codes, and the labels of every fix.

`{value}` is what was met, `{detail}` what was measured; `fix` says what a person should do. The
limits named in the texts are ours (R) unless a source is named.
"""

from __future__ import annotations

from collections.abc import Mapping

from gis.intake.codes import CODES as READING
from gis.intake.codes import Code

_CHECK = "请报送方核对后重新导出"
DOCTOR: Mapping[str, Code] = {
    # where the file says it lies, against its own numbers
    "missing_crs": Code("error", "文件没有坐标系（例如 {value}）；{detail}", "用 --crs 指定坐标系"),
    "degrees_as_metres": Code(
        "error", "坐标系 {detail} 以米为单位，坐标却是经纬度（{value}）", "改用经纬度坐标系"
    ),
    "metres_as_degrees": Code(
        "error", "坐标系 {detail} 以度为单位，坐标却是米（{value}）", "改用投影坐标系"
    ),
    "swapped_xy": Code("error", "X（北）与 Y（东）对调（{value}）", "确认后对调 X、Y"),
    "zone_prefix_missing": Code(
        "error",
        "{detail} 的 Y 应带带号，坐标不带（{value}）",
        "补带号，或改用不带号的坐标系",
    ),
    "zone_prefix_extra": Code(
        "error", "{detail} 的 Y 不带带号，坐标却带（{value}）", "去带号，或改用带号的坐标系"
    ),
    "zone_differs": Code("error", "{detail} 的带号与 Y 坐标不符（{value}）", "改用坐标所在的带"),
    "six_degree_zone": Code("error", "{detail} 是三度带，Y 前是六度带号（{value}）", "改用六度带"),
    "three_degree_zone": Code(
        "error", "{detail} 是六度带，Y 前是三度带号（{value}）", "改用三度带"
    ),
    "beyond_zone": Code(
        "warning", "图形离中央经线 {value} 度，超出三度带；{detail}", "核对是否为六度带坐标"
    ),
    "old_datum": Code(
        "warning", "坐标系是 {value}，不是 CGCS2000，转换没有精确参数", "请报送 CGCS2000 坐标"
    ),
    "foot_units": Code("note", "坐标以英尺为单位（{value}），已按定义换算", "确认英尺的种类"),
    "feet_as_metres": Code(
        "error",
        "图形面积是登记的 {value} 倍：坐标可能是英尺，标成了米",
        "按美制测量英尺换算",
    ),
    "out_of_place": Code(
        "error", "{value} 的图形不在本行政区、园区内；{detail}", "核对坐标系和带号"
    ),
    # against parcels already in the store
    "gcj02_shift": Code(
        "error", "比库内宗地整体偏移 {value}，与 GCJ-02 吻合（{detail}）", "还原为 CGCS2000"
    ),
    "datum_shift": Code(
        "error", "比库内宗地整体偏移 {value}，像是 {detail}标成了 CGCS2000", "核对大地基准"
    ),
    "shifted": Code(
        "warning", "比库内宗地整体偏移 {value}（{detail}），原因不明", "核对坐标系和转换参数"
    ),
    # areas
    "area_unit": Code(
        "error", "「{title}」按{value}读，与图形面积之比说明整列单位应是{detail}", "确认后改正单位"
    ),
    "units_differ": Code(
        "warning",
        "「{title}」与{detail}，约 {value}：两列中有一列的单位不对",
        "核对两列的单位，用 --map 原列=标准列(单位) 写明",
    ),
    "row_area_unit": Code(
        "warning", "「{title}」登记 {value}，与图形面积之比说明本行单位应是{detail}", "改正本行单位"
    ),
    # places
    "outside_region": Code("warning", "图形有 {detail} 在行政区 {value} 之外", "核对位置和代码"),
    "outside_park": Code("warning", "图形有 {detail} 在开发区 {value} 之外", "核对位置和代码"),
    # the same thing twice
    "same_shape": Code("warning", "图形与第 {value} 行相同，编号不同", "确认是否重复报送"),
    "duplicate_row": Code("note", "与第 {value} 行完全相同，装载时只取一行", "删去重复行"),
    "duplicate_key": Code(
        "error", "编号 {value} 重复而内容不同（{detail}），各行均不采用", "只保留正确的一行"
    ),
    # neighbours
    "overlap": Code("warning", "与第 {value} 行重叠 {detail}", _CHECK),
    "sliver_overlap": Code("note", "与第 {value} 行有细长重叠 {detail}", "捕捉公共界址线"),
    "gap": Code("note", "与相邻地块之间有缝隙 {detail}", "捕捉公共界址线"),
    # vertices
    "spike": Code("warning", "有 {value} 个尖刺（{detail}）", "删去尖刺"),
    "near_points": Code("note", "有 {value} 个界址点相距不足 {detail}", "删去多余的点"),
    "tiny_ring": Code("warning", "有 {value} 个环面积不足 {detail}", "删去碎环"),
    "boundary_lines": Code("error", "图形是界线，不是面（{detail}）", "确认后闭合成面"),
    "self_crossing": Code("error", "界线自相交（{value}）：{detail}", "修正界址点顺序"),
    "self_touching": Code("error", "界线与自身相接（{value}）：{detail}", "修正拓扑"),
    "hole_outside_shell": Code("error", "内环在外环之外（{value}）：{detail}", "删去内环"),
    "nested_rings": Code("error", "环与环重叠或相套（{value}）：{detail}", "修正拓扑"),
    # numbers that have parts
    "odd_length": Code(
        "note", "「{title}」有 {detail} 位，与本文件其余编号不同（{value}），照原样保留", "核对编号"
    ),
    "county_differs": Code("warning", "「{title}」{value} 的县级代码不是 {detail}", "核对"),
    "letter_differs": Code(
        "warning", "电子监管号 {value} 的字母表示{detail}，与供地方式不符", "核对供地方式"
    ),
    "unit_differs": Code("warning", "不动产单元号 {value} 不以宗地代码 {detail} 开头", "核对编号"),
    "number_suffix": Code("note", "「{title}」{value} 带尾号，作为编号的一部分保留", "无须处理"),
    # what was asked for
    "fix_without_effect": Code("note", "--fix {value}：没有需要这样处理的行", "无须处理"),
}

# fix -> Chinese and English label, and the findings it mends
FIXES: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "crs": (
        "采用建议的坐标系", "take the proposed coordinate system",
        frozenset(
            "missing_crs degrees_as_metres metres_as_degrees zone_differs six_degree_zone "
            "three_degree_zone out_of_place".split()
        ),
    ),
    "swap_axes": ("对调 X、Y", "swap the axes", frozenset({"swapped_xy"})),
    "add_zone_prefix": ("补带号", "put the zone in front of Y", frozenset({"zone_prefix_missing"})),
    "strip_zone_prefix": ("去带号", "take the zone off Y", frozenset({"zone_prefix_extra"})),
    "feet_to_metres": ("英尺换算为米", "feet into metres", frozenset({"feet_as_metres"})),
    "gcj02_to_cgcs2000": (
        "GCJ-02 还原为 CGCS2000", "take off the GCJ-02 shift", frozenset({"gcj02_shift"}),
    ),
    "strip_z": ("去掉高程", "drop heights", frozenset({"flattened_geometry"})),
    "close_rings": ("闭合界线", "close rings", frozenset({"boundary_lines", "open_ring"})),
    "drop_repeated_points": (
        "删去重复点", "drop repeated points", frozenset({"repeated_points", "near_points"}),
    ),
    "drop_spikes": ("删去尖刺", "drop spikes", frozenset({"spike"})),
    "repair_crossing": (
        "修复自相交", "repair crossings",
        frozenset({"self_crossing", "self_touching", "nested_rings", "hole_outside_shell"}),
    ),
    "area_unit": ("改正面积单位", "read areas in another unit", frozenset({"area_unit"})),
    "drop_identical": ("删去重复行", "drop identical rows", frozenset({"duplicate_row"})),
}  # fmt: skip

MENDED: Mapping[str, Code] = {
    f"fixed:{name}": Code("note", f"已{zh}：前 {{value}}；后 {{detail}}", "无须处理")
    for name, (zh, _, _) in FIXES.items()
}
ALL: Mapping[str, Code] = {**READING, **DOCTOR, **MENDED}
