"""The words of a trace, Chinese first and English second; never more than the facts carry."""

from __future__ import annotations

from typing import TypeAlias

Line: TypeAlias = tuple[str, str]
"""The same sentence in Chinese and in English."""

HEADINGS: dict[str, Line] = {
    "result": ("结论", "Result"),
    "facts": ("所用事实", "Facts used"),
    "intervals": ("原因期间", "Causes"),
    "arithmetic": ("计算", "Arithmetic"),
    "situation": ("情形", "Situation"),
    "basis": ("依据", "Basis"),
    "next": ("下一节点", "What comes next"),
    "doubts": ("须注意", "To note"),
    "open": ("哪些事实会改变结论", "Which facts would change this"),
    "agreement": ("监管协议", "Supervision agreement"),
    "law": ("所用规定", "Values of the law"),
}

FACTS: dict[str, Line] = {
    "supply_no": ("电子监管号", "supply number"),
    "phase": ("分期", "phase"),
    "holder": ("土地使用权人", "holder"),
    "holder_chain": ("权利人变更", "changes of holder"),
    "supply_way": ("供地方式", "way of supply"),
    "price_fen": ("成交价款（元）", "price (yuan)"),
    "supplement_fen": ("补缴价款（元）", "supplementary price (yuan)"),
    "area_m2": ("面积（平方米）", "area (m2)"),
    "parcel_total_m2": ("宗地总面积（平方米）", "whole parcel (m2)"),
    "signed_on": ("合同签订日", "contract signed on"),
    "start_agreed_on": ("约定动工日", "start agreed for"),
    "handover_agreed_on": ("约定交地日", "hand-over agreed for"),
    "handover_actual_on": ("实际交地日", "handed over on"),
    "extension_on": ("延期签订日", "extension signed on"),
    "extension_start_due_on": ("延期后动工日", "start extended to"),
    "extension_before_due_on": ("延期前动工日", "start before the extension"),
    "handover_extended_on": ("延期后交地日", "hand-over agreed anew for"),
    "started_on": ("动工日", "started on"),
    "started_grade": ("动工证据", "evidence of the start"),
    "imagery_started_on": ("影像显示动工日", "an image shows a start on"),
    "stopped_on": ("停工日", "stopped on"),
    "former_stopped_on": ("前次停工日", "the stop before began on"),
    "resumed_on": ("复工日", "resumed on"),
    "completed_on": ("竣工日", "completed on"),
    "not_started_on": ("最近一次核查未动工", "last seen not started on"),
    "not_started_grade": ("未动工证据", "evidence of no start"),
    "is_start_disputed": ("动工有争议", "start disputed"),
    "developed_area_m2": ("已开发面积（平方米）", "developed area (m2)"),
    "invested_fen": ("已投资额（元）", "invested (yuan)"),
    "investment_total_fen": ("总投资额（元）", "total investment (yuan)"),
    "right_ended_on": ("权利终止日", "right ended on"),
    "found_on": ("认定书送达日", "idle-land finding served on"),
    "found_cause": ("认定书所载原因", "cause in the idle-land finding"),
    "found_disposed_on": ("认定后处置日", "disposed of since on"),
    "revoked_documents": ("已撤销的文书", "documents revoked"),
    "consent": ("原批准机关对延期的意见", "the approving government on the delay"),
    "fee_decided_on": ("闲置费决定日", "fee decided on"),
    "recovery_decided_on": ("收回决定日", "recovery decided on"),
    "completion_agreed_on": ("约定竣工日", "completion agreed for"),
    "completion_extended_on": ("延期后竣工日", "completion extended to"),
}
DOCUMENTS = {
    "extension_on": "extension_document",
    "handover_actual_on": "handover_document",
    "right_ended_on": "right_ended_document",
    "found_on": "found_document",
    "holder_chain": "holder_document",
}
"""Which column names the document a fact comes from, where the facts carry one."""
DELIVERIES = {
    "supply_no": "delivery",
    "started_on": "started_delivery",
    "stopped_on": "stopped_delivery",
    "not_started_on": "not_started_delivery",
}
"""Which column has the number of the delivery a fact without a document came with."""
PROVED = {
    "started_on": "started_proved_on",
    "stopped_on": "stopped_proved_on",
    "completed_on": "completed_proved_on",
}
"""Which column has the day of a paper later than the day judged, which proves the fact."""
SEEN = {"developed_area_m2": "developed_seen_on", "invested_fen": "invested_seen_on"}
"""Which column has the day of the paper a figure comes from."""

WORDS: dict[str, dict[str, Line]] = {
    "supply_way": {
        "grant": ("出让", "grant"),
        "allocation": ("划拨", "allocation"),
        "lease": ("租赁", "lease"),
        "lease_then_grant": ("先租后让", "lease, then grant"),
        "equity": ("作价出资（入股）", "equity"),
    },
    "found_cause": {
        "government": ("政府原因", "government"),
        "enterprise": ("企业原因", "enterprise"),
        "seizure": ("司法查封", "judicial seizure"),
        "several": (
            "同日多份认定书所载原因不同",
            "idle-land findings of one day that name different causes",
        ),
    },
    "consent": {"given": ("同意", "given"), "refused": ("不同意", "refused")},
}
"""What a code among the facts reads as."""

CAUSES: dict[str, Line] = {
    "art8_1": ("未按约定交地（第八条第（一）项）", "land not handed over as agreed (8(1))"),
    "art8_2": ("规划依法修改（第八条第（二）项）", "plan lawfully changed (8(2))"),
    "art8_3": ("政策调整规划条件（第八条第（三）项）", "conditions changed by policy (8(3))"),
    "art8_4": ("群众信访（第八条第（四）项）", "petitions about the land (8(4))"),
    "art8_5": ("军事管制、文物保护（第八条第（五）项）", "military control, relics (8(5))"),
    "art8_6": ("政府其他行为（第八条第（六）项）", "other acts of government (8(6))"),
    "force_majeure": ("不可抗力", "force majeure"),
    "preliminary": ("动工开发必需的前期工作", "necessary preliminary work"),
    "seizure": ("司法查封", "judicial seizure"),
}

BASES: dict[str, Line] = {
    "extension": ("延期", "extension"),
    "contract": ("合同（决定书）约定", "contract"),
    "handover": ("实际交地加年限（第二十二条）", "actual hand-over plus the period of art. 22"),
    "signing": ("合同签订日加年限", "the signing plus the period of a silent contract"),
    "unknown": ("不明", "unknown"),
}

CLASHES: dict[str, Line] = {
    "completed_before_started": ("竣工日早于动工日", "completed before started"),
    "stopped_before_started": ("停工日早于动工日", "stopped before started"),
    "not_started_after_started": (
        "动工日当日或之后仍核查为未动工",
        "seen not started on or after the day it started",
    ),
    "cause_ends_before_it_begins": ("原因期间终止早于起始", "a cause ends before it begins"),
    "two_newest_extensions": (
        "同日签订两份最新延期且日期不同",
        "two newest extensions of one day with different dates",
    ),
}

FLAGS: dict[str, Line] = {
    "more_than_max_years": (
        "延期超过规定的最长年限，仍按延期计算",
        "extended by more than the rule allows; used all the same",
    ),
    "no_approval": (
        "延期没有批准机关记录，仍按延期计算",
        "no approval of the extension on file; used all the same",
    ),
    "replaced_day_unknown": (
        "延期所替代的日期不明",
        "the day the extension replaces is unknown",
    ),
}

MISSING: dict[str, Line] = {
    "developed_area_m2": ("已动工面积", "developed area"),
    "area_m2": ("应动工面积", "area due"),
    "invested_fen": ("已投资额", "investment so far"),
    "investment_total_fen": ("总投资额", "total investment"),
    "start_agreed_on": ("约定动工日", "agreed start day"),
    "handover_actual_on": ("实际交地日（交地确认书）", "actual hand-over day"),
    "start_evidence": ("是否动工的证据", "evidence whether building started"),
    "cause_starts_on": ("某一原因的起始日", "the first day of a cause"),
    "signed_on": (
        "合同或延期协议的签订日（只写到月的补填日期）",
        "the day the contract or the extension was signed, not its month alone",
    ),
    "late_handover": (
        "迟延交地是否影响动工的核查文件（需核实：顺延与不顺延的处置方向不同）",
        "whether the late hand-over kept the start back (shifted and unshifted differ)",
    ),
    "consent": (
        "原批准用地的人民政府是否同意延期动工（2012-06-30 及以前为认定条件）",
        "whether the government that approved the land consented (asked for until 2012-06-30)",
    ),
    "revokes": (
        "撤销文书所撤的文书号（未写、写错、撤自己或撤后来的文书，均不起作用）",
        "which document a revocation ends (unnamed, unknown, itself or a later one: it ends none)",
    ),
    "price": ("价款（空或为零，闲置费不能确定）", "the price (empty or zero): no fee can be said"),
    "fee_basis": (
        "计费价款（租赁、先租后让、作价出资没有出让或划拨价款）",
        "a price to take a share of (lease, lease then grant, equity)",
    ),
    "supply_way": ("供地方式", "way of supply"),
}

CONTRADICTIONS: dict[str, Line] = {
    "area_clash": (
        "已动工面积大于应动工面积，须先更正",
        "the developed area exceeds the area due: put right first",
    ),
}
"""What `missing` names where facts are on file and cannot both be true."""

TOLD: dict[str, Line] = {
    "decision_clash": (
        "认定书与事实不符，撤销前仍有效",
        "the idle-land finding does not fit the facts; it binds until it is revoked",
    ),
    "cause_clash": (
        "认定书所载原因为{cause}，与按事实推得的方向不同（{track}）：人工判定，不计应征闲置费",
        "the idle-land finding names the cause {cause}, which differs from the track of the facts "
        "({track}): a person decides, no fee is said to be due",
    ),
    "found_before_start": (
        "认定闲置后已动工（应有的结果），在征费、处置或撤销之前仍列出；是否仍征闲置费由人工判定",
        "found idle and started since (the wanted result): shown until a fee, a disposal or a "
        "revocation is on file; whether a fee is still due a person decides",
    ),
    "duty_before_signing": (
        "约定动工日早于合同签订日：核清前不计应征闲置费，不列入收回",
        "the agreed start lies before the signing: until it is cleared no fee is due and nothing "
        "is recovered",
    ),
}
"""What a clash told with a finding means."""

COMPLETION: dict[str, Line] = {
    "on_time": ("已按期竣工（应竣工日 {due}）", "completed in time (due {due})"),
    "not_yet_due": ("竣工期限未到（应竣工日 {due}）", "completion not yet due ({due})"),
    "overdue": (
        "竣工逾期 {days} 天（应竣工日 {due}）",
        "completion overdue {days} days (due {due})",
    ),
    "unknown": ("应竣工日 {due} 已过，是否竣工没有记录", "due {due}, no record whether completed"),
}


def said(line: Line, language: str, **values: object) -> str:
    """Return the sentence in the language asked for, its places filled in."""
    return (line[0] if language == "zh" else line[1]).format(**values)
