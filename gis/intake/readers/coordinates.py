"""报部坐标 TXT: the text form in which survey contractors deliver parcels, read and written.

    file  = [项目信息]? [属性描述] key=value...  [地块坐标] parcel+
    head  = 界址点数,面积(公顷),地块编号,地块名称,点|线|面,图幅号,用途,地类编码,@
    point = 点号,圈号,X(north),Y(east)[,further columns: distance, marker, height]

`parse` and `write` are each other's inverse; `plot_rings` and `place` make shapes of what was read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gis.intake.source import illegible
from gis.intake.source.file_format import refusal
from gis.intake.source.plot_lines import (
    Plot,
    Point,
    ends_as_head,
    head_of,
    is_head,
    point_of,
    whole,
)

HEAD_KEYS = (
    "格式版本号",
    "数据产生单位",
    "数据产生日期",
    "坐标系",
    "几度分带",
    "投影类型",
    "计量单位",
    "带号",
    "精度",
    "转换参数",
)
_COMMENTS = ("#", "//", "/*", "*", "!", "--")
_SECTIONS = ("项目信息", "属性描述", "地块坐标")
_SECTION = re.compile(r"[\[［【〔]\s*([^\]］】〕]+?)\s*[\]］】〕]\s*")


@dataclass(frozen=True)
class CoordinateText:
    """A whole file: project lines, attributes in order, and the parcels."""

    project: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    plots: tuple[Plot, ...] = ()
    comment_lines: tuple[int, ...] = field(default=(), compare=False)

    def attribute(self, key: str) -> str:
        """Return an attribute's value without blanks, '' where it is absent or empty."""
        return next((value.strip() for name, value in self.attributes if name == key), "")


def parse(text: str, name: str) -> CoordinateText:
    """Return the content of a 报部坐标 text in all its known variations.

    A line that cannot be understood is a fault of its plot; a file without a parcel, or one that
    ends in the middle of a parcel, raises DeliveryError.
    """
    pairs: dict[str, list[tuple[str, str]]] = {"项目信息": [], "属性描述": []}
    plots: list[Plot] = []
    section = "属性描述"
    head: Plot | None = None
    points: list[Point] = []
    faults: list[str] = []
    comments: list[int] = []
    wider_count = 0
    for line_no, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if line.startswith(_COMMENTS) and point_of(line) is None and not ends_as_head(line):
            comments.append(line_no)
            continue
        if (match := _SECTION.fullmatch(line)) and "," not in line:
            section = _section(match[1].strip())
            continue
        if is_head(line, is_within=section == "地块坐标"):
            if head is not None:
                plots.append(_closed(head, points, faults, wider_count))
            head, points, faults, wider_count = head_of(line, line_no), [], [], 0
            section = "地块坐标"
        elif head is None and section != "地块坐标" and point_of(line) is None:
            key, _, value = (line if "=" in line else line.replace("＝", "=", 1)).partition("=")
            pairs.setdefault(section, []).append((key.strip(), value.strip()))
        elif head is None:
            raise refusal(
                name,
                f"第 {line_no} 行是坐标，但前面没有以 @ 结尾的地块行",
                f"line {line_no} is a point without a parcel's head before it",
                "在每个地块的坐标之前补上地块行（以 ,@ 结尾）",
            )
        elif (read := point_of(line)) is not None:
            points.append(read[0])
            wider_count += read[1] > 0
        else:
            faults.append(f"第 {line_no} 行「{line[:60]}」")
    if head is None:
        raise refusal(
            name,
            "没有地块（没有以 @ 结尾的地块行）",
            "there is no parcel in the file",
            "请按 界址点数,面积,地块编号,地块名称,面,图幅号,用途,地类编码,@ 的格式重新导出",
        )
    last = _closed(head, points, faults, wider_count)
    told = whole(last.point_count)
    if told is not None and len(points) + len(faults) < told - max(
        len({p.ring for p in points}), 1
    ):
        raise refusal(
            name,
            f"最后一个地块应有 {told} 个界址点，只有 {len(points)} 个，文件可能被截断",
            f"the last parcel should have {told} points and has {len(points)}: cut short",
            "请发送方重新传送；若点数写错，改正地块行的界址点数",
        )
    plots.append(last)
    others = [pair for key, found in pairs.items() if key != "属性描述" for pair in found]
    attributes = tuple(pairs["属性描述"])
    return CoordinateText(tuple(others), attributes, tuple(plots), tuple(comments))


def _section(title: str) -> str:
    """Return the title of a section; one with a bad byte is the one it has most in common with."""
    if not illegible.is_in(title):
        return title
    return next((known for known in _SECTIONS if len(set(known) & set(title)) > 1), title)


def write(content: CoordinateText) -> str:
    """Return the text that `parse` reads back identical; write it to disk in GBK or UTF-8."""
    lines = []
    if content.project:
        lines += ["[项目信息]", *(f"{key}={value}" for key, value in content.project)]
    lines += ["[属性描述]", *(f"{key}={value}" for key, value in content.attributes)]
    lines.append("[地块坐标]")
    for plot in content.plots:
        fields = (
            plot.point_count,
            plot.area,
            plot.number,
            plot.name,
            plot.kind,
            plot.sheet,
            plot.use,
            plot.class_code,
            *plot.extra,
        )
        lines.append(",".join((*(_field(value) for value in fields), "@")))
        lines += [f"{p.name},{p.ring},{p.north},{p.east}" for p in plot.points]
    return "\n".join(lines) + "\n"


def describe(zone: int) -> tuple[tuple[str, str], ...]:
    """Return the attributes of a file we write: a 3-degree zone of CGCS2000, metres, 1 mm."""
    values = (
        "1.01版本",
        "",
        "",
        "2000国家大地坐标系",
        "3",
        "高斯克吕格",
        "米",
        str(zone),
        "0.001",
        ",,,,,,",
    )
    return tuple(zip(HEAD_KEYS, values, strict=True))


def plot_of(
    rings: Sequence[Sequence[tuple[float, float]]],
    *,
    area_m2: float,
    number: str = "",
    name: str = "",
    use: str = "",
    class_code: str = "",
    sheet: str = "",
) -> Plot:
    """Return a plot to write from closed rings of (east, north) metres, shells and holes in order.

    Points are named J1... through all rings, each ring ends on its first point, metres to 0.1 mm,
    公顷 to four decimals.
    """
    points: list[Point] = []
    serial = 0
    for ring_no, ring in enumerate(rings, 1):
        first = serial + 1
        for index, (east, north) in enumerate(ring):
            is_last = index == len(ring) - 1
            serial += 0 if is_last else 1
            label = f"J{first if is_last else serial}"
            points.append(Point(label, ring_no, f"{north:.4f}", f"{east:.4f}"))
    return Plot(
        str(len(points)),
        f"{area_m2 / 10_000:.4f}",
        number,
        name,
        "面",
        sheet,
        use,
        class_code,
        (),
        tuple(points),
    )


def _field(value: str) -> str:
    """Return a head's field without what would end it."""
    return re.sub(r"[\r\n]+", " ", value).replace(",", "，") if "，" not in value else value


def _closed(head: Plot, points: list[Point], faults: list[str], wider_count: int) -> Plot:
    return replace(head, points=tuple(points), faults=tuple(faults), wider_count=wider_count)
