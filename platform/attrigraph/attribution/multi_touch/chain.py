"""Journeys as a Markov chain of any order, in counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain.columns import Amounts

    Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chain:
    """Journeys as a Markov chain, in counts.

    Attributes:
        order: how many keys a state remembers.
        keys: what ``history`` names.
        history: int32 ``[n_states, order]``, the last keys of each state, newest first; -1 where a
            journey had fewer. States are sorted, so those of one last key are adjacent.
        flows: ``[n_states, n_states]``, how often one state followed another.
        visits: float64 ``[n_states]``, how often journeys were in the state.
        starts: float64 ``[n_states]``, journeys that began there.
        conversions: float64 ``[n_states]``, journeys that converted from there.
        value: float64 ``[n_states]``, what those conversions were worth.
        nulls: float64 ``[n_states]``, journeys that ended there without converting.
        untouched: conversions, value and nulls of journeys without a touch.
    """

    order: int
    keys: tuple[str | None, ...]
    history: NDArray[np.int32]
    flows: sparse.csr_array
    visits: Amounts
    starts: Amounts
    conversions: Amounts
    value: Amounts
    nulls: Amounts
    untouched: tuple[float, float, float]

    def __len__(self) -> int:
        return len(self.visits)

    @cached_property
    def last(self) -> NDArray[np.int32]:
        """The last key of each state."""
        return self.history[:, 0]

    @cached_property
    def transitions(self) -> sparse.csr_array:
        """Probabilities from state to state; what a row lacks to one ends the journey."""
        return sparse.csr_array(sparse.diags_array(1.0 / self.visits) @ self.flows)

    @cached_property
    def rewards(self) -> Matrix:
        """``[n_states, 2]``: probability of converting next, and the value expected from it."""
        return np.column_stack([self.conversions, self.value]) / self.visits[:, None]
