"""Levels of fatigue forecasts in the days after them: what is corrected, kept and learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.services.fatigue_adaptation import correct_fatigue, learn_from_clicks
from attrigraph.services.fatigue_history import read_fatigue_history
from attrigraph.services.fatigue_model import MODEL, load_fatigue_model
from attrigraph.services.level_correction import FEATURES, unit_predictions
from attrigraph.store.model_artifacts import newest_model

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from attrigraph.adaptation.online import Outcome
    from attrigraph.stores import Stores


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
