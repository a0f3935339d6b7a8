"""Fatigue of one creative at a time: its neighbourhood in the graph, read on demand."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from attrigraph.closing import Closing
from attrigraph.errors import InputError
from attrigraph.fatigue.creatives import creatives_of
from attrigraph.fatigue.pace import LIVE_DAYS
from attrigraph.fatigue.panel import panel_of
from attrigraph.graph.campaign_values import read_campaign_values
from attrigraph.services.campaign_results import MODEL as ATTRIBUTION
from attrigraph.services.element_vectors import ElementVectors
from attrigraph.services.fatigue_forecast import check_value, forecasting_of
from attrigraph.services.fatigue_history import read_creative_history
from attrigraph.services.fatigue_model import load_fatigue_model
from attrigraph.services.level_correction import LevelCorrection

if TYPE_CHECKING:
    from datetime import date

    from attrigraph.fatigue.creatives import CreativeFatigue
    from attrigraph.fatigue.planned import PlannedImpressions
    from attrigraph.stores import Stores


class FatiguePredictor(Closing):
    """Forecasts creatives by the newest model, which it keeps in memory with vectors of elements.

    What all creatives have in common, such as the season, is that of the training.
    """

    def __init__(self, stores: Stores) -> None:
        """Load the newest model.

        Raises:
            InputError: there is none.
        """
        self._stores = stores
        self._opened = ExitStack()
        self.model, self._trained = load_fatigue_model(stores)
        self._correct = LevelCorrection(stores.engine, self.model)
        self._vectors = self._opened.enter_context(ElementVectors(stores.engine))
        self._values = read_campaign_values(stores.driver, ATTRIBUTION)

    def predict(
        self,
        creative: str,
        *,
        as_of: date | None = None,
        value_per_click: float | None = None,
        planned: PlannedImpressions | None = None,
    ) -> CreativeFatigue:
        """Fatigue of a creative.

        Args:
            creative: its id.
            as_of: the last day that is known; None for the last of its neighbourhood.
            value_per_click: currency, where nothing is attributed; None for the cost.
            planned: impressions of this creative and of others; None for those of the last days.

        Raises:
            InputError: the graph has no such creative, it had no impressions in the last seven
                days, or the value is below 0.
        """
        check_value(value_per_click)
        driver = self._stores.driver
        stored = read_creative_history(driver, self._vectors, creative, as_of=as_of)
        panel = panel_of(stored.history, self._trained.common)
        found = forecasting_of(
            self._trained,
            panel,
            stored,
            self._values,
            value_per_click,
            creative,
            planned=planned,
            # what was learnt from later days is not known on an earlier one
            correct=self._correct if as_of is None else None,
        )
        answers = list(creatives_of(found))
        if not answers:
            raise InputError(
                f"creative {creative!r} had no impressions in the {LIVE_DAYS} days until "
                f"{stored.as_of}: it was paused or replaced; name an earlier day with --as-of"
            )
        [answer] = answers
        return answer

    def close(self) -> None:
        """Close what was opened."""
        self._opened.close()
