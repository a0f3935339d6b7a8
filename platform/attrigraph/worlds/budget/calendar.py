"""The days of a budget world: what is spent on each of them, and the demand of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import lfilter

from attrigraph.worlds.data import START_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.budget.spec import BudgetCampaign, BudgetSpec

    Floats = NDArray[np.float64]

FIRST_WEEKDAY: Final = datetime.fromtimestamp(START_MS / 1000, UTC).weekday()
"""Weekday of the first day; Monday is 0."""

BUYING_WEEKDAYS: Final = (1.1, 1.1, 1.1, 1.05, 1.0, 0.8, 0.85)
"""Factors of spend from Monday to Sunday."""

LEVEL_SPREAD: Final = 0.7
"""Sd of the logarithm of a campaign's level, which changes about every ten days."""

LEVEL_DAYS: Final = 10

DAY_SPREAD: Final = 0.15
"""Sd of the logarithm of what a day spends more or less."""


def demand(spec: BudgetSpec) -> Floats:
    """Factors of the hazard ``[days]``, with a mean of 1."""
    factors = by_weekday(spec.weekdays, spec.days) * seasonal(spec)
    return np.asarray(factors / factors.mean())


def seasonal(spec: BudgetSpec) -> Floats:
    """Factors of the season ``[days]``: one wave that peaks at two thirds of the window."""
    phase = 2 * np.pi * (np.arange(spec.days) / spec.days - 2 / 3)
    return np.asarray(1 + spec.season * np.cos(phase))


def by_weekday(factors: tuple[float, ...], days: int) -> Floats:
    """The factor of each day ``[days]``."""
    return np.array(factors, dtype=np.float64)[(FIRST_WEEKDAY + np.arange(days)) % 7]


def daily_spend(spec: BudgetSpec, customers: int, rng: np.random.Generator) -> Floats:
    """Spend ``[campaigns, days]``, currency.

    Its mean is what the rate of a campaign costs; days differ by weekday, flights, season, levels
    that last about ten days, and chance.
    """
    return np.stack(
        [
            campaign.rate * campaign.cost * customers * _pattern(spec, campaign, rng)
            for campaign in spec.campaigns
        ]
    )


def _pattern(spec: BudgetSpec, campaign: BudgetCampaign, rng: np.random.Generator) -> Floats:
    """Relative spend ``[days]`` with a mean of 1."""
    shock = rng.standard_normal((2, spec.days))
    if campaign.steady:
        return np.ones(spec.days)
    keep = np.exp(-1 / LEVEL_DAYS)
    shock[0, 1:] *= np.sqrt(1 - keep**2)
    level = LEVEL_SPREAD * lfilter([1.0], [1.0, -keep], shock[0]) + DAY_SPREAD * shock[1]
    pattern = np.exp(level) * by_weekday(BUYING_WEEKDAYS, spec.days)
    pattern = pattern * seasonal(spec) ** spec.follows
    if campaign.flights is not None:
        on, off = campaign.flights
        pattern = pattern * ((np.arange(spec.days) + rng.integers(on + off)) % (on + off) < on)
    return np.asarray(pattern / pattern.mean())
