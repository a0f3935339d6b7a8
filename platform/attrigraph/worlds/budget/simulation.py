"""Simulates a budget world: the same columns as any other world, and the spend of its days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.worlds.budget.calendar import daily_spend, demand
from attrigraph.worlds.budget.market import (
    MAX_INTENT,
    Market,
    intent_factor,
    lift_of,
    touches_bought,
)
from attrigraph.worlds.data import DAY_MS, START_MS, Customers, World
from attrigraph.worlds.effects import decayed
from attrigraph.worlds.media import AUDIENCES, Media

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.budget.spec import BudgetSpec

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CHUNK: Final = 2_000
"""Customers simulated in one step."""

DEVICES: Final = ("phone", "computer", "tablet")


@dataclass(frozen=True, slots=True, eq=False)
class _Events:
    """Events of some customers; columns of touches, then of purchases; times in days."""

    toucher: Integers
    touched: Floats
    campaign: Integers
    buyer: Integers
    bought: Floats


def simulate_budget(spec: BudgetSpec, seed: int, customers: int) -> World:
    """Simulate a budget world; a purchase changes nothing that follows."""
    rng = np.random.default_rng([seed, 2])
    market = Market(spec, customers, daily_spend(spec, customers, rng))
    intent = np.clip(rng.standard_normal(customers), -MAX_INTENT, MAX_INTENT)
    touches = touches_bought(spec, market.spend / customers)
    parts = [
        _events(spec, touches, start, intent[start : start + CHUNK], rng)
        for start in range(0, customers, CHUNK)
    ]
    events = _sorted(parts)
    media = media_of_budget(spec)
    return World(
        spec=spec,
        seed=seed,
        customers=Customers(
            customers,
            {
                "score": intent + spec.noise * rng.standard_normal(customers),
                "device": np.array(DEVICES, dtype=object)[rng.integers(3, size=customers)],
            },
        ),
        touch_customer=events.toucher,
        touch_time=_epoch_ms(events.touched),
        channel=media.campaign_channel[events.campaign],
        campaign=events.campaign,
        creative=events.campaign,
        cost=_cost(market, events),
        converter=events.buyer,
        conversion_time=_epoch_ms(events.bought),
        value=spec.value * rng.gamma(4.0, 0.25, len(events.buyer)),
        media=media,
        truth=market.truth(),
        market=market,
    )


def daily_value(market: Market, rng: np.random.Generator) -> Floats:
    """Value of the conversions of each day ``[days]``, currency, without single customers.

    Conversions of a day are a Poisson variable, which many customers with small hazards make.
    """
    count = rng.poisson(market.daily_conversions(market.spend))
    value: Floats = market.spec.value / 4 * rng.gamma(4.0 * count + (count == 0))
    return np.where(count > 0, value, 0.0)


def media_of_budget(spec: BudgetSpec) -> Media:
    """Campaigns by their names, with a creative each."""
    names = tuple(campaign.name for campaign in spec.campaigns)
    numbers = np.arange(len(names))
    channel, audience = np.array(spec.channel_of), numbers % len(AUDIENCES)
    return Media(names, channel, audience, tuple(f"{name}-a" for name in names), numbers)


def _events(
    spec: BudgetSpec, touches: Floats, start: int, intent: Floats, rng: np.random.Generator
) -> _Events:
    """All events of the customers from ``start`` on, given mean touches ``[campaigns, days]``."""
    shape = len(intent), spec.days
    moment = np.arange(spec.days) + rng.random(shape)
    strength = np.zeros((len(spec.channels), *shape))
    rows: list[tuple[Integers, Floats, Integers]] = []
    for number, channel in enumerate(spec.channels):
        frailty = rng.gamma(channel.frailty, 1 / channel.frailty, len(intent))
        rate = frailty * intent_factor(channel.intent, intent)
        for campaign in np.flatnonzero(np.array(spec.channel_of) == number):
            who, time = _touches(rate, touches[campaign], rng)
            level = decayed(who, time, moment, channel.half_life)
            strength[number] += channel.saturation * spec.campaigns[campaign].weight * level
            rows.append((start + who, time, np.full(len(who), campaign)))
    factor = spec.base * intent_factor(spec.intent_effect, intent)
    hazard = factor[:, None] * demand(spec) * lift_of(spec, -np.expm1(-strength))
    who, day = np.nonzero(rng.random(shape) < hazard)
    toucher, touched, bought_by = map(np.concatenate, zip(*rows, strict=True))
    return _Events(toucher, touched, bought_by, start + who, moment[who, day])


def _touches(rate: Floats, per_day: Floats, rng: np.random.Generator) -> tuple[Integers, Floats]:
    """Customers and times, in days, of a campaign's touches."""
    counts = rng.poisson(rate[:, None] * per_day)
    who, day = np.nonzero(counts)
    who, day = (np.repeat(cell, counts[counts > 0]) for cell in (who, day))
    return who, day + rng.random(len(day))


def _sorted(parts: list[_Events]) -> _Events:
    """All events by customer and time."""
    toucher, buyer = (np.concatenate([getattr(p, c) for p in parts]) for c in ("toucher", "buyer"))
    touched, bought = (
        np.concatenate([getattr(p, c) for p in parts]) for c in ("touched", "bought")
    )
    first, then = np.lexsort((touched, toucher)), np.lexsort((bought, buyer))
    campaign = np.concatenate([part.campaign for part in parts])
    return _Events(toucher[first], touched[first], campaign[first], buyer[then], bought[then])


def _epoch_ms(days: Floats) -> Integers:
    return START_MS + np.floor(days * DAY_MS).astype(np.int64)


def _cost(market: Market, events: _Events) -> Floats:
    """The cost of each touch: an equal share of what its campaign spent on its day."""
    cell = events.campaign * market.spec.days + events.touched.astype(np.int64)
    count = np.bincount(cell, minlength=market.spend.size)
    return np.asarray(market.spend.ravel()[cell] / count[cell])
