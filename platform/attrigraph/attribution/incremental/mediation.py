"""Mediation: half of the credit of triggered touches goes to the touches that triggered them.

A triggered touch happens only where its parent's channel *and* its own are on, so the game of
interventions splits its credit equally between both. The hazard's game takes touches as given and
leaves it all with the child; so half of the triggered share of the child's credit is moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.triggers import Triggers


def triggered_share(
    histories: Histories, triggers: Triggers, days: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share ``[parent, child]`` of each child's touches that the parent's touches triggered.

    Args:
        histories: the population.
        triggers: touches that touches cause.
        days: until when each customer counts, ``[customers]``.
    """
    keys = len(histories.keys)
    inside = histories.time <= days[histories.customer]
    customer, key = histories.customer[inside], histories.key[inside]
    age = days[customer] - histories.time[inside]
    total = np.maximum(np.bincount(key, minlength=keys), 1)
    share = np.zeros((keys, keys))
    for parent in np.flatnonzero(triggers.mean.any(axis=(1, 2))):
        mine = key == parent
        row = np.zeros(mine.sum(), dtype=np.int64)
        share[parent] = triggers.expected(row, key[mine], age[mine], 1)[0] / total
    return share


def transfer(share: NDArray[np.float64], part: float = 0.5) -> NDArray[np.float64]:
    """Matrix T ``[keys, keys]`` so that ``credit @ T`` has the given part of the share moved.

    Its rows sum to 1: nothing is lost or made.
    """
    moved = part * share.T  # [child, parent]
    return np.asarray(np.eye(len(share)) - np.diag(moved.sum(axis=1)) + moved)
