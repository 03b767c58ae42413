"""English words bend after the number before them, in modules, pages and scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import pofile

from api.web import frame, language

ROOT = Path(__file__).parents[1] / "api/web"


@pytest.mark.parametrize(
    ("text", "values", "zh", "en"),
    [
        ("还有 {} 天", (1,), "还有 1 天", "1 day left"),
        ("还有 {} 天", ("1,201",), "还有 1,201 天", "1,201 days left"),
        ("共 {} 行，本页 {} 行", (1, 1), "共 1 行，本页 1 行", "1 row, 1 on this page"),
        ("共 {} 行，本页 {} 行", (0, 0), "共 0 行，本页 0 行", "0 rows, 0 on this page"),
    ],
)
def test_a_word_stands_as_its_number_asks(
    text: str, values: tuple[object, ...], zh: str, en: str
) -> None:
    assert language.said(text, "zh").format(*values) == zh
    assert language.said(text, "en").format(*values) == en


def test_what_is_put_in_bends_nothing_and_is_escaped_in_a_page() -> None:
    page = frame.environment("en").from_string('{{ _("还有 {} 天").format(value) }}')
    assert page.render(value="1") == "1 day left"
    assert page.render(value="<b>[a|b]</b>") == "&lt;b&gt;[a|b]&lt;/b&gt; days left"


def test_no_english_number_stands_before_a_plural_that_does_not_bend() -> None:
    plain = []
    for path in sorted(ROOT.glob("words/en/*.po")):
        with path.open("rb") as file:
            told = [str(one.string) for one in pofile.read_po(file) if one.id]
        nouns = "days|rows|entries|pieces|items|seconds|hours|supplies"
        plain += [one for one in told if re.search(rf"\{{\}} ({nouns})\b", one)]
    assert plain == []
