"""Survival models of days left on features of units alone and their squares.

They need the extra ``fatigue``.

    Weibull AFT (Kalbfleisch and Prentice 2002):  log days = b features + scale noise
    Cox (1972):                                   hazard(days) = hazard_0(days) exp(b features)

Censored units count as lasting longer. Days are the median of the fitted distribution.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import ConvergenceError, InputError, MissingExtraError
from attrigraph.fatigue.baselines.baseline import Forecast, learning_rows
from attrigraph.fatigue.curve import HORIZON

_EXTRA_PACKAGES: Final = ("lifelines", "pandas")

try:
    import pandas as pd
    from lifelines import CoxPHFitter, WeibullAFTFitter
    from lifelines.exceptions import ConvergenceError as NotConvergedError
    from lifelines.exceptions import ConvergenceWarning
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in _EXTRA_PACKAGES:
        raise
    raise MissingExtraError(
        "survival models need lifelines: pip install 'attrigraph[fatigue]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Example
    from attrigraph.fatigue.panel import Panel
    from attrigraph.fatigue.snapshot import Snapshot

    Floats = NDArray[np.float64]

MIN_TIRED: Final = 10

LEAST_DAYS: Final = 0.5
"""Days of units that are tired at once; times of survival models are above 0."""

PENALTY: Final = 0.01

FARTHEST: Final = 4.0
"""Standard deviations from the mean to which features are cut."""


@dataclass(frozen=True, eq=False)
class Survival:
    """A model that was fitted.

    Attributes:
        model: of lifelines.
        kept: features that differ between units ``[kept]``.
        centre: of these ``[kept]``.
        scale: of these ``[kept]``.
    """

    model: WeibullAFTFitter | CoxPHFitter
    kept: NDArray[np.int64]
    centre: Floats
    scale: Floats

    def predict(self, snapshot: Snapshot, _panel: Panel, /) -> Forecast:
        """Median days of the units; there is no curve."""
        if not len(snapshot.units):
            return Forecast(np.empty(0))
        median = np.asarray(self.model.predict_median(self.table(snapshot.own)), float).reshape(-1)
        return Forecast(np.where(median > LEAST_DAYS, np.minimum(median, HORIZON), 0.0))

    def table(self, own: Floats) -> pd.DataFrame:
        """Features as the models take them, and their squares, as what matters has a middle."""
        standard = (own[:, self.kept] - self.centre) / self.scale
        standard = np.clip(standard, -FARTHEST, FARTHEST)
        names = [f"{kind} {number}" for kind in ("feature", "square") for number in self.kept]
        return pd.DataFrame(np.concatenate([standard, standard**2], axis=1), columns=names)


def fit_weibull(examples: Sequence[Example]) -> Survival:
    """Fit a Weibull model of accelerated failure time.

    Raises:
        InputError: fewer than ``MIN_TIRED`` units became tired.
        ConvergenceError: the fit does not converge.
    """
    return _fit(WeibullAFTFitter(penalizer=PENALTY), examples)


def fit_cox(examples: Sequence[Example]) -> Survival:
    """Fit a model of proportional hazards.

    Raises:
        InputError: fewer than ``MIN_TIRED`` units became tired.
        ConvergenceError: the fit does not converge.
    """
    return _fit(CoxPHFitter(penalizer=PENALTY), examples)


def _fit(model: WeibullAFTFitter | CoxPHFitter, examples: Sequence[Example]) -> Survival:
    rows = learning_rows(examples)
    if rows.tired.sum() < MIN_TIRED:
        raise InputError(
            f"survival models need {MIN_TIRED} units that became tired, got {rows.tired.sum()}"
        )
    spread = rows.own.std(axis=0)
    kept = np.flatnonzero(spread > 1e-9)
    fitted = Survival(model, kept, rows.own.mean(axis=0)[kept], spread[kept])
    # whole half days, as Cox compares all distinct ones
    days = np.maximum(np.round(2 * rows.days) / 2, LEAST_DAYS)
    table = fitted.table(rows.own).assign(days=days, tired=rows.tired)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            model.fit(table, "days", "tired")
    except (NotConvergedError, ConvergenceWarning) as error:
        raise ConvergenceError(f"the survival model does not converge: {error}") from error
    return fitted
