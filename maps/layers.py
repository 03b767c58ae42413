"""What a block map shows: the layers, the columns each carries, and the lines of its cards.

A layer takes its rows from one frame, colours them by one code and leaves out what the frame
does not hold; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

import pandas as pd

from gis import contracts, result_tables
from maps import style
from maps.packed import Column


@dataclass(frozen=True)
class Line:
    """One line of a card: label, column, and how the value is told.

    kind: text, day, days (how many), since (day and days gone by), next (day, days to go, and the
    event in `other`), area, money, code (by `labels`), codes (several, joined by semicolons),
    article (as it is cited).
    """

    label: str
    column: str
    kind: str = "text"
    other: str = ""
    labels: str = ""


@dataclass(frozen=True)
class Layer:
    """One layer of a block map; `frame` and `rule` say which rows, `code` what colours them."""

    key: str
    zh: str
    en: str
    frame: str
    code: str = ""
    code_list: str = ""
    rule: str = ""
    area: str = "area_m2"
    # Which area it is: two kinds of area never stand under one heading.
    area_zh: str = ""
    area_en: str = ""
    title: tuple[str, ...] = ("name",)
    lines: tuple[Line, ...] = ()
    # The day whose year the rows can be chosen by.
    year: str = ""
    is_outline: bool = False
    is_shown: bool = True
    colour: str = "#39424e"

    def rows(self, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Return what the layer tells of its rows, and their geom; empty without any.

        The index counts from 0.
        """
        frame = frames.get(self.frame)
        if frame is None:
            return pd.DataFrame()
        # A finding has several times as many columns as a layer tells.
        told = [name for name in self._told() if name in frame.columns]
        if not self.rule:
            return frame[told].reset_index(drop=True)
        if "rule" not in frame.columns:
            return frame[told].iloc[:0].reset_index(drop=True)
        is_own = (frame["rule"] == self.rule).to_numpy(dtype=bool)
        return frame[told][is_own].reset_index(drop=True)

    def _told(self) -> list[str]:
        names = [*(column.name for column in self.columns()), self.area, self.year, "geom"]
        return [*dict.fromkeys(name for name in names if name)]

    def codes(self, rows: pd.DataFrame) -> pd.Series[str]:
        """Return the code that colours each row, "" where a row has none."""
        if self.code not in rows.columns:
            return pd.Series("", index=rows.index, dtype="str")
        return rows[self.code].fillna("").astype("str")

    def looks(self, met: Iterable[str] = ()) -> dict[str, style.Style]:
        """Return the look of each code in the order of the legend, with codes `met` besides."""
        return style.styles(self.code_list, met) if self.code else {}

    def columns(self) -> list[Column]:
        """Return the columns that travel to the page, each once."""
        kinds = {name: "text" for name in (*self.title, "name", "subject") if name}
        if self.code:
            kinds[self.code] = "text"
        for line in self.lines:
            kinds[line.column] = _KINDS.get(line.kind, "text")
            if line.other:
                kinds[line.other] = "text"
        scales = {"number": 100}
        return [Column(name, kind, scales.get(kind, 1)) for name, kind in kinds.items()]

    def about(self, language: str = "zh") -> dict[str, object]:
        """Return what the page has to know of the layer besides its rows.

        `language`: zh, en, or both for a page that can be switched.
        """
        lists = {line.labels for line in self.lines if line.labels}
        first = "en" if language == "en" else "zh"
        about: dict[str, object] = {
            "key": self.key,
            "zh": self.zh,
            "code": self.code,
            "title": list(self.title),
            "outline": self.is_outline,
            "colour": self.colour,
            "area": self.area,
            "year": self.year,
            "lines": [self._line(line, language) for line in self.lines],
            "labels": {name: _labels(name, first) for name in sorted(lists)},
        }
        if language != "zh":
            about["en"] = self.en
        if language == "both":
            about["labels_en"] = {name: _labels(name, "en") for name in sorted(lists)}
        return about

    def _line(self, line: Line, language: str) -> dict[str, str]:
        if language == "en":
            return asdict(replace(line, label=english(line.column)))
        return asdict(line) | ({"en": english(line.column)} if language == "both" else {})


_KINDS = {
    "day": "day",
    "since": "day",
    "next": "day",
    "area": "number",
    "money": "number",
    "days": "number",
}


def english(column: str) -> str:
    """Return what a column is called in English: its own words, less its unit.

    >>> english("start_agreed_on"), english("area_m2"), english("is_dated")
    ('Start agreed', 'Area', 'Is dated')
    """
    words = column.removesuffix("_on").removesuffix("_m2").removesuffix("_fen").split("_")
    return " ".join(words).capitalize()


def _labels(name: str, language: str) -> dict[str, str]:
    """Return code -> label; `event` joins the lists a next event can come from."""
    if name == "by_month":
        columns = result_tables.TABLES["ledger"].columns
        return {one.name: english(one.name) if language == "en" else one.zh for one in columns}
    lists = ("outcome", "unsupplied", "track") if name == "event" else (name,)
    labels: dict[str, str] = {}
    for code_list in lists:
        for code in contracts.CODES[code_list]:
            labels.setdefault(code, contracts.label(code_list, code, language))
    return labels


_SUPPLY = (
    Line("土地使用权人", "holder"),
    Line("合同编号", "contract_no"),
    Line("宗地代码", "parcel_codes"),
    Line("坐落", "location"),
    Line("土地用途", "use_text"),
    Line("取得方式", "supply_way", "code", labels="supply_way"),
    Line("合同价款", "price_fen", "money"),
    Line("合同签订日", "signed_on", "day"),
    Line("约定交地日", "handover_agreed_on", "day"),
    Line("实际交地日", "handover_actual_on", "day"),
    Line("合同约定动工日", "start_agreed_on", "day"),
    Line("延期后动工日", "extension_start_due_on", "day"),
    Line("实际动工日", "started_on", "day"),
    Line("停工日", "stopped_on", "day"),
    Line("约定竣工日", "completion_agreed_on", "day"),
    Line("实际竣工日", "completed_on", "day"),
    Line("已动工面积", "developed_area_m2", "area"),
    Line("已投资额", "invested_fen", "money"),
    Line("总投资额", "investment_total_fen", "money"),
    Line("闲置原因", "causes"),
    Line("查封", "seizures"),
    Line("认定书号", "found_document"),
    Line("认定书送达日", "found_on", "day"),
    Line("公示日期", "published_on", "day"),
    Line("拟处置方案", "disposal_plan"),
    Line("处置结果", "disposal_result"),
    Line("责任单位", "office"),
    Line("仅知月份的日期", "by_month", "codes", labels="by_month"),
)

IDLE = Layer(
    key="idle",
    zh="已供宗地",
    en="Supplied parcels",
    frame="findings",
    rule="idle_land",
    code="outcome",
    code_list="outcome",
    area_zh="登记面积，没有登记的为图形平面面积",
    area_en="registered area, else plane area of the shape",
    title=("name", "subject"),
    year="signed_on",
    lines=(
        Line("电子监管号", "subject"),
        Line("处置方向", "track", "code", labels="track"),
        Line("依据", "article", "article"),
        Line("处置方向自", "since_on", "since"),
        Line("下一节点", "next_on", "next", other="next_event", labels="event"),
        Line("约定动工日", "start_due_on", "day"),
        Line("未动工天数", "not_started_days", "days"),
        Line("满一年日", "year_on", "day"),
        Line("满两年日", "two_years_on", "day"),
        Line("动工状态", "start_state", "code", labels="start_state"),
        Line("证据等级", "evidence_grade", "code", labels="evidence_grade"),
        Line("登记面积", "area_m2", "area"),
        Line("土地闲置费", "fee_fen", "money"),
        Line("闲置费（如经核实）", "fee_if_confirmed_fen", "money"),
        Line("缺少事实", "missing", "codes", labels="missing"),
        Line("矛盾", "clashes", "codes", labels="clash"),
        *_SUPPLY,
    ),
)
UNSUPPLIED = Layer(
    key="unsupplied",
    zh="批而未供地块",
    en="Approved, not supplied",
    frame="findings",
    rule="unsupplied",
    code="outcome",
    code_list="unsupplied",
    area_zh="图形平面面积",
    area_en="plane area of the shape",
    title=("name", "subject"),
    year="approved_on",
    lines=(
        Line("地块编号", "subject"),
        Line("批准日期", "approved_on", "since"),
        Line("依据", "article", "article"),
        Line("情形", "situation", "code", labels="situation"),
        Line("情形缺少事实", "situation_missing", "codes", labels="missing"),
        Line("状态自", "since_on", "since"),
        Line("下一节点", "next_on", "next", other="next_event", labels="event"),
        Line("平面面积", "area_m2", "area"),
        Line("缺少事实", "missing", "codes", labels="missing"),
        Line("毗邻供地", "adjoining", "codes"),
        Line("批次/项目名称", "batch"),
        Line("规划用途", "planned_use_text"),
        Line("权属", "ownership"),
        Line("未供原因", "reason"),
        Line("责任单位", "office"),
        Line("仅知月份的日期", "by_month", "codes", labels="by_month"),
    ),
)
STATE = Layer(
    key="state",
    zh="园区土地状况",
    en="Park land by state",
    frame="park_pieces",
    code="state",
    code_list="state",
    area="area_ellipsoidal_m2",
    area_zh="图形椭球面积",
    area_en="ellipsoidal area of the shape",
    title=(),
    is_shown=False,
    lines=(
        Line("开发账户", "account_build"),
        Line("供应账户", "account_supply"),
        Line("椭球面积", "area_ellipsoidal_m2", "area"),
        Line("平面面积", "area_planar_m2", "area"),
    ),
)
DISPOSITION = Layer(
    key="disposition",
    zh="批文地块构成",
    en="Approved land by use of the approval",
    frame="pieces",
    code="disposition",
    code_list="disposition",
    area="area_ellipsoidal_m2",
    area_zh="图形椭球面积",
    area_en="ellipsoidal area of the shape",
    title=("id",),
    is_shown=False,
    lines=(
        Line("批准文号", "approval"),
        Line("电子监管号", "supply"),
        Line("椭球面积", "area_ellipsoidal_m2", "area"),
        Line("平面面积", "area_planar_m2", "area"),
    ),
)
APPROVALS = Layer(
    key="approvals",
    zh="批准用地范围",
    en="Approvals, outline",
    frame="approvals",
    area="total_area_m2",
    title=("batch", "approval_no"),
    year="approved_on",
    is_outline=True,
    is_shown=False,
    colour="#0b5f6b",
    lines=(
        Line("批准文号", "approval_no"),
        Line("批次", "batch"),
        Line("批准日期", "approved_on", "day"),
        Line("批准面积", "total_area_m2", "area"),
        Line("批准机关", "authority"),
    ),
)
BLOCK = Layer(
    key="block",
    zh="区块边界",
    en="Block boundary",
    frame="block",
    title=(),
    is_outline=True,
    colour="#1b222b",
)
# Shown where their lists are (maps/embedded.py); a block's map is of what was judged.
LEADS = Layer(
    key="leads",
    zh="疑点线索（按可信度）",
    en="Leads, by confidence",
    frame="leads",
    code="confidence",
    code_list="confidence",
    area_zh="涉及面积",
    area_en="area concerned",
    title=("subjects",),
    lines=(
        Line("线索类型", "kind", "code", labels="lead"),
        Line("涉及对象", "subjects", "codes"),
        Line("可信度", "confidence", "code", labels="confidence"),
        Line("涉及面积", "area_m2", "area"),
    ),
)
PARCELS = Layer(
    key="parcels",
    zh="宗地",
    en="Parcels",
    frame="parcels",
    title=("project_name", "parcel_code", "key"),
    is_outline=True,
    is_shown=False,
    lines=(
        Line("编号", "key"),
        Line("宗地代码", "parcel_code"),
        Line("电子监管号", "supply_no"),
        Line("权利人", "holder"),
        Line("土地用途", "use_text"),
        Line("坐落", "location"),
        Line("宗地面积", "area_m2", "area"),
        Line("登记日期", "registered_on", "day"),
    ),
)
# In the order of switch and legend; the first lies on top, outlines over all.
LAYERS: tuple[Layer, ...] = (IDLE, UNSUPPLIED, STATE, DISPOSITION, APPROVALS, BLOCK)
