"""Levels of fatigue forecasts: kept and learnt from by command, and served from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest

from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.trained import train_fatigue
from attrigraph.services.fatigue_adaptation import correct_fatigue, learn_from_clicks
from attrigraph.services.fatigue_levels import adapt_fatigue
from attrigraph.services.level_correction import (
    FEATURES,
    HORIZON_DAYS,
    LevelCorrection,
    unit_predictions,
)
from fatigue_histories import small_history

if TYPE_CHECKING:
    from attrigraph.stores import Stores

BEGIN, END = 60, 75


def test_rates_of_the_next_days_by_hand() -> None:
    history = small_history().until(BEGIN)
    panel = panel_of(history)
    forecasts = train_fatigue(history).forecast(panel, snapshot_of(panel))
    made = unit_predictions("m", panel, forecasts)
    ratio = np.exp(forecasts.log_ratio[0])
    ahead = [ratio[0] ** (1 - d / 3) * ratio[1] ** (d / 3) for d in (1, 2, 3)]
    channel = history.channel[forecasts.snapshot.units[0]]
    factor = panel.factor[channel, -7:].mean()
    assert np.exp(made.log_rate[0]) == pytest.approx(
        np.exp(forecasts.log_level[0]) * np.mean(ahead) * factor
    )
    assert made.x.shape == (len(forecasts.snapshot.units), len(FEATURES))
    assert made.day - int(history.first_day.astype("datetime64[D]").astype(int)) == BEGIN


def test_forecasts_have_the_levels_that_clicks_had_after_earlier_ones(stores: Stores) -> None:
    """The history of a world, in which all rates are halved after the training."""
    history, model = small_history(), uuid4()
    trained = train_fatigue(history.until(BEGIN))
    history.clicks[:, BEGIN:] //= 2
    try:
        for day in range(BEGIN, END):
            panel = panel_of(history.until(day))
            forecasts = trained.forecast(panel, snapshot_of(panel))
            correct_fatigue(stores.engine, unit_predictions(str(model), panel, forecasts))
            learn_from_clicks(stores.engine, str(model), panel.history, n_features=len(FEATURES))
    finally:
        small_history.cache_clear()
    corrected = LevelCorrection(stores.engine, model)(panel, forecasts)
    assert (corrected.log_level < forecasts.log_level - 0.05).all()
    after = history.clicks[forecasts.snapshot.units, END : END + HORIZON_DAYS].sum()
    shown = history.impressions[forecasts.snapshot.units, END : END + HORIZON_DAYS].sum(axis=1)
    too_many = [
        np.log(shown @ np.exp(unit_predictions("m", panel, each).log_rate) / after)
        for each in (forecasts, corrected)
    ]
    assert abs(too_many[1]) < 0.7 * too_many[0]
    np.testing.assert_array_equal(corrected.log_ratio, forecasts.log_ratio)
    np.testing.assert_array_equal(corrected.days, forecasts.days)
    other = LevelCorrection(stores.engine, uuid4())(panel, forecasts)
    np.testing.assert_array_equal(other.log_level, forecasts.log_level)


def test_without_a_model_of_fatigue_there_is_nothing_to_adapt(stores: Stores) -> None:
    assert adapt_fatigue(stores) is None
