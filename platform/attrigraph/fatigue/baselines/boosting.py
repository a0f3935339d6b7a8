"""Boosted trees on features: days left by their median; needs the extra ``fatigue``.

Units of which the days are known are weighted so that they represent censored ones too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError, MissingExtraError
from attrigraph.fatigue.baselines.baseline import Forecast, learning_rows
from attrigraph.fatigue.curve import HORIZON

try:
    from sklearn.ensemble import HistGradientBoostingRegressor
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sklearn":
        raise
    raise MissingExtraError(
        "boosting needs scikit-learn: pip install 'attrigraph[fatigue]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Example
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]

MIN_ROWS: Final = 50

SETTINGS: Final = {
    "loss": "absolute_error",
    "max_iter": 300,
    "learning_rate": 0.04,
    "min_samples_leaf": 40,
    "max_features": 0.4,
    "l2_regularization": 1.0,
    "early_stopping": False,
}
"""Chosen on held-out campaigns of ``fatigue-spill``."""


@dataclass(frozen=True, eq=False)
class Boosting:
    """Trees that were fitted.

    Attributes:
        trees: of features to days.
        with_neighbours: whether sums over similar units are features.
    """

    trees: HistGradientBoostingRegressor
    with_neighbours: bool

    def predict(self, snapshot: Snapshot, _panel: Panel, /) -> Forecast:
        """Days of the units; there is no curve."""
        if not len(snapshot.units):
            return Forecast(np.empty(0))
        features = _features(snapshot.own, snapshot.neighbour, self.with_neighbours)
        return Forecast(np.clip(self.trees.predict(features), 0, HORIZON))


def fit_boosting(
    examples: Sequence[Example], *, with_neighbours: bool = False, seed: int = 0
) -> Boosting:
    """Fit trees to the days of units that are known.

    Raises:
        InputError: the days of fewer than ``MIN_ROWS`` units are known.
    """
    rows = learning_rows(examples)
    known = rows.weights > 0
    if known.sum() < MIN_ROWS:
        raise InputError(f"boosting needs {MIN_ROWS} units with known days, got {known.sum()}")
    features = _features(rows.own, rows.neighbour, with_neighbours)
    trees = HistGradientBoostingRegressor(**SETTINGS, random_state=seed)
    # a mean of 1, as the trees are regularised
    weights = rows.weights[known] / rows.weights[known].mean()
    trees.fit(features[known], rows.days[known], weights)
    return Boosting(trees, with_neighbours)


def _features(own: Floats, neighbour: Floats, with_neighbours: bool) -> Floats:
    return np.concatenate([own, neighbour], axis=1) if with_neighbours else own
