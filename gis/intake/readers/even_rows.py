"""The many rows of a register that all have the same number of cells, read as columns at once."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pyarrow as pa
from pyarrow import csv as columns_csv

_FEWEST = 1_000  # fewer are as quick row by row
_BETWEEN = "\x1f"  # stands between two cells, and in none


def even_rows(text: str, delimiter: str, width: int) -> pa.Table | None:
    """Return the lines of a text as columns of text, an empty cell null; None: not that simple.

    That is where there are few lines, or one of them has not `width` cells, is empty, or holds a
    quote that ends in another line: then whoever reads row by row says what is wrong.
    """
    if width < 2 or text.count("\n") < _FEWEST or _BETWEEN in text or "\n\n" in text:
        return None
    if text.startswith("\n"):
        return None
    if '"' in text:
        try:
            text = "".join(_unquoted(text, delimiter))
        except csv.Error:
            return None
        delimiter = _BETWEEN
    try:
        return columns_csv.read_csv(
            pa.py_buffer(text.encode()),
            columns_csv.ReadOptions(column_names=[str(at) for at in range(width)]),
            columns_csv.ParseOptions(
                delimiter=delimiter, quote_char=False, double_quote=False, ignore_empty_lines=False
            ),
            columns_csv.ConvertOptions(
                column_types={str(at): pa.large_string() for at in range(width)},
                check_utf8=False,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return None


def _unquoted(text: str, delimiter: str) -> Iterator[str]:
    """Yield the parts of a text, a sign that is in no cell between two cells instead of quotes."""
    done = 0
    while (quote := text.find('"', done)) >= 0:
        start = text.rfind("\n", 0, quote) + 1
        end = text.find("\n", quote)
        end = len(text) if end < 0 else end
        yield text[done:start].replace(delimiter, _BETWEEN)
        (cells,) = csv.reader([text[start:end]], delimiter=delimiter, strict=True)
        yield _BETWEEN.join(cells)
        done = end
    yield text[done:].replace(delimiter, _BETWEEN)
