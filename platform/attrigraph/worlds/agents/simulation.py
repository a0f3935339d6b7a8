"""Simulates a world of agents: the same columns as any other world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.worlds.agents.last_step import last_steps
from attrigraph.worlds.agents.observation import (
    Events,
    Traits,
    customers_of,
    timestamps,
    with_ids,
)
from attrigraph.worlds.agents.people import chunks
from attrigraph.worlds.agents.purchases import Demand
from attrigraph.worlds.agents.truth import agent_truth
from attrigraph.worlds.data import World
from attrigraph.worlds.media import media_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.agents.people import Agents
    from attrigraph.worlds.agents.spec import AgentSpec

BASKET_SHAPE: Final = 4.0
"""Shape of the gamma distribution of values around their mean."""


def simulate_agents(
    spec: AgentSpec, seed: int, customers: int, *, measured_on: int | None = None
) -> World:
    """Simulate a world of agents and compute its truth, which does not depend on the seed."""
    rng = np.random.default_rng([seed, 1])
    people, traits = _people(spec, seed, customers, rng)
    events = with_ids(spec, people, rng)
    touch_time = timestamps(spec, events.touched, end=False)
    conversion_time = timestamps(spec, events.purchased, end=True)
    first = np.lexsort((touch_time, events.toucher))
    then = np.lexsort((conversion_time, events.buyer))
    channel = events.channel[first]
    media = media_of(spec.channels)
    campaign, creative = media.draw(channel, rng)
    mean_cost = np.array([c.cost for c in spec.channels])[channel]
    return World(
        spec=spec,
        seed=seed,
        customers=customers_of(spec, traits, events, rng),
        touch_customer=events.toucher[first],
        touch_time=touch_time[first],
        channel=channel,
        campaign=campaign,
        creative=creative,
        cost=mean_cost * rng.gamma(BASKET_SHAPE, 1 / BASKET_SHAPE, len(channel)),
        converter=events.buyer[then],
        conversion_time=conversion_time[then],
        value=events.value[then],
        media=media,
        truth=agent_truth(spec, customers, measured_on=measured_on),
        dates_only=spec.observation.dates_only,
    )


def _people(
    spec: AgentSpec, seed: int, customers: int, rng: np.random.Generator
) -> tuple[Events, Traits]:
    """Everything that people do in the window, and their traits."""
    parts, traits = [], []
    for start, agents in chunks(spec, customers, seed):
        parts.append([*_acts(spec, start, agents, rng)])
        held_out = np.zeros(len(agents), dtype=bool) if agents.held_out is None else agents.held_out
        traits.append((agents.intent, agents.segment, agents.existing, held_out))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    known = (np.concatenate(column) for column in zip(*traits, strict=True))
    return Events(customers, *columns), Traits(*known)


def _acts(
    spec: AgentSpec, start: int, agents: Agents, rng: np.random.Generator
) -> tuple[NDArray[np.int64] | NDArray[np.float64], ...]:
    """Touches and purchases of a chunk of agents, in the order of the fields of ``Events``."""
    everything = np.ones(len(spec.channels), dtype=bool)
    purchases = Demand(spec, agents).purchases(everything)
    bought = purchases.bought
    if not spec.repeats:
        bought = bought & (bought.cumsum(axis=1) == 1)
    who, day = np.nonzero(bought)
    mean = purchases.value[who, day]
    step_who, step_time, step_channel = last_steps(spec, agents, purchases, bought, rng)
    return (
        start + np.concatenate([*(who for who, _ in agents.touches), step_who]),
        np.concatenate([*(time for _, time in agents.touches), step_time]),
        np.concatenate(
            [*(np.full(len(t), i) for i, (_, t) in enumerate(agents.touches)), step_channel]
        ),
        start + who,
        agents.moment[who, day],
        mean * rng.gamma(BASKET_SHAPE, 1 / BASKET_SHAPE, len(mean)),
    )
