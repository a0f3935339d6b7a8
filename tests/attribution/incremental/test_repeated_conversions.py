"""Customers who convert again and again: credit is near the truth of a world that allows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_values
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.population import population_of
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate
from long_forms import cases

RATE = np.array([0.04, 0.03, 0.05])  # touches a day
HALF_LIFE = np.array([4.0, 8.0, 12.0])
EFFECT = np.array([0.9, 0.6, 1.2])
DAYS = 30
BASE = -4.0


def conversions_of(touches: Any, luck: Any, on: Any) -> Any:
    """(customers, days) of conversions at days' ends; each one uses up the touches before it."""
    left = np.zeros((luck.shape[1], len(RATE)))
    found = []
    for day in range(DAYS):
        left *= 2 ** (-1 / HALF_LIFE)
        customer, key, time = touches[day]
        np.add.at(left, (customer, key), 2 ** (-(day + 1 - time) / HALF_LIFE[key]))
        chance = expit(BASE + ((1 - np.exp(-1.5 * left)) * on) @ EFFECT)
        hit = np.flatnonzero(luck[day] < chance)
        left[hit] = 0.0
        found.append(np.stack([hit, np.full(len(hit), day + 1.0)]))
    return np.concatenate(found, axis=1)


@pytest.fixture(scope="module")
def world() -> Any:
    rng = np.random.default_rng(12)
    customers = 6_000
    touches = []
    for day in range(DAYS):
        count = rng.poisson(RATE, (customers, len(RATE)))
        customer, key = np.nonzero(count)
        again = np.repeat(np.arange(len(customer)), count[customer, key])
        touches.append((customer[again], key[again], day + rng.random(len(again))))
    luck = rng.random((DAYS, customers))
    sets = (np.arange(1 << len(RATE))[:, None] >> np.arange(len(RATE))) & 1 == 1
    values = np.array([conversions_of(touches, luck, on).shape[1] for on in sets], dtype=float)
    customer, key, time = (np.concatenate(parts) for parts in zip(*touches, strict=True))
    converter, converted = conversions_of(touches, luck, sets[-1])
    touch, conversion = np.lexsort((time, customer)), np.lexsort((converted, converter))
    histories = Histories(
        keys=("a", "b", "c"),
        customers=customers,
        customer=customer[touch],
        time=time[touch],
        key=key[touch],
        converter=converter[conversion].astype(np.int64),
        converted=converted[conversion],
        value=np.ones(len(conversion)),
        covariates=np.zeros((customers, 0)),
        days=float(DAYS),
    )
    return histories, shapley_values(values), values[0]


def test_credit_and_organic_are_near_the_truth(world: Any) -> None:
    histories, truth, baseline = world
    assert histories.repeats
    found = incremental(histories, IncrementalOptions())
    assert np.abs(found.credit - truth).sum() / truth.sum() < 0.15
    assert found.baseline == pytest.approx(baseline, rel=0.1)


@cases(
    ("repeats", "row"),
    # the 50th brings a second knot of the time since the last
    [(0, 60), (49, 60), (0, 5), (1, 60)],
    short=2,
)
def test_one_more_conversion_of_one_customer_moves_little(repeats: int, row: int) -> None:
    simulated = simulate("any-day-unconfounded", 3, 5_000, measured_on=100)
    once = population_of(event_table_of(simulated), customer_attributes_of(simulated)).histories
    assert not once.repeats
    rows = [row, *(other for other in range(7, 7 + 10 * repeats, 10))]
    before, after = (
        incremental(again(once, of), IncrementalOptions(rows=100_000, draws=2)).credit
        for of in (rows[1:], rows)
    )
    assert abs(after.sum() / before.sum() - 1) < 0.01


def again(once: Histories, rows: list[int]) -> Histories:
    """The histories with one more conversion of some converters, five days or more later."""
    later = once.converted[rows] + 5.0 + np.arange(len(rows)) % 7
    converter = np.append(once.converter, once.converter[rows])
    converted = np.append(once.converted, np.minimum(later, once.days))
    order = np.lexsort((converted, converter))
    value = np.append(once.value, once.value[rows])
    return replace(once, converter=converter[order], converted=converted[order], value=value[order])
