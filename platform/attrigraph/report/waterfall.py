"""From the value of the old plan to that of the new one, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.quantities import counted
from attrigraph.report.strips import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.planning.plan import Comparison, ValueChange

MAX_STEPS: Final = 14
"""Steps of their own; the smaller ones are one step together."""

ROOM: Final = 0.04
"""Share of the range that is left free at both ends."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row.

    Attributes:
        name: a campaign, a group, ``synergies``, or how many smaller ones.
        change: what it adds, in money.
        start: left end of its bar, in per cent of the width.
        width: of its bar.
        level: where the value is after it.
    """

    name: str
    change: float
    start: float
    width: float
    level: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All rows in one scale, which does not begin at zero.

    Attributes:
        old: value of the old plan, in money.
        new: value of the new one.
        old_place: where the old value is, in per cent of the width.
        new_place: where the new one is.
        steps: the gains and then the losses, the largest first.
        ticks: places and numbers.
    """

    old: float
    new: float
    old_place: float
    new_place: float
    steps: tuple[Step, ...]
    ticks: tuple[tuple[float, float], ...]


def waterfall(comparison: Comparison) -> Waterfall:
    """The steps from the old plan to the new one."""
    changes = _largest(comparison.changes)
    levels = [comparison.value.value]
    for _, change in changes:
        levels.append(levels[-1] + change)
    scale = _scale(levels)
    places = [scale.place(level) for level in levels]
    steps = [
        Step(name, change, min(before, after), round(abs(after - before), 2), after)
        for (name, change), before, after in zip(changes, places, places[1:], strict=False)
    ]
    ticks = [tick for tick in scale.ticks(5) if scale.low <= tick <= scale.high]
    return Waterfall(
        levels[0],
        levels[-1],
        places[0],
        places[-1],
        tuple(steps),
        tuple((scale.place(tick), tick) for tick in ticks),
    )


def _largest(changes: Sequence[ValueChange]) -> list[tuple[str, float]]:
    ranked = sorted(changes, key=lambda change: -abs(change.value))
    shown = [(change.name, change.value) for change in ranked[:MAX_STEPS]]
    shown.sort(key=lambda change: -change[1])
    others = ranked[MAX_STEPS:]
    if others:
        name = f"{counted(len(others), 'smaller change')}"
        shown.append((name, sum(change.value for change in others)))
    return shown


def _scale(levels: Sequence[float]) -> Scale:
    low, high = min(levels), max(levels)
    room = ROOM * (high - low) or max(abs(high), 1.0) * ROOM
    return Scale(low - room, high + room)
