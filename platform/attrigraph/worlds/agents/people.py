"""The agents of a world, and their luck: everything that is drawn before any decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.worlds.agents.moods import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.worlds.agents.spec import AgentChannel, AgentSpec

CHUNK: Final = 2_000
"""Agents simulated in one step."""

SKEW: Final = 2.0
"""Shape of the gamma distribution of lasting intent."""

LARGEST_INTENT: Final = 3.0

FIRST_MINUTES: Final = 60
"""Nobody buys in the first hour of a day, so that the touches minutes before have the same date."""

ACCOMPANIED: Final = 0.92
"""Share of a channel's touches that the channel bought with it accompanies."""


@dataclass(frozen=True, slots=True, eq=False)
class Agents:
    """Agents and all their touches; the same whichever channels are switched on.

    Attributes:
        intent: float ``[n]``, lasting intent.
        segment: int ``[n]``, index into the segments.
        existing: bool ``[n]``, customers since before the window.
        mood: float ``[n, days]``, moving intent; zeros if there is none.
        moment: float ``[n, days]``, the time of each day at which the agent may buy, in days
            since the start of the window.
        luck: float ``[n, days]``, uniform; an agent buys whose luck is below the probability.
        touches: per channel, the agents ``[touches]`` and times ``[touches]`` in days.
        held_out: bool ``[n]``, whom one channel does not reach; None without a holdout.
    """

    intent: NDArray[np.float64]
    segment: NDArray[np.int64]
    existing: NDArray[np.bool_]
    mood: NDArray[np.float64]
    moment: NDArray[np.float64]
    luck: NDArray[np.float64]
    touches: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]
    held_out: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.intent)

    @property
    def touched(self) -> NDArray[np.bool_]:
        """Whether each agent has a touch ``[n]``."""
        touched = np.zeros(len(self), dtype=bool)
        for who, _ in self.touches:
            touched[who] = True
        return touched


def chunks(spec: AgentSpec, agents: int, seed: int) -> Iterator[tuple[int, Agents]]:
    """Agents in chunks, each with the number of its first; a prefix is the same for any count."""
    for start in range(0, agents, CHUNK):
        rng = np.random.default_rng([seed, start])
        yield start, agents_of(spec, min(CHUNK, agents - start), rng)


def agents_of(spec: AgentSpec, agents: int, rng: np.random.Generator) -> Agents:
    """Draw agents and their touches."""
    intent = np.minimum((rng.gamma(SKEW, size=agents) - SKEW) / np.sqrt(SKEW), LARGEST_INTENT)
    segment = rng.choice(len(spec.segments), agents, p=[s.share for s in spec.segments])
    existing = rng.random(agents) < spec.existing
    shape = agents, spec.days
    mood = np.zeros(shape) if spec.mood is None else spec.mood.path(*shape, rng)
    first = FIRST_MINUTES / (24 * 60)
    moment = np.arange(spec.days) + rng.uniform(first, 1.0, shape)
    luck = rng.random(shape)
    rows: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    for channel in spec.channels:
        rate = _rates(channel, intent, segment, existing, mood)
        who, day = np.nonzero(counts := rng.poisson(rate))
        who, day = (np.repeat(cell, counts[counts > 0]) for cell in (who, day))
        time = day + rng.random(len(day))
        if channel.bought_with is not None:
            other, at = _accompanying(rows[channel.bought_with], rng)
            inside = at < spec.days
            who, time = np.append(who, other[inside]), np.append(time, at[inside])
        rows[channel.name] = who, time
    held_out = None
    if spec.holdout is not None:
        # drawn last: everything else is the same as without a holdout
        held_out = rng.random(agents) < spec.holdout.share
        who, time = rows[spec.holdout.channel]
        rows[spec.holdout.channel] = who[~held_out[who]], time[~held_out[who]]
    return Agents(intent, segment, existing, mood, moment, luck, tuple(rows.values()), held_out)


def _rates(
    channel: AgentChannel,
    intent: NDArray[np.float64],
    segment: NDArray[np.int64],
    existing: NDArray[np.bool_],
    mood: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Mean touches ``[n, days]`` of each agent on each day."""
    rate = channel.rate * np.exp(channel.intent * intent)
    if channel.rate_by_segment:
        rate = rate * np.array(channel.rate_by_segment)[segment]
    if channel.existing_only:
        rate = rate * existing
    by_day = rate[:, None] * np.exp(channel.mood * remembered(mood, channel.memory))
    if channel.flights is not None:
        on, off = channel.flights
        by_day = by_day * (np.arange(mood.shape[1]) % (on + off) < on)
    return np.asarray(by_day)


def _accompanying(
    touches: tuple[NDArray[np.int64], NDArray[np.float64]], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Touches within an hour after those of another channel; they are planned together."""
    who, time = touches
    also = rng.random(len(who)) < ACCOMPANIED
    return who[also], time[also] + rng.random(int(also.sum())) / 24
