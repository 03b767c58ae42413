"""One sealed HTML page: our files inlined, escaped by construction, and a policy of hashes.

The policy names the hash of every script and style the page was made with. Whatever else might
find its way into the page does not run, and nothing is asked of any server.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import jinja2

from gis.errors import LandwatchError
from gis.files import atomic

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
VENDOR = STATIC / "vendor"
POLICY_MARK = "content-security-policy-goes-here"
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_LAYERS_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 26 26' fill='none' "
    "stroke='%23444' stroke-width='2'%3E%3Cpath d='M13 4l10 5-10 5L3 9z M3 13l10 5 10-5 M3 17l10 "
    "5 10-5'/%3E%3C/svg%3E"
)

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def script(*names: str) -> str:
    """Return files of `maps/static` as one text that may stand inside a script element."""
    return _script(tuple(STATIC / name for name in names))


def stylesheet(*names: str) -> str:
    """Return files of `maps/static` as one text that may stand inside a style element.

    The pictures Leaflet's sheet points at become data: or go, so that no file is looked for.
    """
    return _stylesheet(tuple(STATIC / name for name in names))


def seal(html: str) -> str:
    """Return the page with its policy: the scripts and styles it holds, and no requests."""
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hashes(_SCRIPT, html)}",
            f"style-src {_hashes(_STYLE, html)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return html.replace(POLICY_MARK, policy, 1)


def write(html: str, out: Path) -> Path:
    """Write the page at `out`, making its folder; a page half written is never left there."""
    with atomic.replacing(out) as draft:
        draft.write_text(html, encoding="utf-8", newline="\n")
    return out


def _hashes(pattern: re.Pattern[str], html: str) -> str:
    digests = {hashlib.sha256(text.encode("utf-8")).digest() for text in pattern.findall(html)}
    sources = sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return " ".join(sources) or "'none'"


@cache
def _script(files: tuple[Path, ...]) -> str:
    text = "\n".join(map(_read, files))
    text = re.sub(r"(?m)^//# sourceMappingURL=.*$", "", text)
    return re.sub(r"<(/script|!--)", r"\\x3c\1", text, flags=re.IGNORECASE)


@cache
def _stylesheet(files: tuple[Path, ...]) -> str:
    text = "\n".join(map(_read, files))
    text = re.sub(r"url\(images/layers(-2x)?\.png\)", f'url("{_LAYERS_ICON}")', text)
    text = re.sub(r"url\(images/[^)]*\)", "none", text)
    return re.sub(r"</(style)", r"<\\/\1", text, flags=re.IGNORECASE)


@cache
def _read(path: Path) -> str:
    if not path.is_file() and path.is_relative_to(VENDOR):
        raise LandwatchError(
            f"缺少前端文件 The front-end file {path.relative_to(STATIC)} is missing in {STATIC}.",
            "运行 run scripts/setup, which puts it there (scripts/front alone does, too).",
        )
    return path.read_text(encoding="utf-8")
