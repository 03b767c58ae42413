"""How QGIS draws what is exported: the colours, patterns and words of our own maps, as QML.

A solid status is a filled area, a striped one lines over white, a hatched one lines over a tint of
their colour, a hollow one its outline. QML with `prop` is read by every QGIS since 3.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from gis.outputs.export.choose import TARGETS
from gis.outputs.export.package import LayerStyle
from maps import style

_VERSION = "3.22.0"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_INK, _PARCEL, _WHITE = "#1b222b", "#39424e", "#ffffff"
_HATCH_TINT, _EDGE_OPACITY = 0.13, 0.62
_THIN_MM, _HOLLOW_MM = 0.18, 0.36
# Six dots of a screen are 1.6 mm; a stripe takes as much of its period as on our own maps.
_PERIOD_MM = 1.5
_LINES_MM = {"stripe": _PERIOD_MM * style.STRIPE_SHARE, "hatch": 0.2}
_ANGLES = {"stripe_up": (45,), "stripe_down": (135,), "hatch": (45, 135)}
_OTHER = style.Style("", "其他", "other", "#6b7480", "hatch", 99)


@dataclass(frozen=True)
class _Category:
    """One line of a legend: the value it stands for, its words, its look."""

    value: str
    look: style.Style


def styles(what: str) -> Sequence[LayerStyle]:
    """Return the styles of a list (`choose.LISTS`), the one QGIS takes by itself first."""
    if what == "parcels":
        return [LayerStyle("宗地", _single(style.Style("", "宗地", "", _PARCEL, "hollow", 0)))]
    if what == "leads":
        looks = style.styles("confidence").values()
        told = [_Category(one.code, one) for one in looks]
        return [LayerStyle("疑点线索 按可信度", _categorised('"可信度代码"', told))]
    found = [
        _Category(f"{rule}/{one.code}", one)
        for rule, looks in (("idle_land", "outcome"), ("unsupplied", "unsupplied"))
        for one in style.styles(looks).values()
        if _is_held(what, rule, one.code)
    ]
    if what == "unsupplied":
        own = [_Category(one.value.partition("/")[2], one.look) for one in found]
        return [LayerStyle("批而未供 按判定结果", _categorised('"结果代码"', own))]
    # A code alone does not say which rule it is of: 待定 is one of both.
    by_outcome = _categorised('"规则代码" || \'/\' || "结果代码"', found)
    tracks = [_Category(one.code, one) for one in style.styles("track").values()]
    return [
        LayerStyle("按判定结果", by_outcome),
        LayerStyle("按处置方向", _categorised('"处置方向代码"', tracks)),
    ]


def _is_held(what: str, rule: str, code: str) -> bool:
    if what == "targets":
        return code in TARGETS[rule]
    if what == "candidates":
        return (rule, code) == ("idle_land", "candidate")
    return rule == "unsupplied" or what == "findings"


def _categorised(expression: str, told: Sequence[_Category]) -> str:
    """Return the QML that colours by an expression; what has no category of its own is 其他."""
    shown = [*told, _Category("", _OTHER)]
    root, renderer = _begun("categorizedSymbol", attr=expression)
    categories = Xml.SubElement(renderer, "categories")
    symbols = Xml.SubElement(renderer, "symbols")
    for number, one in enumerate(shown):
        Xml.SubElement(
            categories,
            "category",
            value=one.value,
            symbol=str(number),
            label=one.look.zh,
            render="true",
        )
        _symbol(symbols, str(number), one.look)
    return _written(root)


def _single(look: style.Style) -> str:
    root, renderer = _begun("singleSymbol")
    _symbol(Xml.SubElement(renderer, "symbols"), "0", look)
    return _written(root)


def _begun(kind: str, **more: str) -> tuple[Xml.Element, Xml.Element]:
    root = Xml.Element("qgis", version=_VERSION, styleCategories="Symbology")
    given = {"type": kind, "forceraster": "0", "symbollevels": "0", "enableorderby": "0", **more}
    return root, Xml.SubElement(root, "renderer-v2", given)


def _written(root: Xml.Element) -> str:
    Xml.indent(root, " ")
    return _HEAD + Xml.tostring(root, encoding="unicode") + "\n"


def _symbol(into: Xml.Element, name: str, look: style.Style) -> None:
    symbol = Xml.SubElement(into, "symbol", type="fill", name=name, alpha="1")
    if look.pattern == "solid":
        _area(symbol, look.colour, "solid", _rgba(_INK, _EDGE_OPACITY), _THIN_MM)
        return
    if look.pattern == "hollow":
        _area(symbol, look.colour, "no", _rgba(look.colour), _HOLLOW_MM)
        return
    # Locked: the colour of the symbol is that of its lines.
    ground, opacity = (_WHITE, 1.0) if look.is_striped else (look.colour, _HATCH_TINT)
    edge = _rgba(_INK, _EDGE_OPACITY)
    _area(symbol, ground, "solid", edge, _THIN_MM, opacity=opacity, is_locked=True)
    width = round(_LINES_MM["stripe" if look.is_striped else "hatch"], 3)
    for place, angle in enumerate(_ANGLES[look.pattern], start=1):
        lines = _layer(
            symbol,
            "LinePatternFill",
            angle=angle,
            color=_rgba(look.colour),
            distance=_PERIOD_MM,
            distance_unit="MM",
            line_width=width,
            line_width_unit="MM",
        )
        line = Xml.SubElement(lines, "symbol", type="line", name=f"@{name}@{place}", alpha="1")
        _layer(line, "SimpleLine", line_color=_rgba(look.colour), line_width=width,
               line_width_unit="MM", capstyle="flat")  # fmt: skip


def _area(
    symbol: Xml.Element,
    colour: str,
    fill: str,
    stroke: str,
    width: float,
    *,
    opacity: float = 1.0,
    is_locked: bool = False,
) -> None:
    _layer(
        symbol,
        "SimpleFill",
        is_locked=is_locked,
        color=_rgba(colour, opacity),
        style=fill,
        outline_color=stroke,
        outline_style="solid",
        outline_width=width,
        outline_width_unit="MM",
        joinstyle="round",
    )


def _layer(
    symbol: Xml.Element, kind: str, *, is_locked: bool = False, **said: object
) -> Xml.Element:
    about = {"class": kind, "enabled": "1", "pass": "0", "locked": str(int(is_locked))}
    layer = Xml.SubElement(symbol, "layer", about)
    for name, value in said.items():
        Xml.SubElement(layer, "prop", k=name, v=str(value))
    return layer


def _rgba(colour: str, opacity: float = 1.0) -> str:
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return ",".join(map(str, [*channels, round(255 * opacity)]))
