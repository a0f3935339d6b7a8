"""Daily conversion rates of the graph, whose last day is left out as it may not be complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.adaptation.conversion_rates import daily_rates
from attrigraph.graph.journeys import read_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import Driver

    from attrigraph.adaptation.conversion_rates import DailyRates, RateLevel

MAX_KEYS: Final = 40
"""Channels or campaigns whose rates are predicted."""

LEVELS: Final[tuple[RateLevel, ...]] = ("channel", "campaign")


def read_rates(driver: Driver) -> Mapping[RateLevel, DailyRates]:
    """Exposed customers and their conversions by day, of channels and of campaigns.

    Raises:
        InputError: no touch has both a time and a channel, or none a campaign.
    """
    events = read_steps(driver)
    rates = {level: daily_rates(events, level) for level in LEVELS}
    return {level: each.between(0, each.days - 1) for level, each in rates.items()}


def most_converting(rates: DailyRates) -> tuple[str, ...]:
    """The up to ``MAX_KEYS`` keys with the most conversions, the most first."""
    total = rates.conversions.sum(axis=1)
    rows = sorted(range(len(rates.keys)), key=lambda row: -total[row])
    return tuple(rates.keys[row] for row in rows[:MAX_KEYS])
