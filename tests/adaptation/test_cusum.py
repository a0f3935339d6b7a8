"""Boundaries by hand, and how often they are found with and without a change."""

from __future__ import annotations

import numpy as np

from attrigraph.adaptation.cusum import LIMIT, MIN_ERRORS, SLACK, Cusum


def test_sums_by_hand() -> None:
    cusum = Cusum()
    for number in range(MIN_ERRORS):
        assert not cusum.add(1.0 if number % 2 else -1.0)
    assert not cusum.add(2.0)  # the standard deviation is 1 until now
    assert cusum.state[0] == 2 - SLACK
    assert cusum.state[1] == 0


def test_a_shift_of_either_sign_is_found_soon_and_all_begins_again() -> None:
    for sign in (-1.0, 1.0):
        cusum = Cusum()
        errors = np.random.default_rng(0).normal(size=100)
        for error in errors:
            cusum.add(float(error))
        delay = next(n for n, error in enumerate(errors) if cusum.add(float(error + 2 * sign)))
        assert delay < 12
        assert (cusum.state == 0).all()


def test_normal_errors_without_change_give_few_boundaries() -> None:
    cusum = Cusum()
    found = sum(cusum.add(float(e)) for e in np.random.default_rng(1).normal(size=20_000))
    assert 20_000 / found > 300
    assert LIMIT == 5


def test_errors_of_any_size_leave_finite_sums() -> None:
    cusum = Cusum()
    for error in (1e100, -1e100, 0.0, *([1e90] * 50)):
        cusum.add(error)
        assert np.isfinite(cusum.state).all()
