"""Simulates a world: customers, touches, conversions, and the true effect of marketing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.worlds.agents.simulation import simulate_agents
from attrigraph.worlds.agents.spec import AgentSpec
from attrigraph.worlds.budget.simulation import simulate_budget
from attrigraph.worlds.budget.spec import BudgetSpec
from attrigraph.worlds.catalogue import spec_named
from attrigraph.worlds.data import DAY_MS, START_MS, Customers, World
from attrigraph.worlds.effects import ConversionModel, adstocks
from attrigraph.worlds.media import media_of
from attrigraph.worlds.population import populate
from attrigraph.worlds.truth import truth_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.population import Population
    from attrigraph.worlds.spec import WorldSpec

REGIONS: Final = ("north", "south", "east", "west")
DEVICES: Final = ("phone", "computer", "tablet")


def simulate(
    world: str | WorldSpec | AgentSpec | BudgetSpec,
    seed: int,
    customers: int,
    *,
    measured_on: int | None = None,
) -> World:
    """Simulate a world and compute its truth.

    Args:
        world: name or parameters of a world.
        seed: random seed, >= 0; the truth does not depend on it, but for the days of spend of a
            budget world.
        customers: number of customers, >= 1.
        measured_on: number of customers from which the truth is computed; see ``truth_of``. That
            of budget worlds is in closed form.

    Raises:
        InputError: the name is unknown, or see ``check_size``.
    """
    check_size(seed, customers)
    spec = spec_named(world) if isinstance(world, str) else world
    if isinstance(spec, AgentSpec):
        return simulate_agents(spec, seed, customers, measured_on=measured_on)
    if isinstance(spec, BudgetSpec):
        return simulate_budget(spec, seed, customers)
    rng = np.random.default_rng(seed)
    people = populate(spec, customers, rng)
    converter, converted = _conversions(spec, people, rng)
    media = media_of(spec.channels)
    campaign, creative = media.draw(people.channel, rng)
    mean_cost = np.array([channel.cost for channel in spec.channels])[people.channel]
    return World(
        spec=spec,
        seed=seed,
        customers=_customers(people, rng),
        touch_customer=people.customer,
        touch_time=START_MS + np.floor(people.time * DAY_MS).astype(np.int64),
        channel=people.channel,
        campaign=campaign,
        creative=creative,
        cost=mean_cost * rng.gamma(4.0, 0.25, len(mean_cost)),
        converter=converter,
        conversion_time=START_MS + np.floor(converted * DAY_MS).astype(np.int64),
        value=spec.value * rng.gamma(4.0, 0.25, len(converter)),
        media=media,
        truth=truth_of(spec, customers, measured_on=measured_on),
    )


def check_size(seed: int, customers: int) -> None:
    """Check seed and number of customers before the expensive simulation.

    Raises:
        InputError: there are no customers, or the seed is negative.
    """
    if customers < 1 or seed < 0:
        raise InputError(
            f"a world needs at least 1 customer and a seed >= 0, got {customers} customers and"
            f" seed {seed}"
        )


def _conversions(
    spec: WorldSpec, people: Population, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Converting customers, and the days of their first conversion."""
    adstock = adstocks(spec, people, rng)
    all_on = np.ones(len(spec.channels), dtype=bool)
    probability = ConversionModel(spec, adstock).probabilities(all_on)
    hit = rng.random(probability.shape) < probability
    converter = np.flatnonzero(hit.any(axis=1))
    return converter, adstock.moments[converter, hit[converter].argmax(axis=1)]


def _customers(people: Population, rng: np.random.Generator) -> Customers:
    """The hidden intent with noise, a count that depends on it alone, and two random facts."""
    n, observed = len(people.observed_intent), people.observed_intent
    purchases = rng.poisson(np.exp(np.minimum(0.4 * observed - 0.5, 3.0)))
    return Customers(
        n,
        {
            "intent_score": observed,
            "past_purchases": purchases,
            "region": np.array(REGIONS, dtype=object)[rng.integers(len(REGIONS), size=n)],
            "device": np.array(DEVICES, dtype=object)[rng.integers(len(DEVICES), size=n)],
        },
    )
