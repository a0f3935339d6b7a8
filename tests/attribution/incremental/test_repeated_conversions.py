"""Customers who convert again and again: credit is near the truth of a world that allows it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_values
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.histories import Histories

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
