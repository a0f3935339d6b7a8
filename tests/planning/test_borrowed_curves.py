from __future__ import annotations

import numpy as np
import pytest

from attrigraph.planning.borrowed_curves import BorrowedReturn, borrowed_curve
from attrigraph.planning.request import Borrowed
from lent_curves import DRAWS, MULTIPLES, SHAPE, spend_curve

OWN = spend_curve("own", 50.0, 999.0, error=5.0, reasons=("collinear",)).curve


def test_one_certain_lender_lends_its_return_and_shape() -> None:
    lender = spend_curve("a", 100.0, 300.0, error=0.0).curve
    found = BorrowedReturn(np.log(3.0), 0.0, np.array([1.0]), 0.0)
    borrowed = borrowed_curve(OWN, [lender], found, seed=1)
    np.testing.assert_allclose(borrowed.values, 150.0 * SHAPE)
    np.testing.assert_allclose(borrowed.draws, np.tile(150.0 * SHAPE, (DRAWS, 1)))
    assert borrowed.borrowed == Borrowed(("a",), (1.0,), 0.0)
    assert (borrowed.spend, borrowed.identified, borrowed.observed) == (50.0, False, OWN.observed)


def test_values_are_log_normal_around_the_expected_return() -> None:
    lenders = [spend_curve(name, 100.0, 300.0).curve for name in "abc"]
    found = BorrowedReturn(np.log(2.0), 0.5, np.array([0.5, 0.2, 0.1]), 0.2)
    borrowed = borrowed_curve(OWN, lenders, found, seed=1)
    levels = borrowed.draws[:, borrowed.one]
    assert np.median(levels) == pytest.approx(100.0, rel=0.01)
    low, high = np.percentile(levels, [5, 95])
    assert np.log(high / low) / 2 == pytest.approx(1.645 * 0.5, rel=0.03)
    assert borrowed.now == pytest.approx(100.0 * np.exp(0.125), rel=0.02)
    np.testing.assert_allclose(borrowed.values, borrowed.draws.mean(axis=0))


def test_shapes_are_drawn_by_weight_and_the_largest_weights_are_named() -> None:
    lenders = [spend_curve(f"l{number}", 100.0, 300.0, error=0.0).curve for number in range(7)]
    flat = np.array([0.0, 1.0, 1.0, 1.0, 1.0])
    for lender in lenders[:2]:
        lender.values[:], lender.draws[:] = 300.0 * flat, 300.0 * flat
    weights = np.array([0.1, 0.05, 0.2, 0.15, 0.06, 0.04, 0.05])
    borrowed = borrowed_curve(OWN, lenders, BorrowedReturn(0.0, 0.0, weights, 0.35), seed=3)
    # a weight of .15 of their own, and 2 of 7 parts of the common mean
    is_flat = np.isclose(borrowed.draws[:, 1], borrowed.draws[:, 2])
    assert is_flat.mean() == pytest.approx(0.15 + 0.1, abs=0.006)
    assert borrowed.borrowed is not None
    assert borrowed.borrowed.campaigns == ("l2", "l3", "l0", "l4", "l1")
    assert borrowed.borrowed.words() == (
        "l2 (0.20), l3 (0.15), l0 (0.10), l4 (0.06), l1 (0.05) and the mean of all (0.35)"
    )


def test_a_draw_without_value_has_no_shape_of_its_own() -> None:
    lender = spend_curve("a", 100.0, 300.0, error=0.0).curve
    lender.draws[::2] = -7.0 * MULTIPLES
    borrowed = borrowed_curve(OWN, [lender], BorrowedReturn(0.0, 0.1, np.ones(1), 0.0), seed=1)
    np.testing.assert_allclose(borrowed.draws[:, 3] / borrowed.draws[:, 2], 1.5)
