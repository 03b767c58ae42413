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


def seen(colour: str, sight: np.ndarray) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return TO_OKLAB @ np.cbrt(TO_CONES @ np.clip(sight @ linear, 0, 1))


@pytest.mark.parametrize("code_list", LISTS)
def test_every_published_code_has_a_look_and_its_published_labels(code_list: str) -> None:
    looks = style.styles(code_list)
    assert set(looks) == set(contracts.CODES[code_list])
    for code, look in looks.items():
        assert (look.zh, look.en) == contracts.CODES[code_list][code]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("code_list", LISTS)
def test_colours_of_one_pattern_keep_apart_for_every_reader(code_list: str, sight: str) -> None:
    looks = style.styles(code_list).values()
    for one, other in itertools.combinations(looks, 2):
        if one.pattern == other.pattern:
            apart = np.linalg.norm(
                seen(one.colour, SIGHTS[sight]) - seen(other.colour, SIGHTS[sight])
            )
            assert apart > 0.1, f"{one.code} and {other.code} with {sight}: {apart:.3f}"


# Two words for one thing each.
SAME = {"未供": "批而未供", "不明": "待定"}


def test_over_all_layers_one_colour_has_one_meaning_and_one_meaning_one_colour() -> None:
    """The lists are shown on one map, so a colour must not say 疑似闲置 here and 未供 there."""
    colours: dict[str, str] = {}
    for name in LISTS:
        for look in style.styles(name).values():
            meaning = SAME.get(look.zh, look.zh)
            assert colours.setdefault(meaning, look.colour) == look.colour, look
    for (one, first), (other, second) in itertools.combinations(colours.items(), 2):
        full = SIGHTS["full colour"]
        apart = np.linalg.norm(seen(first, full) - seen(second, full))
        assert apart > 0.06, f"{one} and {other}: {apart:.3f}"


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
