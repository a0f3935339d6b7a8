"""Which daily rows models can use, and why the others are left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.fatigue.daily_rows import CreativeTable, DailyRows

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

LEFT_OUT: Final[dict[str, str]] = {
    "not-finite": "a figure is infinite",
    "negative": "a figure is negative",
    "no-impressions": "the impressions are not known",
    "no-clicks": "the clicks are not known",
    "clicks-above-impressions": "there are more clicks than impressions",
    "never-shown": "the creative was never shown to the audience",
}
"""Why rows are left out, in the order in which it is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class UsableRows:
    """Rows that models can use: rows read = usable + left out.

    Attributes:
        rows: of creatives that were shown.
        creatives: those creatives; ``rows.creative`` counts these.
        left_out: number of rows by a name of ``LEFT_OUT``; none with 0.
        not_shown: ids of creatives without a usable row.
        currency: code of the currency of all costs; None where no row or data set names one.
        other_currencies: number of rows by other currencies: their costs are not known, NaN.
    """

    rows: DailyRows
    creatives: CreativeTable
    left_out: Mapping[str, int]
    not_shown: tuple[str, ...]
    currency: str | None
    other_currencies: Mapping[str, int]


def usable_rows(
    rows: DailyRows, creatives: CreativeTable, currency: str | None = None
) -> UsableRows:
    """Leave out what no model can use, and bring costs to one currency.

    Args:
        rows: as they were read.
        creatives: that they are of.
        currency: code of the currency of rows that name none; without it, the currency of most
            rows with a cost counts, of several the first by name.

    Raises:
        InputError: a creative has two rows of one audience and day.
    """
    _check_distinct(rows, creatives)
    reason = _reasons(rows)
    taken = rows.where(reason < 0)
    numbers, renumbered = np.unique(taken.creative, return_inverse=True)
    main, cost, others = _one_currency(taken, currency)
    shown = np.zeros(len(creatives), bool)
    shown[numbers] = True
    found = zip(LEFT_OUT, np.bincount(reason[reason >= 0], minlength=len(LEFT_OUT)), strict=True)
    return UsableRows(
        rows=replace(taken, creative=renumbered.astype(np.int64), cost=cost),
        creatives=creatives.take(numbers),
        left_out={name: int(number) for name, number in found if number},
        not_shown=tuple(creatives.ids[i] for i in np.flatnonzero(~shown)),
        currency=main,
        other_currencies=others,
    )


def unit_numbers(rows: DailyRows) -> tuple[Integers, Integers]:
    """The row that first has each unit ``[units]``, and the unit of each row ``[n]``.

    Units are creatives in audiences, sorted by creative and then by audience.
    """
    pair = rows.creative * max(1, len(rows.audience.keys)) + rows.audience.codes
    _, first, unit = np.unique(pair, return_index=True, return_inverse=True)
    return first.astype(np.int64), unit.astype(np.int64)


def _check_distinct(rows: DailyRows, creatives: CreativeTable) -> None:
    _, unit = unit_numbers(rows)
    order = np.lexsort((rows.day, unit))
    same = (np.diff(unit[order]) == 0) & (np.diff(rows.day[order]).astype(np.int64) == 0)
    if same.any():
        row = int(order[np.flatnonzero(same)[0]])
        raise InputError(
            f"each creative, audience and day has one row, but {creatives.ids[rows.creative[row]]} "
            f"has two for {rows.audience.keys[rows.audience.codes[row]]} on {rows.day[row]}; keep "
            "one of them"
        )


def _reasons(rows: DailyRows) -> Integers:
    """For each row the first of ``LEFT_OUT`` that holds, -1 for none ``[n]``."""
    figures = np.stack([rows.impressions, rows.clicks, rows.reach, rows.cost])
    faults = {
        "not-finite": np.isinf(figures).any(axis=0),
        "negative": (figures < 0).any(axis=0),
        "no-impressions": np.isnan(rows.impressions),
        "no-clicks": np.isnan(rows.clicks),
        "clicks-above-impressions": rows.clicks > rows.impressions,
    }
    faults["never-shown"] = _never_shown(rows, ~np.any(list(faults.values()), axis=0))
    table = np.stack([faults[name] for name in LEFT_OUT])
    return np.where(table.any(axis=0), table.argmax(axis=0), -1)


def _never_shown(rows: DailyRows, good: Flags) -> Flags:
    """Whether the good rows of a row's unit have no impression ``[n]``."""
    first, unit = unit_numbers(rows)
    total = np.bincount(unit, np.where(good, rows.impressions, 0), minlength=len(first))
    never: Flags = total[unit] == 0
    return never


def _one_currency(
    rows: DailyRows, currency: str | None
) -> tuple[str | None, Floats, dict[str, int]]:
    """The currency, costs in it with NaN for others, and the number of rows by other currency."""
    keys, codes = rows.currency.keys, rows.currency.codes
    known = (codes >= 0) & ~np.isnan(rows.cost)
    numbers = np.bincount(codes[known], minlength=len(keys))
    main = currency
    if main is None and numbers.any():
        main = keys[int(numbers.argmax())]
    counted = dict(zip(keys, numbers.tolist(), strict=True))
    others = {key: number for key, number in counted.items() if number and key != main}
    foreign = known & np.isin(codes, [code for code, key in enumerate(keys) if key != main])
    return main, np.where(foreign, np.nan, rows.cost), others
