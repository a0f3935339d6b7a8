"""Intervals of credits that are not identified: as wide as the reason says.

The interval of chance and bias covers errors of the usual size. Where the data cannot answer what a
channel caused, its error is not of the usual size, and the reason says how far it may reach. Every
such channel may have caused nothing. At most it caused

    moment-of-purchase               its interval, and all that it captured besides
    future-touches,                  its credit before phases in the market took a part of it
    stops-after-purchase
    collinear, mutual-triggers       the credit of the other channel too
    not-marketing                    nothing, by decision
    any other                        every conversion that one of its touches preceded (the bound
                                     without assumptions, if no touch prevents a conversion;
                                     Manski 1990)

The last is a limit for all of them. No interval becomes narrower.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.ranges import rows_of_ranges
from attrigraph.domain import Amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.domain import Categorical, Credit, EventTable, Level

OF_PAIRS: Final = frozenset({"collinear", "mutual-triggers"})
"""Reasons that leave the sum of two credits identified."""

OF_INTENT: Final = frozenset({"future-touches", "stops-after-purchase"})
"""Reasons of channels that follow people who are about to buy."""

LIMITED: Final = frozenset({"moment-of-purchase", "not-marketing"}) | OF_PAIRS | OF_INTENT
"""Reasons with a limit of their own; all others allow every conversion that a touch preceded."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much single lines of an answer may have caused at most.

    Attributes:
        preceded: by name, the conversions that one of its touches preceded.
        before_phases: by name of a channel that follows phases, its credit without them.
        partners: by name of a channel, those of which only the sum with it is identified.
    """

    preceded: Mapping[str | None, Amount]
    before_phases: Mapping[str | None, Amount]
    partners: Mapping[str | None, tuple[str | None, ...]]


def with_open_ranges(lines: Sequence[Credit], limits: Limits) -> tuple[Credit, ...]:
    """Lines whose intervals are as wide as the reasons why they are not identified say."""
    by_name = {line.key: line for line in lines}
    return tuple(_widened(line, by_name, limits) for line in lines)


def _widened(line: Credit, lines: Mapping[str | None, Credit], limits: Limits) -> Credit:
    is_open = line.reasons and line.reasons != ("not-marketing",)
    if not is_open or line.low is None or line.high is None:
        return line
    most, value = _most(line, lines, limits)
    return replace(
        line,
        low=min(line.low, 0.0),
        high=max(line.high, most),
        value_low=None if line.value_low is None else min(line.value_low, 0.0),
        value_high=None if line.value_high is None else max(line.value_high, value),
    )


def _most(line: Credit, lines: Mapping[str | None, Credit], limits: Limits) -> tuple[float, float]:
    """The conversions and the value that one reason or other allows at most, 0 or more."""
    allowed = [Amount(0.0, 0.0), *_allowed(line, lines, limits)]
    conversions = max(amount.conversions for amount in allowed)
    value = max(amount.value for amount in allowed)
    preceded = limits.preceded.get(line.key)
    if preceded is None:
        return conversions, value
    return min(conversions, preceded.conversions), min(value, preceded.value)


def _allowed(line: Credit, lines: Mapping[str | None, Credit], limits: Limits) -> Iterator[Amount]:
    """What each reason allows at most."""
    reasons = set(line.reasons)
    own = _upper(line)
    if "moment-of-purchase" in reasons and line.captured is not None:
        yield _sum(own, line.captured)
    if reasons & OF_INTENT and line.key in limits.before_phases:
        yield limits.before_phases[line.key]
    partners = [lines[name] for name in limits.partners.get(line.key, ()) if name in lines]
    if reasons & OF_PAIRS and partners:
        yield _sum(own, *map(_upper, partners))
    if reasons - LIMITED or (reasons & OF_PAIRS and not partners):
        yield limits.preceded.get(line.key, own)


def _upper(line: Credit) -> Amount:
    """The upper ends of a line's intervals, at least 0."""
    return Amount(max(line.high or 0.0, 0.0), max(line.value_high or 0.0, 0.0))


def _sum(*amounts: Amount) -> Amount:
    return Amount(sum(a.conversions for a in amounts), sum(a.value for a in amounts))


def preceded_by(
    histories: Histories, group: Categorical, touch: NDArray[np.int64]
) -> dict[str | None, Amount]:
    """Conversions that a touch of each name preceded in the window, at most a lookback before.

    A touch at the time of the conversion does not precede it.

    Args:
        histories: the population.
        group: names by touch of the event table.
        touch: int64 ``[touches of the histories]``, their rows in the event table.
    """
    converter, converted = histories.converter, histories.converted
    since = np.maximum(histories.acting_since(converted), histories.warm_up)
    begin = histories.touches_before(converter, since)
    end = histories.touches_before(converter, converted)
    conversion, row = rows_of_ranges(begin, np.maximum(begin, end))
    acting = histories.is_acting(row, converted[conversion] - histories.time[row])
    if acting is not None:
        conversion, row = conversion[acting], row[acting]
    size = len(group.keys) + 1
    code = group.codes[touch[row]].astype(np.int64) + 1
    pairs = np.unique(conversion * size + code)
    count = np.bincount(pairs % size, minlength=size).tolist()
    value = np.bincount(pairs % size, histories.value[pairs // size], size).tolist()
    names = (None, *group.keys)
    return {name: Amount(*sums) for name, *sums in zip(names, count, value, strict=True)}


def limits_of(
    events: EventTable,
    population: Population,
    by: Level,
    pairs: Sequence[tuple[int, int]] = (),
    before_phases: NDArray[np.float64] | None = None,
) -> Limits:
    """The limits of an answer by channel, campaign or creative.

    Campaigns and creatives have no partners and no credit without phases of their own: their limit
    is what a touch preceded.

    Args:
        events: the events of the population.
        population: the population.
        by: ``channel``, ``campaign`` or ``creative``.
        pairs: pairs of keys of which only the sum is identified.
        before_phases: float64 ``[keys]``, credit without phases; None without phases.
    """
    histories = population.histories
    preceded = preceded_by(histories, getattr(events.touches, by), population.touch)
    if by != "channel":
        return Limits(preceded, preceded, {})
    sizes = [] if before_phases is None else before_phases.tolist()
    mean = float(histories.value.mean())
    before = {
        key: Amount(size, size * mean) for key, size in zip(histories.keys, sizes, strict=False)
    }
    return Limits(preceded, before, _partners(histories.keys, pairs))


def _partners(
    keys: tuple[str | None, ...], pairs: Sequence[tuple[int, int]]
) -> dict[str | None, tuple[str | None, ...]]:
    partners: dict[str | None, tuple[str | None, ...]] = {}
    for first, second in (*pairs, *(pair[::-1] for pair in pairs)):
        partners[keys[first]] = (*partners.get(keys[first], ()), keys[second])
    return partners
