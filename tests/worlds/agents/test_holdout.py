"""Holdouts of simulated worlds: by lot, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.worlds.agents.catalogue import proportional
from attrigraph.worlds.agents.spec import Holdout
from attrigraph.worlds.agents.truth import agent_truth
from attrigraph.worlds.world import simulate

SPEC = proportional()
HELD = replace(SPEC, holdout=Holdout("video", 0.3))
VIDEO = SPEC.names.index("video")


@pytest.fixture(scope="module")
def worlds() -> tuple[Any, Any]:
    """The same world without and with a holdout."""
    without, held = (simulate(spec, 5, 3000, measured_on=100) for spec in (SPEC, HELD))
    return without, held


def test_a_share_is_held_out_whatever_they_are_like(worlds: tuple[Any, Any]) -> None:
    _, world = worlds
    column = world.customers.attributes["holdout"]
    assert set(column) == {"yes", "no"}
    held = column == "yes"
    assert held.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / 3000))
    assert abs(np.corrcoef(held, world.customers.attributes["score"])[0, 1]) < 4 / np.sqrt(3000)


def test_only_the_touches_of_those_held_out_are_missing(worlds: tuple[Any, Any]) -> None:
    without, world = worlds
    held = world.customers.attributes["holdout"] == "yes"
    kept = ~((without.channel == VIDEO) & held[without.touch_customer])
    assert kept.sum() < len(kept)
    assert (without.touch_customer[kept] == world.touch_customer).all()
    assert (without.touch_time[kept] == world.touch_time).all()
    assert "holdout" not in without.customers.attributes
    others = ~held[without.converter]
    assert (without.converter[others] == world.converter[~held[world.converter]]).all()


def test_what_is_caused_is_caused_in_the_others() -> None:
    removal = {
        spec.holdout: agent_truth(spec, 1000, measured_on=6000).removal[VIDEO]
        for spec in (SPEC, HELD)
    }
    # by their shares, up to the luck of who is held out
    assert removal[HELD.holdout] == pytest.approx(0.7 * removal[None], rel=0.05)


def test_the_channel_must_exist() -> None:
    with pytest.raises(InputError, match="holds agents out from 'radio'; its channels are"):
        replace(SPEC, holdout=Holdout("radio"))
