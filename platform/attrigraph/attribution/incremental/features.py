"""The columns of the hazard's logit: exposures, pairs, exposures by segment, and others.

A matrix of all columns is the largest array of a fit. It is filled in place, so that its parts are
never in memory twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def feature_matrix(
    exposure: NDArray[np.float64],
    pairs: NDArray[np.int64],
    segments: NDArray[np.float64],
    *others: NDArray[np.float64],
) -> NDArray[np.float64]:
    """All columns of person-days, in the order of the fit, float64 ``[m, features]``.

    Args:
        exposure: float64 ``[m, keys]``.
        pairs: int64 ``[pairs, 2]``, exposures that are multiplied.
        segments: float64 ``[m, segments]``, membership in segments.
        others: further columns, each ``[m, ...]``: first the conditions.
    """
    rows, keys = exposure.shape
    widths = [keys, len(pairs), segments.shape[1] * keys, *(other.shape[1] for other in others)]
    features = np.empty((rows, sum(widths)))
    own, products, differing, *rest = np.split(features, np.cumsum(widths)[:-1], axis=1)
    own[:] = exposure
    np.multiply(exposure[:, pairs[:, 0]], exposure[:, pairs[:, 1]], out=products)
    for number, member in enumerate(segments.T):
        columns = slice(number * keys, (number + 1) * keys)
        np.multiply(exposure, member[:, None], out=differing[:, columns])
    for part, other in zip(rest, others, strict=True):
        part[:] = other
    return features


def by_segment(exposure: NDArray[np.float64], segments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Products ``[m, segments * keys]`` of memberships and exposures, segment by segment."""
    return (segments[:, :, None] * exposure[:, None, :]).reshape(len(exposure), -1)


def shrunk_groups(keys: int, pairs: int, segments: int) -> tuple[slice, slice]:
    """Columns whose effects shrink together: products of pairs, and exposures by segment."""
    return slice(keys, keys + pairs), slice(keys + pairs, keys + pairs + segments * keys)
