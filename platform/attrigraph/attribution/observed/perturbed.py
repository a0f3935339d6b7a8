"""Events as they would be with one more fault of measurement, to see whether answers depend on it.

All changes are at random and do not look at conversions, so they move answers only by what they
take from the data. They depend on the times of events and not on ids or the order of rows, so that
the same data in a graph and in files lose the same touches.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.attribution.observed.selection import take_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import EventTable


def lose_touches(events: EventTable, share: float, rng: np.random.Generator) -> EventTable:
    """Events without a random share of the touches, as blockers and missing tags lose them."""
    kept = np.flatnonzero(_of_touches(events, rng) >= share)
    return replace(events, touches=take_rows(events.touches, kept))


def duplicate_touches(events: EventTable, share: float, rng: np.random.Generator) -> EventTable:
    """Events in which a random share of the touches is counted twice, under another id."""
    is_twice = _of_touches(events, rng) < share
    rows = np.repeat(np.arange(len(is_twice)), 1 + is_twice)
    is_copy = np.concatenate([[False], rows[1:] == rows[:-1]])[: len(rows)]
    touches = take_rows(events.touches, rows)
    ids = touches.id.copy()
    ids[is_copy] = [f"{name}+" for name in ids[is_copy]]
    return replace(events, touches=replace(touches, id=ids))


def break_identities(events: EventTable, share: float, rng: np.random.Generator) -> EventTable:
    """Events in which a random share of the customers has another id from a random time on.

    The times are uniform between the first and the last event; nothing else is known of the new
    ids.
    """
    touches, conversions = events.touches, events.conversions
    times = np.concatenate([touches.time, conversions.time])
    n = len(events.customers)
    histories = _histories(events)
    broken = times.min() + (times.max() - times.min()) * _uniform(rng, histories)
    broken[_uniform(rng, histories) >= share] = np.inf
    is_new = (
        touches.time >= broken[touches.customer],
        conversions.time >= broken[conversions.customer],
    )
    renamed = np.unique(
        np.concatenate([touches.customer[is_new[0]], conversions.customer[is_new[1]]])
    )
    number = np.zeros(n, dtype=np.int32)
    number[renamed] = n + np.arange(len(renamed))

    touches, conversions = (
        take_rows(changed, np.argsort(changed.customer, kind="stable"))  # keeps the order within
        for changed in (
            replace(touches, customer=_owners(touches.customer, is_new[0], number)),
            replace(conversions, customer=_owners(conversions.customer, is_new[1], number)),
        )
    )
    ids = np.array([f"{name}+" for name in events.customers[renamed]], dtype=object)
    return replace(
        events,
        customers=np.concatenate([events.customers, ids]),
        bucket=np.concatenate([events.bucket, events.bucket[renamed]]),
        touches=touches,
        conversions=conversions,
        n_aliases=None,
    )


def _owners(
    customer: NDArray[np.int32], is_new: NDArray[np.bool_], number: NDArray[np.int32]
) -> NDArray[np.int32]:
    return np.where(is_new, number[customer], customer).astype(np.int32)


def _of_touches(events: EventTable, rng: np.random.Generator) -> NDArray[np.float64]:
    """A uniform number in [0, 1) for each touch."""
    touches = events.touches
    return _uniform(rng, _histories(events)[touches.customer], touches.time)


def _histories(events: EventTable) -> NDArray[np.uint64]:
    """A hash of the times of each customer's events."""
    touches, conversions = events.touches, events.conversions
    total = np.zeros(len(events.customers), dtype=np.uint64)
    np.add.at(total, touches.customer, _mixed(touches.time.astype(np.uint64)))
    np.add.at(
        total, conversions.customer, _mixed(conversions.time.astype(np.uint64) + np.uint64(1))
    )
    return total


def _uniform(rng: np.random.Generator, *keys: NDArray[Any]) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1), equal where all keys are."""
    bits = np.full(len(keys[0]), rng.integers(2**63), dtype=np.uint64)
    for key in keys:
        bits = _mixed(bits + key.astype(np.uint64))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The SplitMix64 finalizer (Steele, Lea & Flood 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
