"""The house itself: what no file of the checkout may hold, whoever wrote it."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from gis.cli import screen

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {
    ".ci", ".gitignore", "LICENSE", "README.md", "README.zh.md", "api", "data", "docs", "gis",
    "maps", "pyproject.toml", "scripts", "tests",
}  # fmt: skip
MADE_HERE = {
    ".bench", ".git", ".hypothesis", ".landwatch", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    ".venv", "__pycache__", "build", "dist", "node_modules", "out", "vendor",
}  # fmt: skip
MOST_LINES = 400

LOCKS = [ROOT / "scripts/requirements.txt", ROOT / "scripts/requirements-dev.txt"]
PIN = re.compile(r"([a-z0-9][a-z0-9-]*)==([0-9][\w.]*)(?: ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def files(*endings: str) -> list[Path]:
    """Return the project's own files, made and fetched ones left out; a checkout needs no git."""
    found = []
    waiting = [ROOT]
    while waiting:
        for path in waiting.pop().iterdir():
            if path.name in MADE_HERE or path.name.endswith(".egg-info"):
                continue
            if path.is_dir():
                waiting.append(path)
            elif not endings or path.name.endswith(endings):
                found.append(path)
    return sorted(found)


def text_files() -> list[tuple[Path, str]]:
    texts = []
    for path in files():
        content = path.read_bytes()
        if b"\0" in content[:8192]:
            continue
        texts.append((path, content.decode("utf-8", errors="replace")))
    return texts


def found_in(pattern: str, texts: list[tuple[Path, str]], allowed: str | None = None) -> list[str]:
    """Return `file:line: text` of every line with `pattern`, but for lines with `allowed`."""
    wanted, spared = re.compile(pattern), re.compile(allowed) if allowed else None
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path, text in texts
        if path != Path(__file__)
        for number, line in enumerate(text.splitlines(), start=1)
        if wanted.search(line) and not (spared and spared.search(line))
    ]


def pins(lock: Path) -> dict[str, str]:
    return {
        match[1]: match[2]
        for line in lock.read_text(encoding="utf-8").splitlines()
        if (match := PIN.fullmatch(line))
    }


def plain(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_the_top_level_holds_what_was_agreed_and_no_more() -> None:
    hidden_of_editors = {path.name for path in ROOT.glob(".*")} - TOP_LEVEL
    here = {path.name for path in ROOT.iterdir()} - MADE_HERE - hidden_of_editors
    assert here <= TOP_LEVEL, f"not agreed: {sorted(here - TOP_LEVEL)}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_versions_and_hashes_and_nothing_else(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    odd = [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)]
    assert odd == []
    hashes_of_last: list[str] = []
    for line in lines:
        if PIN.fullmatch(line):
            assert hashes_of_last or line == lines[0], f"no hash before {line}"
            hashes_of_last = []
        else:
            hashes_of_last.append(line)
    assert hashes_of_last


def test_the_locks_hold_what_the_project_asks_for_and_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {plain(name) for name in project["project"]["dependencies"]}
    asked |= {plain(name) for name in project["build-system"]["requires"]}
    to_test = {plain(name) for name in project["project"]["optional-dependencies"]["dev"]}
    run, test = (pins(lock) for lock in LOCKS)
    assert asked <= run.keys()
    assert asked | to_test <= test.keys()
    assert run.items() <= test.items()


def test_the_front_end_lock_names_no_address() -> None:
    for path in files("package-lock.json"):
        packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
        fetched = {name: entry for name, entry in packages.items() if name}
        assert fetched
        for name, entry in fetched.items():
            assert "resolved" not in entry, name
            assert entry["integrity"].startswith("sha512-"), name


def test_no_file_names_a_package_index() -> None:
    faults = found_in(
        r"--(extra-)?index-url|--find-links|--trusted-host|^\s*registry\s*=|pypi\.org|npmjs\.(org|com)",
        text_files(),
    )
    assert not faults, "\n".join(faults)


def test_no_file_holds_a_path_of_one_machine() -> None:
    faults = found_in(
        r"(?<![\w.])/(home|root|work|Users|opt|mnt|media|srv)/[\w.]|[A-Z]:\\\\?Users",
        text_files(),
    )
    assert not faults, "\n".join(faults)


def test_no_page_asks_an_outside_address() -> None:
    pages = [
        (path, text)
        for path, text in text_files()
        if path.suffix in {".html", ".jinja", ".j2", ".js", ".mjs", ".css", ".py"}
        and path.parts[len(ROOT.parts)] in {"api", "gis", "maps"}
    ]
    faults = found_in(
        r"""(src|href|action|url|fetch|import)\s*[=:(]?\s*\(?\s*["']?(https?:)?//[\w{]""",
        pages,
        allowed=r"//(www\.w3\.org|localhost|127\.0\.0\.1)",
    )
    assert not faults, "\n".join(faults)


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(".py")
    }
    long = {name: lines for name, lines in lengths.items() if lines > MOST_LINES}
    assert not long, f"over {MOST_LINES} lines, split by what they do: {long}"


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a note of work left over", r"#.*\b(TODO|FIXME|XXX|HACK)\b"),
        ("a test that does not run", r"mark\.(skip|skipif|xfail)\b|pytest\.(skip|xfail)\("),
        ("a test that may not run", r"pytest\.importorskip\("),
        ("a thing not built", r"raise NotImplementedError"),
        ("a silenced warning", r"warnings\.(simplefilter|filterwarnings)\(\s*[\"']ignore"),
        ("a quieted checker without its rule", r"#\s*(type:\s*ignore|noqa)\s*(#|$)"),
        ("a merge left half done", r"^(<{7}|>{7}) "),
    ],
)  # fmt: skip
def test_no_code_holds(what: str, pattern: str) -> None:
    # Real deliveries are not shipped, and of a kind one test runs always: these two marks only.
    spared = {"shared_data.py", "conftest.py"}
    searched = [(p, t) for p, t in text_files() if p.suffix == ".py" and p.name not in spared]
    faults = found_in(pattern, searched)
    assert not faults, f"{what}:\n" + "\n".join(faults)


def test_no_code_swallows_every_error() -> None:
    """Whoever catches all must raise it again as its last word: to tidy up, never to go on."""
    faults = []
    for path in files(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = {
                n.id
                for n in ast.walk(node.type or ast.Name("Exception"))
                if isinstance(n, ast.Name)
            }
            last = node.body[-1]
            raises = isinstance(last, ast.Raise) and last.exc is None
            if caught & {"Exception", "BaseException"} and not raises:
                faults.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not faults, "\n".join(faults)


def test_no_room_is_called_by_a_name_that_says_nothing() -> None:
    empty_words = {"util", "utils", "helper", "helpers", "common", "base", "manager", "misc"}
    faults = [path for path in files(".py") if path.stem in empty_words | {"factory"}]
    assert not faults


def test_no_room_is_empty() -> None:
    for front in files("__init__.py"):
        others = [path for path in front.parent.rglob("*.py") if path != front]
        if not others:
            assert len(front.read_text(encoding="utf-8").splitlines()) > 3, front


def test_the_scripts_are_whole_and_can_be_called() -> None:
    bash = shutil.which("bash")
    assert bash is not None
    scripts = [
        path for path in files() if path.read_bytes()[:64].startswith(b"#!/usr/bin/env bash")
    ]
    names = {path.relative_to(ROOT).as_posix() for path in scripts}
    assert {"scripts/setup", "scripts/demo", "scripts/test", "scripts/check", ".ci/run"} <= names
    for path in scripts:
        assert path.stat().st_mode & 0o111 == 0o111, f"{path} cannot be called"
        subprocess.run([bash, "-n", path], check=True)


def test_a_list_of_nothing_still_says_what_it_lists(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show("批而未供 Unsupplied · 0 行", [], [])
    assert capsys.readouterr().out == "批而未供 Unsupplied · 0 行\n"
