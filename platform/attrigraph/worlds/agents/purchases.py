"""Purchases of agents for any set of channels that are switched on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

from attrigraph.worlds.effects import decayed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.agents.people import Agents
    from attrigraph.worlds.agents.spec import AgentChannel, AgentSpec, Cycle


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """Purchases of agents on each day, for one set of channels.

    Attributes:
        probability: float ``[n, days]``, to buy on the day, given the days before: no purchase if
            nobody repeats, else those of ``bought``.
        bought: bool ``[n, days]``, what the agents' luck makes of it; without repeats also after
            the first purchase.
        value: float ``[n, days]``, mean value of a purchase on the day.
    """

    probability: NDArray[np.float64]
    bought: NDArray[np.bool_]
    value: NDArray[np.float64]


class Demand:
    """Demand of agents; exposures are computed once and serve every set of channels."""

    def __init__(self, spec: AgentSpec, agents: Agents) -> None:
        self._spec = spec
        self._agents = agents
        self._exposure = [
            np.log1p(exposure(channel, *touches, agents.moment))
            if channel.effect or channel.basket
            else None
            for channel, touches in zip(spec.channels, agents.touches, strict=True)
        ]

    def purchases(self, on: NDArray[np.bool_]) -> Purchases:
        """Purchases if only the channels in ``on`` are active."""
        hazard = self._hazard(on)
        cycle, luck = self._spec.cycle, self._agents.luck
        if cycle is None:
            probability = -np.expm1(-hazard)
            return Purchases(probability, luck < probability, self._value(on))
        return Purchases(*_in_cycle(hazard, luck, cycle), self._value(on))

    def expected(self, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Expected purchases of each agent, and their expected value: ``[2, n]``."""
        purchases = self.purchases(on)
        probability = purchases.probability
        if not self._spec.repeats:
            not_yet = np.ones(probability.shape)
            np.cumprod(1 - probability[:, :-1], axis=1, out=not_yet[:, 1:])
            probability = probability * not_yet
        return np.stack([probability.sum(axis=1), (probability * purchases.value).sum(axis=1)])

    def _hazard(self, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Daily hazards ``[n, days]`` of agents who have not bought yet."""
        spec, agents = self._spec, self._agents
        segment = np.array([np.log(s.hazard) for s in spec.segments])[agents.segment]
        lasting = np.log(spec.base) + spec.intent_effect * agents.intent + segment
        lasting = lasting + spec.existing_effect * agents.existing
        log_hazard = np.repeat(lasting[:, None], spec.days, axis=1)
        if spec.mood is not None:
            log_hazard += spec.mood.effect * agents.mood
        for channel, level, active in zip(spec.channels, self._exposure, on, strict=True):
            if active and level is not None:
                log_hazard += _effect(channel, agents.segment)[:, None] * level
        return np.asarray(np.exp(log_hazard))

    def _value(self, on: NDArray[np.bool_]) -> NDArray[np.float64]:
        spec, agents = self._spec, self._agents
        value = np.array([s.value for s in spec.segments])[agents.segment]
        log_value = np.repeat(np.log(value)[:, None], spec.days, axis=1)
        for channel, level, active in zip(spec.channels, self._exposure, on, strict=True):
            if active and level is not None:
                log_value += channel.basket * level
        return np.asarray(np.exp(log_value))


def exposure(
    channel: AgentChannel,
    who: NDArray[np.int64],
    time: NDArray[np.float64],
    moment: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sum over earlier touches of the channel's kernel of their age, at each moment ``[n, days]``.

    Args:
        channel: with a half-life, or with a peak for a delayed effect.
        who: agents of the touches.
        time: of the touches, days.
        moment: one time per day, days.
    """
    if channel.peak is None:
        return decayed(who, time, moment, channel.half_life)
    return _delayed(who, time, moment, channel.peak)


def _delayed(
    who: NDArray[np.int64], time: NDArray[np.float64], moment: NDArray[np.float64], peak: float
) -> NDArray[np.float64]:
    """Sums of ``age / peak * exp(1 - age / peak)``; touches count from the end of their day."""
    agents, days = moment.shape
    day = time.astype(np.int64)
    count = np.bincount(who * days + day, minlength=agents * days).reshape(agents, days)
    keep = np.exp(-1 / peak)
    # the sums of exp(-age / peak) and of age * exp(-age / peak) at the end of each day
    level = lfilter([1.0], [1.0, -keep], count)
    rising = lfilter([0.0, keep], [1.0, -2 * keep, keep**2], count)
    since = moment[:, 1:] - np.arange(1, days)
    total = np.zeros((agents, days))
    total[:, 1:] = (rising[:, :-1] + since * level[:, :-1]) * np.exp(-since / peak)
    return total * np.e / peak


def _effect(channel: AgentChannel, segment: NDArray[np.int64]) -> NDArray[np.float64]:
    if not channel.by_segment:
        return np.full(len(segment), channel.effect)
    return channel.effect * np.array(channel.by_segment)[segment]


def _in_cycle(
    hazard: NDArray[np.float64], luck: NDArray[np.float64], cycle: Cycle
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probabilities and purchases day by day, where a purchase changes the days that follow."""
    probability, bought = np.empty(hazard.shape), np.empty(hazard.shape, dtype=bool)
    since = np.full(len(hazard), np.inf)
    for day in range(hazard.shape[1]):
        due = np.exp(-(((since - cycle.days) / cycle.width) ** 2) / 2)
        factor = np.where(np.isinf(since), 1.0, cycle.rest + (cycle.due - cycle.rest) * due)
        probability[:, day] = -np.expm1(-hazard[:, day] * factor)
        bought[:, day] = luck[:, day] < probability[:, day]
        since = np.where(bought[:, day], 1.0, since + 1)
    return probability, bought
