"""The kinds of conversions in events, the most valuable first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attrigraph.domain import Conversions


@dataclass(frozen=True, slots=True)
class KindTotal:
    """All conversions of a kind.

    Attributes:
        kind: its name.
        conversions: their number.
        value: sum of their values, currency.
    """

    kind: str
    conversions: int
    value: float


def kinds_by_value(
    conversions: Conversions, window: tuple[int, int] | None = None
) -> tuple[str, ...]:
    """The kinds of the conversions in a window, in the order of ``totals_by_kind``."""
    return tuple(total.kind for total in totals_by_kind(conversions, window))


def totals_by_kind(
    conversions: Conversions, window: tuple[int, int] | None = None
) -> tuple[KindTotal, ...]:
    """The kinds of the conversions in a window, each once.

    The first has the largest value, of equal ones the most conversions, of equal ones the first
    name. Conversions without a kind are not among them; none gives none.

    Args:
        conversions: all conversions.
        window: epoch milliseconds ``[start, end)``; None for all.
    """
    inside = conversions.kind.codes >= 0
    if window is not None:
        inside &= (conversions.time >= window[0]) & (conversions.time < window[1])
    codes, keys = conversions.kind.codes[inside], conversions.kind.keys
    counts = np.bincount(codes, minlength=len(keys)).tolist()
    values = np.bincount(codes, conversions.value[inside], len(keys)).astype(np.float64).tolist()
    totals = [KindTotal(*total) for total in zip(keys, counts, values, strict=True) if total[1]]
    return tuple(sorted(totals, key=lambda one: (-one.value, -one.conversions, one.kind)))
