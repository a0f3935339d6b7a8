"""Errors of forecasts by hand, and against other libraries."""

from __future__ import annotations

from dataclasses import asdict, astuple

import numpy as np
import pytest
from lifelines.utils import concordance_index as concordance_of_lifelines
from sklearn.metrics import brier_score_loss, roc_auc_score

from attrigraph.errors import InputError
from attrigraph.fatigue.baselines.baseline import Forecast
from attrigraph.fatigue.metrics import (
    auc,
    brier,
    calibration_error,
    concordance_index,
    errors_of,
    reliability,
)


def test_errors_by_hand() -> None:
    predicted, days = np.array([2.0, 10.0, 30.0]), np.array([4.0, 10.0, 25.0])
    curves = np.log(np.tile([[0.5], [0.6], [0.9]], 11))
    true = np.log(np.tile([[0.5], [0.8], [0.9]], 11))
    true[2, 0] = np.log(0.8)
    assert asdict(errors_of(Forecast(predicted, curves), days, true)) == {
        "units": 3,
        "days": pytest.approx(7 / 3),
        "bias": pytest.approx(1),
        "concordance": 1,
        "auc_soon": 1,
        "score": pytest.approx(0.1),
        "curve": pytest.approx(0.2 / 3),
    }
    without = errors_of(Forecast(predicted), days, true)
    assert (without.score, without.curve) == (None, None)


def test_forecasts_of_other_units_are_refused() -> None:
    with pytest.raises(InputError, match="errors need the same units, got 2 and 3"):
        errors_of(Forecast(np.zeros(2)), np.zeros(3))
    with pytest.raises(InputError, match="got 0 and 0"):
        errors_of(Forecast(np.zeros(0)), np.zeros(0))


def test_concordance_by_hand() -> None:
    # 1 < 2, 1 < 3 (censored) and 2 < 3 can be compared; the second pair is wrong, the third tied
    predicted, days = np.array([2.0, 4.0, 1.0]), np.array([1.0, 2.0, 3.0])
    tired = np.array([True, True, False])
    assert concordance_index(predicted, days, tired) == pytest.approx(1 / 3)
    assert concordance_index(np.array([2.0, 4.0, 4.0]), days, tired) == pytest.approx(2.5 / 3)
    assert np.isnan(concordance_index(predicted, days, np.zeros(3, bool)))


def test_concordance_is_that_of_lifelines_also_over_blocks() -> None:
    rng = np.random.default_rng(0)
    days = rng.integers(0, 31, 2300).astype(float)
    predicted = np.clip(days + rng.normal(0, 6, 2300).round(), 0, 30)
    tired = rng.random(2300) < 0.7
    expected = concordance_of_lifelines(days, predicted, tired)
    assert concordance_index(predicted, days, tired) == pytest.approx(expected)


def test_auc_and_brier_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    probability = rng.integers(0, 11, 500) / 10
    happened = rng.random(500) < probability
    assert auc(probability, happened) == pytest.approx(roc_auc_score(happened, probability))
    assert brier(probability, happened) == pytest.approx(brier_score_loss(happened, probability))
    assert np.isnan(auc(probability, np.ones(500, bool)))


def test_calibration_error_by_hand() -> None:
    probability = np.array([0.1, 0.9, 0.1, 0.9])
    happened = np.array([False, True, True, True])
    # .1 against a half, and .9 against 1
    assert calibration_error(probability, happened, groups=2) == pytest.approx((0.4 + 0.1) / 2)
    assert calibration_error(probability[:1], happened[:1]) == pytest.approx(0.1)


def test_reliability_by_hand() -> None:
    probability = np.array([0.5, 0.1, 0.9, 0.2, 0.7])
    happened = np.array([True, False, True, False, False])
    bins = [astuple(one) for one in reliability(probability, happened, groups=2)]
    assert bins == [
        (pytest.approx(0.8 / 3), pytest.approx(1 / 3), 3),
        (pytest.approx(0.8), pytest.approx(0.5), 2),
    ]
