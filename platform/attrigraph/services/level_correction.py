"""Corrected levels of fatigue forecasts: what was learnt for a frozen model, served from memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.kinds import DEFAULT_KIND, make_adapter
from attrigraph.adaptation.losses import PoissonLoss
from attrigraph.adaptation.online import OnlineModel
from attrigraph.adaptation.trajectories import MemoryTrajectories
from attrigraph.archive import from_bytes
from attrigraph.fatigue.forecast import mean_ratio
from attrigraph.fatigue.money import present_factor
from attrigraph.fatigue.snapshot import OWN_FEATURES
from attrigraph.store.adapter_state import find_adapter
from attrigraph.store.engine import sql_errors

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray
    from sqlalchemy import Engine

    from attrigraph.adaptation.adapter import Adapter
    from attrigraph.adaptation.trajectories import TrajectoryStore
    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.panel import Panel

    Floats = NDArray[np.float64]

FATIGUE: Final = "fatigue "
"""Begins the names of adapters; the id of the frozen model follows."""

HORIZON_DAYS: Final = 3
"""After the day of a prediction; their clicks are its feedback."""

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


@dataclass(frozen=True, slots=True, eq=False)
class FatiguePredictions:
    """Predictions of n units on one day.

    Attributes:
        model: id of the frozen model.
        day: the last one whose figures the model has seen, days since 1970.
        creatives: id of the creative of each unit.
        audiences: id of the audience of each unit.
        x: features, of a mean square around 1 ``[n, n_features]``.
        log_rate: log of clicks per impression over the next ``HORIZON_DAYS`` days ``[n]``.
    """

    model: str
    day: int
    creatives: tuple[str, ...]
    audiences: tuple[str, ...]
    x: Floats
    log_rate: Floats


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
    ratio = np.log(mean_ratio(forecasts.log_ratio, HORIZON_DAYS))
    return FatiguePredictions(
        model,
        history.first_day_number + history.days - 1,
        tuple(history.creatives[creative] for creative in history.creative[units]),
        tuple(history.audiences[audience] for audience in history.audience[units]),
        snapshot.own[:, _COLUMNS],
        forecasts.log_level + ratio + np.log(present_factor(panel, units)),
    )


def fatigue_adapter(kind: str, n_features: int) -> Adapter:
    """A new adapter of the level of click rates."""
    return make_adapter(kind, 1, n_features)


def level_model(kind: str, n_features: int, store: TrajectoryStore) -> OnlineModel:
    """A new model of levels that keeps its predictions in a store."""
    return OnlineModel(fatigue_adapter(kind, n_features), PoissonLoss(), store)


def kept_model(engine: Engine, model: str, *, n_features: int) -> OnlineModel | None:
    """What has been learnt for a frozen model until now, to serve from memory; None for nothing."""
    with sql_errors(engine.url), engine.connect() as connection:
        kept = find_adapter(connection, FATIGUE + model)
    if kept is None or kept.state is None:
        return None
    online = level_model(DEFAULT_KIND, n_features, MemoryTrajectories())
    online.load_state(from_bytes(kept.state))
    return online
