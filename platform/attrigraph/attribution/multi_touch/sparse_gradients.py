"""How bootstrap draws move removal losses of keys that are in few journeys each.

The gradient of ``removal_bootstrap`` is ``l(s) (h_c(t) - h_c(s))`` for a move from s to t, with key
c taken out. Write ``h_c = h - d``: d is what the removal costs at a state. Then draws move the loss
of c by the sum of two terms:

* ``l(s) (h(t) - h(s))`` over all moves. Lost visits start where journeys first arrive at c, so this
  is the sum over its states of first arrivals times ``Y = N g``, where g is what the draw adds at
  each state. One linear system for each draw serves all keys.
* ``-l(s) (d(t) - d(s))`` over all moves. Both l and d are large only near c, after it and before
  it, so the product is sparse. Entries of l below ``MIN_LOST_VISITS`` visits and of d below
  ``MIN_CHANCE`` of the chance to convert at c are left out, and so are paths through hubs: from
  there a journey hardly ever comes to c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from attrigraph.attribution.multi_touch.sparse_losses import solve_by_powers
from attrigraph.attribution.observed.ranking import summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.chain import Chain
    from attrigraph.attribution.multi_touch.removal_bootstrap import Moves
    from attrigraph.attribution.multi_touch.resamples import Resamples
    from attrigraph.domain.columns import Amounts

    Single = NDArray[np.float32]

MIN_LOST_VISITS: Final = 0.05
MIN_CHANCE: Final = 1e-3
MAX_STEPS: Final = 200
BLOCK_KEYS: Final = 8192
BLOCK_DRAWS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class _LeavingSteps:
    """A chain without the moves of states to themselves.

    Attributes:
        onward: probabilities of the next state, were it another.
        after: the same between the states of the keys in question alone.
        before: probabilities of the previous state, were it another, between these.
        leaving: float64 ``[n_states]``, moves out of each state.
        chance: float64 ``[n_states]``, to convert.
    """

    onward: sparse.csr_array
    after: sparse.csr_array
    before: sparse.csr_array
    leaving: Amounts
    chance: Amounts

    @classmethod
    def of(cls, chain: Chain, keys: NDArray[np.intp]) -> _LeavingSteps:
        own = chain.flows.diagonal()
        moves = sparse.csr_array(chain.flows - sparse.diags_array(own))
        moves.eliminate_zeros()
        leaving = chain.visits - own
        scale = sparse.diags_array(1 / leaving)
        onward = sparse.csr_array(scale @ moves)
        chance = solve_by_powers(onward, (chain.conversions / leaving)[:, None])[:, 0]
        inside = sparse.diags_array(np.isin(chain.last, keys).astype(np.float64))
        between = sparse.csr_array(inside @ moves @ inside)
        between.eliminate_zeros()
        after, before = (sparse.csr_array(scale @ part) for part in (between, between.T))
        return cls(onward, after, before, leaving, chance)


def sparse_deviations(
    chain: Chain, moves: Moves, kinds: Resamples, keys: NDArray[np.intp]
) -> Amounts:
    """Draws less estimate of the conversions lost without some keys, ``[draws, keys]``.

    Raises:
        ConvergenceError: journeys are so long that the sums do not settle.
    """
    steps = _LeavingSteps.of(chain, keys)
    onward = _onward_deviations(steps, moves, kinds)
    column = np.full(len(chain.keys), -1)
    deviations = np.empty((kinds.draws, len(keys)))
    for start in range(0, len(keys), BLOCK_KEYS):
        block = keys[start : start + BLOCK_KEYS]
        column[:] = -1
        column[block] = np.arange(len(block))
        own = column[chain.last]
        lost = _lost_visits(chain, steps, own, len(block))
        first = _first_arrivals(chain, lost, own)
        part = first @ onward - kinds.grouped(_second_term(steps, moves, own, lost))
        deviations[:, start : start + BLOCK_KEYS] = part.T
    return deviations


def _onward_deviations(steps: _LeavingSteps, moves: Moves, kinds: Resamples) -> Single:
    """``Y = N g`` of every draw, ``[n_states, draws]``."""
    n = len(steps.leaving)
    chance = np.concatenate([steps.chance, [1.0, 0.0]])
    added = (chance[moves.target] - chance[moves.source]) / steps.leaving[moves.source]
    rows = np.arange(len(added))
    by_state = sparse.csr_array((added, (rows, moves.source)), shape=(len(added), n))
    drawn = kinds.grouped(sparse.csr_array(moves.made @ by_state))
    onward = steps.onward.astype(np.float32)
    blocks = [
        solve_by_powers(onward, np.ascontiguousarray(drawn[:, start : start + BLOCK_DRAWS]))
        for start in range(0, kinds.draws, BLOCK_DRAWS)
    ]
    return np.concatenate(blocks, axis=1).astype(np.float32, copy=False)


def _lost_visits(
    chain: Chain, steps: _LeavingSteps, own: NDArray[np.integer], n_keys: int
) -> sparse.csr_array:
    """Parts of visits that are lost with each key, ``[n_states, n_keys]``."""
    states = np.flatnonzero(own >= 0)
    visits = summed(own[states], chain.visits[states], n_keys)
    return _spread(
        steps.before,
        np.ones(len(own)),
        own,
        scale=chain.visits,
        least=np.minimum(MIN_CHANCE * visits, MIN_LOST_VISITS),
    )


def _second_term(
    steps: _LeavingSteps, moves: Moves, own: NDArray[np.integer], lost: sparse.csr_array
) -> sparse.csr_array:
    """``l(s) (d(t) - d(s))`` of the moves of each kind of customers, ``[n_kinds, n_keys]``."""
    n, n_keys = lost.shape
    states = np.flatnonzero(own >= 0)
    best = np.zeros(n_keys)
    np.maximum.at(best, own[states], steps.chance[states])
    costs = _spread(steps.after, steps.chance, own, scale=np.ones(n), least=MIN_CHANCE * best)
    beyond = sparse.csr_array(sparse.vstack([costs, sparse.csr_array((2, n_keys))]))
    change = beyond[moves.target] - costs[moves.source]
    gradient = sparse.csr_array(lost[moves.source].multiply(change))
    return sparse.csr_array(moves.made @ gradient)


def _spread(
    step: sparse.csr_array,
    boundary: Amounts,
    own: NDArray[np.integer],
    *,
    scale: Amounts,
    least: Amounts,
) -> sparse.csr_array:
    """Values ``[n_states, n_keys]`` fixed at the states of each key and harmonic elsewhere.

    Args:
        step: transition probabilities.
        boundary: value of each state in the column of its own key.
        own: column of each state's key, -1 where it has none.
        scale: of each state.
        least: of each key; smaller entries, times the scale of their state, are left out.
    """
    states = np.flatnonzero(own >= 0)
    shape = (len(own), len(least))
    wave = sparse.csr_array((boundary[states], (states, own[states])), shape=shape)
    total = wave
    for _ in range(MAX_STEPS):
        wave = sparse.csr_array(step @ wave)
        row = np.repeat(np.arange(len(own)), np.diff(wave.indptr))
        left_out = (wave.indices == own[row]) | (wave.data * scale[row] < least[wave.indices])
        wave.data[left_out] = 0.0
        wave.eliminate_zeros()
        if not wave.nnz:
            break
        total = sparse.csr_array(total + wave)
    return total


def _first_arrivals(
    chain: Chain, lost: sparse.csr_array, own: NDArray[np.integer]
) -> sparse.csr_array:
    """Visits that are a journey's first one of their key, ``[n_keys, n_states]``."""
    states = np.flatnonzero(own >= 0)
    again = sparse.csr_array(chain.flows.T) @ lost
    repeated = np.asarray(again[states, own[states]]).ravel()
    first = chain.visits[states] - repeated
    return sparse.csr_array((first, (own[states], states)), shape=(lost.shape[1], len(own)))
