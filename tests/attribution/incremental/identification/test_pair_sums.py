"""The sum of a pair of credits, of which the data show nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.identification.pair_sums import pair_sums
from attrigraph.domain import PairCredit

NAMES = ("tv", "companion", "search")
CREDIT = np.array([900.0, -300.5, 80.0])
BOTH = (("collinear", "mutual-triggers"), ("collinear",), ())


def draws_with_a_known_sum() -> np.ndarray:
    """Credits that are off by hundreds; the sum of the first two is off by -10 to 10."""
    split = np.linspace(-400.0, 400.0, 201)
    of_sum = np.linspace(-10.0, 10.0, 201)
    return np.column_stack([split, of_sum - split, np.zeros(201)])


def test_the_interval_is_that_of_both_together() -> None:
    (both,) = pair_sums(NAMES, [(0, 1)], BOTH, CREDIT, draws_with_a_known_sum())
    assert both.channels == ("tv", "companion")
    # the 10.1th of 201 draws from each end (Weibull: 5 % of 202), 9.1 steps of 0.1 from the first
    assert (both.conversions, both.low, both.high) == pytest.approx((599.5, 590.41, 608.59))


def test_without_draws_there_is_no_interval() -> None:
    assert pair_sums(NAMES, [(0, 1)], BOTH, CREDIT, np.zeros((0, 3))) == (
        PairCredit(("tv", "companion"), 599.5),
    )


@pytest.mark.parametrize(
    "reasons",
    [
        (("collinear", "future-touches"), ("collinear",), ()),
        (("collinear",), ("collinear", "moment-of-purchase"), ()),
        # an experiment measured one of them
        ((), ("collinear",), ()),
        (("collinear",), (), ()),
    ],
)
def test_a_pair_with_another_fault_has_no_sum(reasons: tuple[tuple[str, ...], ...]) -> None:
    assert pair_sums(NAMES, [(0, 1)], reasons, CREDIT, draws_with_a_known_sum()) == ()
