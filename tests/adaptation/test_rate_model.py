"""The frozen model of conversion rates: by hand, and as the mean that its day is corrected from."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sklearn.metrics import mean_poisson_deviance

from attrigraph.adaptation.conversion_rates import DailyRates
from attrigraph.adaptation.rate_cases import DAY_SECONDS, rate_adapter, rate_case
from attrigraph.adaptation.rate_model import (
    N_FEATURES,
    PRIOR,
    RateModel,
    fit_rate_model,
    log_exposed,
    weekday,
)

MONDAY = (date(2026, 6, 1) - date(1970, 1, 1)).days


def rates(days: int = 14) -> DailyRates:
    """Key a converts twice as often as b, and both twice as often on Mondays."""
    factor = np.where(np.arange(days) % 7 == 0, 2, 1)
    exposed = np.full((2, days), 1_000_000)
    return DailyRates(("a", "b"), MONDAY, exposed, np.array([[2000], [1000]]) * factor)


def test_rates_and_weekdays_by_hand() -> None:
    model = fit_rate_model(rates())
    factor = np.exp(model.log_weekday)
    assert factor[0] / factor[1] == pytest.approx(2, rel=1e-3)
    assert np.exp(model.log_rate[0] - model.log_rate[1]) == pytest.approx(2, rel=1e-3)
    expected = np.exp(model.scores(MONDAY) + log_exposed(np.array([1_000_000, 1_000_000])))
    np.testing.assert_allclose(expected, [4000, 2000], rtol=2e-3)
    assert [weekday(MONDAY + day) for day in range(8)] == [0, 1, 2, 3, 4, 5, 6, 0]


def test_a_key_without_conversions_has_the_shrunk_rate_of_all() -> None:
    few = DailyRates(("a", "b"), MONDAY, np.array([[900], [100]]), np.array([[19], [0]]))
    common = 20 / 1001
    np.testing.assert_allclose(
        np.exp(fit_rate_model(few).log_rate), [20 / (900 + 1 / common), 1 / (100 + 1 / common)]
    )
    assert PRIOR == 1


def test_the_usual_loss_is_half_the_deviance_per_day() -> None:
    rng = np.random.default_rng(0)
    noisy = DailyRates(
        ("a", "b"), MONDAY, np.full((2, 28), 5000), rng.poisson(9.0, (2, 28)).astype(np.int64)
    )
    model = fit_rate_model(noisy)
    scores = [model.scores(MONDAY + day) + np.log(5000) for day in range(28)]
    deviance = mean_poisson_deviance(noisy.conversions.T.ravel(), np.exp(scores).ravel())
    assert model.loss[0] == pytest.approx(deviance)  # of two keys, each half
    assert model.max_loss == pytest.approx(10 * deviance)


def test_a_case_knows_only_the_days_before() -> None:
    known = rates()
    model = fit_rate_model(known)
    case = rate_case(model, known, 3, step=0.5)
    later = DailyRates(known.keys, MONDAY, known.exposed.copy(), known.conversions.copy())
    later.exposed[:, 3:] = 7
    later.conversions[:, 3:] = 5
    changed = rate_case(model, later, 3)
    np.testing.assert_array_equal(case.made.x, changed.made.x)
    np.testing.assert_array_equal(case.made.frozen, changed.made.frozen)
    assert case.made.x.shape == (N_FEATURES,)
    assert case.feedback.at - case.made.at == DAY_SECONDS
    assert case.feedback.weight == 0.5
    np.testing.assert_array_equal(changed.feedback.observed, [5, 5])
    np.testing.assert_allclose(changed.feedback.offset, np.log([7, 7]))
    assert not rate_case(model, known, 3, step=0.0).accepts_updates


def test_a_model_is_restored_to_the_bit_and_nobody_exposed_gives_finite_scores() -> None:
    model = fit_rate_model(rates())
    other = RateModel.from_arrays(model.arrays())
    np.testing.assert_array_equal(model.scores(MONDAY), other.scores(MONDAY))
    assert np.exp(log_exposed(np.array([0]))) < 1e-9
    adapter = rate_adapter(model, "full")
    adapter.learn(model.features(MONDAY, 0.0), np.array([1.0, 1.0]))
    # steps are learnt in units of the root of the conversions per day
    bias = adapter.parameters["bias"] * model.scale
    assert bias[0] / bias[1] == pytest.approx(0.5)
