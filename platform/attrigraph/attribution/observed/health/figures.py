"""The figures that checks of data health read: small, and summed over parts of the events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.domain import Level

DAY_MS: Final = 86_400_000
QUARTER_MS: Final = 900_000
QUARTERS: Final = DAY_MS // QUARTER_MS
"""Quarters of an hour in a day."""


def no_names() -> dict[Level, Counter[str]]:
    """No touches of any name, by level."""
    return {level: Counter() for level in LEVELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFigures:
    """Figures of whole customers.

    Attributes:
        touches: number of touches.
        conversions: number of conversions.
        customers: customers with a touch or a conversion.
        most_events: touches and conversions of the customer with most of them.
        names: touches by channel, campaign and creative.
        placeholders: events by the customers that have a word for a missing value as their id.
        ends: conversions that end journeys: of the selected kinds, in the window.
        untouched_ends: those without a touch before them, at any age.
        soon_ends: those within 30 minutes of the touch before them.
        tied_ends: those with a touch at the very same time.
        repeated_ends: those within 10 minutes of the one before them of their customer, of the same
            value, which is not 0.
        unjoined_visits: touches without a channel within 30 minutes of one with a channel before.
        tied_touches: touches at the very same time as another of their customer.
        tied_customers: customers with such touches.
        timed: events with a time.
        quarters: events exactly on a quarter of an hour or a nanosecond before, by quarter of the
            day in UTC, 0 to 95. Dates that are read as the end of a day end a nanosecond before.
        touch_days: touches by day, counted in UTC from 1970-01-01.
        end_days: conversions by day.
    """

    touches: int = 0
    conversions: int = 0
    customers: int = 0
    most_events: int = 0
    names: dict[Level, Counter[str]] = field(default_factory=no_names)
    placeholders: Counter[str] = field(default_factory=Counter)
    ends: int = 0
    untouched_ends: int = 0
    soon_ends: int = 0
    tied_ends: int = 0
    repeated_ends: int = 0
    unjoined_visits: int = 0
    tied_touches: int = 0
    tied_customers: int = 0
    timed: int = 0
    quarters: Counter[int] = field(default_factory=Counter)
    touch_days: Counter[int] = field(default_factory=Counter)
    end_days: Counter[int] = field(default_factory=Counter)

    @property
    def events(self) -> int:
        """Touches and conversions."""
        return self.touches + self.conversions

    def unnamed(self, level: Level) -> int:
        """Touches without a name at this level."""
        return self.touches - self.names[level].total()


def summed(parts: Iterable[HealthFigures]) -> HealthFigures:
    """The figures of all customers from those of disjoint parts."""
    return reduce(_sum, parts, HealthFigures())


def _sum(one: HealthFigures, other: HealthFigures) -> HealthFigures:
    sums: dict[str, Any] = {
        name.name: getattr(one, name.name) + getattr(other, name.name)
        for name in fields(HealthFigures)
        if name.name not in ("most_events", "names")
    }
    sums["most_events"] = max(one.most_events, other.most_events)
    sums["names"] = {level: one.names[level] + other.names[level] for level in LEVELS}
    return HealthFigures(**sums)
