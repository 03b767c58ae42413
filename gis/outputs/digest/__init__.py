"""What a night tells: what is new, what must be done by which day, what went wrong.

    settings  how far ahead it looks, which outcomes are a list somebody works through
    lines     frames of a night -> one row per thing to be told, as columns
    wording   the columns of a row -> the sentence a person reads
    summary   the rows of one land -> a digest, section by section
    texts     a digest as plain text
    page      a digest as one HTML page
    values    a digest as JSON

Pure: frames in, words out. Whose land a line tells of is told with the line.
"""

from __future__ import annotations

from gis.outputs.digest.lines import COLUMNS, Night, lines
from gis.outputs.digest.page import html, plain_page
from gis.outputs.digest.summary import Digest, Section, digest
from gis.outputs.digest.texts import short, text, title, within
from gis.outputs.digest.values import content

__all__ = [
    "COLUMNS",
    "Digest",
    "Night",
    "Section",
    "content",
    "digest",
    "html",
    "lines",
    "plain_page",
    "short",
    "text",
    "title",
    "within",
]
