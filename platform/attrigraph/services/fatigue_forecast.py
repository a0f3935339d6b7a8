"""Forecasts and losses of the live units of a panel, with what clicks are worth in the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.creatives import Forecasting
from attrigraph.fatigue.money import click_values, losses_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.trained import EXPONENTIAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.planned import PlannedImpressions
    from attrigraph.fatigue.trained import TrainedFatigue
    from attrigraph.graph.campaign_values import CampaignValues
    from attrigraph.services.fatigue_history import StoredHistory

    Floats = NDArray[np.float64]


def forecasting_of(
    trained: TrainedFatigue,
    panel: Panel,
    stored: StoredHistory,
    values: CampaignValues,
    value_per_click: float | None,
    creative: str | None = None,
    *,
    planned: PlannedImpressions | None = None,
    correct: Callable[[Panel, UnitForecasts], UnitForecasts] | None = None,
) -> Forecasting:
    """Forecasts and losses of the live units of a panel, or of those of one creative.

    Args:
        trained: the model.
        panel: of the last day.
        stored: its history.
        values: attributed values of campaigns.
        value_per_click: currency, where nothing is attributed; None for the cost.
        creative: id of the one; None for all.
        planned: impressions; None for those of the last days.
        correct: of the forecasts, such as ``LevelCorrection``; None for the model's own.
    """
    history = stored.history
    if planned is not None:
        panel = planned.applied_to(panel)
    snapshot = snapshot_of(panel)
    rows = None
    if creative is not None:
        number = history.creatives.index(creative)
        rows = np.flatnonzero(history.creative[snapshot.units] == number)
    forecasts = trained.forecast(panel, snapshot, rows)
    if correct is not None:
        forecasts = correct(panel, forecasts)
    units = forecasts.snapshot.units
    clicks = click_values(panel, units, attributed(history, units, values), value_per_click)
    return Forecasting(
        panel,
        forecasts,
        losses_of(panel, forecasts, clicks),
        clicks,
        trained.method,
        stored.currency,
        stored.as_of,
        few_campaigns=trained.method == EXPONENTIAL and not trained.errors,
        kinds=history.genomes.kinds,
    )


def attributed(history: FatigueHistory, units: NDArray[np.int64], found: CampaignValues) -> Floats:
    """Attributed value per click of the campaign of each unit; NaN where there is none ``[n]``."""
    days = history.first_day + np.arange(history.days)
    inside = np.ones(history.days, bool)
    if found.start is not None:
        inside &= days >= found.start
    if found.end is not None:
        inside &= days <= found.end
    of_unit = history.campaign_of_unit
    clicks = np.bincount(of_unit, history.clicks[:, inside].sum(axis=1), len(history.campaigns))
    value = np.array([found.values.get(name, np.nan) for name in history.campaigns])
    known = (clicks > 0) & (value > 0)
    per_click = np.divide(value, clicks, out=np.full(len(value), np.nan), where=known)
    return np.asarray(per_click[of_unit[units]])


def check_value(value_per_click: float | None) -> None:
    """Check what a click is given to be worth.

    Raises:
        InputError: it is below 0 or no number.
    """
    if value_per_click is not None and not 0 <= value_per_click < float("inf"):
        raise InputError(f"the value of a click must be at least 0, got {value_per_click:g}")
