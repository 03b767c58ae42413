"""Every word of a page in both languages, and never two languages in one line."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages import pofile

from api.web import frame, language, search
from gis import contracts
from tests.test_said import raised

ROOT = Path(__file__).parents[1] / "api/web"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What stands in no language: it is told in both at once, or is a name.
ALONE = {"中文", search._SIXTIETHS.pattern, " ,，;；东北EN"}
# The rooms whose faults a person meets at a page.
SERVED = ("api/", "gis/accounts/", "gis/jobs/", "gis/files/", "gis/store/", "gis/tiles/")


def chinese_of_modules() -> set[str]:
    """The Chinese texts in the modules of pages, but for docstrings and what faults say."""
    found = set()
    for path in ROOT.glob("**/*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {
            id(one)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call | ast.Raise | ast.Module | ast.ClassDef | ast.FunctionDef)
            for one in _said_in_both(node)
        }
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and CHINESE.search(node.value) and id(node) not in told:
                found.add(node.value)
    return found


def _said_in_both(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.Raise) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Error", "Exception"))
    ):
        return [*ast.walk(node)]
    if isinstance(node, ast.Call):
        # Of the API's description, which tells both.
        return [one for word in node.keywords if word.arg in {"tags", "summary", "description"}
                for one in ast.walk(word.value)]  # fmt: skip
    body = getattr(node, "body", [])
    is_docstring = (
        body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    )
    return [body[0].value] if is_docstring else []


def messages() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(ROOT.glob("words/en/*.po")):
        with path.open("rb") as file:
            for one in pofile.read_po(file):
                # One word has one translation, in whichever file it stands.
                assert not one.id or found.setdefault(one.id, one.string) == one.string, one.id
    return {text: english for text, english in found.items() if text}


def asked_by_templates() -> set[str]:
    return {
        text
        for path in ROOT.glob("templates/*.jinja")
        for _, _, text in frame.environment("zh").extract_translations(
            path.read_text(encoding="utf-8")
        )
        if isinstance(text, str)
    }


def test_every_word_of_pages_has_its_english_and_no_english_is_left_over() -> None:
    wanted = (asked_by_templates() | chinese_of_modules()) - ALONE
    known = messages()
    missing = sorted(wanted - known.keys())
    assert not missing, "\n".join(f'msgid "{one}"' for one in missing)
    assert sorted(known.keys() - wanted) == []
    for text, english in known.items():
        assert english, text
        assert not CHINESE.search(english), english
        # What is put in is put in both.
        assert text.count("{}") == english.count("{}"), text


def test_no_template_holds_a_chinese_word_that_is_not_asked_for_by_language() -> None:
    for path in sorted(ROOT.glob("templates/*.jinja")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        bare = re.sub(r"_\(\"[^\"]*\"\)|\"中文\"", "", text)
        left = CHINESE.findall(bare)
        assert not left, f"{path.name}: {''.join(left)}"


def sayings() -> set[str]:
    """What faults of the service say, with 甲区 where a value stands."""
    found = set()
    for place, call in raised():
        if not place.startswith(SERVED):
            continue
        for one in call.args[:2]:
            if isinstance(one, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "甲区"
                         for part in one.values]  # fmt: skip
                found.add("".join(parts))
            elif isinstance(one, ast.Constant) and isinstance(one.value, str):
                found.add(one.value)
    # What names a command or an address is said at the terminal, or to programs.
    people = (
        one for one in found if not re.search(r"landwatch |--|GET |write INTERVAL|DATE\(", one)
    )
    return {one for one in people if CHINESE.search(one.replace("甲区", ""))}


def test_a_fault_is_told_in_one_language_only() -> None:
    told = sayings()
    assert len(told) > 300
    mixed = []
    for text in sorted(told):
        english = language.one_of(text, "en")
        chinese = language.one_of(text, "zh")
        left = CHINESE.search(english.replace("甲区", ""))
        words = re.findall(r"(?<![-/\w.])[a-z]{3,} [a-z]{2,} [a-z]{2,}", chinese)
        if left or words or chinese == english:
            mixed.append(f"{text}\n    zh {chinese}\n    en {english}")
    assert not mixed, f"{len(mixed)} of {len(told)}\n" + "\n".join(mixed)


@pytest.mark.parametrize("code_list", sorted(contracts.SHORT))
def test_a_short_label_is_of_a_known_code_and_shorter(code_list: str) -> None:
    for code, (chinese, english) in contracts.SHORT[code_list].items():
        full_chinese, full_english = contracts.CODES[code_list][code]
        assert len(chinese) <= len(full_chinese)
        assert len(english) <= len(full_english)
    said = {contracts.SHORT[code_list].get(code, full) for code, full in
            contracts.CODES[code_list].items()}  # fmt: skip
    assert len(said) == len(contracts.CODES[code_list])
