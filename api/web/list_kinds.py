"""Which lists there are: what each is asked by, its columns, and what is summed of all its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from api.v1.asked import Paged
from api.web.list_asked import (
    AgreedLand,
    Approved,
    Contradictions,
    FoundIssues,
    KnownRecords,
    SuppliedLand,
    UnsuppliedLand,
)
from api.web.table import Column

FieldKind = Literal["codes", "text", "day", "number", "region", "park", "block"]


@dataclass(frozen=True)
class Field:
    """One filter: the name of the parameter, its Chinese words, how it is filled in.

    `of`: the list of contracts.toml a field of codes chooses from.
    """

    name: str
    words: str
    kind: FieldKind
    of: str = ""


@dataclass(frozen=True)
class Listed:
    """One list.

    `unit`: what is counted. `table`: the table its rows are handed out as. `summed`: columns summed
    over all rows. `export`: which list of the job `export` holds all its rows, empty for none.
    `is_of_run`: what a run says or knew; else of deliveries.
    """

    name: str
    title: str
    unit: str
    model: type[Paged]
    table: str
    columns: Sequence[Column]
    fields: Sequence[Field]
    summed: Sequence[str] = ()
    export: str = ""
    is_of_run: bool = True
    note: str = ""

    @property
    def is_of_records(self) -> bool:
        """Whether its rows are records as they came."""
        return issubclass(self.model, KnownRecords)


_TEXT = Field("text", "名称、编号含有", "text")
_APPROVAL = Field("approval", "批准文号", "text")
_PLACES = (
    Field("region", "旗县", "region"), Field("park", "园区", "park"),
    Field("block", "区块", "block"),
)  # fmt: skip
_AREA = (Field("area_from", "面积至少（平方米）", "number"),
         Field("area_until", "面积至多（平方米）", "number"))  # fmt: skip
_DAYS = (
    Field("next_within_days", "若干天内有节点", "number"),
    Field("next_from", "下一节点自", "day"),
    Field("next_until", "下一节点至", "day"),
    Field("since_from", "方向自（起）", "day"),
    Field("since_until", "方向自（止）", "day"),
)
_NAME = Column("name", "名称", "link", of="address")
_NUMBER = Column("subject", "编号", "text")
_HECTARES = Column("area_m2", "公顷", "hectares", sorted_by="area_m2")
_MU = Column("area_mu", "亩", "mu")
_SINCE = Column("since_on", "方向自", "day", sorted_by="since_on", is_optional=True)
_NEXT = (
    Column("next_on", "下一节点日", "day", sorted_by="next_on", is_optional=True),
    Column("left_on", "还有", "left"),
    Column("next_event", "届时转为", "code", of="next_list"),
)
_MISSING = Column("missing", "缺少事实", "facts")
_BLOCK = Column("block_name", "区块", "text", is_optional=True)
_SPOT = Column("spot", "地图", "link", of="spot_address")
_SOURCE = (Column("from_delivery", "资料号", "count"), Column("file", "文件", "text"),
           Column("row_no", "行号", "count"))  # fmt: skip


def _records(name: str, title: str, unit: str, *columns: Column) -> Listed:
    return Listed(
        name, title, unit, KnownRecords, name, (*columns, *_SOURCE),
        (_TEXT, *_PLACES, Field("key", "编号", "text")),
        export="parcels" if name == "parcels" else "",
    )  # fmt: skip


LISTS: Mapping[str, Listed] = {
    one.name: one
    for one in (
        Listed(
            "supplied", "已供土地", "宗", SuppliedLand, "finding",
            (Column("outcome", "状态", "status", of="outcome"), _NAME, _NUMBER,
             _HECTARES, _MU, Column("track", "处置方向", "track"), _SINCE, *_NEXT,
             Column("fee_fen", "闲置费（元）", "yuan", is_optional=True),
             Column("holder", "使用权人", "text"), _BLOCK,
             Column("evidence_grade", "证据", "code", of="evidence_grade"), _MISSING, _SPOT),
            (_TEXT, _APPROVAL, Field("outcome", "状态", "codes", "outcome"),
             Field("track", "处置方向", "codes", "track"),
             Field("evidence_grade", "证据", "codes", "evidence_grade"), *_PLACES, *_DAYS, *_AREA),
            summed=("area_m2",), export="findings",
            note="未报动工，待核实的闲置费是如核实才有的数，不在此列。",
        ),
        Listed(
            "unsupplied", "批而未供", "块", UnsuppliedLand, "finding",
            (Column("outcome", "状态", "status", of="unsupplied"),
             Column("piece", "地块编号", "link", of="address"),
             Column("approval_no", "批准文号", "link", of="approval_address"),
             Column("batch", "批次/项目名称", "text"), _BLOCK, _HECTARES, _MU,
             Column("approved_on", "批准日期", "day"),
             Column("situation", "情形", "code", of="situation"),
             replace(_SINCE, title="状态自"), *_NEXT, _MISSING, _SPOT),
            (_TEXT, _APPROVAL, Field("outcome", "状态", "codes", "unsupplied"),
             Field("situation", "情形", "codes", "situation"), *_PLACES, *_DAYS, *_AREA),
            summed=("area_m2",), export="unsupplied",
        ),
        Listed(
            "agreements", "监管协议", "份", AgreedLand, "finding",
            (Column("outcome", "履约情况", "code", of="agreement"), _NAME, _NUMBER, _BLOCK,
             _HECTARES, _MU, _SINCE, *_NEXT, _MISSING, _SPOT),
            (_TEXT, _APPROVAL, Field("outcome", "履约情况", "codes", "agreement"), *_PLACES,
             *_DAYS, *_AREA),
            summed=("area_m2",),
        ),
        Listed(
            "balances", "批文面积平衡", "份", Approved, "balance",
            (Column("approval_no", "批准文号", "link", of="address"),
             Column("approved_on", "批准日期", "day", sorted_by="approved_on"),
             Column("approved_m2", "批准公顷", "hectares", sorted_by="approved_m2"),
             Column("supplied_m2", "已供公顷", "hectares", sorted_by="supplied_m2"),
             Column("withdrawn_m2", "撤批公顷", "hectares", sorted_by="withdrawn_m2"),
             Column("exempt_m2", "免供公顷", "hectares"),
             Column("unsupplied_m2", "未供公顷", "hectares", sorted_by="unsupplied_m2"),
             Column("unsupplied_mu", "未供亩", "mu"), Column("edge_m2", "边角地公顷", "hectares"),
             Column("sliver_m2", "细碎面公顷", "hectares"),
             Column("method", "方法", "code", of="method"), _MISSING),
            (_TEXT, Field("method", "方法", "codes", "method"),
             Field("approved_from", "批准日期自", "day"),
             Field("approved_until", "批准日期至", "day"), *_PLACES),
            summed=("approved_m2", "supplied_m2", "withdrawn_m2", "exempt_m2", "unsupplied_m2",
                    "edge_m2", "sliver_m2"),
            note="缺批准日期的批文没有面积，不计入合计。",
        ),
        Listed(
            "leads", "疑点线索", "条", Contradictions, "lead",
            (Column("kind", "线索类型", "code", of="lead"),
             Column("confidence", "可信度", "code", of="confidence"),
             Column("subjects", "涉及对象", "lines"), _BLOCK, _HECTARES, _MU,
             Column("detail", "依据", "grounds"), _SPOT),
            (_TEXT, Field("kind", "线索类型", "codes", "lead"),
             Field("confidence", "可信度", "codes", "confidence"), *_PLACES, *_AREA),
            summed=("area_m2",), export="leads",
            note="一处地可以有几条线索，面积合计有重复。",
        ),
        _records(
            "parcels", "宗地资料", "条",
            Column("parcel_code", "宗地代码", "text"), Column("supply_no", "电子监管号", "text"),
            Column("project_name", "项目名称", "text"), Column("holder", "权利人", "text"),
            Column("area_m2", "公顷", "hectares"), _MU, Column("registered_on", "登记日期", "day"),
        ),
        _records(
            "supplies", "供应资料", "条",
            Column("supply_no", "电子监管号", "link", of="address"),
            Column("project_name", "项目名称", "text"), Column("holder", "土地使用权人", "text"),
            Column("supply_way", "供地方式", "code", of="supply_way"),
            Column("area_m2", "公顷", "hectares"), _MU,
            Column("price_fen", "成交价格（元）", "yuan"),
            Column("signed_on", "合同签订日期", "day"),
            Column("start_agreed_on", "约定开工时间", "day"),
        ),
        _records(
            "approvals", "批准资料", "条",
            Column("approval_no", "批准文号", "link", of="address"),
            Column("batch", "批次名称", "text"), Column("approved_on", "批准日期", "day"),
            Column("total_area_m2", "公顷", "hectares"), Column("office", "责任单位", "text"),
        ),
        _records(
            "parks", "园区资料", "个", Column("park_code", "开发区代码", "text"),
            Column("name", "开发区名称", "text"), Column("grade", "级别", "text"),
            Column("from_on", "启用日期", "day"),
        ),
        _records(
            "blocks", "区块资料", "个", Column("block_code", "区块代码", "text"),
            Column("name", "区块名称", "text"), Column("park_code", "开发区代码", "text"),
            Column("from_on", "启用日期", "day"),
        ),
        Listed(
            "issues", "问题行", "行", FoundIssues, "issue",
            (Column("delivery", "资料号", "count"), Column("file", "文件", "text"),
             Column("row_no", "行号", "count"), Column("field", "字段", "text", is_optional=True),
             Column("value", "值", "text", is_optional=True),
             Column("code", "问题", "code", of="issue"), Column("message", "说明", "said"),
             Column("fix", "怎样改", "said", is_optional=True)),
            (_TEXT, Field("delivery", "资料号", "number"), Field("code", "问题", "codes", "issue")),
            is_of_run=False,
        ),
    )
}  # fmt: skip
