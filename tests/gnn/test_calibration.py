"""Calibration on held-out journeys."""

import numpy as np
import pytest

from gnn.calibration import Calibration, calibrate, log_loss, sigmoid


def test_chances_sum_to_the_conversions_by_weight() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(-2, 1, 5000)
    converted = rng.random(5000) < 0.3
    weight = 1.0 + 9.0 * rng.integers(0, 2, 5000).astype(np.float64)
    chance = calibrate(logit, converted, weight).probability(logit)
    assert (weight * chance).sum() == pytest.approx(weight[converted].sum(), rel=1e-6)


def test_over_confidence_is_undone() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(-1, 1, 200_000)
    converted = rng.random(len(true)) < sigmoid(true)
    made = calibrate(3 * true + 2, converted, np.ones(len(true)))
    assert made.slope == pytest.approx(1 / 3, abs=0.01)
    assert made.intercept == pytest.approx(-2 / 3, abs=0.02)


def test_a_weight_counts_as_so_many_journeys() -> None:
    rng = np.random.default_rng(2)
    logit, converted = rng.normal(size=300), rng.random(300) < 0.4
    weight = rng.integers(1, 4, 300)
    one = calibrate(logit, converted, weight.astype(float))
    many = calibrate(np.repeat(logit, weight), np.repeat(converted, weight), np.ones(weight.sum()))
    assert one.slope == pytest.approx(many.slope, abs=1e-6)
    assert one.intercept == pytest.approx(many.intercept, abs=1e-6)


def test_logits_that_are_all_alike_give_the_rate() -> None:
    converted = np.arange(1000) < 70
    made = calibrate(np.full(1000, -5.0), converted, np.ones(1000))
    assert made.probability(np.array([-5.0]))[0] == pytest.approx(0.07)
    assert made.slope == pytest.approx(1)


@pytest.mark.parametrize("converted", [np.zeros(5, bool), np.ones(5, bool)])
def test_where_all_end_alike_there_is_nothing_to_fit(converted: np.ndarray) -> None:
    with pytest.raises(ValueError, match="that convert and that do not"):
        calibrate(np.zeros(5), converted, np.ones(5))


def test_the_sigmoid_neither_overflows_nor_loses_its_tail() -> None:
    result = sigmoid(np.array([-800.0, -40.0, 0.0, 800.0]))
    assert result.tolist() == [0.0, pytest.approx(np.exp(-40.0)), 0.5, 1.0]


def test_log_loss_of_a_case_by_hand() -> None:
    result = log_loss(np.array([True, False]), np.array([0.5, 0.2]), np.array([1.0, 3.0]))
    assert result == pytest.approx(-(np.log(0.5) + 3 * np.log(0.8)) / 4)


def test_the_identity_leaves_chances_alone() -> None:
    assert Calibration().probability(np.array([0.0]))[0] == 0.5
