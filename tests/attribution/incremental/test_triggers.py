"""Triggered touches: planted ones are found, intent alone is not taken for one."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.triggers import LAGS, Triggers, _Touches, fit_triggers
from attrigraph.worlds.catalogue import confounded
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate


def histories_of(spec: Any, customers: Any = 30_000) -> Any:
    world = simulate(spec, 11, customers, measured_on=100)
    return population_of(event_table_of(world)).histories


def test_planted_triggers_are_found() -> None:
    found = fit_triggers(histories_of(confounded()), np.random.default_rng(0))
    total = found.mean.sum(axis=2)
    search = 5
    for parent, planted in ((0, 0.25), (1, 0.35)):
        # the error is that of customers; the sampled comparisons add about .01
        assert total[parent, search] == pytest.approx(planted, abs=0.04)
        assert found.error[parent, search] < 0.05
    total[[0, 1], search] = 0
    assert np.abs(total).max() < 0.05


def test_triggers_are_found_in_a_window_shorter_than_the_longest_lags() -> None:
    spec = replace(confounded(), days=14)
    found = fit_triggers(histories_of(spec, 20_000), np.random.default_rng(0))
    total = found.mean.sum(axis=2)
    assert total[[0, 1], 5] == pytest.approx([0.25, 0.35], abs=0.06)


def test_channels_that_share_an_intent_do_not_trigger_each_other() -> None:
    spec = confounded()
    apart = replace(spec, channels=tuple(replace(c, triggers={}) for c in spec.channels))
    found = fit_triggers(histories_of(apart, 20_000), np.random.default_rng(0))
    assert np.abs(found.mean.sum(axis=2)).max() < 0.05


def test_expected_touches_grow_with_age_up_to_the_mean() -> None:
    mean = np.zeros((2, 2, len(LAGS) - 1))
    mean[0, 1] = [0.2, 0.1, 0.0, 0.0]
    triggers = Triggers(mean, np.zeros((2, 2)))
    age = np.array([0.5, 2.0, 30.0])
    found = triggers.expected(np.arange(3), np.zeros(3, dtype=np.int64), age, 3)
    assert found == pytest.approx(np.array([[0, 0.1], [0, 0.25], [0, 0.3]]))


def touched(customers: int, customer: Any, time: Any, key: Any, days: float = 60.0) -> Histories:
    order = np.lexsort((time, customer))
    return Histories(
        keys=tuple("abcdefgh"[: key.max() + 1]),
        customers=customers,
        customer=customer[order],
        time=time[order],
        key=key[order],
        converter=np.empty(0, np.int64),
        converted=np.empty(0),
        value=np.empty(0),
        covariates=np.empty((customers, 0)),
        days=days,
    )


def test_channels_bought_together_trigger_neither_and_are_mutual() -> None:
    rng = np.random.default_rng(5)
    customer = rng.integers(10_000, size=30_000)
    time = rng.uniform(1, 59, len(customer))
    first, second = (time + rng.uniform(-0.5, 0.5, len(time)) for _ in range(2))
    apart = rng.integers(10_000, size=20_000)
    found = fit_triggers(
        touched(
            10_000,
            np.concatenate([customer, customer, apart]),
            np.concatenate([first, second, rng.uniform(0, 60, len(apart))]),
            np.repeat([0, 1, 2], [len(first), len(second), len(apart)]),
        ),
        rng,
    )
    assert not found.mean.any()
    assert found.mutual == ((0, 1),)


def test_ids_of_short_life_trigger_nothing() -> None:
    rng = np.random.default_rng(6)
    customers, lasting = 20_000, 10.0
    born = rng.uniform(0, 50, customers)
    customer = np.repeat(np.arange(customers), rng.poisson(3, customers))
    time = born[customer] + rng.uniform(0, lasting, len(customer))
    found = fit_triggers(
        touched(customers, customer, time, rng.integers(4, size=len(customer))), rng
    )
    assert not found.mean.any()


def test_a_trigger_between_channels_that_share_sessions_is_its_asymmetry() -> None:
    rng = np.random.default_rng(7)
    customers = 30_000
    session = rng.integers(customers, size=60_000)
    start = rng.uniform(0, 60, len(session))
    a, b = (start + rng.uniform(0, 0.2, len(start)) for _ in range(2))
    is_followed = rng.random(len(a)) < 0.3
    later = a[is_followed] + rng.exponential(1.5, is_followed.sum())
    customer = np.concatenate([session, session, session[is_followed]])
    time = np.concatenate([a, b, later])
    key = np.repeat([0, 1, 1], [len(a), len(b), len(later)])
    kept = time < 60
    found = fit_triggers(touched(customers, customer[kept], time[kept], key[kept]), rng)
    assert found.mean[0, 1].sum() == pytest.approx(0.3, abs=0.04)
    assert not found.mean[1, 0].any()
    assert found.mutual == ()


def test_non_negative_touches_are_the_nearest_by_covariance() -> None:
    covariance = np.array([[1.0, 0.5], [0.5, 1.0]]).reshape(1, 2, 1, 2)
    triggered = _Touches(np.array([[1.0, -1.0]]), covariance)
    # given that the second is 0, the first is 1 + 0.5 * (0 - -1)
    assert triggered.non_negative(np.array([1])) == pytest.approx(np.array([[1.5, 0.0]]), abs=1e-4)
    assert triggered.non_negative(np.array([0])) == pytest.approx(np.array([[1.0, 0.0]]), abs=1e-4)


def test_a_customer_of_very_many_touches_costs_no_more_than_their_number() -> None:
    rng = np.random.default_rng(0)
    touches = 200_000
    histories = touched(
        2,
        np.r_[np.zeros(touches, np.int64), 1],
        np.r_[np.sort(rng.uniform(0, 60, touches)), 1.0],
        np.r_[rng.integers(2, size=touches), 0],
    )
    tracemalloc.start()
    try:
        fit_triggers(histories, rng)
        # pairs of touches would take gigabytes
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
