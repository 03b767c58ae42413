"""The map of one block: one HTML file that opens anywhere, with or without a network."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import folium
import numpy as np
import pandas as pd
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from gis.geometry import areas
from maps import extent, page, tally
from maps.layers import LAYERS, Layer
from maps.packed import polygons
from maps.packed_layer import packed

_SCRIPTS = (
    "vendor/leaflet/leaflet.js",
    "vendor/geographiclib-geodesic/geographiclib-geodesic.min.js",
    "unpack.js",
    "sheet.js",
    "features.js",
    "graticule.js",
    "paper.js",
    "card.js",
    "interact.js",
    "panel.js",
    "ellipsoid.js",
    "measure.js",
    "years.js",
    "chips.js",
    "overview.js",
    "tools.js",
    "language.js",
    "address.js",
    "keys.js",
    "start.js",
)
# What the page tells of its keys; `keys.js` obeys them.
_KEYS = (
    ("/", "查找", "search"),
    ("J  K", "下一宗、上一宗", "next and last parcel"),
    ("Enter", "打开选中的一条", "open what is listed"),
    ("F", "到筛选", "go to the filters"),
    ("M", "量距离和面积", "measure"),
    ("P", "打印", "print"),
    ("+  -  0", "放大、缩小、全图", "zoom, whole block"),
    ("↑ ↓ ← →", "移动地图（焦点在地图上时）", "move the map while it has the focus"),
    ("Esc", "关闭", "close"),
    ("?", "本表", "this list"),
)
# folium forbids to enlarge the page; the page's own template does not.
_UNZOOMABLE = re.compile(r'<meta name="viewport"[^>]*user-scalable=no"\s*/>')
# Stands for the code of a block where the land lies in none.
OUTSIDE = "~"
_SHEETS = ("vendor/leaflet/leaflet.css", "card.css", "block.css")


@dataclass(frozen=True)
class Place:
    """The block a map is of, and the run it shows: the legal day and the run's number.

    `index_file`, where given, is the index page as a path from the map; the map links to it.
    """

    code: str
    name: str
    park_name: str
    as_of: datetime.date
    run: int
    index_file: str = ""
    # What the run could not judge, in words; empty where it judged everything.
    left_out: str = ""
    # Where the reasons of a subject are read, {subject} standing for it; empty where nowhere.
    basis: str = ""
    # Where the map lies, seen from the page of reasons.
    map_href: str = ""

    @property
    def is_outside(self) -> bool:
        """True for the land that lies in no block."""
        return self.code == OUTSIDE

    @property
    def file_name(self) -> str:
        """Return a file name for the block that no sign in its code can lead elsewhere."""
        return self._stem + ".html"

    @property
    def basis_name(self) -> str:
        """Return the name of the file with the reasons of the block's subjects."""
        return self._stem + "_依据.html"

    @property
    def _stem(self) -> str:
        if self.is_outside:
            return "未落入区块"
        return quote(self.code, safe="").replace(".", "%2E")


class _Verbatim(Element):
    """Text that reaches the page as it is: folium would read every text as a template again."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        return self.text


class _Page(Figure):
    """The document around the map, with an escaped title and room for the policy."""

    _template = page.TEMPLATES.get_template("page.html.jinja")

    policy = page.POLICY_MARK


class _BlockMap(folium.Map):
    """A folium map without its foreign scripts and styles; ours stand inlined in the header."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own attribute
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def render(self, **kwargs: Any) -> str:
        figure = self.get_root()
        assert isinstance(figure, Figure)
        header = figure.header
        header.add_child(_Verbatim(f"<style>{page.stylesheet(*_SHEETS)}</style>"), name="sheets")
        header.add_child(_Verbatim(f"<script>{page.script(*_SCRIPTS)}</script>"), name="scripts")
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


class _PackedLayer(folium.map.Layer):
    """A folium layer whose rows travel packed and are drawn on a canvas of our own."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <script type="text/plain" id="{{ this.get_name() }}_rows">{{ this.rows }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = landwatch.layer("{{ this.get_name() }}_rows");
        {% endmacro %}
        """
    )

    def __init__(self, layer: Layer, rows: str) -> None:
        # The switch takes markup for a name: both languages, of which the page shows its own.
        name = f'<span lang="zh-CN">{layer.zh}</span><span lang="en">{layer.en}</span>'
        super().__init__(name=name, overlay=True, show=layer.is_shown)
        self._name = "packed"
        self._id = layer.key
        self.rows = rows


class _Panel(MacroElement):
    """The heading, the search box and the legend beside the map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            landwatch.start(
                {{ this._parent.get_name() }}, {{ this.control.get_name() }},
                {{ this.bounds|tojson }}
            );
        {% endmacro %}
        """
    )

    def __init__(self, html: str, control: Element, bounds: list[list[float]] | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "panel"
        self._id = "legend"
        self.html = html
        self.control = control
        self.bounds = bounds

    def render(self, **kwargs: Any) -> str:
        figure = self.get_root()
        assert isinstance(figure, Figure)
        figure.html.add_child(_Verbatim(self.html), name="panel", index=0)
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


def draw(place: Place, layers: Mapping[str, pd.DataFrame], out: Path) -> Path:
    """Write the map of one block at `out` and return that path; the same input, the same bytes.

    `layers` holds frames by name, each with `geom` in EPSG:4490: findings, pieces, park_pieces,
    approvals, block. A frame may be absent or empty. Raises LandwatchError where Leaflet has not
    been put into `maps/static/vendor`.
    """
    title = f"{place.name} 土地利用监测图 {place.as_of:%Y-%m-%d}"
    figure = _Page(title=title)
    bounds = extent.bounds(layers, LAYERS)
    block_map = _BlockMap(
        location=[0.0, 0.0] if bounds is None else np.mean(bounds, axis=0).tolist(),
        tiles=None,
        zoom_control=False,
        zoom_start=14,
        max_zoom=22,
        zoom_snap=0.25,
        wheel_px_per_zoom_level=90,
    )
    block_map._id = "block"
    figure.add_child(block_map, name="map")
    for layer in LAYERS:
        rows = packed(layer, layers, place.as_of, basis=place.basis, language="both")
        _PackedLayer(layer, rows).add_to(block_map)
    control = folium.LayerControl(collapsed=False)
    control._id = "switch"
    control.add_to(block_map)
    panel = page.TEMPLATES.get_template("panel.html.jinja").render(
        place=place,
        tallies=[tally.count(layer, layers) for layer in LAYERS if layer.code],
        area=_area(layers),
        keys=_KEYS,
    )
    _Panel(panel, control, bounds).add_to(block_map)
    return page.write(page.seal(_UNZOOMABLE.sub("", figure.render())), out)


def _area(layers: Mapping[str, pd.DataFrame]) -> dict[str, str] | None:
    """Return the ellipsoidal area of the block in both units; None of a map without a block."""
    shapes, _ = polygons(layers["block"] if "block" in layers else pd.DataFrame())
    if not len(shapes):
        return None
    area_m2 = float(areas.ellipsoidal_area_m2(shapes).sum())
    return {"hectares": tally.hectares(area_m2), "mu": tally.mu(area_m2)}
