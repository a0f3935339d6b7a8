"""Totals within what was observed."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.identification.totals import impossible_total

DEVIATIONS = 50 * np.random.default_rng(2).standard_normal((400, 2))
"""The total has a standard error of about 70."""


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        ((700.0, 290.0), False),
        ((700.0, 320.0), True),
        ((-100.0, 0.0), False),
        ((-100.0, -60.0), False),
        ((-130.0, -130.0), True),
    ],
)
def test_more_than_observed_or_significantly_below_zero(
    credit: tuple[float, float], expected: bool
) -> None:
    assert impossible_total(np.array(credit), DEVIATIONS, 1_000) is expected


def test_without_draws_the_total_alone_decides() -> None:
    assert impossible_total(np.array([-50.0, 0.0]), np.zeros((0, 2)), 1_000)
