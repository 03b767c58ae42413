"""A digest as plain text: for a mail, a terminal, a file; and short, for a robot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gis import units
from gis.outputs.digest.settings import SETTINGS
from gis.outputs.digest.summary import COUNTED_ONLY, QUESTIONS, Digest, Section

_NUMBERS = "一二三四五六七八九"
_MOST_DAYS = 7


def title(told: Digest) -> str:
    """Return the title of a digest, in one line: the figures somebody acts on are in it."""
    wrong = sum(one.count for one in told.of("wrong"))
    return (
        f"土地监测夜报 {told.day}：新列入 {told.count('appeared')}，"
        f"今天和 {SETTINGS.horizons_days[0]} 天内到期 {_soon(told)}，问题和待定 {wrong}"
    )


def text(told: Digest, base: str = "") -> str:
    """Return a digest as text, Chinese first; `base` stands before every link."""
    parts = [*_head(told), "", *_in_short(told), ""]
    for number, (question, (chinese, english)) in zip(_NUMBERS, QUESTIONS.items(), strict=False):
        parts += [f"{number}、{chinese} {english}", ""]
        for section in told.of(question):
            parts += [*_section(told, section, base), ""]
    return "\n".join([*parts, _foot(told, base)]) + "\n"


def short(told: Digest, base: str = "") -> str:
    """Return the head of a digest for a robot, within the bytes one takes."""
    lines = [title(told), *_head(told)[1:], *_in_short(told)]
    for code in ("trouble", "due_now", "due_first", "appeared", "left", "track", "held"):
        section = next(one for one in told.sections if one.code == code)
        lines += [f"· {section.zh}：{_named(row)}，{row['zh']}" for row in section.rows]
    end = _foot(told, base)
    return _within(lines, end, SETTINGS.most_robot_bytes)


def within(text: str) -> str:
    """Return what a robot takes of a text: whole lines, and how many were left out."""
    return _within(text.split("\n"), "", SETTINGS.most_robot_bytes).rstrip("\n")


def _within(lines: list[str], end: str, most_bytes: int) -> str:
    """Return lines up to so many bytes, whole ones, and how many were left out."""
    for kept in range(len(lines), 0, -1):
        left = len(lines) - kept
        more = [f"……另有 {left} 行 {left} more lines"] if left else []
        found = "\n".join([*lines[:kept], *more, end])
        if len(found.encode()) <= most_bytes:
            return found
    return "\n".join([lines[0], end]).encode()[:most_bytes].decode("utf-8", "ignore")


def _head(told: Digest) -> list[str]:
    known = f"运行 run {told.run}，第 {told.delivery} 次资料为止 up to delivery {told.delivery}"
    lines = [
        f"土地监测夜报 Land watch, night of {told.day}",
        f"范围 Land: {told.land}",
        f"判定日 as of {told.day} · {known}",
    ]
    if told.before_on is None:
        lines.append("首次夜间运行，没有可比的上一夜。 The first night: nothing to compare with.")
    else:
        lines.append(
            f"与 {told.before_on} 夜（运行 {told.before_run}）相比"
            f" compared with the night of {told.before_on} (run {told.before_run})"
        )
    if told.missed:
        lines.append(
            f"其间没有成功的夜：{missed_days(told)}；这几天的变化都在本报内。"
            " No good night in between: what changed then is in this digest."
        )
    return lines


def missed_days(told: Digest) -> str:
    """Return the days without a good night, of many the first and the last."""
    if len(told.missed) > _MOST_DAYS:
        return f"{told.missed[0]} 至 to {told.missed[-1]}（{len(told.missed)} 天 days）"
    return "、".join(str(day) for day in told.missed)


def _in_short(told: Digest) -> list[str]:
    lines = ["要点 In short"]
    for question, (chinese, english) in QUESTIONS.items():
        counts = [
            f"{one.zh} {one.count}{_area(one)} ({one.en})" for one in told.of(question) if one.count
        ]
        lines.append(f"  {chinese} {english}: {'；'.join(counts) or '没有 nothing'}")
    return lines


def _section(told: Digest, section: Section, base: str) -> Iterator[str]:
    yield f"{section.zh} {section.en} · {section.count}{_area(section)}"
    if section.code in COUNTED_ONLY:
        if section.count and told.is_whole:
            yield "  见夜间文件夹里的 变化.csv  all of them: in the folder of the night"
        return
    for row in section.rows[: SETTINGS.most_text_lines]:
        yield f"  - {_named(row)}{_placed(told, row)}"
        yield f"    {row['zh']}"
        yield f"    {row['en']}"
        if row["link"]:
            file = f"   {row['file']}" if told.is_whole and row["file"] else ""
            yield f"    {base}{row['link']}{file}"
    left = section.count - SETTINGS.most_text_lines
    if left > 0:
        yield f"  ……另有 {left} 条 {left} more"


def _named(row: Mapping[str, Any]) -> str:
    name = row["name"] if row["name"] and row["name"] != row["subject"] else ""
    return " ".join(part for part in (row["subject"], name) if part)


def _placed(told: Digest, row: Mapping[str, Any]) -> str:
    """Return where a line lies, on which day, how large; empty where nothing is known."""
    day = f"{row['on']:%Y-%m-%d}" if row["on"] is not None else ""
    area = "" if row["area_m2"] is None else f"{units.hectares(row['area_m2']):,.4f} 公顷"
    parts = [part for part in (told.place(row), day, area) if part]
    return f" · {' · '.join(parts)}" if parts else ""


def _area(section: Section) -> str:
    if section.code not in {"appeared", "left", "track"} or not section.rows:
        return ""
    lacking = f"，另有 {section.unmeasured} 条面积不明" if section.unmeasured else ""
    if section.unmeasured == len(section.rows):
        return "，面积不明"
    hectares, mu = units.hectares(section.area_m2), units.mu(section.area_m2)
    return f"，{hectares:,.4f} 公顷，{mu:,.2f} 亩{lacking}"


def _soon(told: Digest) -> int:
    return told.count("due_now") + told.count("due_first")


def _foot(told: Digest, base: str) -> str:
    return f"全文 the whole: {base}/nights/{told.day}"
