"""The model of a history: a baseline times one plus saturating, carried-over spend.

    value of day d ~ Normal(mu_d, noise * level_d)
    mu_d = baseline_d (1 + sum over campaigns of effect_k E_kd / mean E_k)
    baseline_d = exp(level + weekday_d + trend_d) / (1 + sum of effect_k)
    E_kd = 1 - exp(-A_kd / scale_k),   A_kd = sum over lags of w_k,lag x_k,d-lag
    w_k,lag proportional to 2^(-(lag / half_life_k)^shape_k)

where x is spend relative to its mean, and weights add up to 1 (adstock and a concave response: Jin,
Wang, Sun, Chan & Koehler 2017). With the shape 1 carry-over is geometric; where single customers
saturate it is flatter at first, as with shapes above 1 (survival of a Weibull variable, as in
Meta's Robyn). The baseline has weekdays and a smooth trend, whose steps are as large as the data
say; its level is that of all value, which data show whatever caused it. The level of the noise is a
moving mean, since the variance of a sum over conversions grows with it.

Priors are normal on logarithms. Effects, scales and half-lives of campaigns correlate, those of a
channel the more (as between regions: Sun, Wang, Jin, Chan & Koehler 2017), so that a campaign with
little spend, or with spend that hardly varies, borrows from the others and stays as wide as its own
part of the prior. A campaign that spends more than others is expected to be more saturated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.interpolate import BSpline
from scipy.linalg import block_diag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.planning.history_data import SpendHistory

    Floats = NDArray[np.float64]

TREND_DAYS: Final = 28
"""The trend is a cubic spline with knots that are this far apart."""

DEGREE: Final = 3

WEEK: Final = 7

MAX_LOG: Final = 40.0

MIN_LAG: Final = 1e-9
MAX_LOG_DECAY: Final = 6.0
"""Guards of the weights of carry-over; what decays by e^6 half-lives is 0."""

MAX_LAG: Final = 90
"""Days after which a touch is forgotten."""

WEEKDAY_SPREAD: Final = 0.3
"""Prior sd of the logarithm of weekdays."""

TREND_SPREAD: Final = 0.1
"""Prior sd of the logarithm of the trend's step from one knot to the next, until a fit finds it."""


@dataclass(frozen=True, slots=True)
class LogPrior:
    """Normal prior of a logarithm: mean, and sd of the parts of all, a channel and a campaign."""

    mean: float
    common: float
    channel: float
    own: float

    def covariance(self, channels: Sequence[str]) -> Floats:
        """``[n, n]``, of campaigns of these channels."""
        names = np.array(channels, dtype=object)
        same = names[:, None] == names[None, :]
        n = len(names)
        return np.asarray(self.common**2 + self.channel**2 * same + self.own**2 * np.eye(n))


RETURN: Final = LogPrior(0.2, 0.75, 0.35, 0.35)
"""What a unit of money brings at present: 1.2, within a factor of 4.4 at 90 %.

In all it is the default prior of returns in Google's Meridian, lognormal of 0.2 and 0.9. Most of it
is common to all campaigns, as days show their sum better than its parts.
"""

SCALE: Final = LogPrior(np.log(1.5), 0.3, 0.2, 0.25)
"""Adstock, relative to its mean, at which 63 % of the most is reached: 0.7 to 3.1 at 90 %.

A smaller one would let campaigns be saturated at any spend, and cause much that no day shows.
"""

SIZE_EXPONENT: Final = 0.5
"""The prior scale falls with this power of a campaign's spend.

It would be 0 if budgets followed what each campaign can take, and 1 if the same money saturated any
of them; a half is between the two.
"""

SHAPE: Final = LogPrior(np.log(1.2), 0.2, 0.15, 0.05)
"""Of carry-over: 0.8 to 1.8 at 90 %."""

HALF_LIFE: Final = LogPrior(np.log(6.0), 0.4, 0.6, 0.1)
"""Days."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Parameters of one draw.

    Attributes:
        baseline: float64 ``[terms]``, coefficients of the logarithm of all value.
        effect: float64 ``[n]``, value caused at present, relative to the baseline.
        scale: float64 ``[n]``.
        half_life: float64 ``[n]``, days.
        shape: float64 ``[n]``, of the carry-over.
    """

    baseline: Floats
    effect: Floats
    scale: Floats
    half_life: Floats
    shape: Floats


class HistoryModel:
    """Log density of the model, and its gradient, in standard normal coordinates.

    Attributes:
        history: what it is fitted to.
        relative: float64 ``[n, days]``, spend over its mean.
        lags: float64 ``[n, days, MAX_LAG]``, the same of each day and of those before it.
        design: float64 ``[days, terms]``, columns of the baseline.
        counted: bool ``[days]``, days after the warm-up.
        level: float64 ``[days]``, moving mean of the value, money.
        noise: variance per level, money; a first guess until a fit replaces it.
    """

    def __init__(self, history: SpendHistory) -> None:
        self.history = history
        self.relative = history.spend / history.spend.mean(axis=1, keepdims=True)
        self.lags = lagged(self.relative)
        self.design = baseline_design(history.weekdays)
        self.counted = np.arange(history.days) >= history.warm_up
        self.level = np.maximum(_moving_mean(history.value), 0.1 * history.value.mean())
        self.noise = _noise(history.value, self.level)
        self._mean, self._factor = self._prior()

    @property
    def trend(self) -> slice:
        """Parameters of the trend."""
        return slice(WEEK, self.design.shape[1])

    @property
    def trend_spread(self) -> float:
        """Prior sd of the steps of the trend."""
        return float(self._factor[WEEK, WEEK])

    @trend_spread.setter
    def trend_spread(self, spread: float) -> None:
        np.fill_diagonal(self._factor[self.trend, self.trend], spread)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return len(self._mean)

    def parameters(self, point: Floats) -> Parameters:
        """Parameters at a point of standard normal coordinates."""
        baseline, *others = self._split(self._mean + self._factor @ point)
        return Parameters(baseline, *map(bounded_exp, others))

    def baseline(self, parameters: Parameters) -> Floats:
        """Value without marketing, of all days."""
        level = bounded_exp(self.design @ parameters.baseline)
        return np.asarray(level / (1 + parameters.effect.sum()))

    def responses(self, parameters: Parameters, multiple: float = 1.0) -> Floats:
        """E over its mean at present ``[n, days]``, with spend times a multiple."""
        adstock, *_ = adstocked(self.lags, parameters.half_life, parameters.shape)
        at_present = -np.expm1(-adstock / parameters.scale[:, None])
        scaled = -np.expm1(-multiple * adstock / parameters.scale[:, None])
        return np.asarray(scaled / at_present[:, self.counted].mean(axis=1, keepdims=True))

    def caused(self, parameters: Parameters, multiples: Floats) -> Floats:
        """Value caused in all days with spend times multiples, ``[n, points]``."""
        adstock, *_ = adstocked(self.lags, parameters.half_life, parameters.shape)
        strength = adstock / parameters.scale[:, None]
        mean = -np.expm1(-strength[:, self.counted]).mean(axis=1)
        baseline = self.baseline(parameters)
        values = [-np.expm1(-multiple * strength) @ baseline for multiple in multiples]
        return np.asarray((parameters.effect / mean)[:, None] * np.stack(values, axis=1))

    def fitted(self, parameters: Parameters) -> Floats:
        """Expected value ``[days]``."""
        return self.baseline(parameters) * (1 + parameters.effect @ self.responses(parameters))

    def density(self, point: Floats) -> tuple[float, Floats]:
        """Log posterior density at a point, up to a constant, and its gradient."""
        at = self.parameters(point)
        responses, *slopes = self._response_slopes(at)
        baseline = self.baseline(at)
        fitted = baseline * (1 + at.effect @ responses)
        residual = self.history.value - fitted
        slope = self.counted / (self.noise * self.level) * residual
        gradient = np.concatenate(
            [
                self.design.T @ (slope * fitted),
                at.effect
                * (responses @ (slope * baseline) - slope @ fitted / (1 + at.effect.sum())),
                *(at.effect * (by_one @ (slope * baseline)) for by_one in slopes),
            ]
        )
        log_density = -float(slope @ residual + point @ point) / 2
        return log_density, self._factor.T @ gradient - point

    def _response_slopes(self, at: Parameters) -> list[Floats]:
        """Relative responses, and their slopes in the logarithms of scale, half-life and shape."""
        adstock, *by_logs = adstocked(self.lags, at.half_life, at.shape)
        scale = at.scale[:, None]
        left, response = np.exp(-adstock / scale), -np.expm1(-adstock / scale)
        mean = response[:, self.counted].mean(axis=1, keepdims=True)
        relative = response / mean
        found = [relative]
        for by_log in (-adstock, *by_logs):
            slope = left * by_log / scale
            mean_slope = slope[:, self.counted].mean(axis=1, keepdims=True)
            found.append((slope - relative * mean_slope) / mean)
        return found

    def _split(self, values: Floats) -> list[Floats]:
        n = len(self.relative)
        return np.split(values, np.cumsum([self.design.shape[1], n, n, n]))

    def _prior(self) -> tuple[Floats, Floats]:
        """Mean and Cholesky factor of the prior of all parameters."""
        value, channels = self.history.value, self.history.channels
        share = self.history.spend.mean(axis=1) / value.mean()
        n, terms = len(share), self.design.shape[1]
        mean = np.concatenate(
            [
                [np.log(value.mean())],
                np.zeros(terms - 1),
                np.log(share) + RETURN.mean,
                SCALE.mean - SIZE_EXPONENT * (np.log(share) - np.log(share).mean()),
                np.full(n, HALF_LIFE.mean),
                np.full(n, SHAPE.mean),
            ]
        )
        spreads = [1.0, *[WEEKDAY_SPREAD] * (WEEK - 1), *[TREND_SPREAD] * (terms - WEEK)]
        covariances = (prior.covariance(channels) for prior in (RETURN, SCALE, HALF_LIFE, SHAPE))
        factors = (np.linalg.cholesky(covariance) for covariance in covariances)
        return mean, block_diag(np.diag(spreads), *factors)


def bounded_exp(logarithm: Floats) -> Floats:
    """``exp`` between e^-40 and e^40, beyond which paths of the sampler may stray."""
    return np.exp(np.clip(logarithm, -MAX_LOG, MAX_LOG))


def lagged(spend: Floats) -> Floats:
    """Spend of each day and of those before it ``[n, days, MAX_LAG]``, the latest first.

    Before the first day, spend is taken to be the mean of the first week.
    """
    before = np.repeat(spend[:, :WEEK].mean(axis=1, keepdims=True), MAX_LAG - 1, axis=1)
    windows = sliding_window_view(np.hstack([before, spend]), MAX_LAG, axis=1)
    return np.ascontiguousarray(windows[:, :, ::-1])


def adstocked(lags: Floats, half_life: Floats, shape: Floats) -> tuple[Floats, Floats, Floats]:
    """Carried-over spend ``[n, days]`` with weights that add up to 1, and its slopes.

    Args:
        lags: of ``lagged``.
        half_life: ``[n]``, days.
        shape: ``[n]``; 1 for a geometric adstock.

    Returns:
        The adstock, and its derivatives in the logarithms of half-life and shape.
    """
    lag = np.maximum(np.arange(MAX_LAG), MIN_LAG)
    logarithm = np.log(lag / half_life[:, None])
    decay = np.log(2) * np.exp(np.minimum(shape[:, None] * logarithm, MAX_LOG_DECAY))
    weight = np.exp(-decay)
    weight /= weight.sum(axis=1, keepdims=True)
    rises = shape[:, None] * decay, -shape[:, None] * decay * logarithm
    slopes = [weight * (rise - (weight * rise).sum(axis=1, keepdims=True)) for rise in rises]
    columns = lags @ np.stack([weight, *slopes], axis=2)
    return columns[:, :, 0], columns[:, :, 1], columns[:, :, 2]


def baseline_design(weekdays: NDArray[np.int64]) -> Floats:
    """Columns ``[days, terms]`` of the baseline: a constant, six weekdays, and steps of the trend.

    Weekdays and trend are relative to their means. A step raises all later coefficients of the
    spline, which makes the trend a random walk from knot to knot.
    """
    days = len(weekdays)
    of_week = np.eye(WEEK)[weekdays][:, 1:] - 1 / WEEK
    n_spans = max(round(days / TREND_DAYS), 1)
    knots = np.arange(-DEGREE, n_spans + DEGREE + 1) * (days - 1) / n_spans
    pieces = BSpline.design_matrix(
        np.arange(days, dtype=np.float64), knots, DEGREE, extrapolate=True
    )
    steps = np.cumsum(pieces.toarray()[:, ::-1], axis=1)[:, -2::-1]
    return np.column_stack([np.ones(days), of_week, steps - steps.mean(axis=0)])


def _moving_mean(value: Floats) -> Floats:
    window = np.ones(WEEK)
    return np.convolve(value, window, "same") / np.convolve(np.ones(len(value)), window, "same")


def _noise(value: Floats, level: Floats) -> float:
    """A first guess of the variance per level, from neighbouring weeks."""
    change = value[WEEK:] - value[:-WEEK]
    return max(float((change**2).mean() / 2 / level.mean()), 1e-6 * float(level.mean()))
