"""Column charts of the report as lists of columns, which the page draws without a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LENGTH: Final = 15
"""Longer journeys are in the last column."""

MAX_BINS: Final = 30


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: what is under it.
        height: in per cent of the largest column.
        part: the share of it that converted, in per cent; 100 where all did.
        text: what it stands for, as a sentence.
    """

    name: str
    height: float
    part: float
    text: str


def length_columns(
    converting: NDArray[np.float64], others: NDArray[np.float64]
) -> tuple[Column, ...]:
    """Journeys by number of touches.

    Args:
        converting: float64 ``[n + 1]``, converting journeys of 0, 1, ... n touches.
        others: float64 ``[n + 1]``, journeys that did not convert.
    """
    converted, ended = _combined(converting), _combined(others)
    total = converted + ended
    most = max(float(total.max(initial=0.0)), 1.0)
    names = [str(n) for n in range(len(total))]
    if len(converting) > MAX_LENGTH + 1:
        names[-1] = f"{MAX_LENGTH}+"
    return tuple(
        Column(
            name,
            round(100 * count / most, 2),
            round(100 * done / count, 2) if count else 0.0,
            f"{name} touches: {count:,.0f} journeys, {done:,.0f} converted",
        )
        for name, count, done in zip(names, total.tolist(), converted.tolist(), strict=True)
    )


def _combined(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(counts) <= MAX_LENGTH + 1:
        return counts
    return np.append(counts[:MAX_LENGTH], counts[MAX_LENGTH:].sum())


def lag_columns(days: NDArray[np.float64]) -> tuple[Column, ...]:
    """Conversions by days from the first touch; empty without any.

    Args:
        days: float64 ``[n]``.
    """
    if not len(days):
        return ()
    counts, edges = np.histogram(days, bins=min(MAX_BINS, max(7, int(np.ceil(days.max())))))
    most = max(int(counts.max()), 1)
    return tuple(
        Column(
            f"{start:.3g}",
            round(100 * count / most, 2),
            100.0,
            f"{start:.1f} to {end:.1f} days: {count:,} conversions",
        )
        for count, start, end in zip(counts.tolist(), edges, edges[1:], strict=False)
    )
