"""Credit over time: of each key by day of the conversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.domain import Amount, Categorical

TOLERANCE: Final = 1e-9
"""Of one conversion, or of all that a model credits: what rounding leaves."""


@dataclass(frozen=True, slots=True, eq=False)
class DailyCredit:
    """Credit of one model at one level, grouped by key (compressed sparse rows).

    Key k has the days ``first[k]`` to ``first[k + 1]`` (exclusive).

    Attributes:
        keys: names of channels, or ids of campaigns or creatives.
        first: int64 ``[keys + 1]``.
        day: datetime64[D] ``[n]``; not a time for credit that belongs to no conversion.
        credit: float64 ``[n]``, conversions.
        value: float64 ``[n]``, currency.
    """

    keys: tuple[str, ...]
    first: NDArray[np.int64]
    day: NDArray[np.datetime64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]


def credit_by_day(
    credit: TouchCredit,
    entity: Categorical,
    days: NDArray[np.datetime64],
    totals: Mapping[str, Amount],
) -> DailyCredit:
    """Sum the credit of touches by key and day; the sums over days are the totals.

    A causal model also credits touches that no conversion follows. The difference between a total
    and its days is that credit, and has no day.

    Args:
        credit: of touches.
        entity: the key of each touch; touches of unknown keys are left out.
        days: of each conversion.
        totals: credit by key.
    """
    codes = entity.codes[credit.touch].astype(np.int64)
    known = codes >= 0
    number = days[credit.conversion[known]].astype(np.int64)
    start = number.min() if len(number) else 0
    span = number.max() - start + 1 if len(number) else 1
    cells, cell = np.unique(codes[known] * span + number - start, return_inverse=True)
    columns = (
        np.array([entity.keys[code] for code in cells // span], dtype=object),
        (cells % span + start).astype("datetime64[D]"),
        np.bincount(cell, credit.credit[known], len(cells)).astype(np.float64),
        np.bincount(cell, credit.value[known], len(cells)).astype(np.float64),
    )
    rest = _without_day(columns, totals)
    key, day, conversions, value = (
        np.concatenate(pair) for pair in zip(columns, rest, strict=True)
    )
    keys, row = np.unique(key.astype(str), return_inverse=True)
    order = np.lexsort((day, row))
    first = np.searchsorted(row[order], np.arange(len(keys) + 1))
    return DailyCredit(tuple(map(str, keys)), first, day[order], conversions[order], value[order])


Columns = tuple[
    "NDArray[np.object_]",
    "NDArray[np.datetime64]",
    "NDArray[np.float64]",
    "NDArray[np.float64]",
]


def _without_day(columns: Columns, totals: Mapping[str, Amount]) -> Columns:
    """What is left of each total, as rows without a day."""
    keys = list(totals)
    place = {key: number for number, key in enumerate(keys)}
    row = np.array([place[key] for key in columns[0]], np.int64)
    left = [
        np.array([getattr(totals[key], name) for key in keys], np.float64)
        - np.bincount(row, dated, len(keys))
        for name, dated in (("conversions", columns[2]), ("value", columns[3]))
    ]
    scales = [
        max(1.0, sum(abs(getattr(total, name)) for total in totals.values()))
        for name in ("conversions", "value")
    ]
    remains = np.zeros(len(keys), bool)
    for amount, scale in zip(left, scales, strict=True):
        remains |= np.abs(amount) > TOLERANCE * scale
    return (
        np.array(keys, dtype=object)[remains],
        np.full(remains.sum(), np.datetime64("NaT", "D")),
        left[0][remains],
        left[1][remains],
    )
