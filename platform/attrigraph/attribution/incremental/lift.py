"""Calibration of credits by lift tests, with partial pooling for untested channels.

A lift test (hold-out) measures the conversions lost when a channel is switched off, L with standard
error s; the model's estimate of the same quantity is the removal value. Their ratio is a
multiplier; over channels

    log(L_c / removal_c) ~ N(log m_c, (s_c / L_c)^2),   log m_c ~ N(mu, t^2),   mu ~ N(0, 1)

with a half-Cauchy prior of scale 0.5 on t, summed over a grid (Gelman 2006, Prior Distributions for
Variance Parameters). Tested channels follow their tests; untested ones are shrunk to mu, more
strongly the more the tests agree. A lift of 0 or less has no logarithm: it is used as measured for
its own channel and does not inform other channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

SPREADS: Final = np.geomspace(0.01, 3.0, 60)
"""Grid of t."""

PRIOR_SCALE: Final = 0.5
CENTER_SD: Final = 1.0


@dataclass(frozen=True, slots=True)
class LiftTest:
    """One lift test.

    Attributes:
        channel: name of the channel that was held out.
        lift: conversions it caused over the window, scaled to all customers; may be negative.
        standard_error: of the lift, > 0.
    """

    channel: str
    lift: float
    standard_error: float

    def __post_init__(self) -> None:
        _check_measured(self.channel, self.lift, self.standard_error)


@dataclass(frozen=True, slots=True)
class LiftTestRow:
    """One lift test as reported, over its own window.

    Attributes:
        channel: name of the channel that was held out.
        lift: conversions it caused from start to end, scaled to all customers; may be negative.
        standard_error: of the lift, > 0.
        start: first day of the test.
        end: last day of the test, inclusive.
    """

    channel: str
    lift: float
    standard_error: float
    start: date
    end: date

    def __post_init__(self) -> None:
        _check_measured(self.channel, self.lift, self.standard_error)
        if self.end < self.start:
            raise InputError(f"the test ends on {self.end}, before it starts on {self.start}")

    def scaled_to(self, days: float) -> LiftTest:
        """The test scaled to a window of ``days``, assuming a constant daily lift."""
        scale = days / ((self.end - self.start).days + 1)
        return LiftTest(self.channel, self.lift * scale, self.standard_error * scale)


def _check_measured(channel: str, lift: float, standard_error: float) -> None:
    if not channel:
        raise InputError("a lift test must name its channel")
    if not (np.isfinite(lift) and np.isfinite(standard_error)):
        raise InputError(f"the lift test of {channel!r} must have finite numbers")
    if standard_error <= 0:
        raise InputError(
            f"the lift test of {channel!r} needs a standard error above 0, got {standard_error}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Multipliers of the model's credits.

    Attributes:
        multiplier: float64 ``[keys]``.
        log_error: float64 ``[keys]``, sd of the log multiplier; for an additive channel the
            standard error of the multiplier.
        tested: bool ``[keys]``, channels with a lift test.
        additive: bool ``[keys]``, tested channels whose lift or removal value is not above 0.
    """

    multiplier: NDArray[np.float64]
    log_error: NDArray[np.float64]
    tested: NDArray[np.bool_]
    additive: NDArray[np.bool_]

    def apply(
        self,
        credit: NDArray[np.float64],
        deviations: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Calibrated credit and bootstrap deviations, including the multipliers' uncertainty.

        A tested channel's deviations come from its test alone.
        """
        scaled = credit * self.multiplier
        noise = rng.standard_normal(deviations.shape) * self.log_error
        factor = np.where(self.additive, self.multiplier + noise, self.multiplier * np.exp(noise))
        resampled = np.where(self.tested, credit, credit + deviations) * factor
        return scaled, resampled - scaled


def calibrate(
    keys: Sequence[str | None], removal: NDArray[np.float64], tests: Sequence[LiftTest]
) -> Calibration:
    """Combine lift tests with the model's removal values.

    Args:
        keys: the channels.
        removal: float64 ``[keys]``, the model's estimate of the conversions lost when a
            channel is switched off.
        tests: lift tests; several of one channel are combined by inverse variance.

    Raises:
        InputError: no test, a test of a channel without touches, or a removal value of 0.
    """
    if not tests:
        raise InputError("calibration needs at least one lift test")
    lift, error, tested = _combined(keys, tests)
    if (tested & (removal == 0)).any():
        raise InputError("a tested channel has a removal value of 0, which cannot be scaled")
    additive = tested & ((lift <= 0) | (removal <= 0))
    ratio = np.divide(lift, removal, out=np.ones_like(lift), where=tested)
    spread = np.divide(error, np.abs(removal), out=np.zeros_like(lift), where=tested)
    pooled = tested & ~additive
    mean, sd = _posterior(
        np.log(np.where(pooled, ratio, 1.0)), _relative(error, lift, pooled), pooled
    )
    multiplier = np.where(additive, ratio, np.exp(mean))
    return Calibration(multiplier, np.where(additive, spread, sd), tested, additive)


def _relative(
    error: NDArray[np.float64], lift: NDArray[np.float64], pooled: NDArray[np.bool_]
) -> NDArray[np.float64]:
    return np.divide(error, lift, out=np.ones_like(lift), where=pooled)


def _combined(
    keys: Sequence[str | None], tests: Sequence[LiftTest]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    index = {key: row for row, key in enumerate(keys)}
    precision, weighted = np.zeros(len(keys)), np.zeros(len(keys))
    for test in tests:
        if test.channel not in index:
            names = ", ".join(str(key) for key in keys if key is not None)
            raise InputError(
                f"the lift test of {test.channel!r} has no matching touches; channels with touches"
                f" are {names}"
            )
        row = index[test.channel]
        precision[row] += test.standard_error**-2
        weighted[row] += test.lift * test.standard_error**-2
    tested = precision > 0
    lift = np.divide(weighted, precision, out=np.zeros(len(keys)), where=tested)
    error = np.divide(1.0, np.sqrt(precision), out=np.zeros(len(keys)), where=tested)
    return lift, error, tested


def _posterior(
    log_ratio: NDArray[np.float64], error: NDArray[np.float64], pooled: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and sd ``[keys]`` of log m, mixed over the grid of t."""
    means, variances, logs = [], [], []
    for t in SPREADS:
        variance = np.where(pooled, error**2 + t**2, np.inf)
        center_precision = CENTER_SD**-2 + (1 / variance).sum()
        center = (log_ratio / variance).sum() / center_precision
        keep = np.where(pooled, t**2 / variance, 0.0)  # shrinkage towards the channel's own test
        means.append(keep * log_ratio + (1 - keep) * center)
        own = np.where(pooled, t**2 * error**2 / (t**2 + error**2), t**2)
        variances.append(own + (1 - keep) ** 2 / center_precision)
        logs.append(_log_weight(log_ratio[pooled], variance[pooled], t, center, center_precision))
    weight = np.exp(np.array(logs) - max(logs))
    weight /= weight.sum()
    mean = weight @ np.array(means)
    second = weight @ (np.array(variances) + np.array(means) ** 2)
    return mean, np.sqrt(second - mean**2)


def _log_weight(
    log_ratio: NDArray[np.float64],
    variance: NDArray[np.float64],
    t: float,
    center: float,
    center_precision: float,
) -> float:
    """Log of marginal likelihood times prior times grid step at t."""
    fit = -0.5 * (np.log(variance).sum() + (log_ratio**2 / variance).sum())
    fit += 0.5 * center**2 * center_precision - 0.5 * np.log(center_precision)
    return float(fit - np.log1p((t / PRIOR_SCALE) ** 2) + np.log(t))
