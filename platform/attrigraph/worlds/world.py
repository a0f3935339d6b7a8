"""A simulated world: customers, touches, conversions, and the true effect of marketing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.worlds.catalogue import world_named
from attrigraph.worlds.effects import ConversionModel, adstocks
from attrigraph.worlds.media import Media, media_of
from attrigraph.worlds.population import populate
from attrigraph.worlds.truth import truth_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.population import Population
    from attrigraph.worlds.spec import WorldSpec
    from attrigraph.worlds.truth import Truth

START_MS: Final = 1_709_251_200_000
"""Start of every world's window: 2024-03-01, midnight UTC."""

DAY_MS: Final = 86_400_000

REGIONS: Final = ("north", "south", "east", "west")
DEVICES: Final = ("phone", "computer", "tablet")


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Attributes of customers known before the window, as columns of length n.

    Attributes:
        intent_score: float64, the hidden intent with noise.
        past_purchases: int64, a count that depends only on the score.
        region: int64, index into ``REGIONS``, random.
        device: int64, index into ``DEVICES``, random.
    """

    intent_score: NDArray[np.float64]
    past_purchases: NDArray[np.int64]
    region: NDArray[np.int64]
    device: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.intent_score)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A simulated world as columns; customers are numbered from 0.

    Attributes:
        spec: parameters of the world.
        seed: random seed.
        customers: attributes known before the window.
        touch_customer: int64 ``[touches]``, ascending.
        touch_time: int64 ``[touches]``, epoch milliseconds.
        channel: int64 ``[touches]``, index into the channels of ``spec``.
        campaign: int64 ``[touches]``, index into the campaigns of ``media``.
        creative: int64 ``[touches]``, index into the creatives of ``media``.
        cost: float64 ``[touches]``, currency.
        converter: int64 ``[conversions]``, ascending.
        conversion_time: int64 ``[conversions]``, epoch milliseconds.
        value: float64 ``[conversions]``, currency.
        media: campaigns, creatives and audiences.
        truth: expected conversions that each channel causes in such a population.
    """

    spec: WorldSpec
    seed: int
    customers: Customers
    touch_customer: NDArray[np.int64]
    touch_time: NDArray[np.int64]
    channel: NDArray[np.int64]
    campaign: NDArray[np.int64]
    creative: NDArray[np.int64]
    cost: NDArray[np.float64]
    converter: NDArray[np.int64]
    conversion_time: NDArray[np.int64]
    value: NDArray[np.float64]
    media: Media
    truth: Truth

    @property
    def end_ms(self) -> int:
        """End of the window, epoch milliseconds."""
        return START_MS + self.spec.days * DAY_MS


def simulate(
    world: str | WorldSpec, seed: int, customers: int, *, measured_on: int | None = None
) -> World:
    """Simulate a world and compute its truth.

    Args:
        world: name or parameters of a world.
        seed: random seed, >= 0; the truth does not depend on it.
        customers: number of customers, >= 1.
        measured_on: number of customers from which the truth is computed; see ``truth_of``.

    Raises:
        InputError: the name is unknown, or see ``check_size``.
    """
    check_size(seed, customers)
    spec = world_named(world) if isinstance(world, str) else world
    rng = np.random.default_rng(seed)
    people = populate(spec, customers, rng)
    converter, converted = _conversions(spec, people, rng)
    media = media_of(spec)
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
    n = len(people.observed_intent)
    return Customers(
        intent_score=people.observed_intent,
        past_purchases=rng.poisson(np.exp(np.minimum(0.4 * people.observed_intent - 0.5, 3.0))),
        region=rng.integers(len(REGIONS), size=n),
        device=rng.integers(len(DEVICES), size=n),
    )
