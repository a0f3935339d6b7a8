"""Mediation: half of the credit of triggered touches goes to the touches that triggered them.

A triggered touch happens only if its parent's channel *and* its own are on, so the game of
interventions splits its credit equally between both. The hazard's game treats touches as fixed and
gives all credit to the child, so half of the triggered share of the child's credit is transferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import TriggeredShare
from attrigraph.domain.credit import by_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.triggers import Triggers

Z_90: Final = 1.6449
"""Standard errors from the middle of a normal 90 % interval to its ends."""


def triggered_share(
    histories: Histories,
    triggers: Triggers,
    days: NDArray[np.float64],
    *,
    within_lookback: bool = False,
) -> NDArray[np.float64]:
    """Share ``[parent, child]`` of each child's touches that the parent's touches triggered.

    Touches in the window count, as parents and as children, and channels of marketing alone.

    Args:
        histories: the population.
        triggers: touches caused by other touches.
        days: end of each customer's time at risk, ``[customers]``.
        within_lookback: whether only what a touch triggers within its own lookback counts.
    """
    keys = len(histories.keys)
    at_risk = histories.is_in_window & (histories.time <= days[histories.customer])
    customer, key = histories.customer[at_risk], histories.key[at_risk]
    age = days[customer] - histories.time[at_risk]
    if within_lookback:
        age = np.minimum(age, histories.lookback_of_touches[at_risk])
    total = np.maximum(np.bincount(key, minlength=keys), 1)
    share = np.zeros((keys, keys))
    for parent in np.flatnonzero(triggers.mean.any(axis=(1, 2))):
        is_parent = key == parent
        row = np.zeros(is_parent.sum(), dtype=np.int64)
        share[parent] = triggers.expected(row, key[is_parent], age[is_parent], 1)[0] / total
    if histories.marketing is not None:
        share *= histories.marketing[:, None] & histories.marketing
    return share


def triggered_shares(
    keys: Sequence[str | None], share: NDArray[np.float64], triggers: Triggers
) -> tuple[TriggeredShare, ...]:
    """The triggered shares by name, the largest first, with 90 % intervals.

    A share is proportional to the touches that one touch triggers, so both have the same relative
    standard error.

    Args:
        keys: names of the channels.
        share: ``[parent, child]``, see ``triggered_share``.
        triggers: touches caused by other touches, with their standard errors.
    """
    sums = triggers.mean.sum(axis=2)
    half_width = Z_90 * share * triggers.error / np.where(sums > 0, sums, np.inf)
    low, high = np.clip(share - half_width, 0.0, 1.0), np.clip(share + half_width, 0.0, 1.0)
    return by_share(
        TriggeredShare(
            channel=keys[child],
            by=keys[parent],
            share=min(float(share[parent, child]), 1.0),
            low=float(low[parent, child]),
            high=float(high[parent, child]),
        )
        for parent, child in np.argwhere(share > 0)
    )


def mediated(
    histories: Histories, triggers: Triggers, days: NDArray[np.float64], part: float
) -> NDArray[np.float64]:
    """The matrix of ``transfer`` for what touches triggered within their lookback.

    A touch has no effect beyond it, so its channel has no part of what followed later.
    """
    return transfer(triggered_share(histories, triggers, days, within_lookback=True), part)


def transfer(share: NDArray[np.float64], part: float = 0.5) -> NDArray[np.float64]:
    """Matrix T ``[keys, keys]``: ``credit @ T`` transfers ``part`` of the triggered share.

    Its rows sum to 1, so the total credit is unchanged.
    """
    moved = part * share.T  # [child, parent]
    return np.asarray(np.eye(len(share)) - np.diag(moved.sum(axis=1)) + moved)
