"""Experiments decide for their channel, small and negative ones included, and inform others.

The credits are like those of a shop that buys its own name: brand search is credited with 981
conversions and caused none, the other channels get too little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.incremental.experiments.calibration import Calibration, calibrate
from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

KEYS = ("display", "social", "newsletter", "brand")
CREDIT = np.array([200.0, 97.0, 100.0, 981.0])
REMOVAL = np.array([230.0, 110.0, 115.0, 1176.0])
TRUTH = np.array([395.0, 270.0, 337.0, 0.0])
CHANCE_SD = np.array([25.0, 25.0, 20.0, 60.0])
OBSERVED = 2974.0
NOTHING = np.zeros(4)


def calibrated(
    *tests: LiftTest, draws: int = 2000, captured: NDArray[np.float64] = NOTHING
) -> Calibration:
    deviations = np.random.default_rng(0).normal(0.0, CHANCE_SD, (draws, 4))
    return calibrate(
        KEYS, CREDIT, REMOVAL, deviations, captured, OBSERVED, tests, np.random.default_rng(1)
    )


def ends(found: Calibration, deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(found.credit + np.percentile(deviations, [5, 95], axis=0))


def test_without_tests_credit_stays_and_bias_widens_the_interval() -> None:
    found = calibrated()
    assert found.credit.tolist() == CREDIT.tolist()
    assert found.multiplier.tolist() == [1.0] * 4
    assert found.notes == ()
    assert not found.disagree.any()
    chance, wide = ends(found, found.chance_deviations), ends(found, found.wide_deviations)
    assert chance[:, 3] == pytest.approx([981 - 1.645 * 60, 981 + 1.645 * 60], rel=0.02)
    assert (wide[0] < chance[0]).all()
    assert (wide[1] > chance[1]).all()
    assert 0.3 * 981 < wide[0, 3] < 0.7 * 981
    assert 1.3 * 981 < wide[1, 3] < 1.7 * 981


def test_an_empty_test_changes_nothing() -> None:
    without, empty = calibrated(), calibrated(LiftTest("display", 427.0, 1e6))
    assert abs(empty.credit - without.credit).max() < 0.005 * OBSERVED
    for name in ("chance_deviations", "wide_deviations"):
        before, after = ends(without, getattr(without, name)), ends(empty, getattr(empty, name))
        assert abs(after - before).max() < 0.005 * OBSERVED
    assert empty.measured.max() < 0.01


def test_a_null_and_a_slightly_negative_test_give_the_same_answer() -> None:
    null, negative = (
        calibrated(LiftTest("brand", 3.0, 40.0)),
        calibrated(LiftTest("brand", -15, 40)),
    )
    assert abs(null.credit - negative.credit).max() < 20.0
    for found in (null, negative):
        assert abs(found.credit[3]) < 20.0
        low, high = ends(found, found.wide_deviations)[:, 3]
        assert low < 0 < high < 120
        # the other channels keep their credit: no effect of one says little about others
        assert found.credit[:3] == pytest.approx(CREDIT[:3], rel=0.05)


def test_a_clearly_negative_test_makes_its_credit_negative() -> None:
    found = calibrated(LiftTest("brand", -150.0, 30.0))
    assert found.credit[3] == pytest.approx(-150 * 981 / 1176, abs=25)
    assert ends(found, found.wide_deviations)[1, 3] < 0


def test_correct_tests_of_all_channels_bring_each_near_its_truth() -> None:
    tests = [
        LiftTest(key, lift, 35.0)
        for key, lift in zip(KEYS, (427.0, 290.0, 350.0, 2.0), strict=True)
    ]
    found = calibrated(*tests)
    assert abs(found.credit - TRUTH).sum() / TRUTH.sum() < 0.25
    assert found.credit.sum() < OBSERVED
    assert not found.disagree.any()
    assert found.measured.min() > 0.5


def test_untested_channels_follow_tests_that_agree_in_part() -> None:
    one = calibrated(LiftTest("social", 70.0, 10.0), LiftTest("brand", 700.0, 30.0))
    display = one.multiplier[0]
    assert 0.6 < display < 0.97


def test_a_test_three_times_too_large_is_named_and_followed() -> None:
    found = calibrated(LiftTest("display", 1281.0, 40.0))
    assert found.disagree.tolist() == [True, False, False, False]
    assert any("experiment of display contradicts the model" in note for note in found.notes)
    assert found.credit[0] == pytest.approx(1281 * 200 / 230, rel=0.05)
    assert found.credit[1:] == pytest.approx(CREDIT[1:], rel=0.1)


def test_the_agreement_has_both_figures_and_a_verdict_per_tested_channel() -> None:
    tests = [
        LiftTest("display", 240.0, 30.0, "d1"),
        LiftTest("display", 240.0, 30.0, "d2"),
        LiftTest("social", 330.0, 11.0, "s"),
        LiftTest("newsletter", 50.0, 3.0, "n1"),
        LiftTest("newsletter", 250.0, 3.0, "n2"),
    ]
    display, social, newsletter = calibrated(*tests).agreement
    assert (display.channel, display.experiments) == ("display", ("d1", "d2"))
    # by hand: two equal tests halve the variance; deviations of credit, over credit per effect
    assert (display.lift, display.standard_error) == pytest.approx((240.0, 30 / 2**0.5))
    assert (display.estimate, display.p_between) == (230.0, 1.0)
    assert display.estimate_error == pytest.approx(25 * 230 / 200, rel=0.03)
    assert display.p_model > 0.5
    assert (display.verdict, newsletter.verdict) == ("agree", "contradict")
    assert newsletter.p_between < 1e-6
    assert (social.verdict, social.weight > 0.9) == ("differ", True)
    assert 0.001 < social.p_model < 0.05
    assert calibrated().agreement == ()


def test_contradictory_tests_are_named_and_count_for_little() -> None:
    found = calibrated(LiftTest("display", 40.0, 10.0), LiftTest("display", 700.0, 10.0))
    assert found.disagree.tolist() == [True, False, False, False]
    # by hand: the square of 660 over the sum of the variances, 200
    assert any("Cochran's Q 2178.0" in note for note in found.notes)
    low, high = ends(found, found.wide_deviations)[:, 0]
    assert high - low > 100


def test_credits_never_exceed_what_was_observed() -> None:
    found = calibrated(LiftTest("display", 14_870.0, 10.0))
    assert found.credit.sum() <= OBSERVED + 1e-6
    assert (found.credit + found.wide_deviations).sum(axis=1).max() <= OBSERVED + 1e-6
    assert found.credit.min() >= 0


def test_a_measured_channel_may_be_credited_with_what_was_captured() -> None:
    captured = np.array([0.0, 0.0, 0.0, 1500.0])
    found = calibrated(LiftTest("brand", 2000.0, 20.0), captured=captured)
    assert found.credit[3] == pytest.approx(2000 * 981 / 1176, rel=0.03)
    assert not found.disagree.any()
    assert found.measured[3] > 0.95


def test_a_test_reduces_the_uncertainty_of_its_channel_to_its_own() -> None:
    found = calibrated(LiftTest("brand", 1100.0, 5.0))
    for deviations in (found.wide_deviations, found.chance_deviations):
        assert deviations[:, 3].std() == pytest.approx(5 * 981 / 1176, rel=0.1)


def test_draws_are_optional() -> None:
    found = calibrated(LiftTest("brand", 3.0, 40.0), draws=0)
    assert found.wide_deviations.shape == (0, 4)
    assert abs(found.credit[3]) < 20


@pytest.mark.parametrize("estimate", [0.0, 0.5, -20.0])
def test_an_estimate_near_zero_follows_its_test(estimate: float) -> None:
    deviations = np.random.default_rng(0).normal(0.0, 15.0, (500, 1))
    value = np.array([estimate])
    found = calibrate(
        ("a",),
        value,
        value,
        deviations,
        np.zeros(1),
        1000,
        [LiftTest("a", 60, 3)],
        np.random.default_rng(1),
    )
    assert found.credit[0] == pytest.approx(60.0, abs=4)


def test_a_test_of_an_unknown_channel_is_refused() -> None:
    with pytest.raises(InputError, match="'z' has no matching touches"):
        calibrated(LiftTest("z", 1.0, 1.0))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("a", 1.0, 0.0), "standard error above 0"),
        (("a", float("nan"), 1.0), "finite"),
        (("", 1.0, 1.0), "must name its channel"),
    ],
)
def test_a_lift_test_needs_sensible_numbers(values: Sequence[float | str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        LiftTest(*values)  # type: ignore[arg-type]
