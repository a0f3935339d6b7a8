"""Levels of fatigue forecasts in the days after them: what is corrected, kept and learnt from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.fatigue.forecast import log_ratio_at
from attrigraph.fatigue.money import present_factor
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import OWN_FEATURES, snapshot_of
from attrigraph.services.fatigue_adaptation import (
    HORIZON_DAYS,
    FatiguePredictions,
    correct_fatigue,
    kept_model,
    learn_from_clicks,
)
from attrigraph.services.fatigue_history import read_fatigue_history
from attrigraph.services.fatigue_model import MODEL, load_fatigue_model
from attrigraph.store.model_artifacts import newest_model

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Engine

    from attrigraph.adaptation.online import Outcome
    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.panel import Panel
    from attrigraph.stores import Stores

FEATURES: Final = (
    "log recent rate",
    "log of recent over peak",
    "slope by exposure",
    "log ratio by exposure now",
    "log exposure",
    "log frequency",
)
"""Of units, by which levels are corrected; all are of the order of 1."""

_COLUMNS: Final = [OWN_FEATURES.index(name) for name in FEATURES]


@dataclass(frozen=True, slots=True)
class LearntLevels:
    """What a call of ``adapt_fatigue`` gives.

    Attributes:
        model: id of the frozen model.
        as_of: the last day that is known.
        units: live units whose click rates of the next three days were kept.
        correction: the mean factor on their click rates.
        outcomes: number of feedbacks by what became of them.
    """

    model: UUID
    as_of: date
    units: int
    correction: float
    outcomes: dict[Outcome, int]

    def to_json(self) -> dict[str, Any]:
        """As an object of JSON values."""
        return {
            "model": str(self.model),
            "as_of": self.as_of.isoformat(),
            "units": self.units,
            "correction": self.correction,
            "outcomes": {outcome.name.lower(): n for outcome, n in self.outcomes.items()},
        }


def adapt_fatigue(stores: Stores) -> LearntLevels | None:
    """Learn from the clicks since the last call, and keep the forecasts of the last day.

    Returns:
        None where no model of fatigue was trained.

    Raises:
        InputError: there are no daily figures, or the model was fitted on other features.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    if newest_model(stores.engine, MODEL) is None:
        return None
    id_, trained = load_fatigue_model(stores)
    stored = read_fatigue_history(stores)
    outcomes = learn_from_clicks(stores.engine, str(id_), stored.history, n_features=len(FEATURES))
    panel = panel_of(stored.history)
    made = unit_predictions(str(id_), panel, trained.forecast(panel, snapshot_of(panel)))
    change = correct_fatigue(stores.engine, made) - made.log_rate
    factor = float(np.exp(change.mean())) if len(change) else 1.0
    return LearntLevels(id_, stored.as_of, len(change), factor, dict(outcomes))


class LevelCorrection:
    """Corrects the levels of forecasts by what has been learnt until now, from memory."""

    def __init__(self, engine: Engine, model: UUID) -> None:
        """Read what was learnt for a model of fatigue."""
        self._model = str(model)
        self._online = kept_model(engine, self._model, n_features=len(FEATURES))

    def __call__(self, panel: Panel, forecasts: UnitForecasts) -> UnitForecasts:
        """The same forecasts with other levels; curves and days left stay."""
        if self._online is None:
            return forecasts
        made = unit_predictions(self._model, panel, forecasts)
        served = [
            self._online.served(x, log_rate)[0]
            for x, log_rate in zip(made.x, made.log_rate[:, None], strict=True)
        ]
        change = np.array(served) - made.log_rate
        return replace(forecasts, log_level=forecasts.log_level + change)


def unit_predictions(model: str, panel: Panel, forecasts: UnitForecasts) -> FatiguePredictions:
    """Click rates of the days after the last one, of all live units.

    Args:
        model: id of the model.
        panel: as of the last day.
        forecasts: of its units.
    """
    history, snapshot = panel.history, forecasts.snapshot
    units = snapshot.units
    ahead = [log_ratio_at(forecasts.log_ratio, day) for day in range(1, HORIZON_DAYS + 1)]
    ratio = np.log(np.mean(np.exp(ahead), axis=0))
    return FatiguePredictions(
        model,
        int(history.first_day.astype("datetime64[D]").astype(int)) + history.days - 1,
        tuple(history.creatives[creative] for creative in history.creative[units]),
        tuple(history.audiences[audience] for audience in history.audience[units]),
        snapshot.own[:, _COLUMNS],
        forecasts.log_level + ratio + np.log(present_factor(panel, units)),
    )
