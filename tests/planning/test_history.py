"""Curves from histories: planted parameters are found, what is not known stays wide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.planning.history import FittedHistory, fit_history, observed_spread, widened
from attrigraph.planning.history_data import SpendHistory, warm_up
from attrigraph.planning.history_model import (
    HALF_LIFE,
    SCALE,
    HistoryModel,
    Parameters,
    adstocked,
    baseline_design,
    lagged,
)

START = date(2025, 1, 6)
PLANTED = Parameters(
    baseline=np.array([]),
    effect=np.array([0.25, 0.12, 0.2, 0.08]),
    scale=np.array([1.0, 2.0, 1.5, 1.2]),
    half_life=np.array([3.0, 3.0, 9.0, 9.0]),
    shape=np.array([1.0, 1.0, 1.4, 1.4]),
)
CAMPAIGNS = ("search-a", "search-b", "video-a", "video-b")
CHANNELS = ("search", "search", "video", "video")


def pulsing(days: int, seed: int, steady: tuple[int, ...] = ()) -> np.ndarray:
    """Spend of four campaigns: levels that change by the week, days off, chance."""
    rng = np.random.default_rng(seed)
    levels = np.repeat(rng.gamma(1.0, size=(4, days // 7 + 1)), 7, axis=1)[:, :days]
    spend = (50 + 400 * levels) * rng.gamma(20, 1 / 20, (4, days))
    spend[[*steady]] = 400.0
    return spend


def planted(spend: np.ndarray, seed: int, noise: float = 0.5) -> SpendHistory:
    """A history of the model's own form, around 10,000 in value per day."""
    days = spend.shape[1]
    rng = np.random.default_rng(seed)
    blank = SpendHistory(CAMPAIGNS, CHANNELS, spend, np.ones(days), START)
    responses = HistoryModel(blank).responses(PLANTED)
    week = np.array([1.0, 0.9, 0.95, 1.0, 1.1, 1.2, 1.1])[np.arange(days) % 7]
    trend = 1 + 0.2 * np.sin(np.arange(days) / 50)
    value = 6000 * week * trend * (1 + PLANTED.effect @ responses)
    value = value + np.sqrt(noise * value) * rng.standard_normal(days)
    return replace(blank, value=value)


@cache
def fitted() -> FittedHistory:
    return fit_history(planted(pulsing(364, 1), 2), seed=3)


@cache
def fitted_steady() -> FittedHistory:
    return fit_history(planted(pulsing(364, 1, steady=(1, 3)), 2, noise=20.0), seed=3)


def test_planted_parameters_are_found() -> None:
    draws = fitted().draws
    for name in ("effect", "scale", "half_life", "shape"):
        low, middle, high = np.percentile([getattr(d, name) for d in draws], [1, 50, 99], axis=0)
        planted_values = getattr(PLANTED, name)
        assert ((low <= planted_values) & (planted_values <= high)).all(), name
        assert middle == pytest.approx(planted_values, rel=0.25)


def test_curves_are_those_that_were_planted() -> None:
    model = fitted().model
    base = 6000 * np.array([1.0, 0.9, 0.95, 1.0, 1.1, 1.2, 1.1])[np.arange(364) % 7]
    base = base * (1 + 0.2 * np.sin(np.arange(364) / 50))
    for number, campaign in enumerate(CAMPAIGNS):
        present = float(model.history.spend[number].sum())
        curve = fitted().response(campaign)
        for multiple in (0.5, 1.0, 1.5):
            truth = PLANTED.effect[number] * (model.responses(PLANTED, multiple)[number] @ base)
            assert curve.value(np.array([multiple * present]))[0] == pytest.approx(truth, rel=0.12)


def test_spend_that_hardly_varies_is_not_identified_and_stays_wide() -> None:
    fit = fitted_steady()
    assert fit.identified.tolist() == [True, False, True, False]
    low, high = np.percentile(fit.returns(), [5, 95], axis=0)
    ratio = high / low
    assert ratio[1] > 1.7 * ratio[0]
    assert ratio[3] > 1.7 * ratio[2]
    assert not fit.measured("search-b").identified
    assert fit.measured("search-a").identified


def test_a_campaign_that_shows_nothing_borrows_from_its_channel() -> None:
    """The half-life of a channel is nearly that of each campaign, whether it shows one or not."""
    half_life = np.median([draw.half_life for draw in fitted_steady().draws], axis=0)
    assert half_life[1] == pytest.approx(half_life[0], rel=0.2)
    assert half_life[3] == pytest.approx(half_life[2], rel=0.2)
    assert half_life[2] > 1.5 * half_life[0]


def test_curves_start_at_zero_rise_and_bend_down() -> None:
    for campaign in CAMPAIGNS:
        values = fitted().measured(campaign).draws
        assert (values[:, 0] == 0).all()
        assert (np.diff(values, axis=1) >= 0).all()
        assert (np.diff(values.mean(axis=0), 2) <= 1e-6).all()


def test_a_period_of_other_length_scales_spend_and_value() -> None:
    year, month = fitted().response("video-a"), fitted().response("video-a", days=28)
    spends = np.array([500.0, 2800.0, 6000.0])
    assert month.value(spends) == pytest.approx(year.value(13 * spends) / 13)


def test_money_in_another_unit_changes_nothing() -> None:
    history = planted(pulsing(70, 4), 5)
    euros = HistoryModel(history)
    cents = HistoryModel(replace(history, spend=100 * history.spend, value=100 * history.value))
    point = 0.3 * np.random.default_rng(1).standard_normal(euros.size)
    assert cents.density(point)[0] == pytest.approx(euros.density(point)[0])
    assert cents.density(point)[1] == pytest.approx(euros.density(point)[1])


def test_beyond_what_was_observed_draws_deviate_more() -> None:
    values = np.array([[0.0, 2.0, 3.0, 4.0], [0.0, 4.0, 5.0, 6.0]])
    wide = widened(values, np.array([0.0, 0.5, 1.0, 2.0]))
    assert wide == pytest.approx(np.array([[0, 2, 3, 3], [0, 4, 5, 7]]))


def test_the_gradient_is_that_of_the_density() -> None:
    model = HistoryModel(planted(pulsing(70, 6), 7))
    point = 0.4 * np.random.default_rng(8).standard_normal(model.size)
    _, gradient = model.density(point)
    steps = 1e-5 * np.eye(model.size)
    numeric = [(model.density(point + s)[0] - model.density(point - s)[0]) / 2e-5 for s in steps]
    assert gradient == pytest.approx(np.array(numeric), rel=1e-5, abs=1e-5 * np.abs(gradient).max())


def test_adstock_is_the_weighted_sum_of_earlier_spend() -> None:
    spend = pulsing(60, 9)
    half_life = np.array([2.0, 5.0, 11.0, 30.0])
    shape = np.array([1.0, 1.0, 0.7, 2.0])
    adstock, by_half_life, by_shape = adstocked(lagged(spend), half_life, shape)
    weight = 2.0 ** (-np.arange(90) / 5.0)
    before = np.full(90, spend[1, :7].mean())
    earlier = np.concatenate([before, spend[1]])[::-1]
    expected = [weight @ earlier[60 - day - 1 :][:90] / weight.sum() for day in range(60)]
    assert adstock[1] == pytest.approx(np.array(expected))
    step = np.exp(1e-6)
    longer = adstocked(lagged(spend), half_life * step, shape)[0]
    assert by_half_life == pytest.approx((longer - adstock) / 1e-6, rel=1e-3, abs=1e-3)
    flatter = adstocked(lagged(spend), half_life, shape * step)[0]
    assert by_shape == pytest.approx((flatter - adstock) / 1e-6, rel=1e-3, abs=1e-3)
    assert adstocked(lagged(np.full((4, 60), 7.0)), half_life, shape)[0] == pytest.approx(7.0)


def test_the_baseline_has_a_constant_weekdays_and_a_trend_that_bends_every_four_weeks() -> None:
    design = baseline_design(np.arange(140) % 7)
    assert design.shape == (140, 1 + 6 + 7)
    assert design[:, 1:].mean(axis=0) == pytest.approx(0, abs=1e-12)
    # a straight line is within its span
    line = np.arange(140.0)
    left = line - design @ np.linalg.lstsq(design, line, rcond=None)[0]
    assert np.abs(left).max() < 1e-8


def test_values_of_the_warm_up_do_not_count() -> None:
    assert (warm_up(42), warm_up(98), warm_up(365)) == (14, 14, 52)
    history = planted(pulsing(210, 6), 7)
    assert history.warm_up == 30
    model = HistoryModel(history)
    point = 0.3 * np.random.default_rng(1).standard_normal(model.size)
    before = model.density(point)[0]
    for day, counts in ((29, False), (30, True)):
        value = history.value.copy()
        value[day] *= 1.5
        # the level of the noise is kept, which all values share
        model.history = replace(history, value=value)
        assert (model.density(point)[0] != before) == counts


def test_steps_of_the_trend_spread_as_far_as_those_that_data_determine() -> None:
    model = HistoryModel(planted(pulsing(70, 6), 7))
    model.trend_spread = 0.3
    n_steps = model.trend.stop - model.trend.start
    # data that determine each step to a quarter of its prior variance
    precision = np.full(model.size, 4.0)
    model.density = lambda point: (-float(point @ (precision * point)) / 2, -precision * point)  # type: ignore[method-assign]
    mode = np.zeros(model.size)
    mode[model.trend] = 2.0
    expected = (0.09 * 4 * n_steps + 2 * 0.01) / (0.75 * n_steps + 2)
    assert observed_spread(model, mode) == pytest.approx(expected**0.5)


def test_the_trend_is_as_flat_as_the_data() -> None:
    flat = planted(pulsing(364, 1), 2)
    season = 1 + 0.6 * np.sin(np.arange(364) / 20)
    moving = replace(flat, value=season * flat.value)
    assert fit_history(moving, n_draws=1).model.trend_spread > 0.2
    assert fitted().model.trend_spread < 0.15


def test_campaigns_that_spend_more_are_expected_to_be_more_saturated() -> None:
    spend = pulsing(70, 6)
    spend[1] *= 4 * spend[0].mean() / spend[1].mean()
    model = HistoryModel(planted(spend, 7))
    scale = model.parameters(np.zeros(model.size)).scale
    assert scale[0] == pytest.approx(2 * scale[1])
    assert np.log(scale).mean() == pytest.approx(SCALE.mean)


def test_campaigns_of_a_channel_correlate_the_more() -> None:
    covariance = HALF_LIFE.covariance(("a", "a", "b"))
    assert covariance[0, 1] > covariance[0, 2] > 0
    assert np.diag(covariance) == pytest.approx(0.4**2 + 0.6**2 + 0.1**2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"campaigns": ("a", "a", "b", "c")}, "distinct names"),
        ({"channels": ("a",)}, "got 1 channels"),
        ({"value": np.ones(30)}, "30 days needs as many channels and spend of shape"),
        ({"value": np.zeros(84)}, "no value of conversions"),
        ({"value": np.full(84, np.nan)}, "value of a history must be finite"),
        ({"spend": -np.ones((4, 84))}, "spend of a history must be finite"),
        (
            {"spend": np.eye(4, 84, k=80) * [[1], [1], [1], [0]]},
            "campaign 'video-b' has no spend after",
        ),
    ],
)
def test_wrong_histories_are_named(change: dict[str, object], message: str) -> None:
    history = planted(pulsing(84, 1), 1)
    with pytest.raises(InputError, match=message):
        replace(history, **change)  # type: ignore[arg-type]


def test_too_few_days_and_unknown_campaigns_are_named() -> None:
    with pytest.raises(InputError, match="at least 42 days, got 30"):
        SpendHistory(("a",), ("a",), np.ones((1, 30)), np.ones(30), START)
    with pytest.raises(InputError, match="unknown campaign 'fax'; the history has search-a"):
        fitted().measured("fax")
