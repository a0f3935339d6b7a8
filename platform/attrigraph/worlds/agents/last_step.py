"""Touches that people make minutes before they buy, and that cause nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.worlds.agents.people import Agents
    from attrigraph.worlds.agents.purchases import Purchases
    from attrigraph.worlds.agents.spec import AgentSpec

MINUTES_PER_DAY = 24 * 60


def last_steps(
    spec: AgentSpec,
    agents: Agents,
    purchases: Purchases,
    bought: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Touches on the way to a purchase: agents, times in days, and channels.

    Args:
        spec: parameters of the world.
        agents: who may buy.
        purchases: with all channels on; abandoned attempts are as likely as purchases, times
            ``abandoned``.
        bought: ``[n, days]``, the purchases that happen.
        rng: source of chance.
    """
    step = spec.last_step
    if step is None:
        nothing = np.empty(0, dtype=np.int64)
        return nothing, np.empty(0), nothing
    attempted = rng.random(bought.shape) < step.share
    abandoned = (rng.random(bought.shape) < step.abandoned * purchases.probability) & ~bought
    who, day = np.nonzero((bought | abandoned) & attempted)
    before = rng.uniform(*step.minutes, len(who)) / MINUTES_PER_DAY
    names, chances = zip(*step.channels, strict=True)
    index = np.array([spec.names.index(name) for name in names])
    channel = rng.choice(index, len(who), p=np.array(chances) / sum(chances))
    return who, agents.moment[who, day] - before, channel
