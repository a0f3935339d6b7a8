"""Lift tests: they decide for their channel and inform the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.lift import LiftTest, calibrate
from attrigraph.errors import InputError

KEYS = ("a", "b", "c")
REMOVAL = np.array([100.0, 200.0, 50.0])


def test_a_precise_test_decides_for_its_channel() -> None:
    found = calibrate(KEYS, REMOVAL, [LiftTest("a", 60.0, 0.5)])
    assert found.multiplier[0] == pytest.approx(0.6, rel=0.02)
    assert found.log_error[0] < 0.02
    assert found.tested.tolist() == [True, False, False]


def test_untested_channels_are_drawn_toward_tests_that_agree() -> None:
    one = calibrate(KEYS, REMOVAL, [LiftTest("a", 60.0, 3.0)])
    two = calibrate(KEYS, REMOVAL, [LiftTest("a", 60.0, 3.0), LiftTest("b", 120.0, 6.0)])
    assert 0.6 < two.multiplier[2] < one.multiplier[2] < 1.0
    assert two.log_error[2] < one.log_error[2]


def test_a_vague_test_changes_little() -> None:
    found = calibrate(KEYS, REMOVAL, [LiftTest("a", 60.0, 600.0)])
    assert found.multiplier == pytest.approx(np.ones(3), abs=0.05)


def test_two_tests_of_a_channel_count_by_their_precision() -> None:
    both = calibrate(KEYS, REMOVAL, [LiftTest("a", 60.0, 1.0), LiftTest("a", 90.0, 1.0)])
    assert both.multiplier[0] == pytest.approx(0.75, rel=0.02)


def test_a_lift_of_nothing_takes_the_credit_and_informs_no_other_channel() -> None:
    found = calibrate(KEYS, REMOVAL, [LiftTest("a", -10.0, 5.0)])
    assert found.multiplier.tolist() == pytest.approx([-0.1, 1.0, 1.0])
    credit, deviations = found.apply(
        np.array([80.0, 150.0, 40.0]), np.zeros((500, 3)), np.random.default_rng(0)
    )
    assert credit[0] == pytest.approx(-8.0)
    assert deviations[:, 0].std() == pytest.approx(80 * 0.05, rel=0.1)


def test_draws_of_a_tested_channel_come_from_its_test() -> None:
    found = calibrate(KEYS, REMOVAL, [LiftTest("a", 60.0, 6.0)])
    model = np.random.default_rng(1).normal(0, 500, (2000, 3))
    _, deviations = found.apply(np.array([80.0, 150.0, 40.0]), model, np.random.default_rng(0))
    assert deviations[:, 0].std() < 8.0


@pytest.mark.parametrize(
    ("tests", "words"),
    [([], "at least one lift test"), ([LiftTest("z", 1.0, 1.0)], "'z' has no matching touches")],
)
def test_tests_that_fit_no_channel_are_refused(tests: Any, words: Any) -> None:
    with pytest.raises(InputError, match=words):
        calibrate(KEYS, REMOVAL, tests)


def test_a_test_needs_a_standard_error() -> None:
    with pytest.raises(InputError, match="standard error above 0"):
        LiftTest("a", 1.0, 0.0)
