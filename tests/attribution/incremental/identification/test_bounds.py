"""Parameters at the end of their range."""

from __future__ import annotations

import numpy as np

from attrigraph.attribution.incremental.adstock import ResponseShape
from attrigraph.attribution.incremental.identification.bounds import parameter_at_bound
from attrigraph.attribution.incremental.response import HALF_LIVES, SATURATION_RANGE


def test_either_end_of_either_parameter_counts_if_the_credit_matters() -> None:
    shape = ResponseShape(
        np.array([HALF_LIVES[0], HALF_LIVES[-1], 7.0, 7.0, 7.0, HALF_LIVES[-1]]),
        np.array([1.5, 1.5, *SATURATION_RANGE, 1.5, 1.5]),
    )
    credit = np.array([100.0, -100.0, 100.0, 100.0, 100.0, 1.0])
    found = parameter_at_bound(shape, credit, 1_000, 60.0)
    assert found.tolist() == [True, True, True, True, False, False]


def test_a_slow_decay_shows_in_a_long_window() -> None:
    shape = ResponseShape(HALF_LIVES[[0, -1]], np.array([1.5, 1.5]))
    found = parameter_at_bound(shape, np.array([100.0, 100.0]), 1_000, 180.0)
    assert found.tolist() == [True, False]
