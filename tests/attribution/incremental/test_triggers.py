"""Triggered touches: planted ones are found, intent alone is not taken for one."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.population import population_of
from attrigraph.attribution.incremental.triggers import LAGS, Triggers, fit_triggers
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


def test_a_customer_of_very_many_touches_costs_no_more_than_their_number() -> None:
    rng = np.random.default_rng(0)
    touches = 200_000
    histories = Histories(
        keys=("a", "b"),
        customers=2,
        customer=np.r_[np.zeros(touches, np.int64), 1],
        time=np.r_[np.sort(rng.uniform(0, 60, touches)), 1.0],
        key=np.r_[rng.integers(2, size=touches), 0],
        converter=np.empty(0, np.int64),
        converted=np.empty(0),
        value=np.empty(0),
        covariates=np.empty((2, 0)),
        days=60.0,
    )
    tracemalloc.start()
    try:
        fit_triggers(histories, rng)
        # pairs of touches would take gigabytes
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
