"""Credit of each key by a part of the conversions, such as those of one day or one segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import Amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.domain import Categorical, ModelCredits

TOLERANCE: Final = 1e-9
"""Of one conversion, or of all that a model credits: what rounding leaves."""

NO_PART: Final = np.iinfo(np.int64).min
"""Part of credit that belongs to no conversion; as a date, not a time."""


@dataclass(frozen=True, slots=True, eq=False)
class PartialCredit:
    """Credit of one model at one level, grouped by key (compressed sparse rows).

    Key k has the parts ``first[k]`` to ``first[k + 1]`` (exclusive).

    Attributes:
        keys: names of channels, or ids of campaigns or creatives.
        first: int64 ``[keys + 1]``.
        part: int64 ``[n]``, number of the part, else ``NO_PART``.
        credit: float64 ``[n]``, conversions.
        value: float64 ``[n]``, currency.
    """

    keys: tuple[str, ...]
    first: NDArray[np.int64]
    part: NDArray[np.int64]
    credit: NDArray[np.float64]
    value: NDArray[np.float64]

    @property
    def key_of_row(self) -> NDArray[np.int64]:
        """Number of the key of each row."""
        return np.repeat(np.arange(len(self.keys)), np.diff(self.first))


def credit_by_part(
    credit: TouchCredit,
    entity: Categorical,
    parts: NDArray[np.int64],
    totals: Mapping[str, Amount],
) -> PartialCredit:
    """Sum the credit of touches by key and part; the sums over parts are the totals.

    A causal model also credits touches that no conversion follows. The difference between a total
    and its parts is that credit, and has no part.

    Args:
        credit: of touches.
        entity: the key of each touch; touches of unknown keys are left out.
        parts: of each conversion.
        totals: credit by key.
    """
    codes = entity.codes[credit.touch].astype(np.int64)
    known = codes >= 0
    number = parts[credit.conversion[known]]
    start = number.min() if len(number) else 0
    span = number.max() - start + 1 if len(number) else 1
    cells, cell = np.unique(codes[known] * span + number - start, return_inverse=True)
    columns = (
        np.array([entity.keys[code] for code in cells // span], dtype=object),
        cells % span + start,
        np.bincount(cell, credit.credit[known], len(cells)).astype(np.float64),
        np.bincount(cell, credit.value[known], len(cells)).astype(np.float64),
    )
    rest = _without_part(columns, totals)
    key, part, conversions, value = (
        np.concatenate(pair) for pair in zip(columns, rest, strict=True)
    )
    keys, row = np.unique(key.astype(str), return_inverse=True)
    # what has no part comes last, as dates that are no time do
    order = np.lexsort((part, part == NO_PART, row))
    first = np.searchsorted(row[order], np.arange(len(keys) + 1))
    return PartialCredit(
        tuple(map(str, keys)), first, part[order], conversions[order], value[order]
    )


def totals_of(model: ModelCredits) -> dict[str, Amount]:
    """Credit by key."""
    return {
        line.key: Amount(line.conversions, line.value)
        for line in model.credits
        if line.key is not None
    }


Columns = tuple[
    "NDArray[np.object_]",
    "NDArray[np.int64]",
    "NDArray[np.float64]",
    "NDArray[np.float64]",
]


def _without_part(columns: Columns, totals: Mapping[str, Amount]) -> Columns:
    """What is left of each total, as rows without a part."""
    keys = list(totals)
    place = {key: number for number, key in enumerate(keys)}
    row = np.array([place[key] for key in columns[0]], np.int64)
    left = [
        np.array([getattr(totals[key], name) for key in keys], np.float64)
        - np.bincount(row, summed, len(keys))
        for name, summed in (("conversions", columns[2]), ("value", columns[3]))
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
        np.full(remains.sum(), NO_PART),
        left[0][remains],
        left[1][remains],
    )


def of_rows(credit: PartialCredit, rows: NDArray[np.int64]) -> PartialCredit:
    """Some rows of credit alone; keys without any are left out.

    Args:
        credit: of all.
        rows: ascending.
    """
    keys, counts = np.unique(credit.key_of_row[rows], return_counts=True)
    return PartialCredit(
        tuple(credit.keys[key] for key in keys.tolist()),
        np.append(0, np.cumsum(counts)).astype(np.int64),
        credit.part[rows],
        credit.credit[rows],
        credit.value[rows],
    )
