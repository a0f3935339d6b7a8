"""Exposures and hazards of agents, compared with values computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.worlds.agents.people import Agents
from attrigraph.worlds.agents.purchases import Demand, exposure
from attrigraph.worlds.agents.spec import AgentChannel, AgentSpec, Cycle, Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

ON, OFF = np.array([True]), np.array([False])


def noons(days: int) -> NDArray[np.float64]:
    return np.asarray(np.arange(days)[None, :] + 0.5, dtype=np.float64)


def one_agent(times: list[float], days: int = 4, *, segment: int = 0, luck: float = 0.5) -> Agents:
    """An agent who is touched at these times and may buy at noon."""
    touches = np.zeros(len(times), dtype=np.int64), np.array(times)
    return Agents(
        intent=np.zeros(1),
        segment=np.array([segment]),
        existing=np.zeros(1, dtype=bool),
        mood=np.zeros((1, days)),
        moment=noons(days),
        luck=np.full((1, days), luck),
        touches=(touches,),
    )


def world(channel: AgentChannel, **parameters: object) -> AgentSpec:
    spec = AgentSpec("one", "One channel.", (channel,), base=0.1, days=4)
    return replace(spec, **parameters)  # type: ignore[arg-type]


def test_exposure_halves_and_leaves_out_touches_after_the_moment() -> None:
    channel = AgentChannel("a", 1.0, half_life=1.0)
    moment = noons(3)
    level = exposure(channel, np.array([0, 0]), np.array([0.5, 1.75]), moment)
    assert level[0] == pytest.approx([0.0, 0.5, 0.25 + 2**-0.75])


def test_a_delayed_effect_is_largest_after_its_peak() -> None:
    channel = AgentChannel("a", 1.0, peak=5.0)
    moment = noons(40)
    level = exposure(channel, np.array([0, 0]), np.array([2.3, 10.9]), moment)[0]
    # touches count from the end of their days, 3 and 11
    ages = [np.maximum(moment[0] - end, 0) for end in (3, 11)]
    by_hand = sum(age / 5 * np.exp(1 - age / 5) for age in ages)
    assert level == pytest.approx(by_hand)
    alone = exposure(channel, np.array([0]), np.array([2.3]), moment)[0]
    assert abs(alone.argmax() + 0.5 - 8) <= 0.5
    assert alone.max() == pytest.approx(1, abs=0.01)


def test_the_hazard_is_a_power_of_one_plus_exposure() -> None:
    demand = Demand(world(AgentChannel("a", 1.0, 0.7, half_life=1.0)), one_agent([0.5]))
    exposures = [0.0, 0.5, 0.25, 0.125]
    probability = demand.purchases(ON).probability[0]
    assert probability == pytest.approx(
        [1 - math.exp(-0.1 * (1 + level) ** 0.7) for level in exposures]
    )
    assert demand.purchases(OFF).probability[0] == pytest.approx([1 - math.exp(-0.1)] * 4)


def test_a_certain_purchase_is_the_last_that_is_expected() -> None:
    """A hazard of 1,000 a day makes the probability of the first day exactly 1."""
    spec = world(AgentChannel("a", 1.0), base=1000.0)
    assert Demand(spec, one_agent([])).expected(ON)[0, 0] == 1.0


def test_without_repeats_one_purchase_is_expected_at_most() -> None:
    spec = world(AgentChannel("a", 1.0), segments=(Segment("plain", 1.0, value=20.0),))
    purchases, value = Demand(spec, one_agent([])).expected(ON)[:, 0]
    assert purchases == pytest.approx(1 - math.exp(-0.4))
    assert value == pytest.approx(20 * purchases)
    repeated = Demand(replace(spec, repeats=True), one_agent([])).expected(ON)
    assert repeated[0, 0] == pytest.approx(4 * (1 - math.exp(-0.1)))


def test_effects_and_values_differ_by_segment() -> None:
    segments = (Segment("small", 0.5, value=10.0), Segment("large", 0.5, hazard=2.0, value=90.0))
    channel = AgentChannel("a", 1.0, 1.0, half_life=1.0, basket=1.0, by_segment=(1.0, 0.0))
    spec = world(channel, segments=segments)
    small, large = (Demand(spec, one_agent([0.5], segment=s)).purchases(ON) for s in (0, 1))
    assert small.probability[0, 1] == pytest.approx(1 - math.exp(-0.1 * 1.5))
    assert large.probability[0, 1] == pytest.approx(1 - math.exp(-0.2))
    assert small.value[0] == pytest.approx([10, 15, 12.5, 11.25])
    assert large.value[0, 1] == pytest.approx(135)


def test_a_purchase_rests_demand_until_the_next_is_due() -> None:
    cycle = Cycle(days=2, width=0.1, rest=0.0, due=3.0)
    spec = world(AgentChannel("a", 1.0), base=1.0, repeats=True, cycle=cycle)
    purchases = Demand(spec, one_agent([], luck=0.6)).purchases(ON)
    assert purchases.bought[0].tolist() == [True, False, True, False]
    once, due = 1 - math.exp(-1), 1 - math.exp(-3)
    assert purchases.probability[0] == pytest.approx([once, 0, due, 0], abs=1e-9)
