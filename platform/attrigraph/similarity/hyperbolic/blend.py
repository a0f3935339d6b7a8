"""The blended score of candidates, and their order.

Text finds what is described alike, positions find what belongs together. With the hyperbolic
distance D_H and the cosine distance d_cos, the score is

    alpha D_H / median(D_H) + (1 - alpha) d_cos / median(d_cos)

with the medians over the candidates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def blended(
    hyperbolic: NDArray[np.float64], cosine: NDArray[np.float64], alpha: float
) -> NDArray[np.float64]:
    """Scores of candidates ``[n]`` from both distances ``[n]``; smaller is more similar.

    Raises:
        InputError: alpha is not in [0, 1].
    """
    if not 0 <= alpha <= 1:
        raise InputError(f"alpha must be in [0, 1], got {alpha}")
    return alpha * _by_median(hyperbolic) + (1 - alpha) * _by_median(cosine)


def _by_median(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances in units of their median, or as they are where it is 0."""
    middle = float(np.median(distance)) if distance.size else 0.0
    return distance / middle if middle > 0 else distance


def rank(ids: Sequence[str], scores: NDArray[np.float64], k: int) -> list[int]:
    """Rows of the k smallest scores, ties by id; a k above the number of rows returns all.

    Raises:
        InputError: k is below 1.
    """
    if k < 1:
        raise InputError(f"k must be at least 1, got {k}")
    return sorted(range(len(ids)), key=lambda row: (scores[row], ids[row]))[:k]
