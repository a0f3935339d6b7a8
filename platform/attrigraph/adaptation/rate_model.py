"""The model of daily conversion rates that adapters correct: a rate per key, times one per weekday.

It is fitted once, and then frozen. Features of a day are its weekday, its place in the year, and
how many customers were exposed the day before. Scores are logs of conversions per exposed customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.season import season

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.adaptation.conversion_rates import DailyRates

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

N_FEATURES: Final = 10

PRIOR: Final = 1.0
"""Conversions at the rate of all keys, and of all weekdays, that each one begins with."""

_NOBODY: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class RateModel:
    """Expected conversions per exposed customer, by key and weekday.

    Attributes:
        log_rate: log of conversions per exposed customer and day ``[keys]``.
        log_weekday: log of the factor of each weekday ``[7]``, from Monday.
        exposed: mean number of exposed customers of all keys, of the days of the fit ``[1]``.
        conversions: mean number per day ``[keys]``, of the days of the fit.
        loss: mean of half the Poisson deviance per day, of the days of the fit ``[1]``.
    """

    log_rate: Floats
    log_weekday: Floats
    exposed: Floats
    conversions: Floats
    loss: Floats

    def scores(self, day: int) -> Floats:
        """Log of expected conversions per exposed customer ``[keys]``."""
        return np.asarray(self.log_rate + self.log_weekday[weekday(day)])

    def features(self, day: int, exposed_before: float) -> Floats:
        """Features of a day ``[N_FEATURES]``.

        Args:
            day: since 1970.
            exposed_before: customers exposed the day before, of all keys.
        """
        size = np.log1p(exposed_before) - np.log1p(self.exposed[0])
        return np.array([*np.eye(7)[weekday(day)], *season(day), size])

    @property
    def scale(self) -> Floats:
        """Of corrections: 1 / sqrt(conversions per day), at most 1 ``[keys]``."""
        return np.asarray(1 / np.sqrt(np.maximum(1.0, self.conversions)))

    @property
    def max_loss(self) -> float:
        """For the guard: ten usual losses, or that of rates which are all wrong by 45 %."""
        return max(10 * float(self.loss[0]), 0.1 * float(self.conversions.sum()))

    def arrays(self) -> dict[str, Floats]:
        """All that it consists of."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> RateModel:
        """The model of which ``arrays`` gave the arrays."""
        return cls(**arrays)


def fit_rate_model(rates: DailyRates) -> RateModel:
    """Rates of keys, shrunk to that of all, and then factors of weekdays, shrunk to 1."""
    exposed, conversions = rates.exposed.sum(axis=1), rates.conversions.sum(axis=1)
    common = (conversions.sum() + PRIOR) / (exposed.sum() + PRIOR)
    rate = (conversions + PRIOR) / (exposed + PRIOR / common)
    on = np.array([weekday(rates.first_day + column) for column in range(rates.days)])
    expected = np.bincount(on, rate @ rates.exposed, 7)
    observed = np.bincount(on, rates.conversions.sum(axis=0), 7)
    factor = (observed + PRIOR) / (expected + PRIOR)
    mean = rate[:, None] * factor[on] * rates.exposed
    return RateModel(
        np.log(rate),
        np.log(factor),
        np.array([rates.exposed.sum() / rates.days]),
        conversions / rates.days,
        np.array([_half_deviance(rates.conversions, mean) / rates.days]),
    )


def log_exposed(exposed: Integers) -> Floats:
    """What is added to scores for exposed customers; very small where there are none."""
    return np.asarray(np.log(np.maximum(exposed, _NOBODY)))


def weekday(day: int) -> int:
    """Of a day since 1970; 0 is Monday."""
    return (day + 3) % 7


def _half_deviance(observed: Integers, mean: Floats) -> float:
    from scipy.special import xlogy

    ratio = np.divide(observed, mean, out=np.ones_like(mean), where=mean > 0)
    return float((mean - observed + xlogy(observed, ratio)).sum())
