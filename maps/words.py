"""What a card calls the facts a finding lacks; the codes are those of the column `missing`."""

from __future__ import annotations

from collections.abc import Mapping

# A code with a tail ("evidence_after:2023-12-01") is called by its head, and the tail follows.
MISSING: Mapping[str, str] = {
    "clash:completed_before_started": "记录矛盾（竣工早于动工）",
    "clash:stopped_before_started": "记录矛盾（停工早于动工）",
    "clash:not_started_after_started": "记录矛盾（动工之后又记未动工）",
    "clash:cause_ends_before_it_begins": "记录矛盾（原因止日早于起日）",
    "clash:two_newest_extensions": "记录矛盾（同日签订两份延期）",
    "evidence_after": "未动工证据，须晚于",
    "start_evidence": "动工证据",
    "start_agreed_on": "约定动工日",
    "handover_actual_on": "实际交地日",
    "cause_starts_on": "免责原因起始日",
    "signed_on": "签订日",
    "area_m2": "应动工面积",
    "developed_area_m2": "已动工面积",
    "area_clash": "记录矛盾（已动工面积大于应动工面积）",
    "invested_fen": "已投资额",
    "investment_total_fen": "投资总额",
    "price": "价款",
    "fee_basis": "闲置费计征基数",
    "supply_way": "供地方式",
    "approved_on": "批准日",
    "compensation": "征地补偿情况",
    "is_used": "批文是否已用地",
    "is_supply_possible": "能否供应",
    "ground_class": "现状地类",
    "ground_changed": "现状地类已变，须人工判定",
    "location": "部分面积无位置",
}
