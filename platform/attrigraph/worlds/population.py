"""Customers of a world and their touches: intent, what is seen of it, and what reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec

SPONTANEOUS = -1
"""Parent of a touch that no other touch caused."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Customers and all their touches in the window.

    Attributes:
        intent: float ``[n]``, the hidden z.
        seen: float ``[n]``, x = z + noise.
        customer: int ``[touches]``, sorted.
        channel: int ``[touches]``, index into the world's channels.
        parent: int ``[touches]``, channel of the touch that caused it, or ``SPONTANEOUS``.
        time: float ``[touches]``, days since the window began, below its length.
    """

    intent: NDArray[np.float64]
    seen: NDArray[np.float64]
    customer: NDArray[np.int64]
    channel: NDArray[np.int64]
    parent: NDArray[np.int64]
    time: NDArray[np.float64]


def populate(spec: WorldSpec, customers: int, rng: np.random.Generator) -> Population:
    """Draw customers and touches; triggered touches that fall after the window are not seen."""
    intent = rng.standard_normal(customers)
    seen = intent + spec.noise * rng.standard_normal(customers)
    touched: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]] = []
    for place, channel in enumerate(spec.channels):
        log_rate = channel.intent * intent + channel.spread * rng.standard_normal(customers)
        log_rate -= (channel.intent**2 + channel.spread**2) / 2  # so that the mean rate is `rate`
        owner = np.repeat(np.arange(customers), rng.poisson(channel.rate * np.exp(log_rate)))
        touched.append((owner, place, SPONTANEOUS, spec.days * rng.random(len(owner))))
    # Channels stand before those they trigger, so one pass in order finds all generations.
    for place, channel in enumerate(spec.channels):
        for child, mean in channel.triggers.items():
            owner, time = _of_channel(touched, place)
            caused = rng.poisson(mean, len(owner))
            owner, time = np.repeat(owner, caused), np.repeat(time, caused)
            time = time + rng.exponential(spec.delay, len(time))
            inside = time < spec.days
            touched.append((owner[inside], spec.names.index(child), place, time[inside]))
    return _sorted(intent, seen, touched)


def _of_channel(
    touched: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]], place: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    mine = [(owner, time) for owner, channel, _, time in touched if channel == place]
    return np.concatenate([o for o, _ in mine]), np.concatenate([t for _, t in mine])


def _sorted(
    intent: NDArray[np.float64],
    seen: NDArray[np.float64],
    touched: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]],
) -> Population:
    customer = np.concatenate([owner for owner, _, _, _ in touched])
    time = np.concatenate([time for _, _, _, time in touched])
    channel = np.concatenate([np.full(len(owner), place) for owner, place, _, _ in touched])
    parent = np.concatenate([np.full(len(owner), parent) for owner, _, parent, _ in touched])
    order = np.lexsort((time, customer))
    return Population(intent, seen, customer[order], channel[order], parent[order], time[order])
