"""Credit over time: of each key by day of the conversion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.credit.by_part import credit_by_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.domain import Amount, Categorical


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

    Credit that belongs to no conversion has no day.

    Args:
        credit: of touches.
        entity: the key of each touch; touches of unknown keys are left out.
        days: of each conversion.
        totals: credit by key.
    """
    found = credit_by_part(credit, entity, days.astype(np.int64), totals)
    day = found.part.astype("datetime64[D]")
    return DailyCredit(found.keys, found.first, day, found.credit, found.value)
