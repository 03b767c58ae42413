"""A digest as one HTML page that asks nothing of any server; every text in it is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib import resources

import jinja2

from gis import units
from gis.outputs.digest.settings import SETTINGS
from gis.outputs.digest.summary import COUNTED_ONLY, QUESTIONS, Digest
from gis.outputs.digest.texts import missed_days, title

_PLAIN = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><h1>{{ title }}</h1>{% for line in lines %}<p>{{ line }}</p>{% endfor %}</body></html>
"""
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def html(told: Digest, base: str = "") -> str:
    """Return a digest as a page; `base` stands before every link to the service."""
    source = resources.files("gis.outputs.digest").joinpath("page.html").read_text(encoding="utf-8")
    sealed = _STYLE.search(source)
    assert sealed is not None
    style = base64.b64encode(hashlib.sha256(sealed.group(1).encode()).digest()).decode()
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(source)
    return page.render(
        told=told,
        title=title(told),
        missed=missed_days(told),
        questions=QUESTIONS,
        base=base,
        most=SETTINGS.most_page_lines,
        counted_only=COUNTED_ONLY,
        hectares=units.hectares,
        style=f"sha256-{style}",
    )


def plain_page(title: str, lines: Sequence[str]) -> str:
    """Return a page of a title and a few lines."""
    page = jinja2.Environment(autoescape=True).from_string(_PLAIN)
    return page.render(title=title, lines=lines)
