"""Response curves from a history of spend and value by day, with draws.

The model is in ``history_model``; its posterior is drawn by Hamiltonian Monte Carlo. How far the
trend moves, and the noise, are those of the mode. Where noise of neighbouring days correlates, it
counts for more, by ``(1 + r) / (1 - r)`` for a correlation r: so many days of an autoregressive
series are worth one independent day.

A curve is for the days of the history, each with its share of the spend, and for the value of as
many days as the plan has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.planning.history_model import TREND_SPREAD, HistoryModel, Parameters, adstocked
from attrigraph.planning.history_sampling import axes_of, draws_from, mode_of
from attrigraph.planning.measured_curves import MeasuredCurve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.planning.history_data import SpendHistory
    from attrigraph.planning.responses import Response

    Floats = NDArray[np.float64]

MIN_VARIATION: Final = 0.05
"""A campaign is identified if its response varies by this share of its mean on its own account."""

OBSERVED: Final = 0.95
"""Spend is within what was observed up to this quantile of the daily adstock."""

MAX_CORRELATION: Final = 0.9

ROUNDS: Final = 6
"""Rounds of mode, noise and trend; the last one changes the spread of the trend by about 1 %."""

PRIOR_STEPS: Final = 2
"""Steps of the trend for which its prior spread counts."""

MULTIPLES: Final = np.linspace(0.0, 3.0, 25)
"""Of the spend of the history, at which curves are computed."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedHistory:
    """What a history shows of the responses of its campaigns.

    Attributes:
        model: of the history.
        draws: parameters, at least one.
        variation: float64 ``[n]``, sd of the response of each campaign that neither the others nor
            weekdays and trend explain, relative to its mean.
        observed: float64 ``[n]``, multiple of present spend up to which it was observed.
    """

    model: HistoryModel
    draws: tuple[Parameters, ...]
    variation: Floats
    observed: Floats

    @property
    def identified(self) -> NDArray[np.bool_]:
        """``[n]``, whether spend varied enough to show what it causes."""
        return self.variation >= MIN_VARIATION

    def returns(self) -> Floats:
        """Value caused per unit of money at present ``[draws, n]``."""
        caused = self.values(np.array([1.0]))[:, :, 0]
        return np.asarray(caused / self.model.history.spend.sum(axis=1))

    def values(self, multiples: Floats) -> Floats:
        """Value caused in the history with spend times multiples, ``[draws, n, points]``."""
        return np.stack([self.model.caused(draw, multiples) for draw in self.draws])

    def measured(self, campaign: str) -> MeasuredCurve:
        """The curve of a campaign by multiples of its spend, over the days of the history.

        Beyond what was observed, draws deviate from their mean by more, in proportion to the spend.

        Raises:
            InputError: the campaign is unknown.
        """
        history = self.model.history
        if campaign not in history.campaigns:
            names = ", ".join(history.campaigns)
            raise InputError(f"unknown campaign {campaign!r}; the history has {names}")
        number = history.campaigns.index(campaign)
        observed = float(self.observed[number])
        caused = self._caused(number, MULTIPLES)
        return MeasuredCurve(
            id=campaign,
            spend=float(history.spend[number].sum()),
            multiples=MULTIPLES,
            values=caused.mean(axis=0),
            draws=widened(caused, MULTIPLES / observed),
            observed=observed,
            identified=bool(self.identified[number]),
        )

    def response(self, campaign: str, *, days: int | None = None) -> Response:
        """The curve of a campaign in a period, up to three times its spend; see ``measured``.

        Args:
            campaign: its name.
            days: of the period; None for those of the history.

        Raises:
            InputError: the campaign is unknown.
        """
        factor = 1.0 if days is None else days / self.model.history.days
        curve = self.measured(campaign).planned(factor).response
        assert curve is not None
        return curve

    def _caused(self, number: int, multiples: Floats) -> Floats:
        """Value caused by one campaign ``[draws, points]``."""
        return np.stack([self.model.caused(draw, multiples)[number] for draw in self.draws])


def fit_history(history: SpendHistory, *, n_draws: int = 200, seed: int = 0) -> FittedHistory:
    """Fit the response of value to spend.

    Args:
        history: daily spend and value.
        n_draws: number of draws, at least 1.
        seed: of the draws.

    Raises:
        ConvergenceError: no fit was found, or the draws did not settle.
    """
    model = HistoryModel(history)
    mode = mode_of(model.density, np.zeros(model.size))
    for _ in range(ROUNDS):
        model.noise = residual_noise(model, model.parameters(mode))
        model.trend_spread = observed_spread(model, mode)
        mode = mode_of(model.density, mode)
    points = draws_from(model.density, mode, n_draws, np.random.default_rng(seed))
    at_mode = model.parameters(mode)
    return FittedHistory(
        model,
        tuple(model.parameters(point) for point in points),
        own_variation(model, at_mode),
        observed_multiples(model, at_mode),
    )


def own_variation(model: HistoryModel, at: Parameters) -> Floats:
    """Sd of each relative response that the other columns of the model leave, ``[n]``.

    Least squares with the weights of the model; columns are those of the baseline and of the other
    campaigns.
    """
    counted = model.counted
    root = np.sqrt(1 / model.level[counted])
    baseline = model.baseline(at)[counted]
    responses = model.responses(at)[:, counted]
    weight = (root * baseline)[:, None]
    columns = np.hstack([model.design[counted], responses.T]) * weight
    terms = model.design.shape[1]
    found = []
    for number in range(len(responses)):
        others = np.delete(columns, terms + number, axis=1)
        own = columns[:, terms + number]
        left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        found.append(float(np.sqrt(left @ left / (weight[:, 0] @ weight[:, 0]))))
    return np.array(found)


def observed_multiples(model: HistoryModel, at: Parameters) -> Floats:
    """Multiples of present spend whose mean adstock was reached on a twentieth of the days."""
    adstock, *_ = adstocked(model.lags, at.half_life, at.shape)
    return np.maximum(np.quantile(adstock[:, model.counted], OBSERVED, axis=1), 1.0)


def widened(values: Floats, beyond: Floats) -> Floats:
    """Draws ``[draws, points]`` that deviate the more, the further a point lies beyond 1.

    Args:
        values: ``[draws, points]``; they stay increasing along a row.
        beyond: ``[points]``, spend relative to the most that was observed.
    """
    mean = values.mean(axis=0)
    wide = mean + (values - mean) * np.maximum(beyond, 1.0)
    return np.maximum.accumulate(np.maximum(wide, 0.0), axis=1)


def observed_spread(model: HistoryModel, mode: Floats) -> float:
    """Sd of the steps of the trend by the evidence for it (MacKay 1992).

    The sum of their squares, over the number of steps that data determine: all of them, less the
    posterior variances in units of the prior ones.
    """
    steps = mode[model.trend]
    left_open = float((axes_of(model.density, mode)[model.trend] ** 2).sum())
    determined = max(len(steps) - left_open, 0.0)
    squares = model.trend_spread**2 * float(steps @ steps) + PRIOR_STEPS * TREND_SPREAD**2
    return math.sqrt(squares / (determined + PRIOR_STEPS))


def residual_noise(model: HistoryModel, at: Parameters) -> float:
    """Variance per level of the residuals, times what their correlation costs."""
    counted = model.counted
    residual = (model.history.value - model.fitted(at))[counted] / np.sqrt(model.level[counted])
    square = float(residual @ residual)
    correlation = float(residual[1:] @ residual[:-1]) / square if square > 0 else 0.0
    positive = min(max(correlation, 0.0), MAX_CORRELATION)
    free = int(counted.sum()) - model.design.shape[1]
    floor = 1e-6 * float(model.level.mean())
    noise = square / free * (1 + positive) / (1 - positive)
    return float(max(noise, floor))
