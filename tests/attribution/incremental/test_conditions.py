"""Conditions of a person-day: finite where ids live shortly, and no launch is taken for intent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental import conditions
from attrigraph.attribution.incremental.conditions import learn_conditions
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.person_days import conversion_person_days


def histories_of(customers: int, customer: Any, time: Any, key: Any, converter: Any) -> Histories:
    rng = np.random.default_rng(1)
    order = np.lexsort((time, customer))
    return Histories(
        keys=tuple("abcdefgh"[: key.max() + 1]),
        customers=customers,
        customer=customer[order],
        time=time[order],
        key=key[order],
        converter=converter,
        converted=rng.uniform(0, 60, len(converter)),
        value=np.ones(len(converter)),
        covariates=np.empty((customers, 0)),
        days=60.0,
    )


def test_intent_is_finite_where_few_ids_of_short_life_are_touched() -> None:
    """Negative triggered touches made these logarithms of negative numbers."""
    rng = np.random.default_rng(3)
    customers = 25_000
    born, size = rng.uniform(0, 45, customers), rng.gamma(0.3, 1 / 0.3, customers)
    customer = np.repeat(np.arange(customers), rng.poisson(size))
    time = born[customer] + rng.uniform(0, 15, len(customer))
    key = rng.choice(5, len(customer), p=[0.05, 0.1, 0.25, 0.25, 0.35])
    histories = histories_of(customers, customer, time, key, np.arange(0, customers, 20))
    person_days = conversion_person_days(histories)
    with np.errstate(all="raise", under="ignore"):
        conditions = learn_conditions(histories, rng)
        columns = conditions.columns(histories, person_days)
    assert conditions.intent is not None
    assert np.isfinite(columns).all()


def test_a_launch_is_not_taken_for_intent() -> None:
    """Customers with the same touches have more intent if the channel had not run for long."""
    rng = np.random.default_rng(4)
    customers = 8_000
    lasting = np.exp(0.7 * rng.standard_normal(customers))
    counts = rng.poisson(lasting, (2, customers))
    customer = np.concatenate([np.repeat(np.arange(customers), n) for n in counts])
    key = np.repeat([0, 1], counts.sum(axis=1))
    launch = 40.0
    time = np.where(key == 0, rng.uniform(0, 60, len(key)), rng.uniform(launch, 60, len(key)))
    histories = histories_of(customers, customer, time, key, np.arange(0, customers, 4))
    person_days = conversion_person_days(histories)
    conditions = learn_conditions(histories, rng)
    assert conditions.intent is not None
    expected = conditions.calendar.days_until(np.array([launch - 1, 60.0]))
    assert expected[0, 1] < 0.5
    assert abs(expected[0, 0] - launch + 1) < 2.0
    # before the launch there is no evidence on the second channel: the mean of intent is not
    # pulled down by touches that nobody could have
    intent = conditions.columns(histories, person_days)[:, -1]
    before = person_days.time < launch
    assert abs(intent[before].mean() - lasting_mean(lasting, person_days, before)) < 0.15


def lasting_mean(lasting: Any, person_days: Any, rows: Any) -> float:
    """Mean of the planted intent, in standard deviations."""
    return float((np.log(lasting[person_days.customer[rows]]) / 0.7).mean())


def test_intent_does_not_depend_on_how_many_person_days_are_taken_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(6)
    customers = 4_000
    counts = rng.poisson(np.exp(0.7 * rng.standard_normal(customers)), (2, customers))
    customer = np.concatenate([np.repeat(np.arange(customers), n) for n in counts])
    key = np.repeat([0, 1], counts.sum(axis=1))
    time = rng.uniform(0, 60, len(key))
    histories = histories_of(customers, customer, time, key, np.arange(0, customers, 4))
    person_days = conversion_person_days(histories)
    found = learn_conditions(histories, rng)
    assert found.intent is not None
    at_once = found.columns(histories, person_days)
    monkeypatch.setattr(conditions, "INTENTS_AT_ONCE", 301)
    in_blocks = found.columns(histories, person_days)
    assert in_blocks == pytest.approx(at_once, rel=1e-12)
    assert len(np.unique(in_blocks[:, -1])) > 100
