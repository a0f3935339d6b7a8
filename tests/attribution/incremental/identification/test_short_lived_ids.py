"""Ids that end before the window does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.short_lived_ids import (
    relative_span,
    short_lived_ids,
)

IDS, DAYS = 3_000, 60.0


def histories(customer: Any, time: Any, key: Any) -> Histories:
    order = np.lexsort((time, customer))
    return Histories(
        keys=("display", "launch"),
        customers=int(customer.max()) + 1,
        customer=customer[order],
        time=time[order],
        key=key[order],
        converter=np.zeros(0, dtype=np.int64),
        converted=np.zeros(0),
        value=np.zeros(0),
        covariates=np.zeros((int(customer.max()) + 1, 0)),
        days=DAYS,
    )


def touches(rng: Any) -> Any:
    """Display over the whole window, and a channel that is launched half-way."""
    customer = rng.integers(0, IDS, 12_000)
    key = rng.integers(0, 2, 12_000)
    time = np.where(key == 0, rng.uniform(0, DAYS, 12_000), rng.uniform(DAYS / 2, DAYS, 12_000))
    return customer, time, key


def test_lasting_ids_span_the_window_even_with_launches_and_visits_of_many_touches() -> None:
    rng = np.random.default_rng(4)
    customer, time, key = touches(rng)
    again = rng.choice(12_000, 6_000)
    visits = histories(
        np.concatenate([customer, customer[again]]),
        np.concatenate([time, np.minimum(time[again] + 0.01, DAYS)]),
        np.concatenate([key, key[again]]),
    )
    assert relative_span(visits, rng) == pytest.approx(1.0, abs=0.03)
    assert not short_lived_ids(visits, rng)


def test_cookies_that_live_for_18_days_are_found() -> None:
    rng = np.random.default_rng(5)
    customer, time, key = touches(rng)
    resets = rng.exponential(18.0, (IDS, 8)).cumsum(axis=1)
    number = (resets[customer] < time[:, None]).sum(axis=1)
    assert short_lived_ids(histories(customer * 10 + number, time, key), rng)


def test_a_handful_of_ids_is_no_evidence() -> None:
    rng = np.random.default_rng(6)
    few = histories(np.repeat(np.arange(50), 2), np.tile([1.0, 1.5], 50), np.zeros(100, int))
    assert relative_span(few, rng) == 1.0
