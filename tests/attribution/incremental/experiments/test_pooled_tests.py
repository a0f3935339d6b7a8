"""Several tests of one channel: pooled by precision, wider where they disagree."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
from attrigraph.attribution.incremental.experiments.pooled_tests import pool_tests

KEYS = ("a", "b", None)


def test_tests_that_agree_are_pooled_by_inverse_variance() -> None:
    found = pool_tests(KEYS, [LiftTest("a", 10.0, 1.0), LiftTest("a", 11.0, 2.0)])
    assert found.lift[0] == pytest.approx((10 * 4 + 11) / 5)
    assert found.variance[0] == pytest.approx(1 / (1 + 1 / 4))
    assert found.tested.tolist() == [True, False, False]
    assert np.isinf(found.variance[1:]).all()


def test_tests_that_disagree_get_the_variance_between_them() -> None:
    found = pool_tests(KEYS, [LiftTest("b", 0.0, 1.0), LiftTest("b", 10.0, 1.0)])
    # by hand: Q = 2 * 5^2 = 50, scale = 2 - 2 / 2 = 1, between = 50 - 1 = 49, each variance 50
    assert found.cochran_q[1] == pytest.approx(50.0)
    assert found.p_value[1] == pytest.approx(chi2.sf(50.0, 1))
    assert found.lift[1] == pytest.approx(5.0)
    assert found.variance[1] == pytest.approx(25.0)


def test_a_single_test_agrees_with_itself() -> None:
    found = pool_tests(KEYS, [LiftTest("a", 10.0, 3.0)])
    assert found.cochran_q[0] == pytest.approx(0.0)
    assert found.p_value[0] == 1.0
    assert found.variance[0] == pytest.approx(9.0)
