"""What a status looks like: one colour and one pattern a code, in the order of a legend.

Supplied parcels are filled solid, ended rights are hollow, unsupplied land is striped, what is
not known is hatched in grey: these can be told apart without their colours. Stripes run two ways:
seen small a stripe mixes with the white beside it, and then only those of one way need keep apart.
Within a pattern the colours keep apart for readers who see no red, green or blue. Over all layers
one look has one meaning, and one meaning one colour. Labels are the published ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from gis import contracts

# Codes from the one that asks most of the office to the one that asks nothing; a legend lists
# them in this order, and the canvas draws the first on top.
_LOOKS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "outcome": {
        "found_idle": ("#6f0f3a", "solid"),
        "suspected_idle": ("#d1420f", "solid"),
        "may_be_idle": ("#b45cc4", "solid"),
        "candidate": ("#f0a11f", "solid"),
        "stopped": ("#3a3690", "solid"),
        "overdue": ("#f4e04d", "solid"),
        "undetermined": ("#6b7480", "hatch"),
        "not_due": ("#a3cdf2", "solid"),
        "clear": ("#1f9d78", "solid"),
        "closed": ("#6b7480", "hollow"),
    },
    "unsupplied": {
        "used_unsupplied": ("#a0006f", "stripe_up"),
        "lapsed": ("#cf4a1a", "stripe_up"),
        "to_withdraw": ("#e39a00", "stripe_down"),
        "to_supply": ("#0062b0", "stripe_down"),
        "undetermined": ("#6b7480", "hatch"),
        "in_process": ("#35a7d8", "stripe_up"),
        "edge": ("#2e3b10", "stripe_down"),
    },
    "state": {
        "built_without_supply": ("#a0006f", "solid"),
        "approved_not_supplied": ("#ec6010", "solid"),
        "supplied_not_started": ("#88d84c", "solid"),
        "supplied_start_unknown": ("#be7328", "hatch"),
        "building": ("#7488c4", "solid"),
        "built": ("#0a37af", "solid"),
        "not_approved": ("#e3e0d2", "solid"),
        "not_buildable": ("#a5ab87", "solid"),
        "unknown": ("#6b7480", "hatch"),
    },
    "disposition": {
        "unsupplied": ("#ec6010", "solid"),
        "supplied": ("#4cc4c4", "solid"),
        "withdrawn": ("#74609c", "solid"),
        "exempt": ("#c9c27a", "solid"),
        "edge": ("#2e3b10", "stripe_down"),
        "sliver": ("#888874", "hatch"),
    },
    # Never on one map with the outcomes: a colouring of its own, in QGIS.
    "track": {
        "recovery": ("#6f0f3a", "solid"),
        "fee": ("#e0661a", "solid"),
        "government": ("#4f9fd6", "solid"),
        "seizure": ("#3a3690", "solid"),
        "person": ("#d8c3ea", "solid"),
    },
    # Leads lie over other land, which is to be seen beneath.
    "confidence": {
        "high": ("#9f1d12", "hatch"),
        "medium": ("#d9901f", "hatch"),
        "low": ("#6b7480", "hatch"),
    },
}
_UNLISTED = ("#6b7480", "hatch")
# How much of a striped area is stripe, the rest is white: 3.4 of 6 dots of the screen.
STRIPE_SHARE = 3.4 / 6


@dataclass(frozen=True)
class Style:
    """How one code is named and drawn.

    `pattern` is solid, hollow, hatch, stripe_up (rising to the right) or stripe_down.
    """

    code: str
    zh: str
    en: str
    colour: str
    pattern: str
    order: int

    @property
    def is_striped(self) -> bool:
        """True for stripes of either way."""
        return self.pattern.startswith("stripe")

    @property
    def small(self) -> str:
        """Return the colour of an area too small for its pattern: stripes mix with their white."""
        return _mixed(self.colour, STRIPE_SHARE) if self.is_striped else self.colour

    def as_dict(self) -> dict[str, str | int]:
        """Return the style as the page reads it."""
        return {**asdict(self), "small": self.small}


def styles(code_list: str, met: Iterable[str] = ()) -> dict[str, Style]:
    """Return code -> style of one published code list, in the order of its legend.

    Codes `met` in the data that the list does not hold follow in their own order; "" is a row
    without a code. They are shown and counted, not lost.
    """
    labels = contracts.CODES[code_list]
    looks = {
        code: Style(code, *labels[code], colour, pattern, order)
        for order, (code, (colour, pattern)) in enumerate(_LOOKS[code_list].items())
    }
    for code in sorted(set(met) - set(looks)):
        zh, en = (code, code) if code else ("未填", "not given")
        looks[code] = Style(code, zh, en, *_UNLISTED, len(looks))
    return looks


def _mixed(colour: str, share: float) -> str:
    """Return a colour with the rest white as an eye mixes the two: by their light.

    >>> _mixed("#000000", 0.5)
    '#bcbcbc'
    """
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    lights = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    ]
    mixed = [share * light + 1 - share for light in lights]
    written = [
        12.92 * each if each <= 0.0031308 else 1.055 * each ** (1 / 2.4) - 0.055 for each in mixed
    ]
    return "#" + "".join(f"{round(255 * each):02x}" for each in written)
