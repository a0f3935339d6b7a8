"""Bootstrap over customers: Poisson weights on each customer's influence on the credits.

Refitting a model 200 times is replaced by its first-order effect: credit is a smooth function of
sums over customers, so resampling customers with Poisson(1) weights w moves it by
``sum (w_i - 1) * influence_i`` (Hampel 1974; the one-step bootstrap, Shao & Tu 1995, ch. 4). That
holds where no single customer weighs much. The influence holds what a customer adds to the credits
at the fitted parameters and how the customer moves effects, day levels and half-lives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CHUNK = 20_000
"""Customers whose weights are drawn at once."""

MAX_TABLED_MEAN: Final = 32
"""Poisson numbers of at most this mean are read from a table, and fit into a byte."""

_CELLS: Final = 1 << 16
_UNDECIDED: Final = 255


def poisson_bytes(rng: np.random.Generator, mean: int, size: tuple[int, ...]) -> NDArray[np.uint8]:
    """Poisson numbers of a small whole mean, about ten times as fast as ``Generator.poisson``.

    The distribution function is inverted at 16 random bits by a table. Where these do not decide,
    which is so for less than one number in 500, the bits that follow are drawn as well, so the
    distribution is exact to the precision of a double.

    Args:
        rng: source of the bits.
        mean: 1 to ``LARGEST_TABLED``.
        size: shape of what is returned.
    """
    reached, table = _tabled(mean)
    cells = rng.integers(0, _CELLS, size, dtype=np.uint16)
    drawn = table[cells]
    undecided = drawn == _UNDECIDED
    exact = (cells[undecided] + rng.random(int(undecided.sum()))) / _CELLS
    drawn[undecided] = np.searchsorted(reached, exact, side="right").astype(np.uint8)
    return drawn


@cache
def _tabled(mean: int) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """The distribution function at 0, 1, 2, ..., and its inverse where 16 bits decide it."""
    steps = np.arange(1, _UNDECIDED)
    reached = np.cumsum(np.cumprod(np.append(math.exp(-mean), mean / steps)))
    low = np.searchsorted(reached, np.arange(_CELLS) / _CELLS, side="right")
    high = np.searchsorted(reached, np.arange(1, _CELLS + 1) / _CELLS, side="left")
    return reached, np.where(low == high, low, _UNDECIDED).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class PoissonWeights:
    """Bootstrap weights of a population, reproducible from its seed.

    Attributes:
        customers: size of the population.
        draws: number of resamples.
        seed: of the weights.
    """

    customers: int
    draws: int
    seed: int

    def deviations(self, influence: NDArray[np.float64]) -> NDArray[np.float64]:
        """Draws less estimate, ``[draws, columns]``, for influences ``[customers, columns]``."""
        total = np.zeros((self.draws, influence.shape[1]))
        for start, weights in self._chunks():
            total += (weights - 1.0) @ influence[start : start + weights.shape[1]]
        return total

    def of(self, customers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Weights ``[draws, n]`` of some customers."""
        weights_of = np.empty((self.draws, len(customers)), dtype=np.float32)
        for start, weights in self._chunks():
            inside = (customers >= start) & (customers < start + weights.shape[1])
            weights_of[:, inside] = weights[:, customers[inside] - start]
        return weights_of

    def _chunks(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        for start in range(0, self.customers, CHUNK):
            size = min(CHUNK, self.customers - start)
            rng = np.random.default_rng([self.seed, start])
            yield start, poisson_bytes(rng, 1, (self.draws, size)).astype(np.float64)


def interval(
    credit: NDArray[np.float64], deviations: NDArray[np.float64], *, level: float = 0.9
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends ``[columns]`` of the central interval of the draws around the credit.

    A further draw falls beyond each end with the wanted chance (Weibull's plotting
    positions); those that NumPy takes by default lie closer in, the more so the fewer the draws.
    """
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(deviations, [tail, 100 - tail], axis=0, method="weibull")
    return credit + low, credit + high


def ranking_probabilities(
    credit: NDArray[np.float64], deviations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Chance ``[columns, columns]`` that the first is credited with more than the second."""
    draws = credit + deviations
    return np.asarray((draws[:, :, None] > draws[:, None, :]).mean(axis=0))
