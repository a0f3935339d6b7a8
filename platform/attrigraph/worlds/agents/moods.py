"""Intent that moves: phases in the market, and drifting interest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class InMarket:
    """An agent enters the market now and then, and leaves it after some days.

    Attributes:
        chance: to enter on a day outside.
        days: mean length of a phase.
        effect: added to the log hazard inside.
    """

    chance: float
    days: float
    effect: float

    def path(self, agents: int, days: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """1 inside the market and 0 outside ``[agents, days]``, from the stationary chain."""
        luck = rng.random((days + 1, agents))
        inside = luck[0] < self.chance / (self.chance + 1 / self.days)
        path = np.empty((agents, days))
        for day in range(days):
            inside = np.where(inside, luck[day + 1] >= 1 / self.days, luck[day + 1] < self.chance)
            path[:, day] = inside
        return path


@dataclass(frozen=True, slots=True)
class Drift:
    """An agent's interest drifts (autoregressive of order 1, mean 0, sd 1).

    Attributes:
        persistence: correlation of one day with the next, in [0, 1).
        effect: coefficient in the log hazard.
    """

    persistence: float
    effect: float

    def path(self, agents: int, days: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Interest ``[agents, days]``, from the stationary process."""
        shock = rng.standard_normal((agents, days))
        shock[:, 1:] *= np.sqrt(1 - self.persistence**2)
        return np.asarray(lfilter([1.0], [1.0, -self.persistence], shock))


def remembered(path: NDArray[np.float64], half_life: float) -> NDArray[np.float64]:
    """A mood as targeting knows it: a mean of the days so far, weighted by their age.

    Args:
        path: ``[agents, days]``.
        half_life: days; 0 for today's mood alone.
    """
    if half_life == 0:
        return path
    keep = 2.0 ** (-1.0 / half_life)
    return np.asarray(lfilter([1 - keep], [1.0, -keep], path))
