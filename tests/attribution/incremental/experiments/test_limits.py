"""Credits within what was observed."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.experiments.limits import limited


def test_credits_within_the_limit_stay() -> None:
    credit = np.array([[10.0, -20.0, 30.0], [60.0, 20.0, 20.0]])
    assert limited(credit, np.ones(3), 100.0).tolist() == credit.tolist()


def test_an_excess_is_taken_where_credit_is_least_certain() -> None:
    found = limited(np.array([80.0, 50.0]), np.array([1.0, 3.0]), 100.0)
    # the excess of 30 is shared 1 : 3
    assert found == pytest.approx([72.5, 27.5])


def test_no_positive_credit_becomes_negative() -> None:
    found = limited(np.array([100.0, 5.0, 40.0, -10.0]), np.array([0.0, 9.0, 1.0, 9.0]), 100.0)
    assert found == pytest.approx([100.0, 0.0, 10.0, -10.0])


def test_no_single_credit_exceeds_the_limit() -> None:
    found = limited(np.array([500.0, -400.0]), np.ones(2), 100.0)
    assert found.tolist() == [100.0, -100.0]
