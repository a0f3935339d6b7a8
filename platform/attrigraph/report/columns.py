"""Column charts of the report as lists of columns, which the page draws without a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.quantities import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LENGTH: Final = 15
"""Longer journeys are in the last column."""

MAX_BINS: Final = 30

STEPS: Final = tuple(digit * 10.0**power for power in range(-2, 5) for digit in (1, 2, 5))
"""Widths of columns: round numbers of hours or days."""

ROUNDING: Final = 1e-9
"""Part of a column by which a time that ends it may be beyond it."""


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


@dataclass(frozen=True, slots=True)
class LagChart:
    """Conversions by time from the first touch.

    Attributes:
        columns: their names are where they begin, in the unit.
        end: where the last one ends.
        median: within which time half of the conversions came.
        unit: ``days``, or ``hours`` where no conversion took longer than two days.
    """

    columns: tuple[Column, ...]
    end: str
    median: str
    unit: str


def lag_chart(days: NDArray[np.float64]) -> LagChart | None:
    """The chart of the time to conversion; None without conversions.

    Args:
        days: float64 ``[n]``, from the first touch, not below 0.
    """
    if not len(days):
        return None
    longest = float(days.max())
    unit, per_day = ("days", 1.0) if longest > 2 else ("hours", 24.0)
    step = next(step for step in STEPS if longest * per_day <= step * MAX_BINS)
    n_bins = max(1, int(np.ceil(longest * per_day / step - ROUNDING)))
    edges = step * np.arange(n_bins + 1)
    counts = np.histogram(np.minimum(days * per_day, edges[-1]), bins=edges)[0]
    names = [f"{edge:g}" for edge in edges]
    columns = (
        Column(
            start,
            round(100 * number / int(counts.max()), 2),
            100.0,
            f"{start} to {end} {unit}: {counted(number, 'conversion')}",
        )
        for number, start, end in zip(counts.tolist(), names, names[1:], strict=False)
    )
    return LagChart(tuple(columns), names[-1], f"{np.median(days) * per_day:.1f} {unit}", unit)
