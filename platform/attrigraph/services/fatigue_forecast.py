"""What is known of creatives on a day: the model, their figures, and what clicks are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.creatives import Forecasting
from attrigraph.fatigue.money import click_values, fresh_rates, losses_of
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.graph.campaign_values import read_campaign_values
from attrigraph.services.campaign_results import MODEL as ATTRIBUTION
from attrigraph.services.fatigue_history import read_fatigue_history
from attrigraph.services.fatigue_model import load_fatigue_model
from attrigraph.services.level_correction import LevelCorrection

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from numpy.typing import NDArray

    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.planned import PlannedImpressions
    from attrigraph.fatigue.trained import TrainedFatigue
    from attrigraph.graph.campaign_values import CampaignValues
    from attrigraph.services.fatigue_history import StoredHistory
    from attrigraph.stores import Stores

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FatigueState:
    """All that forecasts of a day follow from.

    Attributes:
        model: id of the model in Postgres.
        trained: the model.
        stored: figures until that day.
        panel: of these.
        values: attributed values of campaigns.
        correct: of levels; None on an earlier day, on which it was not yet learnt.
    """

    model: UUID
    trained: TrainedFatigue
    stored: StoredHistory
    panel: Panel
    values: CampaignValues
    correct: LevelCorrection | None

    def forecasting(
        self,
        *,
        value_per_click: float | None = None,
        planned: PlannedImpressions | None = None,
    ) -> Forecasting:
        """Forecasts and losses of the live units.

        Args:
            value_per_click: currency, where nothing is attributed; None for the cost.
            planned: impressions; None for those of the last days.

        Raises:
            InputError: the value is below 0, or impressions are planned of creatives without
                figures.
        """
        if value_per_click is not None and not 0 <= value_per_click < float("inf"):
            raise InputError(f"the value of a click must be at least 0, got {value_per_click:g}")
        panel, history = self.panel, self.stored.history
        if planned is not None:
            panel = planned.applied_to(panel)
        forecasts = self.trained.forecast(panel, snapshot_of(panel))
        if self.correct is not None:
            forecasts = self.correct(panel, forecasts)
        units = forecasts.snapshot.units
        worth = attributed(history, units, self.values)
        fresh = fresh_rates(panel, units, forecasts.calibration)
        clicks = click_values(panel, units, fresh, worth, value_per_click)
        return Forecasting(
            panel,
            forecasts,
            losses_of(panel, forecasts, fresh, clicks),
            clicks,
            self.trained.method,
            self.stored.currency,
            self.stored.as_of,
            few_campaigns=self.trained.few_campaigns,
            kinds=history.genomes.kinds,
        )


def read_fatigue_state(stores: Stores, *, as_of: date | None = None) -> FatigueState:
    """The newest model, and all figures until a day.

    Args:
        stores: with the graph and Postgres.
        as_of: the last day that is known; None for the last of the graph.

    Raises:
        InputError: there is no model or no figure.
        StoreError: a store fails.
    """
    model, trained = load_fatigue_model(stores)
    stored = read_fatigue_history(stores, as_of=as_of)
    return FatigueState(
        model,
        trained,
        stored,
        panel_of(stored.history),
        read_campaign_values(stores.driver, ATTRIBUTION),
        LevelCorrection(stores.engine, model) if as_of is None else None,
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
