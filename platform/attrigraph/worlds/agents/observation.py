"""What the files show of a world of agents: ids, facts about customers, times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.worlds.data import DAY_MS, START_MS, Customers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.agents.spec import AgentSpec

DEVICES: Final = ("phone", "computer", "tablet")

MAX_IDS: Final = 10_000
"""More ids than anybody has in a window."""


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Touches and purchases of people, numbered from 0.

    Attributes:
        people: number of people.
        toucher: int ``[touches]``.
        touched: float ``[touches]``, days since the start of the window.
        channel: int ``[touches]``, index into the channels.
        buyer: int ``[purchases]``.
        purchased: float ``[purchases]``, days since the start of the window.
        value: float ``[purchases]``, currency.
    """

    people: int
    toucher: NDArray[np.int64]
    touched: NDArray[np.float64]
    channel: NDArray[np.int64]
    buyer: NDArray[np.int64]
    purchased: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """Traits of people before the window; columns of length n."""

    intent: NDArray[np.float64]
    segment: NDArray[np.int64]
    existing: NDArray[np.bool_]
    held_out: NDArray[np.bool_]


def with_ids(spec: AgentSpec, events: Events, rng: np.random.Generator) -> Events:
    """Events of the ids that are seen, in place of people, according to ``spec.observation``."""
    if spec.observation.id_days is not None:
        events = _churned(events, spec.observation.id_days, spec.days, rng)
    if spec.observation.touched_only:
        events = _touched_only(events)
    return events


def customers_of(
    spec: AgentSpec, traits: Traits, events: Events, rng: np.random.Generator
) -> Customers:
    """The table of customers, or only their number where there is none."""
    shown = spec.observation
    if not shown.listed:
        return Customers(events.people, {}, listed=False)
    n = len(traits.intent)
    known: dict[str, NDArray[Any]] = {
        "score": traits.intent + spec.noise * rng.standard_normal(n),
        "segment": np.array([s.name for s in spec.segments], dtype=object)[traits.segment],
        "existing": np.where(traits.existing, "yes", "no").astype(object),
        "device": np.array(DEVICES, dtype=object)[rng.integers(len(DEVICES), size=n)],
    }
    columns = {name: known[name] for name in shown.attributes}
    if spec.holdout is not None:
        columns["holdout"] = np.where(traits.held_out, "yes", "no").astype(object)
    if shown.page_views:
        touches = np.bincount(events.toucher, minlength=n)
        purchases = np.bincount(events.buyer, minlength=n)
        columns["page_views"] = rng.poisson(1 + touches + 5 * purchases)
    return Customers(n, columns)


def timestamps(spec: AgentSpec, days: NDArray[np.float64], *, end: bool) -> NDArray[np.int64]:
    """Epoch milliseconds of times in days; of dates alone the start, or the ``end``, of the day.

    A loader takes a date for the start of the day for a touch, and for its end for a conversion.
    """
    if spec.observation.dates_only:
        first = START_MS + days.astype(np.int64) * DAY_MS
        return first + (DAY_MS - 1 if end else 0)
    return START_MS + np.floor(days * DAY_MS).astype(np.int64)


def _churned(events: Events, mean: float, days: int, rng: np.random.Generator) -> Events:
    """Each person under one id after another; ids without an event are never seen."""
    resets = _resets(events.people, mean, days, rng)
    toucher, buyer = (
        who * MAX_IDS + (resets[who] < time[:, None]).sum(axis=1)
        for who, time in ((events.toucher, events.touched), (events.buyer, events.purchased))
    )
    return _renumbered(replace(events, toucher=toucher, buyer=buyer))


def _resets(people: int, mean: float, days: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Times ``[people, k]`` at which people get another id; exponential lives, memoryless."""
    resets = np.empty((people, 0))
    while not resets.size or (resets[:, -1] < days).any():
        last = resets[:, -1:] if resets.size else np.zeros((people, 1))
        resets = np.hstack([resets, last + rng.exponential(mean, (people, 8)).cumsum(axis=1)])
    return resets


def _touched_only(events: Events) -> Events:
    """Without people who have no touch, and without their purchases."""
    seen = np.zeros(events.people, dtype=bool)
    seen[events.toucher] = True
    kept = seen[events.buyer]
    return _renumbered(
        replace(
            events,
            buyer=events.buyer[kept],
            purchased=events.purchased[kept],
            value=events.value[kept],
        )
    )


def _renumbered(events: Events) -> Events:
    """Those who have an event, numbered from 0 in their order."""
    ids, number = np.unique(np.concatenate([events.toucher, events.buyer]), return_inverse=True)
    toucher, buyer = np.split(number, [len(events.toucher)])
    return replace(events, people=len(ids), toucher=toucher, buyer=buyer)
