"""Intervals of credited value: moments by hand, and ends that a bootstrap of customers finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from attrigraph.attribution.multi_touch.value_intervals import (
    CustomerValues,
    value_ends,
    value_variance,
)
from attrigraph.attribution.observed.path_steps import PathSteps
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RULES = ("linear", "last", "time-decay", "shapley-simplified")


def steps() -> PathSteps:
    """Two paths: key 0 then key 1 then key 0, and key 1 alone."""
    return PathSteps(np.array([0, 3, 4]), np.array([0, 1, 0, 1]), 2)


def test_the_variance_is_the_sum_of_squares_over_customers() -> None:
    shares = np.array([0.25, 0.5, 0.25, 1.0])
    customers, paid = np.array([0, 1, 2, 2]), np.array([10.0, 4.0, 2.0, 6.0])
    conversions = CustomerValues.of_conversions(np.array([0, 1, 0, 1]), customers, paid, 2)
    # by hand: customer 0 adds (5, 5), customer 1 (0, 4), customer 2 (1, 1 + 6)
    found = value_variance(steps(), shares, conversions)
    assert found == pytest.approx([5**2 + 1**2, 5**2 + 4**2 + 7**2])


def test_values_that_are_known_as_sums_are_equal_within_a_path() -> None:
    shares = np.array([0.25, 0.5, 0.25, 1.0])
    # by hand: 4 conversions of 5 and 2 of 3, each of another customer
    counts = CustomerValues.of_counts(np.array([4.0, 2.0]), np.array([20.0, 6.0]))
    found = value_variance(steps(), shares, counts)
    assert found == pytest.approx([4 * 2.5**2, 4 * 2.5**2 + 2 * 3**2])
    one_by_one = CustomerValues.of_conversions(
        np.array([0, 0, 0, 0, 1, 1]), np.arange(6), np.array([5.0] * 4 + [3.0] * 2), 2
    )
    assert found == pytest.approx(value_variance(steps(), shares, one_by_one))


def test_without_variance_the_ends_are_the_value() -> None:
    low, high = value_ends(np.array([0.0, 5.0, 100.0]), np.array([0.0, 0.0, 100.0]))
    assert (low[:2].tolist(), high[:2].tolist()) == ([0.0, 5.0], [0.0, 5.0])
    # many small orders: as the normal distribution has it
    assert (low[2], high[2]) == pytest.approx((100 - 16.4, 100 + 16.4), abs=1.0)
    low, high = value_ends(np.array([10.0]), np.array([100.0]))
    assert 0 < low[0] < high[0]


def events(n: int) -> tuple[list[Touchpoint], list[Conversion]]:
    """Customers of one to three touches on three channels, some with two conversions."""
    rng = np.random.default_rng(5)
    touches: list[Touchpoint] = []
    conversions: list[Conversion] = []
    for customer in range(n):
        name = f"u{customer}"
        for order in range(1 + int(rng.random() < 0.3)):
            at = NOON + timedelta(days=10 * order)
            for place, channel in enumerate(rng.choice(["a", "b", "c"], rng.integers(1, 4))):
                touches.append(
                    Touchpoint(
                        f"t{len(touches)}", name, at + timedelta(hours=place), channel=channel
                    )
                )
            value = float(np.exp(rng.normal(3.0, 1.0)))
            conversions.append(
                Conversion(f"c{len(conversions)}", name, at + timedelta(hours=9), value)
            )
    return touches, conversions


def test_ends_are_those_of_a_bootstrap_of_customers() -> None:
    touches, conversions = events(120)
    options = AttributionOptions(models=RULES)
    answer = attribute_events(touches, conversions, options)
    by_customer = {
        f"u{customer}": attribute_events(
            [touch for touch in touches if touch.customer_id == f"u{customer}"],
            [one for one in conversions if one.customer_id == f"u{customer}"],
            options,
        )
        for customer in range(120)
    }
    weights = np.random.default_rng(1).poisson(1.0, (20_000, 120))
    for rule in RULES:
        parts = np.zeros((120, 3))
        for row, one in enumerate(by_customer.values()):
            for credit in one.models[rule].credits:
                parts[row, "abc".index(str(credit.key))] += credit.value
        ends = np.percentile(weights @ parts, [5, 95], axis=0)
        for credit in answer.models[rule].credits:
            place = "abc".index(str(credit.key))
            assert credit.value == pytest.approx(parts[:, place].sum())
            width = ends[1, place] - ends[0, place]
            found = (credit.value_low, credit.value_high)
            assert found == pytest.approx(tuple(ends[:, place]), abs=0.06 * width)


def test_without_draws_and_for_chains_there_is_no_interval_of_value() -> None:
    touches, conversions = events(20)
    options = AttributionOptions(models=("linear", "markov-1", "shapley-rate"))
    answer = attribute_events(touches, conversions, options)
    known = {
        name: {credit.value_low is not None for credit in model.credits}
        for name, model in answer.models.items()
    }
    assert known == {"linear": {True}, "markov-1": {False}, "shapley-rate": {False}}
