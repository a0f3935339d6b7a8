"""Summaries of journeys: most common paths, lengths, durations and flows between steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import Journeys, PathCounts

OTHER: Final = "other"
CONVERTED: Final = "converted"
ENDED: Final = "ended"


@dataclass(frozen=True, slots=True)
class PathRow:
    """One path with its outcomes: keys oldest first, counts of journeys, value in currency."""

    keys: tuple[str | None, ...]
    conversions: float
    nulls: float
    value: float

    @property
    def rate(self) -> float:
        """Share of the path's journeys that converted, in [0, 1]."""
        return self.conversions / (self.conversions + self.nulls)


@dataclass(frozen=True, slots=True)
class Stop:
    """Node of a Sankey diagram: a key at a step, or an end.

    Attributes:
        step: from 0; the two ends come after the last step shown.
        kind: ``key``, ``other`` (a less frequent key), ``converted`` or ``ended``.
        key: the key if kind is ``key``; None is the unknown key.
    """

    step: int
    kind: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Number of journeys from one stop to the next."""

    source: Stop
    target: Stop
    journeys: float


def top_paths(paths: PathCounts, count: int) -> tuple[PathRow, ...]:
    """The paths with most conversions, ties by most journeys; paths without any are left out.

    Args:
        paths: distinct paths.
        count: maximum number of paths, >= 0.
    """
    order = np.lexsort((-paths.nulls, -paths.conversions))[:count]
    return tuple(
        PathRow(
            keys=tuple(
                paths.keys[code] for code in paths.codes[paths.offsets[p] : paths.offsets[p + 1]]
            ),
            conversions=float(paths.conversions[p]),
            nulls=float(paths.nulls[p]),
            value=float(paths.value[p]),
        )
        for p in order
        if paths.conversions[p] > 0
    )


def journeys_by_length(paths: PathCounts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Converting and other journeys by number of touches.

    Returns:
        Two float64 arrays ``[longest + 1]``; entry n counts journeys of n touches.
    """
    lengths = np.diff(paths.offsets)
    converting, others = (np.bincount(lengths, n) for n in (paths.conversions, paths.nulls))
    return converting.astype(np.float64), others.astype(np.float64)


def days_to_conversion(journeys: Journeys) -> NDArray[np.float64]:
    """Days from the first touch of each converting journey to its conversion.

    Returns:
        float64, one entry per converting journey with a touch; empty if times are missing.
    """
    touched = np.diff(journeys.offsets) > 0
    days = journeys.age[journeys.offsets[:-1][journeys.converted & touched]]
    return days[~np.isnan(days)]


def flows(paths: PathCounts, *, steps: int, keys: int) -> tuple[Flow, ...]:
    """Flows of journeys through their first steps, as the rows of a Sankey diagram.

    A journey of more than ``steps`` touches goes from its last shown step directly to its end, so
    the flows into the two ends sum to all journeys with a touch.

    Args:
        paths: distinct paths; those without a touch are left out.
        steps: number of touches to follow, >= 1.
        keys: number of most frequent keys shown by name; the rest are ``other``.
    """
    weight = paths.conversions + paths.nulls
    lengths = np.diff(paths.offsets)
    frequent = _most_frequent(paths, np.repeat(weight, lengths), keys)
    journeys: dict[tuple[Stop, Stop], float] = {}
    for step in range(steps):
        rows = np.flatnonzero(lengths > step)
        touch = paths.offsets[:-1][rows] + step
        continues = (lengths[rows] > step + 1) & (step + 1 < steps)
        _count_moves(journeys, paths, rows[continues], touch[continues], step, frequent)
        _count_ends(
            journeys, paths, rows[~continues], touch[~continues], step, frequent, last=steps
        )
    return tuple(Flow(source, target, count) for (source, target), count in journeys.items())


def _most_frequent(paths: PathCounts, weight: NDArray[np.float64], keys: int) -> frozenset[int]:
    touches = np.bincount(paths.codes, weight, minlength=len(paths.keys))
    return frozenset(np.argsort(-touches, kind="stable")[:keys].tolist())


def _stop(paths: PathCounts, code: int, step: int, frequent: frozenset[int]) -> Stop:
    return Stop(step, "key", paths.keys[code]) if code in frequent else Stop(step, OTHER)


def _count_moves(
    journeys: dict[tuple[Stop, Stop], float],
    paths: PathCounts,
    rows: NDArray[np.intp],
    touch: NDArray[np.int64],
    step: int,
    frequent: frozenset[int],
) -> None:
    size = len(paths.keys)
    weight = paths.conversions[rows] + paths.nulls[rows]
    pairs = paths.codes[touch].astype(np.int64) * size + paths.codes[touch + 1]
    distinct, inverse = np.unique(pairs, return_inverse=True)
    for pair, count in zip(distinct.tolist(), np.bincount(inverse, weight).tolist(), strict=True):
        source = _stop(paths, pair // size, step, frequent)
        target = _stop(paths, pair % size, step + 1, frequent)
        journeys[source, target] = journeys.get((source, target), 0.0) + count


def _count_ends(
    journeys: dict[tuple[Stop, Stop], float],
    paths: PathCounts,
    rows: NDArray[np.intp],
    touch: NDArray[np.int64],
    step: int,
    frequent: frozenset[int],
    *,
    last: int,
) -> None:
    for kind, counts in ((CONVERTED, paths.conversions), (ENDED, paths.nulls)):
        by_code = np.bincount(paths.codes[touch], counts[rows], minlength=len(paths.keys))
        for code in np.flatnonzero(by_code).tolist():
            source = _stop(paths, code, step, frequent)
            target = Stop(last, kind)
            journeys[source, target] = journeys.get((source, target), 0.0) + float(by_code[code])
