"""What spend was for: each combination of names once, with its cost in the period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.returns import SpendLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import ClaimDays, SpendDays
    from attrigraph.domain.columns import Amounts, Flags, Rows

NAMES: Final = ("platform", "channel", "campaign", "campaign_name", "creative")
"""Columns of spend that name what it was for."""


@dataclass(frozen=True, slots=True)
class SpendTarget:
    """One combination of names.

    Attributes:
        line: the names, and the cost in the period.
        start: start of the time that the platform's rows cover, epoch milliseconds.
        end: its end, exclusive.
    """

    line: SpendLine
    start: int
    end: int


def spend_targets(
    spend: SpendDays | ClaimDays, cost: Amounts, counted: Flags, bounds: tuple[Rows, Rows]
) -> tuple[SpendTarget, ...]:
    """The combinations, in the order of their names.

    A platform's rows cover the time from its first day to its last one: exports leave out days
    without cost.

    Args:
        spend: per day.
        cost: float64 ``[n]`` of each row, in the currency of the answer.
        counted: bool ``[n]``, which rows are in the period.
        bounds: start and end of each row's day, int64 ``[n]`` each.
    """
    if not len(spend):
        return ()
    codes = np.stack([getattr(spend, name).codes for name in NAMES])
    names, target = np.unique(codes, axis=1, return_inverse=True)
    n = names.shape[1]
    sums = np.bincount(target, weights=np.where(counted, cost, 0.0), minlength=n)
    covered = _covered_times(spend.platform.codes, bounds)
    return tuple(
        SpendTarget(
            SpendLine(float(sums[i]), **_texts(spend, names[:, i].tolist())),
            *covered[int(names[0, i])],
        )
        for i in range(n)
    )


def _texts(spend: SpendDays | ClaimDays, codes: Sequence[int]) -> dict[str, str | None]:
    return {
        name: None if code < 0 else getattr(spend, name).keys[code]
        for name, code in zip(NAMES, codes, strict=True)
    }


def _covered_times(
    platform: NDArray[np.int32], bounds: tuple[Rows, Rows]
) -> dict[int, tuple[int, int]]:
    """Start of the first day and end of the last one, by code of the platform."""
    starts, ends = bounds
    return {
        int(code): (int(starts[platform == code].min()), int(ends[platform == code].max()))
        for code in np.unique(platform)
    }
