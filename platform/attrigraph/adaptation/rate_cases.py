"""Conversion rates as cases of an online model: a prediction at the begin of each day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.kinds import make_adapter
from attrigraph.adaptation.losses import PoissonLoss
from attrigraph.adaptation.prequential import LoggedCase
from attrigraph.adaptation.rate_model import N_FEATURES, log_exposed
from attrigraph.adaptation.scaled import Scaled
from attrigraph.adaptation.season import season
from attrigraph.adaptation.trajectories import Feedback, Trajectory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.adaptation.conversion_rates import DailyRates
    from attrigraph.adaptation.rate_model import RateModel

    Floats = NDArray[np.float64]

DAY_SECONDS: Final = 86_400.0
RATE_LOSS: Final = PoissonLoss()


def rate_adapter(model: RateModel, kind: str) -> Scaled:
    """A new adapter of the rates of a model."""
    return Scaled(make_adapter(kind, len(model.log_rate), N_FEATURES), model.scale)


def rate_features(model: RateModel, rates: DailyRates, column: int) -> tuple[Floats, Floats]:
    """Features and frozen scores of a day, of which only the days before are known.

    Args:
        model: the frozen one.
        rates: of its keys.
        column: of the day, at least 1; it may be that after the last one.
    """
    day = rates.first_day + column
    return model.features(day, float(rates.exposed[:, column - 1].sum())), model.scores(day)


def rate_feedback(rates: DailyRates, column: int, *, step: float = 1.0) -> Feedback:
    """What is known at the end of a day."""
    return Feedback(
        rates.conversions[:, column].astype(np.float64),
        at=DAY_SECONDS * (rates.first_day + column + 1),
        weight=step,
        offset=log_exposed(rates.exposed[:, column]),
    )


def rate_case(model: RateModel, rates: DailyRates, column: int, *, step: float = 1.0) -> LoggedCase:
    """A day of the log.

    Args:
        model: the frozen one.
        rates: of its keys.
        column: of the day, at least 1.
        step: factor on the step of learning; 0 rejects it.
    """
    x, frozen = rate_features(model, rates, column)
    day = rates.first_day + column
    served = RATE_LOSS.mean(frozen)
    made = Trajectory(str(day), x, frozen, served, DAY_SECONDS * day, context=season(day))
    return LoggedCase(made, rate_feedback(rates, column, step=step), accepts_updates=step > 0)
