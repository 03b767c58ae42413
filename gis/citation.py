"""The law as it is cited and said: 14(1) reads 第十四条第（一）项, 2(2) reads 第二条第二款.

Its files name what may be chosen by keys; a person reads words.
"""

from __future__ import annotations

import re

from gis import contracts

# Articles whose numbered parts are paragraphs (款), not items (项).
_OF_PARAGRAPHS = frozenset({"2", "22"})
_DIGITS = "〇一二三四五六七八九"
# A key that stands in brackets behind its words, alone or before what else is said there.
_KEY = re.compile(r"（[a-z]+(?:_[a-z]+)*）|(?<=（)[a-z]+(?:_[a-z]+)*，")
# Between the keys of a value that is one of a few.
_BETWEEN = " | "
_CITED = re.compile(r"(?<![\d.])(\d{1,3})(?:\((\d{1,2})\))?(?![\d.])")


def chinese_number(number: int) -> str:
    """Return a number from 1 to 999 in Chinese: 201 is 二百零一, 14 is 十四.

    >>> [chinese_number(n) for n in (2, 10, 14, 30, 203)]
    ['二', '十', '十四', '三十', '二百零三']
    """
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def cited(article: str, language: str = "zh") -> str:
    """Return an article as it is cited; words of other kinds are left as they are.

    >>> cited("《闲置土地处置办法》2(1), 14(1)")
    '《闲置土地处置办法》第二条第一款、第十四条第（一）项'
    >>> cited("8(1), setting")
    '第八条第（一）项、设定值'
    >>> cited("14(1)", "en")
    '14(1)'
    """
    if language != "zh":
        return article
    head, mark, rest = article.rpartition("》")
    parts = [_part(part) for part in rest.split(", ")]
    return head + mark + "、".join(parts)


def choice(value: str, unit: str, language: str = "zh") -> str:
    """Return a value in words where its unit names the few it is one of; else as it is.

    >>> choice("shift", "shift | cut"), choice("2017", "2017 | 2011")
    ('顺延', '2017')
    """
    is_choice = _BETWEEN in unit and value in unit.split(_BETWEEN)
    has_words = value in contracts.CODES["law_choice"]
    return contracts.label("law_choice", value, language) if is_choice and has_words else value


def without_keys(wording: str) -> str:
    """Return a Chinese wording without the keys that stand behind their words.

    >>> without_keys("按迟延天数顺延（shift）或不顺延（cut）")
    '按迟延天数顺延或不顺延'
    >>> without_keys("或者宗地总面积（contract_area，未填的按供应面积）计算")
    '或者宗地总面积（未填的按供应面积）计算'
    """
    return _KEY.sub("", wording)


def _part(text: str) -> str:
    if text == "setting":
        return "设定值"
    match = _CITED.fullmatch(text)
    if match is None:
        return text
    number, sub = match.groups()
    cited = f"第{chinese_number(int(number))}条"
    if sub is None:
        return cited
    place = chinese_number(int(sub))
    return cited + (f"第{place}款" if number in _OF_PARAGRAPHS else f"第（{place}）项")
