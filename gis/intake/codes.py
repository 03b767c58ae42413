"""Every fault intake knows: what a clerk reads about it and what the clerk should do.

`{title}` is the column's official title, `{value}` the value met, `{detail}` what the check
measured, `{then}` what became of it. Severity `error` means the row was rejected and its raw
content kept; `warning` means a value was emptied, changed or doubted; `note` means it was read as
meant and is said aloud. A warning on a column that the row cannot do without becomes
an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One fault: its severity, what is wrong, what mends it, whether it is told once, its field."""

    severity: str
    message: str
    fix: str
    is_per_column: bool = False
    field: str | None = None
    is_kept: bool = False  # the cell cannot be read: the stored value of its record stays


CODES: Mapping[str, Code] = {
    # days
    "sentinel_day": Code("note", "「{title}」为占位日期 {value}，{then}", "有真实日期时补填"),
    "impossible_day": Code(
        "warning", "「{title}」的日期 {value} 不存在，{then}", "核对原件改正", is_kept=True
    ),
    "unreadable_day": Code(
        "warning",
        "「{title}」的 {value} 读不成日期，{then}",
        "改为 2016-08-28 这样的写法",
        is_kept=True,
    ),
    "far_day": Code(
        "warning", "「{title}」的日期 {value} 离今天太远，{then}", "核对年份", is_kept=True
    ),
    "month_without_day": Code(
        "note", "「{title}」只写到月（{value}），按 {detail} 读", "有具体日期时补填"
    ),
    "day_from_serial": Code(
        "note",
        "「{title}」有 {detail} 个值是 Excel 序列号或时间戳（如 {value}），已换算成日期",
        "请抽查一两个日期",
        True,
    ),
    "day_from_tag": Code(
        "note",
        "「{title}」取自影像的标记 {detail}：{value}，可能是制作日期",
        "不对时用 --set taken_on=2024-05-01 写明",
    ),
    "days_out_of_order": Code(
        "warning", "「{title}」{value} 早于{detail}", "两个日期都已照收；核对原件，改正错的一个"
    ),
    # numbers, areas, money
    "unreadable_number": Code(
        "warning", "「{title}」的 {value} 读不成数，{then}", "只填数字，单位写在表头", is_kept=True
    ),
    "area_too_large": Code(
        "warning", "「{title}」{value} 大于{detail}", "两个面积都已照收；核对单位和数值"
    ),
    **{
        f"negative_{what}": Code("warning", "「{title}」为负数 {value}，{then}", mend, is_kept=True)
        for what, mend in (("area", "核对面积"), ("money", "核对金额"), ("number", "核对数值"))
    },
    "assumed_unit": Code(
        "note",
        "「{title}」的表头和单元格都没写单位，按{detail}读（如 {value}）",
        "单位不同时在表头注明，例如 面积(平方米)",
        True,
    ),
    "rounded_money": Code("note", "「{title}」的 {value} 不足一分的部分已四舍五入", "无须处理"),
    "cell_error": Code(
        "warning",
        "「{title}」{detail}是表格错误值 {value}，{then}",
        "用 Excel 或 WPS 打开，改正该单元格后保存，再报送",
        is_kept=True,
    ),
    "formula_without_value": Code(
        "warning",
        "「{title}」{detail}是公式 {value}，文件里没有存它的结果，{then}",
        "用 Excel 或 WPS 打开工作簿，待公式算出后保存，再报送",
        is_kept=True,
    ),
    "recalculated_formula": Code(
        "warning",
        "「{title}」有 {detail} 个公式，工作簿注明打开时须重算，存的结果可能过时（如 {value}）",
        "用 Excel 或 WPS 打开并保存后再报送",
        True,
    ),
    "source_in_words": Code(
        "note",
        "「{title}」是文字（如 {value}，共 {detail} 个），不是面积，按未知处理",
        "有存量面积时以数字补报",
        True,
    ),
    "starred_numbers": Code(
        "warning", "有 {detail} 个数是一排星号（{value}），按空值处理", "核对字段宽度", True
    ),
    # words and identifiers
    "unknown_code": Code(
        "warning", "「{title}」的 {value} 不在代码表内，{then}", "可用：{detail}", is_kept=True
    ),
    "unknown_flag": Code(
        "warning", "「{title}」的 {value} 读不成是或否，{then}", "填 是 或 否", is_kept=True
    ),
    "rounded_id": Code(
        "warning",
        "「{title}」的 {value} 被表格软件存成了数值，末位数字可能已丢失",
        "把该列设为文本格式后重新导出",
    ),
    "lost_zeros": Code(
        "warning",
        "「{title}」的 {value} 存成了数值，同列别的编号以 0 开头：前面的 0 可能已丢失",
        "把该列设为文本格式，补齐编号后重新导出",
    ),
    "control_characters": Code(
        "note", "「{title}」有 {detail} 个值含不可见字符，已去掉", "无须处理", True
    ),
    "normalised_text": Code(
        "note",
        "「{title}」有 {detail} 个值的写法已统一（如 {value}：全角、空格、括号、连字符、部首字、"
        "大小写或看不见的字符），按统一写法比较，原文一并保存",
        "无须处理",
        True,
    ),
    "orphan_paper": Code(
        "warning",
        "「{title}」{value} 在{detail}里没有",
        "已照收，补报{detail}后自动对上；编号写错时改正后重新报送",
    ),
    "other_edition": Code(
        "warning",
        "「{title}」{value} 不是 GB/T 4754-2017 的代码，是 {detail}",
        "已按原样照收；改报 2017 版代码",
    ),
    "unknown_industry": Code(
        "warning",
        "「{title}」{value} 不在国民经济行业分类（GB/T 4754）各版的代码之内",
        "已按原样照收；核对后改报 2017 版代码",
    ),
    "lookalike_sign": Code(
        "warning",
        "「{title}」的 {value} 在数字中间夹有字母 O、l 或 I，可能是 0 或 1（{detail}）",
        "已按原样照收；核对原件，写错时改正",
    ),
    "count_mismatch": Code(
        "warning",
        "「{title}」{detail}，无法一一对应，面积按未知处理（{value}）",
        "编号与面积用分号隔开，个数相同",
    ),
    "missing_value": Code("error", "必填的「{title}」为空", "补填后重新报送"),
    "missing_key": Code("error", "没有可以识别本行的编号（{detail}）", "补填编号后重新报送"),
    # the table around the rows
    "repeated_header": Code("note", "本行重复了表头，未作为数据读入", "无须处理"),
    "totals_row": Code("note", "本行是合计行（{value}），未作为数据读入", "无须处理"),
    "footer_row": Code("note", "本行是表尾说明（{value}），未作为数据读入", "无须处理"),
    "section_row": Code("note", "本行是分组标题（{value}），未作为数据读入", "无须处理"),
    "no_data_row": Code("note", "本行没有任何可用的值（{value}），未作为数据读入", "无须处理"),
    "wrong_count": Code(
        "warning",
        "属性表的表头写 {value} 行，实有 {detail} 行，按实有读入",
        "核对行数；重新导出，更正表头",
    ),
    "surplus_records": Code(
        "warning",
        "属性表在第 {value} 行之后还有 {detail} 行没有图形，未读入",
        "核对这些行是否有用；重新导出，使图形和属性一一对应",
    ),
    "memo_field": Code(
        "warning",
        "备注型字段「{value}」的内容在另一个文件里（.dbt、.fpt），未读入",
        "改成文字型字段或存为 xlsx 后重新导出",
    ),
    "deleted_records": Code(
        "note",
        "属性表中有 {detail} 条记录标为已删除（第 {value} 行），未读入",
        "不该删除时在制图软件中恢复；否则整理（pack）后报送",
    ),
    "extra_cells": Code("warning", "本行比表头多出内容：{value}", "检查是否有多余的分隔符"),
    "short_row": Code("warning", "本行单元格少于表头（{detail}）", "检查本行是否被截断"),
    "no_line_end": Code(
        "note", "最后一行没有换行，文件可能止于 {value} 中间", "核对最后一行是否完整"
    ),
    "merged_number": Code(
        "warning",
        "「{title}」的 {value} 写在合并单元格里，只记在第一行",
        "拆分合并单元格，逐行填写",
    ),
    "hidden_in_merge": Code(
        "warning",
        "「{title}」在合并单元格里看不到：本行另有值 {value}，显示的是 {detail}；按本行的值读",
        "拆分合并单元格，核对本行",
    ),
    "merged_cells": Code(
        "note", "「{title}」有 {detail} 个合并单元格，已向下补全（如 {value}）", "无须处理", True
    ),
    "title_rows": Code("note", "表头在第 {detail} 行，其上的标题行未作为数据读入", "无须处理"),
    "duplicate_header": Code("warning", "表头 {value} 出现多次，只用第一个", "改名或删去多余的列"),
    "shadowed_header": Code(
        "note", "表头 {value} 也可作「{title}」，已采用 {detail}", "需要时用 --map 指定"
    ),
    "shadowed_differs": Code(
        "warning",
        "表头 {value} 也可作「{title}」，已采用 {detail}",
        "核对哪一列是对的；用 --map 原列=标准列 指定",
    ),
    "lost_column": Code(
        "warning",
        "表头 {value} 没有对应到标准列，其内容像{detail}，未采用",
        "用 --map 原列=标准列 指定（可带单位，如 原列=宗地面积(公顷)）；不用这一列时 --map 原列=",
    ),
    "unit_by_hand": Code(
        "warning", "「{title}」的表头写 {detail}，按 --map 指定的 {value} 读", "核对单位"
    ),
    "unmapped_header": Code(
        "note", "表头 {value} 没有用到{detail}", "需要时用 --map 原列=标准列 指定"
    ),
    "remembered_mapping": Code(
        "note",
        "有 {value} 列沿用该报送单位以前的列对应",
        "不对时用 --map 指定；landwatch profiles --forget 报送单位 可清除",
    ),
    "named_empty_day": Code(
        "note",
        "这份资料里的 {value} 等于没有日期（{detail}）",
        "不对时用 --empty-day 另行写明；landwatch profiles --forget 报送单位 可清除",
    ),
    "truncated_header": Code(
        "note", "字段名 {value} 被截短，按「{title}」读", "不对时用 --map 指定"
    ),
    "hidden_sheets": Code(
        "note", "工作簿里有隐藏的工作表（{value}），未读入", "要读入时用 --layer 指定，或取消隐藏"
    ),
    "hidden_rows": Code(
        "note", "有 {detail} 个隐藏的行（如第 {value} 行）已照常读入", "不应报送时删去", True
    ),
    "hidden_columns": Code("note", "隐藏的列 {value} 已照常读入", "不应报送时删去", True),
    "alias_header": Code(
        "note", "字段 {value} 的别名是 {detail}，按「{title}」读", "不对时用 --map 指定"
    ),
    "sheet_chosen": Code(
        "note",
        "文件里有 {detail} 个图层或工作表，采用最符合的 {value}",
        "不对时用 --layer 指定",
    ),
    "misnamed_file": Code(
        "note", "文件实际是 {detail}，与扩展名 {value} 不符，已按实际内容读取", "改正扩展名"
    ),
    "links_left_alone": Code(
        "note", "文件里有指向别处的链接（{value}），没有打开", "链接里的内容请另行报送"
    ),
    "reader_warning": Code("note", "读取时的提示：{value}", "一般无须处理"),
    # encoding and coordinate system
    "lying_encoding": Code(
        "warning", "文件声明的编码 {value} 与文字不符，已按 {detail} 读取", "更正 .cpg 或语言字节"
    ),
    "guessed_encoding": Code(
        "note", "文件没有声明编码，按文字判断为 {value}", "不对时用 --encoding 指定"
    ),
    "unsure_encoding": Code(
        "warning",
        "编码判断为 {value}，把握不大（{detail}）",
        "请抽查中文，不对时用 --encoding 指定",
    ),
    "illegible_text": Code(
        "warning",
        "「{title}」的 {value} 中有不成文字的字节（尖括号内），已用 � 代替",
        "核对原件，改正这一格后重新导出",
    ),
    "cut_text": Code(
        "warning",
        "「{title}」的 {value} 写满字段宽度，末尾半个字已去掉",
        "加宽字段后重新导出，或核对全文",
    ),
    "mixed_encoding": Code(
        "warning",
        "本行文字是 {value}，与文件其余部分不同，已按 {value} 读",
        "统一编码后重新导出",
    ),
    "ballpark_transform": Code(
        "warning",
        "从 {value} 转到 EPSG:4490 没有精确参数，位置可能偏差数十至上百米{detail}",
        "请报送 CGCS2000 坐标，或提供转换参数",
    ),
    "transform_accuracy": Code(
        "note",
        "从 {value} 经 WGS 84 转到 EPSG:4490，公布精度 {detail} 米",
        "要求更准时请报送 CGCS2000 坐标",
    ),
    "assumed_crs": Code(
        "note",
        "文件没有写坐标系，按 {value} 标准是 WGS 84 经纬度",
        "坐标其实是 CGCS2000 时用 --crs EPSG:4490",
    ),
    "crs_from_text": Code(
        "note", "坐标系由文件属性判定为 {value}（{detail}）", "不对时用 --crs 指定"
    ),
    "swapped_axes": Code(
        "warning",
        "X（北）与 Y（东）写反了，已对调（{value}）",
        "按 X 为北、Y 为东重新导出",
        field="geom",
    ),
    # geometry
    "missing_geometry": Code("error", "没有图形", "补交图形后重新报送", field="geom"),
    "no_geometry": Code("warning", "没有图形，按无图形记录读入", "有图形时补交", field="geom"),
    "geometry_ignored": Code(
        "note", "本类资料不用图形，文件中的 {detail} 个图形未读入", "无须处理"
    ),
    "wrong_geometry": Code(
        "error", "图形是{value}，应为面", "把边界线闭合成面后重新报送", field="geom"
    ),
    "mixed_geometry": Code(
        "warning",
        "图形集合中夹有点或线，只取其中的面（{detail}）",
        "删去多余的点和线",
        field="geom",
    ),
    "bad_coordinates": Code("error", "坐标含非数值或无穷大", "重新导出图形", field="geom"),
    "outside_crs": Code(
        "error",
        "坐标 {value} 不在坐标系 {detail} 的适用范围内",
        "核对坐标系和带号，用 --crs 指定",
        field="geom",
    ),
    "repaired_geometry": Code(
        "warning", "图形自相交，已修复：{detail}", "在制图软件中修正拓扑后重新报送", field="geom"
    ),
    "invalid_geometry": Code(
        "error",
        "图形无效（{value}），不同修法得到的面积不同：{detail}",
        "修正拓扑后重新报送",
        field="geom",
    ),
    "zero_area": Code("error", "图形没有面积", "检查界址点", field="geom"),
    "flattened_geometry": Code(
        "note", "{detail} 个图形带高程（如{value}），已转为平面图形", "无须处理", True, field="geom"
    ),
    "multipart_geometry": Code(
        "note", "图形由 {detail} 个部分组成", "确认是否应拆成多宗", field="geom"
    ),
    "repeated_points": Code("note", "有 {detail} 个重复点", "无须处理", field="geom"),
    "empty_parts": Code(
        "note", "图形有 {detail} 个空的部分或内环，已去掉", "无须处理", field="geom"
    ),
    "hole_as_part": Code(
        "warning",
        "内环在外环之外（或在另一内环之内），走向与外环相同，按另一部分读入：{detail}",
        "核对；各部分请分开写成外环",
        field="geom",
    ),
    "vanishing_shape": Code(
        "error", "图形比 0.1 毫米还窄，取到 0.1 毫米后没有面积", "检查界址点", field="geom"
    ),
    "open_ring": Code("note", "界址线没有闭合，已闭合", "无须处理", field="geom"),
    "unreadable_shape": Code(
        "warning",
        "图形读不懂（{value}），{then}",
        "重新导出图形后报送；Excel 一格最多 32,767 字，更长的图形文字请用 CSV 或 GeoPackage",
        field="geom",
        is_kept=True,
    ),
    "arcs_as_chords": Code(
        "note",
        "图形有 {value} 段圆弧，已按折线读入，离圆弧不超过 {detail} 毫米",
        "面积以折线计；需要别的折线时请自行打断后报送",
        field="geom",
    ),
    "surface_as_area": Code(
        "note", "图形是空间曲面，按它在平面上盖住的范围读入", "请以面报送", field="geom"
    ),
    "area_mismatch": Code(
        "warning", "「{title}」登记为 {value}，图形算得{detail}", "核对登记面积与图形"
    ),
    # coordinate text
    "point_count": Code(
        "warning", "表头写 {value} 个界址点，实有 {detail} 个", "核对界址点", field="geom"
    ),
    "plot_kind": Code(
        "warning",
        "地块行第 5 项是 {value}，不是 点、线、面，按 {detail} 读入",
        "把地块行第 5 项改为 面",
        field="geom",
    ),
    "further_point_columns": Code(
        "note",
        "有 {detail} 个界址点在坐标之后还有内容（地块 {value}：距离、界址点类型、高程等），未读入",
        "无须处理",
    ),
    "comment_lines": Code("note", "有 {detail} 行注释（第 {value} 行）未读入", "无须处理"),
    "unreadable_plot": Code(
        "error", "地块坐标读不懂：{detail}", "按 点号,圈号,X,Y 的格式改正", field="geom"
    ),
}
