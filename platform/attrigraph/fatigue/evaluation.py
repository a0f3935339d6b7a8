"""Evaluation of all methods on a user's own history, split by time.

Methods learn from what was known ``HORIZON`` days before the end of the history and forecast the
units that were live then. Their forecasts are compared with what was seen since. Units that were
paused or replaced before their days were known are left out.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.errors import ConvergenceError, InputError, MissingExtraError
from attrigraph.fatigue.baselines.baseline import Forecast
from attrigraph.fatigue.baselines.catalogue import BASELINES
from attrigraph.fatigue.curve import DAYS_AHEAD, HORIZON, SOON, days_remaining
from attrigraph.fatigue.metrics import brier, calibration_error, errors_of, reliability
from attrigraph.fatigue.panel import panel_of
from attrigraph.fatigue.trained import (
    COMPARED,
    FEWEST_CAMPAIGNS,
    FEWEST_DAYS,
    HEAD,
    NETWORK,
    SHRUNK,
    choose_model,
    curves_of,
    examples_of,
    fit_methods,
    learning_data,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Example
    from attrigraph.fatigue.baselines.exponential import Exponential
    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.fatigue.learning import FatigueModel
    from attrigraph.fatigue.metrics import ReliabilityBin
    from attrigraph.fatigue.trained import LearningData

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    EpochProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class MethodErrors:
    """Errors of a method.

    Attributes:
        method: its name.
        days: mean absolute error of days left.
        bias: mean of predicted minus observed days.
        concordance: C-index of days; .5 is chance, None where no two units can be compared.
        auc_soon: of being tired within 7 days; None where all or none are.
        has_curve: whether it forecasts a decay curve, without which it cannot be served.
    """

    method: str
    days: float
    bias: float
    concordance: float | None
    auc_soon: float | None
    has_curve: bool


@dataclass(frozen=True, slots=True)
class CalibrationErrors:
    """Errors of intervals and probabilities of the served method.

    Attributes:
        coverage: share of units with their days in the 80 % interval.
        brier: mean squared error of the probability of being tired within 7 days.
        calibration_error: mean absolute difference of probability and share.
        reliability: units grouped by that probability.
    """

    coverage: float
    brier: float
    calibration_error: float
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True)
class FatigueEvaluation:
    """Errors of all methods on one history.

    Attributes:
        as_of: the last day that methods knew.
        until: the last day of the history.
        live: units that were live on ``as_of``.
        units: of these, those with known days, which are compared.
        campaigns: of these units.
        served: name of the method that would have been served.
        methods: errors, least error of days first.
        calibration: of the served method; None where it has no intervals.
        not_fitted: why methods could not be fitted, by their name.
        notes: what a reader may not expect, in sentences.
    """

    as_of: date
    until: date
    live: int
    units: int
    campaigns: int
    served: str
    methods: tuple[MethodErrors, ...]
    calibration: CalibrationErrors | None
    not_fitted: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> MethodErrors:
        """The method with the least error of days; of equal ones the served."""
        return min(self.methods, key=lambda one: (one.days, one.method != self.served))

    def errors_of_served(self) -> MethodErrors:
        """Errors of the served method."""
        return next(one for one in self.methods if one.method == self.served)

    def to_json(self) -> dict[str, Any]:
        """The object that ``attrigraph fatigue evaluate --json`` prints."""
        return {
            **asdict(self),
            "as_of": self.as_of.isoformat(),
            "until": self.until.isoformat(),
            "best": self.best.method,
        }


def evaluate_fatigue(
    history: FatigueHistory, *, seed: int = 0, progress: EpochProgress | None = None
) -> FatigueEvaluation:
    """Compare forecasts of all methods with what was seen in the last ``HORIZON`` days.

    Args:
        history: all days that are known.
        seed: of the split of campaigns and of the networks.
        progress: told of the epochs that are done, and of how many there are.

    Raises:
        InputError: the history is too short, or the days of no unit are known.
        ConvergenceError: the loss of a network became non-finite.
        MissingExtraError: the extra ``gnn`` is not installed.
    """
    if history.days < FEWEST_DAYS + HORIZON:
        raise InputError(
            f"an evaluation needs at least {FEWEST_DAYS + HORIZON} days of figures, {FEWEST_DAYS} "
            f"to learn from and {HORIZON} to forecast, got {history.days}; load earlier figures"
        )
    day = history.days - 1 - HORIZON
    last_known = history.date_of(day)
    examples = examples_of(panel_of(history), [day], learn=True)
    if not examples or not examples[0].labels.complete.any():
        raise InputError(
            f"no creative that was live on {last_known} became tired or was shown for {HORIZON} "
            "more days, so there is nothing to compare forecasts with; load newer figures"
        )
    example = examples[0]
    known = example.labels.complete
    data = learning_data(history.until(day), seed)
    names = (SHRUNK,) if data.is_small else COMPARED
    models = fit_methods(data, names, _part(progress, 0))
    served = choose_model(data, models)
    if not data.is_small:
        models |= fit_methods(data, (HEAD,), _part(progress, 1))
    forecasts = {name: _forecast(model, example) for name, model in models.items()}
    others, not_fitted = _forecasts_of_baselines(data, example, models)
    units = example.snapshot.units[known]
    return FatigueEvaluation(
        as_of=last_known,
        until=history.date_of(history.days - 1),
        live=len(known),
        units=len(units),
        campaigns=len(np.unique(history.campaign_of_unit[units])),
        served=served.method,
        methods=_by_error(forecasts | others, example.labels.days, known),
        calibration=_calibration_errors(
            served.forecast(example.panel, example.snapshot), example.labels.days, known
        ),
        not_fitted=not_fitted,
    )


def _part(progress: EpochProgress | None, number: int) -> EpochProgress | None:
    """Progress of one of two networks as that of both."""
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, 2 * total)


def _forecast(model: FatigueModel | Exponential, example: Example) -> Forecast:
    _, _, log_ratio, _ = curves_of(model, example.panel, example.snapshot)
    return Forecast(days_remaining(log_ratio, DAYS_AHEAD), log_ratio)


def _forecasts_of_baselines(
    data: LearningData, example: Example, fitted: Collection[str]
) -> tuple[dict[str, Forecast], dict[str, str]]:
    """Forecasts of baselines that were not fitted yet, and why others could not be."""
    found, not_fitted = {}, {}
    if data.is_small:
        reason = f"it needs {FEWEST_CAMPAIGNS} campaigns, got {data.campaigns}"
        not_fitted = {NETWORK: reason, HEAD: reason}
    for name, fit in BASELINES.items():
        if name in fitted:
            continue
        try:
            found[name] = fit(data.examples).predict(example.snapshot, example.panel)
        except (ConvergenceError, InputError, MissingExtraError) as error:
            not_fitted[name] = str(error)
    return found, not_fitted


def _by_error(
    forecasts: Mapping[str, Forecast], days: Floats, known: Flags
) -> tuple[MethodErrors, ...]:
    found = [_errors(name, one, days, known) for name, one in forecasts.items()]
    return tuple(sorted(found, key=lambda one: one.days))


def _errors(name: str, forecast: Forecast, days: Floats, known: Flags) -> MethodErrors:
    errors = errors_of(Forecast(forecast.days[known]), days[known])
    return MethodErrors(
        name,
        errors.days,
        errors.bias,
        _number(errors.concordance),
        _number(errors.auc_soon),
        has_curve=forecast.log_ratio is not None,
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _calibration_errors(
    forecasts: UnitForecasts, days: Floats, known: Flags
) -> CalibrationErrors | None:
    if forecasts.calibration is None:
        return None
    days, probability = days[known], forecasts.probability[known]
    inside = (forecasts.low[known] <= days) & (days <= forecasts.high[known])
    happened = days <= SOON
    return CalibrationErrors(
        float(inside.mean()),
        brier(probability, happened),
        calibration_error(probability, happened),
        reliability(probability, happened),
    )
