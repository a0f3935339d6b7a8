"""The kinds of conversions in events, the most valuable first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from attrigraph.domain import Conversions


def kinds_by_value(
    conversions: Conversions, window: tuple[int, int] | None = None
) -> tuple[str, ...]:
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
    codes, n_kinds = conversions.kind.codes[inside], len(conversions.kind.keys)
    counts = np.bincount(codes, minlength=n_kinds)
    values = np.bincount(codes, conversions.value[inside], n_kinds).astype(np.float64)
    return tuple(conversions.kind.keys[code] for code in _ranked(conversions, values, counts))


def _ranked(
    conversions: Conversions, values: NDArray[np.float64], counts: NDArray[np.int64]
) -> Iterable[int]:
    keys = conversions.kind.keys
    occurring: list[int] = np.flatnonzero(counts).tolist()
    return sorted(occurring, key=lambda code: (-values[code], -counts[code], keys[code]))
