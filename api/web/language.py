"""The language of a page: Chinese, or English by switch, and what is said in it.

Templates and modules hold the Chinese words; the files of `words/en` say them in English. What a
fault says comes in both, Chinese first, and `one_of` takes its half.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal, Self

from babel.messages import Catalog, mofile, pofile
from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup, escape
from starlette.responses import RedirectResponse

from api import way
from gis import contracts

router = APIRouter(include_in_schema=False)

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
COOKIE = "landwatch-language"
# Where the code of what comes next is found, as results.toml has it.
_EVENTS = ("track", "outcome", "unsupplied", "agreement")
_YEAR_SECONDS = 365 * 24 * 3600
# A Chinese sentence ends without a space; behind one begins the other language.
_SENTENCE = re.compile(r"(?<=[。；])\s+(?=\S)")
# Else where a space and an English word that is no name follow Chinese.
_TURN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef”)\w])\s+(?=[A-Za-z][a-z]*[ ,.'’:]|[a-z]+$)")
# A name of a program within the Chinese stands alone; English is two words at least.
_WORDS = re.compile(r"[A-Za-z][a-z']*[ ,:]+\S?[A-Za-z]")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# A value, or a word in two forms: of one, of any other number.
_FORMS = re.compile(r"\{(?P<field>\w*)\}|\[(?P<one>[^|\[\]]*)\|(?P<many>[^|\[\]]*)\]")


def of(request: Request) -> Language:
    """Return the language a page is asked in."""
    return "en" if request.cookies.get(COOKIE) == "en" else "zh"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Return what says a Chinese text in a language; what it does not know stays Chinese."""
    if language == "zh":
        return gettext.NullTranslations()
    catalog = Catalog(locale=language)
    for place in resources.files("api.web").joinpath("words", language).iterdir():
        with place.open("rb") as file:
            for message in pofile.read_po(file, locale=language):
                catalog[message.id] = message
    written = io.BytesIO()
    mofile.write_mo(written, catalog)
    written.seek(0)
    return gettext.GNUTranslations(written)


class Counted(str):
    """A text that bends its words after the number before them: "{} [day|days] left".

    >>> Counted("{} [day|days] left").format(1), Counted("{} [day|days] left").format("1,201")
    ('1 day left', '1,201 days left')
    """

    __slots__ = ()

    def format(self, *values: object, **named: object) -> str:
        """Return the text with its values, each word in the form of the value before it."""
        return _bent(self, values, named)


class Words(Markup):
    """The same in a page: what is put in is escaped, as `Markup` does."""

    __slots__ = ()

    def format(self, *values: object, **named: object) -> Self:
        """Return the text with its values, each word in the form of the value before it."""
        safe = {name: escape(one) for name, one in named.items()}
        return type(self)(_bent(self, [escape(one) for one in values], safe))


def _bent(text: str, values: Sequence[object], named: Mapping[str, object]) -> str:
    place, last = iter(values), ""

    def put(met: re.Match[str]) -> str:
        nonlocal last
        if met["field"] is None:
            return met["one" if last == "1" else "many"]
        last = str(next(place) if met["field"] == "" else named[met["field"]])
        return last

    return _FORMS.sub(put, text)


def said(text: str, language: Language) -> str:
    """Return a Chinese text of ours in a language."""
    found = translations(language).gettext(text)
    return Counted(found) if language != "zh" and "|" in found else found


def label(code_list: str, code: str | None, language: Language, *, is_short: bool = False) -> str:
    """Return what a person reads for a code, a missing one as an empty text.

    >>> label("outcome", "may_be_idle", "zh", is_short=True)
    '中止开发，可认定'
    """
    if is_short and code is not None and code in contracts.SHORT.get(code_list, {}):
        chinese, english = contracts.SHORT[code_list][code]
        return chinese if language == "zh" else english
    return contracts.label(code_list, code, language)


def event(code: str | None, language: Language) -> str:
    """Return what a person reads for what comes next: a direction, an outcome or a state.

    >>> event("recovery", "zh"), event("suspected_idle", "zh")
    ('无偿收回', '疑似闲置')
    """
    lists = (name for name in _EVENTS if code in contracts.CODES[name])
    return label(next(lists, _EVENTS[0]), code, language)


def is_chinese(text: str) -> bool:
    """Return whether a text has Chinese in it.

    >>> is_chinese("图形自相交"), is_chinese("crosses itself")
    (True, False)
    """
    return _CHINESE.search(text) is not None


def one_of(text: str, language: Language) -> str:
    """Return the half of a fault's words that is in a language; what has no halves as it is.

    >>> one_of("没有区块 甲区。 There is no block 甲区.", "en")
    'There is no block 甲区.'
    >>> one_of("停掉其他 landwatch 后重试 stop every other landwatch", "zh")
    '停掉其他 landwatch 后重试'
    >>> one_of("可用 choose one of: R1, R3", "zh")
    '可用：R1, R3'
    """
    sentence = _SENTENCE.search(text)
    turns = [one for one in _TURN.finditer(text) if _CHINESE.search(text[: one.start()])]
    told = [one for one in turns if _WORDS.match(text, one.end())]
    turn = sentence or next(iter(told or turns), None)
    if turn is None:
        return text
    chinese, english = text[: turn.start()], text[turn.end() :]
    # What follows a colon of words without an end is named once, for both.
    _, colon, named = ("", "", "") if sentence else english.partition(": ")
    return chinese + ("：" + named if colon else "") if language == "zh" else english


@router.get("/language/{language}")
def switch(language: str, request: Request, back: str = "/") -> Response:
    """Keep a language in the browser, and go back to where it was chosen."""
    if language not in LANGUAGES:
        raise HTTPException(404)
    answer = RedirectResponse(way.own_address(back), 303)
    secure = way.is_secure(request)
    answer.set_cookie(COOKIE, language, _YEAR_SECONDS, path="/", secure=secure, samesite="lax")
    return answer
