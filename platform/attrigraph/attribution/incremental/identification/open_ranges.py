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

Touches that follow those of the other channel of such a pair were triggered by them, or sent by a
common plan; the order is the same. So the interval of each reaches as far as if no credit of
triggered touches had been moved, up or down. One of the two may also have prevented what the other
caused beyond their sum, so it reaches as far as the interval of the sum less that of the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.ranges import rows_of_ranges
from attrigraph.domain import Amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.incremental.histories import Histories
    from attrigraph.attribution.incremental.population import Population
    from attrigraph.domain import Categorical, Credit, EventTable, Level, PairCredit

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
        moved: by name of a channel, what it got of the credit of triggered touches; negative if it
            lost more.
        sums: by name of a channel, each other one with which its sum is identified, and the lower
            and the upper end of that sum.
    """

    preceded: Mapping[str | None, Amount]
    before_phases: Mapping[str | None, Amount]
    partners: Mapping[str | None, tuple[str | None, ...]]
    moved: Mapping[str | None, Amount] = field(default_factory=dict)
    sums: Mapping[str | None, tuple[tuple[str | None, Amount, Amount], ...]] = field(
        default_factory=dict
    )


def with_open_ranges(lines: Sequence[Credit], limits: Limits) -> tuple[Credit, ...]:
    """Lines whose intervals are as wide as the reasons why they are not identified say."""
    lines = [_as_if_none_moved(line, limits) for line in lines]
    by_name = {line.key: line for line in lines}
    return tuple(_widened(line, by_name, limits) for line in lines)


def _as_if_none_moved(line: Credit, limits: Limits) -> Credit:
    """The line, its interval as far as without credit of triggered touches, if it is of a pair."""
    moved = limits.moved.get(line.key)
    if moved is None or line.low is None or line.high is None or not OF_PAIRS & {*line.reasons}:
        return line
    low, high = _reaching(line.low, line.high, moved.conversions)
    if line.value_low is None or line.value_high is None:
        return replace(line, low=low, high=high)
    value_low, value_high = _reaching(line.value_low, line.value_high, moved.value)
    return replace(line, low=low, high=high, value_low=value_low, value_high=value_high)


def _reaching(low: float, high: float, moved: float) -> tuple[float, float]:
    return min(low, low - moved), max(high, high - moved)


def _widened(line: Credit, lines: Mapping[str | None, Credit], limits: Limits) -> Credit:
    is_open = line.reasons and line.reasons != ("not-marketing",)
    if not is_open or line.low is None or line.high is None:
        return line
    most, value = _most(line, lines, limits)
    least, least_value = _least(line, lines, limits)
    return replace(
        line,
        low=min(line.low, least),
        high=max(line.high, most),
        value_low=None if line.value_low is None else min(line.value_low, least_value),
        value_high=None if line.value_high is None else max(line.value_high, value),
    )


def _least(line: Credit, lines: Mapping[str | None, Credit], limits: Limits) -> tuple[float, float]:
    """The conversions and the value that it caused at least, 0 or less."""
    rest = [
        _less(low, _upper(lines[name]))
        for name, low, _ in limits.sums.get(line.key, ())
        if name in lines
    ]
    least = [Amount(0.0, 0.0), *rest]
    return min(amount.conversions for amount in least), min(amount.value for amount in least)


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
        yield from _beyond_sums(line, lines, limits)
    if reasons - LIMITED or (reasons & OF_PAIRS and not partners):
        yield limits.preceded.get(line.key, own)


def _beyond_sums(
    line: Credit, lines: Mapping[str | None, Credit], limits: Limits
) -> Iterator[Amount]:
    """What it caused if each other channel of an identified sum caused the least."""
    for name, _, high in limits.sums.get(line.key, ()):
        if name in lines:
            other = lines[name]
            yield _less(high, Amount(other.low or 0.0, other.value_low or 0.0))


def _upper(line: Credit) -> Amount:
    """The upper ends of a line's intervals, at least 0."""
    return Amount(max(line.high or 0.0, 0.0), max(line.value_high or 0.0, 0.0))


def _less(amount: Amount, other: Amount) -> Amount:
    return Amount(amount.conversions - other.conversions, amount.value - other.value)


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
    moved: NDArray[np.float64] | None = None,
    sums: Sequence[PairCredit] = (),
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
        moved: float64 ``[keys]``, what each got of the credit of triggered touches; None if that
            is not known.
        sums: identified sums of two credits.
    """
    histories = population.histories
    preceded = preceded_by(histories, getattr(events.touches, by), population.touch)
    if by != "channel":
        return Limits(preceded, preceded, {})
    return Limits(
        preceded,
        _amounts(histories, before_phases),
        _partners(histories.keys, pairs),
        _amounts(histories, moved),
        _ends_of(sums, float(histories.value.mean())),
    )


def _ends_of(
    sums: Sequence[PairCredit], mean: float
) -> dict[str | None, tuple[tuple[str | None, Amount, Amount], ...]]:
    """By channel the other one and the ends of their sum, at a mean value per conversion."""
    ends: dict[str | None, tuple[tuple[str | None, Amount, Amount], ...]] = {}
    for one in sums:
        if one.low is None or one.high is None:
            continue
        low, high = Amount(one.low, one.low * mean), Amount(one.high, one.high * mean)
        for key, other in (one.channels, one.channels[::-1]):
            ends[key] = (*ends.get(key, ()), (other, low, high))
    return ends


def _amounts(
    histories: Histories, conversions: NDArray[np.float64] | None
) -> dict[str | None, Amount]:
    """Conversions ``[keys]`` by name of the channel, each of mean value; empty for None."""
    if conversions is None:
        return {}
    mean = float(histories.value.mean())
    return {
        key: Amount(size, size * mean)
        for key, size in zip(histories.keys, conversions.tolist(), strict=True)
    }


def _partners(
    keys: tuple[str | None, ...], pairs: Sequence[tuple[int, int]]
) -> dict[str | None, tuple[str | None, ...]]:
    partners: dict[str | None, tuple[str | None, ...]] = {}
    for first, second in (*pairs, *(pair[::-1] for pair in pairs)):
        partners[keys[first]] = (*partners.get(keys[first], ()), keys[second])
    return partners
