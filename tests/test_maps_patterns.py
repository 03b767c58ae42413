"""Stripes as a browser draws them: their way, and how much of them is colour."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from maps import block, style
from tests.pages import patch
from tests.test_maps_pages import PLACE, middle, tiny_city
from tests.test_maps_style import linear


def channels(colour_of: str) -> np.ndarray:
    return np.array([int(colour_of[at : at + 2], 16) for at in (1, 3, 5)])


@pytest.mark.parametrize(("code", "way"), [("to_supply", -1), ("lapsed", 1)])
def test_stripes_run_their_way_and_are_as_much_colour_as_the_colours_were_chosen_for(
    opened: Callable[..., Page], tmp_path: Path, code: str, way: int
) -> None:
    frames = tiny_city()
    is_unsupplied = frames["findings"]["rule"] == "unsupplied"
    frames["findings"].loc[is_unsupplied, "outcome"] = code
    tab = opened(block.draw(PLACE, frames, tmp_path / "stripes.html"))
    tab.wait_for_selector("body[data-ready]")
    style_of = style.styles("unsupplied")[code]
    # At another zoom the stripes are as wide.
    for zoom in (18, 19.25):
        tab.evaluate("zoom => map_block.setZoom(zoom, {animate: false})", zoom)
        tab.evaluate("at => map_block.panTo(at, {animate: false})", list(middle(0, 1))[::-1])
        dots = patch(tab, "unsupplied", middle(0, 1), 68)
        assert (dots[..., 3] == 255).all()
        light = dots[..., :3] / 255
        mean = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
        # 3.4 of 6 dots are stripe, and light adds: the numbers of the colours would not.
        assert mean.mean(axis=(0, 1)) == pytest.approx(linear(style_of.small), abs=0.04)
        is_stripe = abs(dots[..., :3] - channels(style_of.colour)).sum(axis=2) < 60
        assert 0.35 < is_stripe.mean() < 0.65
        # One step right and one up (or down) leads along the stripe.
        along = is_stripe[1:, :-1] == is_stripe[:-1, 1:]
        across = is_stripe[:-1, :-1] == is_stripe[1:, 1:]
        assert (along.mean() - across.mean()) * way > 0.2, zoom
