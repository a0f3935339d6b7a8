"""Daily rows as the dense arrays that models read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.fatigue.history import FatigueHistory
from attrigraph.fatigue.usable_rows import unit_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import Categorical
    from attrigraph.fatigue.daily_rows import CreativeTable, DailyRows
    from attrigraph.fatigue.history import Genomes
    from attrigraph.fatigue.usable_rows import UsableRows

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

UNKNOWN: Final = "unknown"
"""Name of the channel or campaign of units of which none is known."""


def assemble(
    usable: UsableRows, genomes: Genomes, similar: Integers, similarity: Floats
) -> FatigueHistory:
    """The history of units; they are sorted by creative and then by audience.

    The channel of a unit is that of its days, of several the one with most impressions; else that
    of its campaign, of several the one with most impressions of all units. The campaign of a
    creative that is part of none is found likewise. Where nothing is known, it is ``UNKNOWN``.

    Args:
        usable: rows and their creatives.
        genomes: of these creatives.
        similar: numbers of pairs of similar creatives ``[2, pairs]``, each pair once.
        similarity: cosine of the hooks of each pair ``[pairs]``.

    Raises:
        InputError: there are no rows.
    """
    rows = usable.rows
    if not len(rows):
        raise InputError(
            "there are no daily figures of creatives that were shown; load a file of creative-days "
            "or of an ad platform"
        )
    first, unit = unit_numbers(rows)
    creative = rows.creative[first]
    campaigns, campaign = _numbered(_campaigns(rows, usable.creatives))
    channels, channel = _numbered(_channels(rows, unit, creative, usable.creatives))
    audiences, audience = _numbered([rows.audience.keys[i] for i in rows.audience.codes[first]])
    first_day = rows.day.min()
    day = (rows.day - first_day).astype(np.int64)
    shape = len(first), int(day.max()) + 1

    def dense(figure: Floats, gap: float) -> Floats:
        table = np.full(shape, gap)
        table[unit, day] = figure
        return table

    observed = np.zeros(shape, bool)
    observed[unit, day] = True
    return FatigueHistory(
        first_day=first_day,
        creatives=usable.creatives.ids,
        campaigns=campaigns,
        audiences=audiences,
        channels=channels,
        campaign=campaign,
        creative=creative,
        audience=audience,
        channel=channel,
        observed=observed,
        impressions=dense(rows.impressions, 0),
        clicks=dense(rows.clicks, 0),
        reach=dense(rows.reach, np.nan),
        cost=dense(rows.cost, np.nan),
        genomes=genomes,
        similar=similar,
        similarity=similarity,
    )


def _numbered(names: Sequence[str]) -> tuple[tuple[str, ...], Integers]:
    """The distinct names, sorted, and the number of each."""
    keys = sorted(set(names))
    number = {key: i for i, key in enumerate(keys)}
    return tuple(keys), np.array([number[name] for name in names], np.int64)


def _campaigns(rows: DailyRows, creatives: CreativeTable) -> list[str]:
    """The campaign of each creative."""
    by_days = _most_shown(rows, rows.campaign, rows.creative, len(creatives))
    return [
        stated or named or UNKNOWN
        for stated, named in zip(creatives.campaigns, by_days, strict=True)
    ]


def _channels(
    rows: DailyRows, unit: Integers, creative: Integers, creatives: CreativeTable
) -> list[str]:
    """The channel of each unit."""
    by_days = _most_shown(rows, rows.channel, unit, len(creative))
    shown = dict(zip(rows.channel.keys, _sums(rows.channel, rows.impressions), strict=True))

    def stated(number: int) -> str:
        names = creatives.channels[number]
        return min(names, key=lambda one: (-shown.get(one, 0), one), default=UNKNOWN)

    return [name or stated(own) for name, own in zip(by_days, creative.tolist(), strict=True)]


def _most_shown(
    rows: DailyRows, column: Categorical, group: Integers, n_groups: int
) -> list[str | None]:
    """In each group of rows, the key with most impressions, of several the first; None for none."""
    known = column.codes >= 0
    n_keys = max(1, len(column.keys))
    pair, row_pair = np.unique(group[known] * n_keys + column.codes[known], return_inverse=True)
    shown = np.bincount(row_pair, rows.impressions[known], minlength=len(pair))
    of_group, code = np.divmod(pair, n_keys)
    order = np.lexsort((code, -shown, of_group))
    groups, first = np.unique(of_group[order], return_index=True)
    names: list[str | None] = [None] * n_groups
    for number, best in zip(groups.tolist(), code[order][first].tolist(), strict=True):
        names[number] = column.keys[best]
    return names


def _sums(column: Categorical, figure: Floats) -> list[float]:
    """Of the rows of each key."""
    known = column.codes >= 0
    sums: list[float] = np.bincount(
        column.codes[known], figure[known], minlength=len(column.keys)
    ).tolist()
    return sums
