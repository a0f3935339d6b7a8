"""Pairs of channels of which the data show only the sum: that sum, with its interval.

What one channel of such a pair gains the other loses, so its own interval is wide and the interval
of the sum is not. It is taken from the draws of both credits together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.attribution.credit.bootstrap import interval
from attrigraph.attribution.incremental.identification.open_ranges import OF_PAIRS
from attrigraph.domain.pair_credit import PairCredit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def pair_sums(
    names: Sequence[str | None],
    pairs: Sequence[tuple[int, int]],
    reasons: Sequence[tuple[str, ...]],
    credit: NDArray[np.float64],
    deviations: NDArray[np.float64],
) -> tuple[PairCredit, ...]:
    """The sum of each pair that is identified: nothing else is wrong with either channel.

    Nor has an experiment measured one of them.

    Args:
        names: of the channels.
        pairs: two channels each, by their place in ``names``.
        reasons: why each channel is not identified.
        credit: conversions, ``[keys]``.
        deviations: draws of the credits minus the credits, ``[draws, keys]``; without draws a sum
            has no interval.
    """
    return tuple(
        _sum((names[pair[0]], names[pair[1]]), credit[[*pair]], deviations[:, [*pair]])
        for pair in pairs
        if all(reasons[key] and OF_PAIRS.issuperset(reasons[key]) for key in pair)
    )


def _sum(
    channels: tuple[str | None, str | None],
    credit: NDArray[np.float64],
    deviations: NDArray[np.float64],
) -> PairCredit:
    total = float(credit.sum())
    if len(deviations) == 0:
        return PairCredit(channels, total)
    low, high = interval(credit.sum(keepdims=True), deviations.sum(axis=1, keepdims=True))
    return PairCredit(channels, total, float(low[0]), float(high[0]))
