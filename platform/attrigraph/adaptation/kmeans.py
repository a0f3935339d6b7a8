"""The best of several runs of SciPy's k-means++ (Arthur & Vassilvitskii 2007)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.vq import kmeans2

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """A partition of points.

    Attributes:
        centres: mean of each cluster ``[k, n_dimensions]``.
        labels: number of the cluster of each point ``[n]``.
        inertia: sum of squared distances of points from their centres.
    """

    centres: Floats
    labels: NDArray[np.int32]
    inertia: float


def kmeans(
    points: Floats, k: int, *, seed: int = 0, starts: int = 10, max_rounds: int = 100
) -> Clusters:
    """The best of some starts, for points ``[n, n_dimensions]``; clusters may be empty.

    Raises:
        InputError: k is not between 1 and the number of points.
    """
    if not 1 <= k <= len(points):
        raise InputError(f"k must be between 1 and the {len(points)} points, got {k}")
    rng = np.random.default_rng(seed)
    runs = (_run(points, k, max_rounds, rng) for _ in range(starts))
    return min(runs, key=lambda clusters: clusters.inertia)


def _run(points: Floats, k: int, max_rounds: int, rng: np.random.Generator) -> Clusters:
    # fewer distinct points than clusters leave some of them empty
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.filterwarnings("ignore", message="One of the clusters is empty")
        centres, labels = kmeans2(points, k, iter=max_rounds, minit="++", seed=rng)
    return Clusters(centres, labels, float(((points - centres[labels]) ** 2).sum()))
