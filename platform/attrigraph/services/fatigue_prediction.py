"""Fatigue of one creative at a time, from what is held in memory until a store changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.fatigue.creatives import creative_of
from attrigraph.fatigue.pace import LIVE_DAYS
from attrigraph.services.fatigue_forecast import read_fatigue_state
from attrigraph.store.changes import state_of_stores

if TYPE_CHECKING:
    from datetime import date

    from attrigraph.fatigue.creatives import CreativeFatigue, Forecasting
    from attrigraph.fatigue.planned import PlannedImpressions
    from attrigraph.services.fatigue_forecast import FatigueState
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What was read last, and the forecasts that were asked for last.

    Attributes:
        read: the state of the stores, and the day until which was read.
        state: what was read.
        options: the value of a click, and the plan, of these forecasts.
        found: forecasts of all creatives.
    """

    read: tuple[object, ...]
    state: FatigueState
    options: tuple[object, ...]
    found: Forecasting


class FatiguePredictor:
    """Forecasts creatives by the newest model.

    Each answer is that of ``attrigraph fatigue predict`` for all creatives. The first one reads all
    figures; later ones are held in memory, as long as no job has run and nothing was trained.
    """

    def __init__(self, stores: Stores) -> None:
        """Read nothing yet."""
        self._stores = stores
        self._held: _Held | None = None

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
            as_of: the last day that is known; None for the last of the graph.
            value_per_click: currency, where nothing is attributed; None for the cost.
            planned: impressions of this creative and of others; None for those of the last days.

        Raises:
            InputError: there is no model, the graph has no such creative, it had no impressions in
                the last seven days, the value is below 0, or impressions are planned of creatives
                without figures.
            StoreError: a store fails.
        """
        held = self._current(as_of, value_per_click, planned)
        answer = creative_of(held.found, creative)
        if answer is None:
            raise InputError(_why_not(creative, held.state))
        return answer

    def _current(
        self, as_of: date | None, value_per_click: float | None, planned: PlannedImpressions | None
    ) -> _Held:
        read = (state_of_stores(self._stores.engine), as_of)
        options, held = (value_per_click, planned), self._held
        if held is None or held.read != read:
            state = read_fatigue_state(self._stores, as_of=as_of)
        elif held.options == options:
            return held
        else:
            state = held.state
        found = state.forecasting(value_per_click=value_per_click, planned=planned)
        self._held = _Held(read, state, options, found)
        return self._held


def _why_not(creative: str, state: FatigueState) -> str:
    stored = state.stored
    if creative in stored.history.creatives:
        return (
            f"creative {creative!r} had no impressions in the {LIVE_DAYS} days until "
            f"{stored.as_of}: it was paused or replaced; name an earlier day with --as-of"
        )
    if creative in stored.not_shown:
        return f"creative {creative!r} has no day with impressions until {stored.as_of}"
    return f"the graph has no creative {creative!r}"
