"""What the law leaves to be chosen, said in words: its files name each choice by a key."""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.web.language import Language, said

# Between the keys of a value that is one of a few.
_BETWEEN = " | "
_WORDS: Mapping[str, str] = {
    "shift": "顺延",
    "cut": "不顺延",
    "price_with_supplements": "含补缴价款",
    "contract_price": "只按合同价款",
    "if_confirmed": "仅作核实后参考",
    "both": "并征",
    "none": "不征",
    "construction_land": "建设用地面积",
    "contract_area": "宗地总面积",
    "corresponding_day_is_last": "对应日为最后一日",
    "corresponding_day_has_passed": "过了对应日",
    "own_class": "单列，由人判定",
    "excused": "扣除",
    "ignored": "不扣除",
    "person": "由人判定",
    "fee": "按征缴闲置费",
    "government": "按政府原因",
    "handover": "实际交地",
    "signing": "合同签订",
    "exempt": "免供",
    "unsupplied": "批而未供",
    "stock": "存量土地",
    "total": "用地总面积",
    "new": "新增建设用地面积",
    "and": "且",
    "or": "或",
    "signed": "签订当日",
    "as_of": "判定日",
    "unknown": "不明",
    "yes": "是",
    "no": "否",
    "pooled": "合并计算",
    "mean_of_years": "各年平均",
    "ratio": "比值法",
    "min_max": "极差法",
    "recorded": "已登记",
    "reported": "自报",
    "filed": "系统填报",
    "confirmed": "审核认定",
}
# A key that stands in brackets behind its words, alone or before what else is said there.
_KEY = re.compile(r"（[a-z]+(?:_[a-z]+)*）|(?<=（)[a-z]+(?:_[a-z]+)*，")


def choice(value: str, unit: str, language: Language) -> str:
    """Return a value in words where its unit names the few it is one of; else as it is.

    >>> choice("shift", "shift | cut", "zh"), choice("2017", "2017 | 2011", "zh")
    ('顺延', '2017')
    """
    is_choice = _BETWEEN in unit and value in unit.split(_BETWEEN)
    return said(_WORDS[value], language) if is_choice and value in _WORDS else value


def without_keys(wording: str) -> str:
    """Return a Chinese wording without the keys that stand behind their words.

    >>> without_keys("按迟延天数顺延（shift）或不顺延（cut）")
    '按迟延天数顺延或不顺延'
    >>> without_keys("或者宗地总面积（contract_area，未填的按供应面积）计算")
    '或者宗地总面积（未填的按供应面积）计算'
    """
    return _KEY.sub("", wording)
