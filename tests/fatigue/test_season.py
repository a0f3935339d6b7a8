"""The common factor of rates against that of worlds, and where nothing is common."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.season import common_factor
from fatigue_histories import history, small_history, small_world


def test_the_season_of_a_world_is_found() -> None:
    panel = panel_of(small_history("fatigue-season", 120))
    day = np.arange(panel.history.days)
    # days on which half of the units are live; a trend is taken for decay, as in the docs
    kept = day >= 35
    log = np.log(panel.factor[:, kept])
    trend = np.polynomial.Polynomial.fit
    truth = 0.25 * np.sin(2 * np.pi * day[kept] / 28)
    for found in log:
        away = found - trend(day[kept], found, 1)(day[kept])
        expected = truth - trend(day[kept], truth, 1)(day[kept])
        assert np.corrcoef(away, expected)[0, 1] > 0.95
        assert away.std() == pytest.approx(expected.std(), rel=0.15)


def test_a_competitor_is_seen_as_a_step_of_its_channel() -> None:
    world = small_world("fatigue-competitor", 120)
    factor = panel_of(small_history("fatigue-competitor", 120)).factor
    channel = world.channel[world.campaign][world.creative]
    truth = np.ones_like(factor)
    ratio = world.rate / np.where(world.own_rate > 0, world.own_rate, 1)
    for number in range(len(factor)):
        truth[number] = ratio[channel == number].max(axis=0)
    for shock in world.spec.shocks:
        before, after = slice(shock - 6, shock), slice(shock, shock + 6)
        step = np.log(factor[:, after].mean(axis=1) / factor[:, before].mean(axis=1))
        expected = np.log(truth[:, after].mean(axis=1) / truth[:, before].mean(axis=1))
        assert step == pytest.approx(expected, abs=0.15)


def test_a_world_without_season_has_hardly_any() -> None:
    assert np.abs(np.log(panel_of(small_history()).factor)).mean() < 0.05


def test_few_clicks_have_the_factor_of_an_ordinary_day() -> None:
    figures = history(np.full((3, 5), 100.0), np.array([[2.0, 1, 1, 2, 1]] * 3))
    factor = common_factor(figures, np.zeros(3, np.int64), np.ones((3, 5)))
    assert factor == pytest.approx(np.ones((1, 5)), abs=0.03)
