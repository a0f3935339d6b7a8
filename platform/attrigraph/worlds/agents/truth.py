"""What channels cause in a world of agents: exact Shapley values of interventions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.worlds.agents.people import chunks
from attrigraph.worlds.agents.purchases import Demand
from attrigraph.worlds.effects import coalitions
from attrigraph.worlds.truth import Truth, shapley_by_definition

if TYPE_CHECKING:
    from attrigraph.worlds.agents.spec import AgentSpec

MEASURED_ON: Final = 20_000
"""Default number of agents from which the truth is computed."""


def agent_truth(
    spec: AgentSpec, customers: int, *, measured_on: int | None = None, seed: int = 20_250_115
) -> Truth:
    """The truth, with the same agents, touches and luck for every set of channels.

    Purchases are counted by their probability. Where a purchase changes what follows, the
    probability of a day is that after the purchases of the days before. Where people without a
    touch are missing from the files, the truth is that of the others.
    """
    measured_on = MEASURED_ON if measured_on is None else measured_on
    # a channel without effect changes no purchase; leaving it out halves the sets
    acting = [i for i, c in enumerate(spec.channels) if c.effect or c.basket]
    worth = np.zeros((2, 2 ** len(acting)))
    for _, agents in chunks(spec, measured_on, seed):
        demand = Demand(spec, agents)
        seen = agents.touched if spec.observation.touched_only else np.ones(len(agents), dtype=bool)
        for number, active in enumerate(coalitions(len(acting))):
            on = np.zeros(len(spec.channels), dtype=bool)
            on[acting] = active
            worth[:, number] += demand.expected(on)[:, seen].sum(axis=1)
    worth *= customers / measured_on
    credit, value, removal = (np.zeros(len(spec.channels)) for _ in range(3))
    credit[acting], value[acting] = (shapley_by_definition(game) for game in worth)
    last = worth.shape[1] - 1
    removal[acting] = [worth[0, last] - worth[0, last ^ (1 << i)] for i in range(len(acting))]
    return Truth(
        channels=spec.names,
        credit=tuple(credit.tolist()),
        removal=tuple(removal.tolist()),
        baseline=float(worth[0, 0]),
        total=float(worth[0, last]),
        customers=customers,
        measured_on=measured_on,
        value=tuple(value.tolist()),
        identifiable=tuple(channel.identifiable for channel in spec.channels),
    )
