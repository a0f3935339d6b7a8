"""Daily conversion rates of the graph, whose last day is left out as it may not be complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.adaptation.conversion_rates import daily_rates
from attrigraph.errors import InputError
from attrigraph.graph.journeys import read_steps

if TYPE_CHECKING:
    from neo4j import Driver

    from attrigraph.adaptation.conversion_rates import DailyRates, RateLevel

MAX_KEYS: Final = 40
"""Channels or campaigns whose rates are predicted."""

LEVELS: Final[tuple[RateLevel, ...]] = ("channel", "campaign")


def read_rates(driver: Driver) -> tuple[dict[RateLevel, DailyRates], list[str]]:
    """Exposed customers and their conversions by day, of channels and of campaigns.

    A level that no touch has is left out, with a sentence about it.
    """
    events = read_steps(driver)
    rates, notes = {}, []
    for level in LEVELS:
        try:
            found = daily_rates(events, level)
        except InputError as error:
            notes.append(str(error))
        else:
            rates[level] = found.between(0, found.days - 1)
    return rates, notes


def most_converting(rates: DailyRates) -> tuple[str, ...]:
    """The up to ``MAX_KEYS`` keys with the most conversions, the most first."""
    total = rates.conversions.sum(axis=1)
    rows = sorted(range(len(rates.keys)), key=lambda row: -total[row])
    return tuple(rates.keys[row] for row in rows[:MAX_KEYS])
