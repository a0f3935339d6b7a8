"""Days left by hand, and what holds for every curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.fatigue.curve import days_remaining

DAYS = np.arange(0.0, 31.0, 3.0)
HALF = np.log(0.5)


@pytest.mark.parametrize(
    ("log_ratio", "expected"),
    [
        (0.1 * HALF * DAYS, 10.0),  # a half every ten days
        (np.full(11, HALF), 0.0),
        (np.full(11, HALF + 1e-9), 30.0),
        (np.where(DAYS < 30, 0.0, 2 * HALF), 28.5),  # half of the last three days
        (np.where(DAYS < 15, 0.0, HALF), 15.0),
    ],
)
def test_days_by_hand(log_ratio: np.ndarray, expected: float) -> None:
    assert days_remaining(log_ratio[None], DAYS)[0] == pytest.approx(expected)


@given(steps=st.lists(st.floats(0, 1), min_size=11, max_size=11), more=st.floats(0, 1))
def test_a_curve_that_is_lower_leaves_no_more_days(steps: list[float], more: float) -> None:
    curve = -np.cumsum(steps)[None]
    days, lower = days_remaining(curve, DAYS)[0], days_remaining(curve - more, DAYS)[0]
    assert 0 <= lower <= days <= 30
    # R is a half there
    if 0 < days < 30:
        assert np.interp(days, DAYS, curve[0]) == pytest.approx(HALF)


def test_what_is_no_curve_is_named() -> None:
    assert days_remaining(np.empty((0, 11)), DAYS).shape == (0,)
    with pytest.raises(InputError, match=r"must have the shape \(n, 11\), one per day, got"):
        days_remaining(np.zeros((2, 10)), DAYS)
    with pytest.raises(InputError, match="got NaN"):
        days_remaining(np.full((1, 11), np.nan), DAYS)
