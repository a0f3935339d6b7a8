"""Touches by day and their expectation, against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.daily_touches import TouchRates, day_of, touch_rates
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.touch_calendar import TouchCalendar

DAYS = 30


def calendar(days: int, keys: int) -> TouchCalendar:
    edges = np.arange(days + 1.0)
    return TouchCalendar(edges, np.repeat(edges[:, None], keys, axis=1))


def histories(
    touches: list[tuple[int, float, int]], customers: int, days: float = 3.0
) -> Histories:
    touches = sorted(touches)
    return Histories(
        keys=("search", "display"),
        customers=customers,
        customer=np.array([c for c, _, _ in touches], dtype=np.int64),
        time=np.array([t for _, t, _ in touches], dtype=np.float64),
        key=np.array([k for _, _, k in touches], dtype=np.int64),
        converter=np.zeros(0, dtype=np.int64),
        converted=np.zeros(0),
        value=np.zeros(0),
        covariates=np.zeros((customers, 0)),
        days=days,
    )


def test_counts_and_expected_touches_by_hand() -> None:
    sample = histories([(0, 0.5, 0), (0, 0.6, 0), (0, 2.1, 1), (1, 1.5, 0), (2, 2.9, 0)], 3)
    rates = TouchRates(np.array([0]), np.full((3, 2), 0.5), calendar(3, 2), np.array([2.0]))
    daily = rates.daily(sample, np.array([0, 2]))
    assert daily.count[0].T.tolist() == [[2, 0, 0], [0, 0, 1]]
    # the gamma posterior mean before each day: (2 + touches) / (2 + expected touches)
    first = [0.5, 0.5 * 4 / 2.5, 0.5 * 4 / 3]
    third = [0.5, 0.5 * 2 / 2.5, 0.5 * 2 / 3]
    np.testing.assert_allclose(daily.expected[0].T, [first, third])


def test_days_from_the_end_on_do_not_count() -> None:
    sample = histories([(0, 0.5, 0), (0, 1.5, 0), (0, 2.5, 0)], 1)
    rates = TouchRates(np.array([0]), np.ones((1, 2)), calendar(3, 2), np.array([1.0]))
    kept = rates.daily(sample, np.array([0])).before(np.array([2]))
    assert kept.count[0, :, 0].tolist() == [1, 1, 0]
    assert (kept.expected[0, :, 0] > 0).tolist() == [True, True, False]


def test_the_day_of_a_time_stays_within_the_calendar() -> None:
    times = np.array([0.0, 0.999, 1.0, 2.5, 3.0])
    assert day_of(calendar(3, 1), times).tolist() == [0, 0, 1, 2, 2]


def lasting_shape(shape: float, phase: float) -> float:
    """The estimated shape where rates differ between customers and double in phases of 3 days."""
    rng, people = np.random.default_rng(1), 4_000
    level = rng.gamma(shape, 1 / shape, people)
    touches = []
    for begin in range(0, DAYS, 3):
        factor = np.where(rng.random(people) < 0.5, phase, 2.0 - phase)
        for day in range(begin, begin + 3):
            hits = rng.poisson(0.2 * level * factor)
            touches += [(int(c), day + rng.random(), 0) for c in np.repeat(np.arange(people), hits)]
    sample = histories(touches, people, float(DAYS))
    expected = np.full((people, 2), 0.2)
    rates = touch_rates(sample, np.array([0]), expected, calendar(DAYS, 2), np.arange(people))
    return float(rates.shape[0])


def test_the_lasting_factor_is_not_taken_from_phases() -> None:
    assert lasting_shape(2.0, phase=1.0) == pytest.approx(2.0, rel=0.15)
    assert lasting_shape(2.0, phase=1.9) == pytest.approx(2.0, rel=0.15)
