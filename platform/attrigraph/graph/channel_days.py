"""Links touches to the node of their channel and day, by which reach and frequency are read.

Batches of events do not do so themselves: two writers would wait for each other at the days that
they have in common. A load links the touches of its days once they are written, from one thread,
and a load that is repeated after a kill links what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from neo4j.exceptions import TransientError

from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neo4j import Driver

DAY_MS: Final = 86_400_000

DAYS: Final = 7
"""Days per statement, at most; their touches are in the memory of the server together."""

TOUCHES: Final = 20_000
"""Touches per transaction, about, if they were all of one channel."""

_TRIES: Final = 10
"""How often a statement is run that another load keeps from its locks."""


def link_channel_days(driver: Driver, days: Sequence[int], touches: int) -> None:
    """Link all touches of some days, and the days to their channels; safe to repeat.

    Args:
        driver: an open driver.
        days: days since 1970-01-01 (UTC), ascending.
        touches: how many touches of these days are to be linked, at most.
    """
    rows = max(1, TOUCHES * len(days) // max(touches, 1))
    for first, last in _stretches(days):
        _run(driver, "link_channel_days", start=first * DAY_MS, end=(last + 1) * DAY_MS, rows=rows)
    if len(days):
        _run(driver, "link_days_of_channels")


def _stretches(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last day of stretches of at most ``DAYS`` days without gaps."""
    start = 0
    for place in range(1, len(days) + 1):
        ends = place == len(days) or days[place] != days[place - 1] + 1
        if ends or place - start == DAYS:
            yield days[start], days[place - 1]
            start = place


def _run(driver: Driver, name: str, **parameters: int) -> None:
    for attempt in range(_TRIES):
        try:
            with driver.session(database=DATABASE) as session:
                session.run(query(f"ingest/{name}").text, parameters).consume()
            return
        except TransientError:
            if attempt == _TRIES - 1:
                raise
