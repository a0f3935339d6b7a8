"""Customers of a world: intent, its noisy observation, and touches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec

SPONTANEOUS = -1
"""Parent of a touch that was not triggered by another touch."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Customers and all their touches in the window.

    Attributes:
        intent: float ``[n]``, the hidden intent z.
        observed_intent: float ``[n]``, x = z + noise.
        customer: int ``[touches]``, sorted.
        channel: int ``[touches]``, index into the world's channels.
        parent: int ``[touches]``, channel of the touch that triggered it, or ``SPONTANEOUS``.
        time: float ``[touches]``, days since the start of the window, less than its length.
    """

    intent: NDArray[np.float64]
    observed_intent: NDArray[np.float64]
    customer: NDArray[np.int64]
    channel: NDArray[np.int64]
    parent: NDArray[np.int64]
    time: NDArray[np.float64]


def populate(spec: WorldSpec, customers: int, rng: np.random.Generator) -> Population:
    """Draw customers and touches; triggered touches after the end of the window are dropped."""
    intent = rng.standard_normal(customers)
    observed_intent = intent + spec.noise * rng.standard_normal(customers)
    touched: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]] = []
    for index, channel in enumerate(spec.channels):
        log_rate = channel.intent * intent + channel.spread * rng.standard_normal(customers)
        log_rate -= (channel.intent**2 + channel.spread**2) / 2  # so that the mean rate is `rate`
        owner = np.repeat(np.arange(customers), rng.poisson(channel.rate * np.exp(log_rate)))
        touched.append((owner, index, SPONTANEOUS, spec.days * rng.random(len(owner))))
    # channels precede those they trigger, so one pass in order covers all generations
    for index, channel in enumerate(spec.channels):
        for child, mean in channel.triggers.items():
            owner, time = _of_channel(touched, index)
            triggered = rng.poisson(mean, len(owner))
            owner, time = np.repeat(owner, triggered), np.repeat(time, triggered)
            time = time + rng.exponential(spec.delay, len(time))
            inside = time < spec.days
            touched.append((owner[inside], spec.names.index(child), index, time[inside]))
    return _sorted(intent, observed_intent, touched)


def _of_channel(
    touched: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]], index: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    touches = [(owner, time) for owner, channel, _, time in touched if channel == index]
    return np.concatenate([o for o, _ in touches]), np.concatenate([t for _, t in touches])


def _sorted(
    intent: NDArray[np.float64],
    observed_intent: NDArray[np.float64],
    touched: list[tuple[NDArray[np.int64], int, int, NDArray[np.float64]]],
) -> Population:
    customer = np.concatenate([owner for owner, _, _, _ in touched])
    time = np.concatenate([time for _, _, _, time in touched])
    channel = np.concatenate([np.full(len(owner), index) for owner, index, _, _ in touched])
    parent = np.concatenate([np.full(len(owner), parent) for owner, _, parent, _ in touched])
    order = np.lexsort((time, customer))
    return Population(
        intent, observed_intent, customer[order], channel[order], parent[order], time[order]
    )
