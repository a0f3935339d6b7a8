"""Touches grouped by channel, campaign and creative: what spend is matched with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Categorical, EventTable, Level, PathCounts
    from attrigraph.domain.columns import Amounts, Flags, Rows
    from attrigraph.spend.period import Period

MAX_TABLE: Final = 10_000_000
"""Largest number of possible combinations that are numbered in a table."""

ALWAYS: Final = (NO_TIME, int(np.iinfo(np.int64).max))
"""Bounds of all times."""


@dataclass(frozen=True, slots=True, eq=False)
class TouchGroups:
    """The k combinations of channel, campaign and creative that touches have.

    Attributes:
        keys: names by level.
        codes: by level int64 ``[k]``, index into ``keys``; -1 where unknown.
        counted: float64 ``[k]``, touches in the period.
        total: float64 ``[k]``, touches at any time.
        group: int64 ``[n]``, the combination of each touch in the period.
        time: int64 ``[n]``, its epoch milliseconds.
        cost: float64 ``[n]``, its own cost, currency; NaN where unknown.
        priced: float64 ``[n]``, how much of it has a known cost, 0..1.
        weight: float64 ``[n]``, how many touches it is; 1 unless paths are counted.
    """

    keys: dict[Level, tuple[str, ...]]
    codes: dict[Level, Rows]
    counted: Amounts
    total: Amounts
    group: Rows
    time: Rows
    cost: Amounts
    priced: Amounts
    weight: Amounts

    def __len__(self) -> int:
        return len(self.total)

    def known_costs(self, in_spend: Flags, bounds: tuple[Rows, Rows]) -> tuple[Amounts, Amounts]:
        """Touches of known cost and the sum of own costs, float64 ``[k]`` each.

        Args:
            in_spend: bool ``[k]``, combinations whose cost spend states, so that the own costs of
                their touches do not count.
            bounds: start and end (exclusive), int64 ``[k]`` each, of the time that it covers.
        """
        spent, (start, end) = in_spend[self.group], bounds
        within = (self.time >= start[self.group]) & (self.time < end[self.group])
        own = ~spent & ~np.isnan(self.cost)
        known = np.where(spent, within | (self.time == NO_TIME), self.priced)
        return (
            _sums(self.group, known * self.weight, len(self)),
            _sums(self.group, np.where(own, self.cost, 0.0), len(self)),
        )


def _sums(group: Rows, weights: Amounts, n: int) -> Amounts:
    return np.bincount(group, weights, n).astype(np.float64)


def has_costs(events: EventTable) -> bool:
    """Whether any touch has a cost of its own."""
    return not np.isnan(events.touches.cost).all()


def event_groups(events: EventTable, period: Period | None) -> TouchGroups:
    """Combinations of events; of a period, its touches are counted."""
    touches = events.touches
    columns: dict[Level, Categorical] = {
        "channel": touches.channel,
        "campaign": touches.campaign,
        "creative": touches.creative,
    }
    codes, group = _combinations(list(columns.values()))
    inside = np.ones(len(touches), bool)
    if period is not None:
        inside = (touches.time >= period.start) & (touches.time < period.end)
    weight, n = np.ones(len(touches)), codes.shape[1]
    return TouchGroups(
        keys={level: column.keys for level, column in columns.items()},
        codes=dict(zip(columns, codes, strict=True)),
        counted=_sums(group[inside], weight[inside], n),
        total=_sums(group, weight, n),
        group=group[inside],
        time=touches.time[inside],
        cost=touches.cost[inside],
        priced=touches.priced()[inside],
        weight=weight[inside],
    )


def _combinations(columns: Sequence[Categorical]) -> tuple[Rows, Rows]:
    """Codes of the combinations, int64 ``[columns, k]``, and that of each row, int64 ``[n]``."""
    sizes = tuple(len(column.keys) + 1 for column in columns)
    mixed = np.zeros(len(columns[0].codes), np.int64)
    for column, size in zip(columns, sizes, strict=True):
        mixed = mixed * size + column.codes + 1
    if math.prod(sizes) > MAX_TABLE:
        present, group = np.unique(mixed, return_inverse=True)
    else:  # without sorting millions of rows
        present = np.flatnonzero(np.bincount(mixed, minlength=1))
        number = np.zeros(math.prod(sizes), np.int64)
        number[present] = np.arange(len(present))
        group = number[mixed]
    return np.stack(np.unravel_index(present, sizes)).astype(np.int64) - 1, group


def path_groups(paths: PathCounts) -> TouchGroups:
    """Combinations of counted paths, whose touches have a channel and no time."""
    names = tuple(sorted(key for key in paths.keys if key is not None))
    journeys = np.repeat(paths.conversions + paths.nulls, np.diff(paths.offsets))
    touches = _sums(paths.codes.astype(np.int64), journeys, len(paths.keys))
    place = {name: row for row, name in enumerate(names)}
    channel = np.array([-1 if key is None else place[key] for key in paths.keys], np.int64)
    unknown = np.full(len(channel), -1, np.int64)
    rows = np.arange(len(channel))
    return TouchGroups(
        keys={"channel": names, "campaign": (), "creative": ()},
        codes={"channel": channel, "campaign": unknown, "creative": unknown},
        counted=touches,
        total=touches,
        group=rows,
        time=np.full(len(rows), NO_TIME),
        cost=np.full(len(rows), np.nan),
        priced=np.zeros(len(rows)),
        weight=touches,
    )


_NONE: Final = np.empty(0, np.int64)

NO_GROUPS: Final = TouchGroups(
    keys={"channel": (), "campaign": (), "creative": ()},
    codes={"channel": _NONE, "campaign": _NONE, "creative": _NONE},
    counted=np.empty(0),
    total=np.empty(0),
    group=_NONE,
    time=_NONE,
    cost=np.empty(0),
    priced=np.empty(0),
    weight=np.empty(0),
)
"""No touches, for data without any cost."""
