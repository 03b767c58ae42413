"""CQL2 text (OGC 21-065): read by hand into its JSON encoding, in one pass over few letters.

Each letter is looked at once, whatever is written: no bracket that is never closed, and no fault
behind sixty of them, makes the reading longer. What columns there are and what may be compared
with what is said by `gis.store.filtered`.

Beside the standard: `!=` for `<>`, ILIKE, and DATE '2024-06-30', as other programs write them.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

import shapely
from shapely.errors import GEOSException

from gis.errors import FilterError
from gis.store.filtered import MOST_DEPTH

MOST_LETTERS = 2_000
_TOKENS = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^'\\]|''|\\.)*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[^\W\d][\w.:]*)
    | (?P<sign><>|!=|<=|>=|[=<>(),+\-*/^%])
    )""",
    re.VERBOSE | re.DOTALL,
)
_COMPARED = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
_SHAPES = frozenset(
    {"POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "POLYGON", "MULTIPOLYGON"}
    | {"GEOMETRYCOLLECTION"}
)
_WORDS = frozenset({"AND", "OR", "NOT", "LIKE", "ILIKE", "BETWEEN", "IN", "IS", "NULL"})
_BEFORE_VALUES = frozenset({"(", "+", "-"})
_DAYS = {"DATE": "date", "TIMESTAMP": "timestamp"}


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word it is, in capitals; nothing for what is quoted or no word."""
        return self.text.upper() if self.kind == "name" else ""


def parse(text: str) -> Any:
    """Return the tree of a filter; FilterError says where it cannot be read."""
    if len(text) > MOST_LETTERS:
        raise FilterError(
            f"过滤条件太长（{len(text)} 字）。 The filter is too long ({len(text)} letters).",
            f"最多 {MOST_LETTERS} 字 at most {MOST_LETTERS} letters",
        )
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Any:
        tree = self._either()
        if self._now.kind != "end":
            self._refuse()
        return tree

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _either(self) -> Any:
        return self._joined("OR", lambda: self._joined("AND", self._condition))

    def _joined(self, word: str, part: Any) -> Any:
        parts = [part()]
        while self._takes(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else {"op": word.lower(), "args": parts}

    def _condition(self) -> Any:
        if self._takes("NOT"):
            return self._deeper(lambda: {"op": "not", "args": [self._condition()]})
        left = self._value()
        if self._now.kind == "sign" and self._now.text in _COMPARED:
            op = self._next().text
            return {"op": "<>" if op == "!=" else op, "args": [left, self._value()]}
        if self._takes("IS"):
            is_not = self._takes("NOT")
            self._expects("NULL")
            return _negated({"op": "isNull", "args": [left]}, is_not)
        is_not = self._takes("NOT")
        if self._takes("LIKE"):
            return _negated({"op": "like", "args": [left, self._value()]}, is_not)
        if self._takes("ILIKE"):
            both = [{"op": "casei", "args": [one]} for one in (left, self._value())]
            return _negated({"op": "like", "args": both}, is_not)
        if self._takes("BETWEEN"):
            least = self._value()
            self._expects("AND")
            return _negated({"op": "between", "args": [left, least, self._value()]}, is_not)
        if self._takes("IN"):
            return _negated({"op": "in", "args": [left, self._listed()]}, is_not)
        if is_not:
            self._refuse()
        return left

    def _value(self) -> Any:
        token = self._now
        is_sign = token.kind == "sign" and token.text not in _BEFORE_VALUES
        if token.kind == "end" or token.word in _WORDS or is_sign:
            self._refuse()
        self._next()
        if token.kind == "text":
            return _unquoted(token.text)
        if token.kind == "quoted":
            return {"property": token.text[1:-1].replace('""', '"')}
        if token.kind == "number":
            return _number(token.text)
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            inner = self._deeper(self._either)
            self._expects(")")
            return inner
        if self._now.kind != "number":
            self._refuse()
        return _number(token.text + self._next().text)

    def _named(self, token: _Token) -> Any:
        if token.word in {"TRUE", "FALSE"}:
            return token.word == "TRUE"
        if token.word in _DAYS and self._now.kind == "text":
            return {_DAYS[token.word]: _unquoted(self._next().text)}
        if self._now.text != "(":
            return {"property": token.text}
        if token.word in _SHAPES:
            return self._shape(token)
        args = self._listed()
        if token.word in _DAYS:
            return {_DAYS[token.word]: args[0] if len(args) == 1 else args}
        if token.word == "BBOX":
            return {"bbox": args}
        if token.word == "INTERVAL":
            return {"interval": args}
        return {"op": token.text.lower(), "args": args}

    def _listed(self) -> list[Any]:
        """Return what stands in brackets, between commas."""
        self._expects("(")
        found = [self._deeper(self._either)]
        while self._takes(","):
            found.append(self._deeper(self._either))
        self._expects(")")
        return found

    def _shape(self, first: _Token) -> Any:
        """Return a shape written as well-known text, as GeoJSON."""
        open_count = 0
        while True:
            if self._now.kind == "end" or open_count > MOST_DEPTH:
                self._refuse()
            token = self._next()
            open_count += (token.text == "(") - (token.text == ")")
            if not open_count:
                break
        written = self._text[first.start : token.end]
        try:
            return json.loads(shapely.to_geojson(shapely.from_wkt(written)))
        except (GEOSException, ValueError) as fault:
            raise FilterError(
                f"不是图形：{written[:60]}。 This is no shape: {written[:60]} ({fault}).",
                "写成 write it like POINT(109.9 39.6), POLYGON((…)), BBOX(…)",
            ) from fault

    def _deeper(self, inner: Any) -> Any:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise FilterError(
                "过滤条件嵌套太深。 The filter is nested too deep.",
                f"最多 {MOST_DEPTH} 层 at most {MOST_DEPTH} levels",
            )
        found = inner()
        self._depth -= 1
        return found

    def _next(self) -> _Token:
        token = self._now
        # Behind the end there is the end.
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _takes(self, word: str) -> bool:
        is_next = word in {self._now.word, self._now.text if self._now.kind == "sign" else ""}
        if is_next:
            self._next()
        return is_next

    def _expects(self, word: str) -> None:
        if not self._takes(word):
            self._refuse(word)

    def _refuse(self, wanted: str = "") -> NoReturn:
        raise _unreadable(self._text, self._now.start, wanted)


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKENS.match(text, at)
        if match is None or match.lastgroup is None:
            raise _unreadable(text, end - len(text[at:end].lstrip()))
        kind = match.lastgroup
        found.append(_Token(kind, match[kind], match.start(kind), match.end(kind)))
        at = match.end()
    return [*found, _Token("end", "", len(text), len(text))]


def _unreadable(text: str, at: int, wanted: str = "") -> FilterError:
    here = text[at : at + 30] or "结尾 the end"
    told = f"，应为 {wanted}" if wanted else ""
    return FilterError(
        f"过滤条件从第 {at + 1} 字起不能读：{here}{told}。 "
        f"The filter cannot be read from letter {at + 1} on: {here}.",
        "写成 write it like outcome = 'suspected_idle' AND area_m2 > 10000",
    )


def _negated(tree: dict[str, Any], is_not: bool) -> dict[str, Any]:
    return {"op": "not", "args": [tree]} if is_not else tree


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _unquoted(text: str) -> str:
    return re.sub(r"''|\\'", "'", text[1:-1])
