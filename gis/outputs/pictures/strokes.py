"""The strokes a picture is made of: bars, marks, lines and texts as elements of SVG."""

from __future__ import annotations

from html import escape

FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "SimHei",
    "PingFang SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "Noto Serif CJK SC", "AR PL UMing CN", "SimSun",
)  # fmt: skip
# As in the standard of the application (tokens.css).
SERIES = ("#0b5f6b", "#d9901f", "#9cc6dc", "#4a2f7a", "#7a8f2f", "#a8442a", "#5b7083", "#c9b458")
INK, QUIET, LINE, NONE = "#1b222b", "#5c6670", "#dcdfe3", "#eef0f2"
BAR = 18.0
_LETTERS = 26


def bar(start: float, end: float, top: float, colour: str, high: float = BAR - 2) -> str:
    """Return a bar from one place to another, whichever is left."""
    left, wide = min(start, end), abs(end - start)
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{high:g}" fill="{colour}"/>'
    )


def behind(middle: float, top: float, words: str) -> str:
    """Return white behind two lines of text, the wider of which is `words`."""
    wide = 8 + sum(13.0 if ord(letter) >= 0x2E80 else 7.5 for letter in words)
    return (
        f'<rect x="{middle - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" height="36"'
        f' fill="#ffffff" fill-opacity="0.85"/>'
    )


def mark(x: float, middle: float, place: int) -> str:
    """Return the stroke of what a value should reach; `place` tells the colour."""
    colour = SERIES[3] if place else INK
    return f'<rect x="{x - 1.5:.1f}" y="{middle - 11:.1f}" width="3" height="22" fill="{colour}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """Return a thin line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    fill: str = INK,
    size: int | None = None,
    weight: str | None = None,
    whole: str | None = None,
    is_figure: bool = False,
) -> str:
    """Return a text; `whole` is what stands behind one cut short, `is_figure` a value's own."""
    more = f' font-size="{size}"' if size else ""
    more += f' font-weight="{weight}"' if weight else ""
    more += ' class="figure"' if is_figure else ""
    title = f"<title>{safe(whole)}</title>" if whole is not None and whole != words else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{more}>'
        f"{title}{safe(words)}</text>"
    )


def letters_in(words: str) -> int:
    """Return how many half-width letters words are wide; Chinese ones are twice as wide."""
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in words)


def short(name: str, letters: int = _LETTERS) -> str:
    """Return a name of so many half-width letters at most; Chinese ones are twice as wide."""
    room = 0
    for place, letter in enumerate(name):
        room += 2 if ord(letter) >= 0x2E80 else 1
        if room > letters:
            return name[: max(place - 1, 1)] + "…"
    return name


def lines(words: str, letters: int) -> list[str]:
    """Return words in lines of so many letters."""
    return [words[at : at + letters] for at in range(0, len(words), letters)]


def safe(words: str) -> str:
    """Return words as text of XML: what XML cannot hold is left out."""
    plain = "".join(
        letter for letter in words
        if letter in "\t\n" or (ord(letter) >= 0x20 and not 0xD800 <= ord(letter) <= 0xDFFF
        and ord(letter) not in (0xFFFE, 0xFFFF))
    )  # fmt: skip
    return escape(plain)


def family() -> str:
    """Return the fonts a text is set in, the first there is."""
    return ", ".join(f"'{name}'" for name in FONTS) + ", sans-serif"
