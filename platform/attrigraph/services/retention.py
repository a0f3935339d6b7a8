"""Retention: events that are older than a number of days are deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.graph.loads import change_of_facts
from attrigraph.graph.retention import delete_old_events

if TYPE_CHECKING:
    from attrigraph.graph.retention import Deleted
    from attrigraph.stores import Stores


@dataclass(frozen=True, slots=True)
class Retained:
    """What a retention did.

    Attributes:
        before: events before this time were deleted.
        deleted: counts by kind of node.
    """

    before: datetime
    deleted: Deleted


def first_kept(days: int, now: datetime | None = None) -> datetime:
    """Midnight UTC so many days before today.

    Raises:
        InputError: days are below 1, or reach before the year 1.
    """
    if days < 1:
        raise InputError(f"events can be kept for at least 1 day, got {days}")
    today = (now or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return today - timedelta(days=days)
    except OverflowError:
        raise InputError(f"events cannot be kept for {days} days; give fewer") from None


def retain_events(stores: Stores, days: int, *, now: datetime | None = None) -> Retained:
    """Delete events that are older than some days, and customers who have no later ones.

    Runs keep their aggregates. Loading files with old events brings these back.

    Args:
        stores: both stores; no load may be running.
        days: that events are kept, at least 1.
        now: the present, UTC; None for that of the clock.

    Raises:
        InputError: days are below 1.
        LocalStoreError: a load is running.
    """
    before = first_kept(days, now)
    alone = stores.local is not None
    with stores.without_loads(), change_of_facts(stores.driver, "retention", alone=alone) as number:
        deleted = delete_old_events(stores.driver, before, load=number)
        stores.cache.forget()
        return Retained(before, deleted)
