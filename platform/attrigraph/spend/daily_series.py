"""Spend and value by day: what a history of them is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from attrigraph.domain.local_days import days_of
from attrigraph.errors import InputError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from attrigraph.domain import SpendDays
    from attrigraph.spend.accounts import Spend

    Floats = NDArray[np.float64]

SeriesLevel = Literal["channel", "campaign"]


@dataclass(frozen=True, slots=True, eq=False)
class DailySeries:
    """Spend by campaign or channel, and value of conversions, of consecutive days.

    Attributes:
        keys: of campaigns or channels, sorted.
        channels: the channel of each.
        spend: float64 ``[n, days]``, in the currency.
        value: float64 ``[days]``, of all conversions, in the currency.
        start: first day.
        currency: of all money; None where it is not known.
        notes: what was left out.
    """

    keys: tuple[str, ...]
    channels: tuple[str, ...]
    spend: Floats
    value: Floats
    start: date
    currency: str | None
    notes: tuple[str, ...]


def daily_series(
    times: NDArray[np.int64],
    values: Floats,
    spend: Spend,
    by: SeriesLevel,
    zone: str | None = None,
) -> DailySeries:
    """The days on which both spend and conversions are known, from the first to the last of them.

    A row of spend belongs to the campaign that it names, by id, else by name; rows that name none
    to their channel. Days without a row had no spend.

    Args:
        times: of conversions ``[n]``, epoch milliseconds.
        values: of conversions ``[n]``, in the currency of the answer.
        spend: rows of spend per day, with the currency of the answer.
        by: what a series is of.
        zone: IANA name of the zone of the days of conversions; None for UTC.

    Raises:
        InputError: there is no spend or no value, no day has both, or the spend is in several
            currencies without rates.
    """
    if not len(spend.days):
        raise InputError("a history needs spend by day; add a table of spend (preset spend)")
    if not values.sum() > 0:
        raise InputError("a history needs the value of conversions, and no conversion has one")
    spent, bought = spend.days.date.astype("datetime64[D]"), days_of(times, zone)
    start, n_days = _common(spent, bought)
    spent_on, bought_on = ((days - start).astype(np.int64) for days in (spent, bought))
    paid, converted = ((days >= 0) & (days < n_days) for days in (spent_on, bought_on))
    table = daily_spend(spend, by, start, n_days)
    keys, channels = _keys(spend.days, by)
    channel_of = dict(zip(keys[::-1], channels[::-1], strict=True))
    return DailySeries(
        keys=tuple(table),
        channels=tuple(channel_of[name] for name in table),
        spend=np.stack([*table.values()]),
        value=np.bincount(bought_on[converted], values[converted], n_days).astype(float),
        start=start.astype(object),
        currency=spend.costs()[0],
        notes=tuple(_left_out(paid, converted)),
    )


def daily_spend(
    spend: Spend, by: SeriesLevel, start: np.datetime64, n_days: int
) -> dict[str, Floats]:
    """Spend of consecutive days ``[days]`` by campaign or channel, sorted, in the currency.

    Args:
        spend: rows of spend per day; those of other days are left out.
        by: see ``daily_series``.
        start: the first day, datetime64[D].
        n_days: their number.

    Raises:
        InputError: the spend is in several currencies without rates.
    """
    _, cost = spend.costs()
    day = (spend.days.date.astype("datetime64[D]") - start).astype(np.int64)
    inside = (day >= 0) & (day < n_days)
    keys = np.array(_keys(spend.days, by)[0], dtype=object)[inside]
    names, row = np.unique(keys, return_inverse=True)
    table = np.zeros((len(names), n_days))
    np.add.at(table, (row, day[inside]), cost[inside])
    return dict(zip(map(str, names), table, strict=True))


def _common(
    spent: NDArray[np.datetime64], bought: NDArray[np.datetime64]
) -> tuple[np.datetime64, int]:
    """The first day that is in both spans, and the number of such days."""
    start, end = max(spent.min(), bought.min()), min(spent.max(), bought.max())
    if end < start:
        raise InputError(
            f"no day has both: spend is of {spent.min()} to {spent.max()}, conversions are of "
            f"{bought.min()} to {bought.max()}"
        )
    return start, int((end - start).astype(np.int64)) + 1


def _keys(days: SpendDays, by: SeriesLevel) -> tuple[list[str], list[str]]:
    """Key and channel of each row."""
    columns = (days.channel, days.campaign, days.campaign_name, days.creative)
    rows = list(zip(*(column.values() for column in columns), strict=True))
    channels = [_first(*row) for row in rows]
    if by == "channel":
        return channels, channels
    return [_first(*names, channel, creative) for channel, *names, creative in rows], channels


def _first(*names: str | None) -> str:
    """The first name that is known; a row of spend has one."""
    return next(str(name) for name in names if name is not None)


def _left_out(paid: NDArray[np.bool_], converted: NDArray[np.bool_]) -> Iterator[str]:
    if not paid.all():
        rows = counted(int((~paid).sum()), "daily row")
        yield f"{rows} of spend outside of the days of conversions, not counted"
    if not converted.all():
        sales = counted(int((~converted).sum()), "conversion")
        yield f"{sales} outside of the days of spend, not counted"
