"""What further touches cost: spend and touches of the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.local_days import days_of
from attrigraph.planning.touch_prices import touch_price
from attrigraph.spend.daily_series import daily_spend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.data import EventData
    from attrigraph.planning.spend_curves import CurveLevel
    from attrigraph.planning.touch_prices import TouchPrice
    from attrigraph.spend.accounts import Spend
    from attrigraph.spend.costs import KeyCost
    from attrigraph.spend.period import Period

    Floats = NDArray[np.float64]

SAME: Final = 0.01
"""Relative difference of costs up to which the rows of spend that name a key are all of its."""


def prices_by_key(
    data: EventData,
    spend: Spend,
    period: Period,
    costs: Mapping[str | None, KeyCost],
    by: CurveLevel,
    multiples: Floats,
) -> dict[str, TouchPrice]:
    """What multiples of the spend on a key buy; see ``bought_touches``.

    Only of keys whose cost in the period is that of the rows of spend that name them.

    Args:
        data: with the touches.
        spend: rows of spend per day.
        period: the days that count.
        costs: of the keys in this period.
        by: what a key is.
        multiples: of the spend.
    """
    if not len(spend.days):
        return {}
    start, end = period.days
    first, n_days = np.datetime64(start), (end - start).days + 1
    touches = _touches_by_day(data, period, by, first, n_days)
    return {
        key: touch_price(paid, touches[key], multiples)
        for key, paid in daily_spend(spend, by, first, n_days).items()
        if key in touches and _is_all(paid, costs[key].cost)
    }


def _is_all(paid: Floats, cost: float | None) -> bool:
    """Whether daily spend is all of a cost above 0."""
    return cost is not None and cost > 0 and abs(float(paid.sum()) - cost) <= SAME * cost


def _touches_by_day(
    data: EventData, period: Period, by: CurveLevel, first: np.datetime64, n_days: int
) -> dict[str, Floats]:
    touches = data.events.touches
    inside = (touches.time >= period.start) & (touches.time < period.end)
    column = getattr(touches, by)
    codes, times = column.codes[inside], touches.time[inside]
    if not len(times):
        return {}
    day = (days_of(times, period.zone) - first).astype(np.int64)
    is_named, n_keys = codes >= 0, len(column.keys)
    cell = codes[is_named].astype(np.int64) * n_days + day[is_named]
    table = np.bincount(cell, minlength=n_keys * n_days).reshape(n_keys, n_days).astype(np.float64)
    return {key: row for key, row in zip(column.keys, table, strict=True) if row.any()}
