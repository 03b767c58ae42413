"""The columns of every register of the demo, with the headers real registers show."""

from __future__ import annotations

from demo_data.registers import Register, always, day, flag, joined, number, text, word

NOTE = "演示数据（虚构），不代表任何真实单位和宗地"
SENTINELS = ("1900-01-01", "", "1900/1/1")  # how real registers say "not yet"
REGION = [("行政区", always("演示旗")), ("行政区代码", always("150699"))]

SUPPLIES_HA = Register(
    titles=("演示旗国有建设用地供应结果一览表（2022年及以前）", f"单位：公顷、万元    {NOTE}"),
    columns=[
        ("序号", lambda _, at: at + 1),
        *REGION,
        ("电子监管号：", text("supply_no")),
        ("合同编号", text("contract_no")),
        ("分期", text("phase")),
        ("项目名称", text("project_name")),
        ("项目位置", always("演示开发区")),
        ("面积(公顷)", number("area_ha")),
        ("宗地总面积（公顷", number("total_ha")),
        ("土地来源", number("source_ha")),
        ("土地用途", always("工业用地")),
        ("供地方式", word("way")),
        ("土地使用年限", always("50年")),
        ("行业分类", always("演示制造业")),
        ("土地级别", always("五级")),
        ("成交价格(万元)", number("price_wan")),
        ("土地使用权人:", text("holder")),
        ("约定容积率下限", always("0.8")),
        ("约定容积率上限", always("2.0")),
        ("约定交地时间", day("handover_agreed_on")),
        ("约定开工时间 ", day("start_agreed_on")),
        ("约定竣工时间", day("completion_agreed_on")),
        ("实际开工时间", day("started_on", SENTINELS)),
        ("实际竣工时间：", day("completed_on", SENTINELS)),
        ("批准文号", joined("approval_nos")),
        ("各批文用地面积(公顷)", number("approval_areas_ha")),
        ("批准单位", always("演示旗人民政府")),
        ("合同签定日期", day("signed_on")),
    ],
)
SUPPLIES_MU = Register(
    titles=(f"供地结果登记表（2023年起）    {NOTE}",),
    columns=[
        ("监管号", text("supply_no")),
        ("合同号", text("contract_no")),
        ("期次", text("phase")),
        ("项目名称", text("project_name")),
        ("受让人", text("holder")),
        *REGION,
        ("供应方式", word("way")),
        ("供地面积（亩）", number("area_ha", "15")),
        ("宗地总面积（亩）", number("total_ha", "15")),
        ("合同价款（元）", number("price_wan", "10000")),
        ("约定交地日期", day("handover_agreed_on")),
        ("约定动工日期", day("start_agreed_on")),
        ("约定竣工日期", day("completion_agreed_on")),
        ("实际动工时间", day("started_on")),
        ("实际竣工时间", day("completed_on")),
        ("批文号", joined("approval_nos")),
        ("各批文面积（亩）", number("approval_areas_ha", "15")),
        ("合同签订日期", day("signed_on")),
    ],
)
COVER = Register(titles=(NOTE,), columns=[("本工作簿第二张表为供地结果", always(""))])
APPROVALS = Register(
    titles=("无图形批次登记表", NOTE),
    columns=[
        ("序号", lambda _, at: at + 1),
        ("批次名称", text("batch")),
        ("批准文号", text("approval_no")),
        ("批准日期", day("approved_on")),
        ("用地总面积（公顷）", number("total_ha")),
        ("新增建设用地面积（公顷）", number("new_ha")),
        ("批次类型", word("batch_kind")),
        ("行政区代码", always("150699")),
    ],
)
STATUS = Register(
    [
        ("批准文号", text("approval_no")),
        ("核查日期", day("observed_on")),
        ("征地补偿情况", word("compensation")),
        ("补偿完成日期", day("compensated_on")),
        ("实施方案编制日期", day("implementation_plan_on")),
        ("是否可供", flag("is_supply_possible")),
        ("不能供应原因", text("obstacle")),
    ]
)
WITHDRAWALS = Register(
    [
        ("撤批文号", text("document")),
        ("原批准文号", text("approval_no")),
        ("撤批日期", day("decided_on")),
        ("撤批面积(公顷)", number("area_ha")),
    ]
)
SUPPLY = [("电子监管号", text("supply_no")), ("分期", text("phase"))]
EXTENSIONS = Register(
    [
        ("补充协议号", text("document")),
        *SUPPLY,
        ("签订日期", day("signed_on")),
        ("延期类型", word("kind")),
        ("延期后开工时间", day("start_due_on")),
        ("批准机关", lambda row, _: "演示旗人民政府" if row["has_approval"] else ""),
    ]
)
HANDOVERS = Register(
    titles=("交地确认书台账", NOTE),
    columns=[("交地确认书号", text("document")), *SUPPLY, ("实际交地日期", day("handed_on"))],
)
ENDINGS = Register(
    [
        ("文号", text("document")),
        *SUPPLY,
        ("终止日期", day("ended_on")),
        ("终止方式", word("kind")),
    ]
)
DECISIONS = Register(
    titles=("处置文书送达台账",),
    columns=[
        ("文书号", text("document")),
        *SUPPLY,
        ("文书类型", word("kind")),
        ("送达日期", day("served_on")),
        ("认定原因", word("cause")),
        ("金额(万元)", number("amount_wan")),
        ("批准政府", lambda row, _: "演示旗人民政府" if row["kind"] in {"fee", "recovery"} else ""),
    ],
)
CAUSES = Register(
    [
        ("证明文件", text("document")),
        *SUPPLY,
        ("闲置原因", word("kind")),
        ("起始日期", day("starts_on")),
        ("终止日期", day("ends_on")),
    ]
)
PROGRESS = Register(
    [
        *SUPPLY,
        ("巡查日期", day("observed_on")),
        ("来源", word("source")),
        ("开发状态", word("milestone")),
        ("动工日期", day("started_on")),
        ("停工日期", day("stopped_on")),
        ("已动工面积(公顷)", number("developed_ha")),
        ("已投资额（万元）", number("invested_wan")),
        ("投资总额（万元）", number("total_wan")),
        ("说明", always("演示数据")),
    ]
)
TASKS = Register(
    [
        ("年度", text("year")),
        ("行政区代码", always("150699")),
        ("任务类型", word("way")),
        ("任务面积(公顷)", number("target_ha")),
        ("下达日期", day("from_on")),
    ]
)
ENTERPRISES = Register(
    [
        ("统一社会信用代码", text("code")),
        ("企业名称", text("name")),
        ("行政区代码", always("150699")),
        ("园区代码", always("YS")),
        ("区块代码", text("block")),
        ("行业名称", text("industry")),
        ("行业代码", text("industry_code")),
        ("电子监管号", joined("supply_nos")),
        ("宗地代码", joined("parcel_codes")),
        ("用地面积(平方米)", number("land_m2")),
        ("是否工业企业", flag("is_industrial")),
        ("是否规上", flag("is_above_scale")),
        ("是否高新技术企业", flag("is_high_tech")),
        ("企业状态", text("state")),
        ("成立日期", day("from_on")),
    ]
)
ENTERPRISE_YEARS = Register(
    titles=("演示开发区企业年度报表", f"单位：万元、人、吨标准煤、立方米    {NOTE}"),
    columns=[
        ("信用代码", text("code")),
        ("企业名称", text("name")),
        ("年度", text("year")),
        ("工业总产值（万元）", number("output")),
        ("上缴税金（万元）", number("tax")),
        ("本年固定资产投资（万元）", number("investment")),
        ("累计固定资产投资（万元）", number("invested")),
        ("年末从业人员", number("employees")),
        ("综合能耗", number("energy")),
        ("用水量", number("water")),
    ],
)
PROJECTS = Register(
    [
        ("备案编号", text("code")),
        ("项目名称", text("name")),
        ("项目类型", text("kind")),
        ("统一社会信用代码", text("firm_code")),
        ("建设单位", text("firm_name")),
        ("行业", text("industry")),
        ("行政区代码", always("150699")),
        ("园区代码", always("YS")),
        ("区块代码", text("block")),
        ("电子监管号", joined("supply_nos")),
        ("用地面积(公顷)", number("area_ha")),
        ("总投资(万元)", number("total")),
        ("累计完成投资(万元)", number("invested")),
        ("项目状态", text("state")),
        ("竣工日期", day("completed_on")),
        ("投产日期", day("produced_on")),
        ("立项日期", day("from_on")),
    ]
)
RESIDENTS = Register(
    [
        ("区块代码", text("place_code")),
        ("年度", text("year")),
        ("常住人口", text("residents")),
    ]
)
