"""Checks of customers: ids that are none, and customers with very many events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.health.examples import examples
from attrigraph.domain.data_health import HealthLine
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.attribution.observed.health.figures import HealthFigures

MIN_EVENTS: Final = 200
"""A customer with fewer events is never one with very many."""

TIMES_OTHERS: Final = 100
"""How many times the mean of the others very many events are."""


def placeholder_customers(figures: HealthFigures) -> HealthLine | None:
    """Customers whose id is a word for a missing value: many people taken for one."""
    if not figures.placeholders:
        return None
    count = figures.placeholders.total()
    return HealthLine(
        "placeholder_customers",
        "warning",
        count,
        count / figures.events,
        f"{counted(count, 'event')} of customers named {examples(figures.placeholders)}, each taken"
        " for one person",
        "if it means a missing id, give it under `null` in the mapping",
    )


def many_events_of_one_customer(figures: HealthFigures) -> HealthLine | None:
    """A customer with far more events than the others have."""
    most, others = figures.most_events, figures.customers - 1
    if others < 1 or most < MIN_EVENTS:
        return None
    mean = (figures.events - most) / others
    if most < TIMES_OTHERS * mean:
        return None
    share = most / figures.events
    return HealthLine(
        "many_events_of_one_customer",
        "warning",
        most,
        share,
        f"one customer has {most:,} events ({share:.1%} of all), the others {mean:,.1f} on average",
        "check whether it is a bot, a test account, a shared device or a word for a missing id, and"
        " leave it out with `where` in the mapping",
    )
