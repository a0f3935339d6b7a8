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

DAYS: Final = 31
"""Days per statement, at most."""

READ: Final = 200_000
"""Touches per statement, about: the memory of the server holds them together."""

WRITTEN: Final = 20_000
"""Touches per transaction, about."""

_TRIES: Final = 10
"""How often a statement is run that another load keeps from its locks."""


def link_channel_days(driver: Driver, days: Sequence[int], touches: int, channels: int) -> None:
    """Link all touches of some days, and the days to their channels; safe to repeat.

    Args:
        driver: an open driver.
        days: days since 1970-01-01 (UTC), ascending.
        touches: how many touches of these days are to be linked, at most.
        channels: how many channels they have.
    """
    per_day = max(touches // max(len(days), 1), 1)
    rows = max(WRITTEN * channels // per_day, 1)
    for first, last in stretches(days, min(max(READ // per_day, 1), DAYS)):
        start, end = first * DAY_MS, (last + 1) * DAY_MS
        _run(driver, "link_channel_days", start=start, end=end, rows=rows)
    if len(days):
        _run(driver, "link_days_of_channels")


def stretches(days: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """First and last day of stretches of at most so many days, without gaps.

    >>> list(stretches([-1, 0, 1, 2, 5], 3))
    [(-1, 1), (2, 2), (5, 5)]
    """
    start = 0
    for place in range(1, len(days) + 1):
        ends = place == len(days) or days[place] != days[place - 1] + 1
        if ends or place - start == size:
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
