"""Simulated conversion rates of campaigns: an account without change, markets that move, faults.

Campaigns have 30 conversions per day (log-normal, sd .7), of 3,000 exposed customers (sd .5), and a
common season of a week. What happens begins at two thirds of the days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.adaptation.conversion_rates import DailyRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRIFTS: Final = ("none", "jumps", "slow", "market falls")
FAULTS: Final = ("half is lost", "campaigns are mixed up")


def rate_history(
    event: str = "none", *, seed: int, campaigns: int = 40, days: int = 180
) -> DailyRates:
    """One of ``DRIFTS`` or ``FAULTS``."""
    rng = np.random.default_rng(seed)
    exposed = rng.poisson(3000 * np.exp(0.5 * rng.normal(size=(campaigns, 1))), (campaigns, days))
    usual = 30 * np.exp(0.7 * rng.normal(size=(campaigns, 1)))
    week = 1 + 0.3 * np.sin(2 * np.pi * np.arange(days) / 7)
    change = np.exp(_log_change(event, rng.normal(size=(campaigns, 1)), days))
    mean = usual * week * change * exposed / exposed.mean(axis=1, keepdims=True)
    conversions = rng.poisson(mean)
    after = slice(days * 2 // 3, days)
    if event == "half is lost":
        conversions[rng.random(campaigns) < 0.5, after] = 0
    if event == "campaigns are mixed up":
        conversions[:, after] = rng.permuted(conversions[:, after], axis=0)
    return DailyRates(tuple(map(str, range(campaigns))), 20_000, exposed, conversions)


def _log_change(event: str, draws: Floats, days: int) -> Floats:
    """Of the rates ``[campaigns, days]``."""
    day = np.arange(days)
    after = (day >= days * 2 // 3).astype(float)
    size = {"jumps": 0.4 * draws * after, "market falls": np.log(0.6) * after}
    size["slow"] = 0.4 * draws * np.maximum(0.0, 2 * (day / days - 1 / 3))
    return np.asarray(size.get(event, 0.0 * after))
