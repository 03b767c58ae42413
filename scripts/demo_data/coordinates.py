"""报部坐标 TXT as survey contractors write them: zone in front of Y or not, rings closed or not."""

from __future__ import annotations

from pathlib import Path

from shapely import Polygon

from demo_data.ground import PREFIX_M, ZONE, area_ha
from demo_data.patterns import Row
from demo_data.registers import WORDS

WIDE_BRACKETS = str.maketrans("[]", "［］")


def write_coordinates(path: Path, approval: Row) -> None:
    """Write one approval with its drawing; `approval["txt"]` says in which of the usual ways."""
    how = approval["txt"]
    lines = [
        "[项目信息]",
        f"批准文号={approval['approval_no']}",
        f"批次名称={approval['batch']}",
        f"批次类型={WORDS[approval['batch_kind']]}",
        f"批准日期={approval['approved_on'].isoformat()}",
        f"用地总面积={approval['total_ha']}公顷",
        "行政区代码=150699",
        "[属性描述]",
        "格式版本号=1.01版本",
        "数据产生单位=演示测绘队（虚构）",
        f"数据产生日期={approval['approved_on'].isoformat()}",
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={ZONE}",
        "精度=0.001",
        "转换参数=,,,,,,",
        "[地块坐标]",
        *_plot(approval["geom"], how),
    ]
    content = "\r\n".join(lines) + "\r\n"
    if how.get("has_wide_brackets"):
        content = content.translate(WIDE_BRACKETS)
    path.write_bytes(content.encode(how["encoding"]))


def _plot(shape: Polygon, how: Row) -> list[str]:
    """Return the head and the points; a ring's last point repeats its first where closed."""
    points: list[str] = []
    number = 0
    for ring_no, ring in enumerate([shape.exterior, *shape.interiors], start=1):
        corners = list(ring.coords)[:-1]
        first_of_ring = number + 1
        for east, north in corners:
            number += 1
            points.append(_point(how, number, ring_no, east, north))
        if how["is_closed"]:
            points.append(_point(how, first_of_ring, ring_no, *corners[0]))
    head = f"{len(points)},{area_ha(shape)},1,演示地块,面,,工业用地,,@"
    return [head, *points]


def _point(how: Row, number: int, ring_no: int, east: float, north: float) -> str:
    shown = east + PREFIX_M if how["has_prefix"] else east
    return f"{how['point'] % number},{ring_no},{north:.4f},{shown:.4f}"
