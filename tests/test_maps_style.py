"""The looks of the statuses: all of them, and for every reader."""

import itertools

import numpy as np
import pytest

from gis import contracts
from gis.approvals.outcome import FACTS, GROUND_CHANGED
from gis.clock.agreement import CONTROLS, DONE, NO_DAYS
from gis.clock.decision import MISSING
from maps import style
from maps.layers import LAYERS

LISTS = sorted({layer.code_list for layer in LAYERS if layer.code_list})
# Machado, Oliveira, Fernandes (2009), severity 1.0, on linear RGB.
SIGHTS = {
    "full colour": np.eye(3),
    "no red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# Oklab (Ottosson 2020): a step of 0.02 is just seen side by side.
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# IEC 61966-2-1: linear RGB to XYZ; white is D65.
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# Least distances in CIE Lab, told to one decimal: of any two parcel colours, and of any two
# stripes of one way mixed with their white.
LEAST_OF_PARCELS, LEAST_OF_MIXED = 14.8, 9.8


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def seen(colour: str, sight: np.ndarray) -> np.ndarray:
    return TO_OKLAB @ np.cbrt(TO_CONES @ np.clip(sight @ linear(colour), 0, 1))


def lab(light: np.ndarray, sight: np.ndarray) -> np.ndarray:
    """CIE Lab (1976, D65) of linear RGB as one who sees so sees it."""
    told = TO_XYZ @ np.clip(sight @ light, 0, 1) / TO_XYZ.sum(axis=1)
    root = np.where(told > (6 / 29) ** 3, np.cbrt(told), told * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def least(lights: dict[str, np.ndarray], sight: str) -> tuple[float, str, str]:
    """The least distance of any two, to one decimal, and whose it is."""
    points = {code: lab(light, SIGHTS[sight]) for code, light in lights.items()}
    return min(
        (round(float(np.linalg.norm(points[one] - points[other])), 1), one, other)
        for one, other in itertools.combinations(points, 2)
    )


def test_cie_lab_is_worked_as_by_hand() -> None:
    """Of #777777: 119 / 255 = 0.46667, linear 0.18447; its root 0.56927; L = 116 x 0.56927 - 16."""
    assert lab(linear("#777777"), np.eye(3)) == pytest.approx([50.03, 0, 0], abs=0.01)
    # Red: X, Y, Z over white are 0.4125 / 0.9505, 0.2127, 0.0193 / 1.0888.
    assert lab(linear("#ff0000"), np.eye(3)) == pytest.approx([53.24, 80.09, 67.20], abs=0.01)


@pytest.mark.parametrize("sight", SIGHTS)
def test_parcel_colours_keep_their_distance_in_cie_lab(sight: str) -> None:
    solid = {
        look.code: linear(look.colour)
        for look in style.styles("outcome").values()
        if look.pattern == "solid"
    }
    assert len(solid) == 8
    found = least(solid, sight)
    assert found[0] >= LEAST_OF_PARCELS, found


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(
    ("way", "codes"),
    [
        ("stripe_up", {"used_unsupplied", "lapsed", "in_process"}),
        ("stripe_down", {"to_withdraw", "to_supply", "edge"}),
    ],
)
def test_stripes_of_one_way_keep_apart_when_seen_so_small_that_they_mix_with_their_white(
    way: str, codes: set[str], sight: str
) -> None:
    striped = [look for look in style.styles("unsupplied").values() if look.pattern == way]
    assert {look.code for look in striped} == codes
    # 3.4 of 6 dots are stripe, 2.6 white: light adds, not the numbers of the colours.
    mixed = {look.code: 3.4 / 6 * linear(look.colour) + 2.6 / 6 for look in striped}
    found = least(mixed, sight)
    assert found[0] >= LEAST_OF_MIXED, found
    for look in striped:
        assert linear(look.small) == pytest.approx(mixed[look.code], abs=0.005)


def test_an_area_too_small_for_its_pattern_has_a_colour_of_its_own() -> None:
    """Half of the light of black and white is #bcbcbc; to 3.4 of 6: 0.43333 of the light.

    1.055 x 0.43333 ^ (1 / 2.4) - 0.055 = 0.68952, of 255: 175.83, #b0.
    """
    assert style.Style("", "", "", "#000000", "stripe_up", 0).small == "#b0b0b0"
    assert style.Style("", "", "", "#000000", "solid", 0).small == "#000000"


@pytest.mark.parametrize("code_list", LISTS)
def test_every_published_code_has_a_look_and_its_published_labels(code_list: str) -> None:
    looks = style.styles(code_list)
    assert set(looks) == set(contracts.CODES[code_list])
    for code, look in looks.items():
        assert (look.zh, look.en) == contracts.CODES[code_list][code]


def kind(look: style.Style) -> str:
    """What a look is told by without its colour; from near, stripes by theirs whichever way."""
    return "stripe" if look.is_striped else look.pattern


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("code_list", LISTS)
def test_colours_of_one_pattern_keep_apart_for_every_reader(code_list: str, sight: str) -> None:
    looks = style.styles(code_list).values()
    for one, other in itertools.combinations(looks, 2):
        if kind(one) == kind(other):
            apart = np.linalg.norm(
                seen(one.colour, SIGHTS[sight]) - seen(other.colour, SIGHTS[sight])
            )
            assert apart > 0.1, f"{one.code} and {other.code} with {sight}: {apart:.3f}"


# Two words for one thing each.
SAME = {"未供": "批而未供", "不明": "待定"}
# Told apart by their patterns alone.
BY_PATTERN = {
    ("疑似闲置", "批文失效（核销）"),
    ("未报动工，待核实", "可撤回批文"),
    ("待定", "权利已终止"),
}


def test_over_all_layers_one_look_has_one_meaning_and_one_meaning_one_colour() -> None:
    """The lists are shown on one map, so a look must not say 疑似闲置 here and 未供 there."""
    looks: dict[str, style.Style] = {}
    for name in LISTS:
        for look in style.styles(name).values():
            meaning = SAME.get(look.zh, look.zh)
            assert looks.setdefault(meaning, look).colour == look.colour, look
    full, near = SIGHTS["full colour"], set()
    for (one, first), (other, second) in itertools.combinations(looks.items(), 2):
        if np.linalg.norm(seen(first.colour, full) - seen(second.colour, full)) < 0.06:
            assert kind(first) != kind(second), f"{one} and {other}"
            near.add((one, other))
    assert {frozenset(pair) for pair in near} == {frozenset(pair) for pair in BY_PATTERN}


def test_what_is_not_known_is_hatched_in_grey() -> None:
    for code_list, code in (
        ("outcome", "undetermined"),
        ("unsupplied", "undetermined"),
        ("state", "unknown"),
    ):
        look = style.styles(code_list)[code]
        channels = [int(look.colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert look.pattern == "hatch"
        assert max(channels) - min(channels) < 24


def test_no_status_of_a_map_is_called_idle_land() -> None:
    labels = [look.zh for name in LISTS for look in style.styles(name).values()]
    labels += [layer.zh for layer in LAYERS]
    assert not [label for label in labels if "闲置土地" in label]


def test_every_fact_a_finding_can_lack_has_a_chinese_name() -> None:
    met = {*MISSING, *FACTS, GROUND_CHANGED, "evidence_after", "location"}
    met |= {NO_DAYS, *DONE, *CONTROLS, "implementation_plan_on", "obstacle"}
    met |= {"balance", "split", "area", "withdrawn_area", "replaced_area", "base_area"}
    assert met <= set(contracts.CODES["missing"])
