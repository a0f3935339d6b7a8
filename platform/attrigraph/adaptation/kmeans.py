"""k-means with seeds by k-means++ (Arthur & Vassilvitskii 2007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
    labels: NDArray[np.intp]
    inertia: float


def kmeans(
    points: Floats, k: int, *, seed: int = 0, starts: int = 10, max_rounds: int = 100
) -> Clusters:
    """The best of some starts, for points ``[n, n_dimensions]``.

    Raises:
        InputError: k is not between 1 and the number of points.
    """
    if not 1 <= k <= len(points):
        raise InputError(f"k must be between 1 and the {len(points)} points, got {k}")
    rng = np.random.default_rng(seed)
    runs = (_lloyd(points, _first_centres(points, k, rng), max_rounds) for _ in range(starts))
    return min(runs, key=lambda clusters: clusters.inertia)


def _first_centres(points: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Each next one is drawn in proportion to the squared distance from the nearest so far."""
    chosen = [int(rng.integers(len(points)))]
    nearest = _squared_distances(points, points[chosen])[:, 0]
    while len(chosen) < k:
        total = nearest.sum()
        chances = nearest / total if total > 0 else None
        chosen.append(int(rng.choice(len(points), p=chances)))
        nearest = np.minimum(nearest, _squared_distances(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _lloyd(points: Floats, centres: Floats, max_rounds: int) -> Clusters:
    labels = np.full(len(points), -1)
    for _ in range(max_rounds):
        distances = _squared_distances(points, centres)
        before, labels = labels, distances.argmin(axis=1)
        if np.array_equal(before, labels):
            break
        centres = _means(points, labels, centres)
    inertia = float(((points - centres[labels]) ** 2).sum())
    return Clusters(centres, labels, inertia)


def _means(points: Floats, labels: NDArray[np.intp], centres: Floats) -> Floats:
    """Mean of each cluster; an empty one keeps its centre."""
    sums = np.zeros_like(centres)
    np.add.at(sums, labels, points)
    counts = np.bincount(labels, minlength=len(centres))
    means = centres.copy()
    filled = counts > 0
    means[filled] = sums[filled] / counts[filled, None]
    return means


def _squared_distances(points: Floats, centres: Floats) -> Floats:
    """``[n, k]``, at least 0."""
    squares = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)
    return np.asarray(np.maximum(squares - 2 * points @ centres.T, 0.0))
