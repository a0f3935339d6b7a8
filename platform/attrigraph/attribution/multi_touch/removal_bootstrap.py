"""Bootstrap draws of the removal losses of a Markov chain, to first order.

The losses are smooth functions of how often the chain's moves were made, so to first order draws
move them by ``sum (moves in the draw - moves made) * gradient`` (Hampel 1974; Shao & Tu 1995,
ch. 4). With key c taken out, let h(s) be the chance to convert from state s, 0 in the states of c,
and l(s) the part of the visits to s that is lost, 1 in the states of c. One more move from s to t
then changes the loss by ``l(s) (h(t) - h(s))``, where h is 1 at a conversion and 0 at another end:
differentiate ``starts (I - Q)^-1 r`` without c and note that the terms of a journey telescope. As
losses double with the data, moves times gradient add up to the loss itself (Euler).

Chains of order one have h and l in closed form from one inverse. For others both are found by
sweeps from those of order one, ``h = Q h + r`` and ``l = B l`` with B the moves backwards in time,
to ``TOLERANCE``: far below what is left to chance in a few hundred draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import linalg, sparse

from attrigraph.attribution.multi_touch.sparse_gradients import sparse_deviations
from attrigraph.attribution.multi_touch.sparse_losses import hubs_of
from attrigraph.attribution.observed.ranking import ranked, summed
from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.chain import Chain
    from attrigraph.attribution.multi_touch.markov import CountedChain
    from attrigraph.attribution.multi_touch.resamples import ResampledPaths
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain.columns import Amounts

    Single = NDArray[np.float32]

TOLERANCE: Final = 3e-4
"""Sweeps end when none moves h or l by more than this part of what a key's removal changes."""

ROUNDING: Final = 2e-7
"""What single precision leaves of a sum of h or l, as a part of it."""

SWEEPS_PER_ROUND: Final = 3
MAX_ROUNDS: Final = 700
BLOCK_NUMBERS: Final = 1 << 24
"""Keys are taken out so many at a time that an array of states by keys takes at most 64 MB."""

BLOCK_KEYS: Final = 32
DENSE_KEYS: Final = 4096
"""Up to this many keys the chain of order one is solved by an inverse."""

MOVES_KEPT: Final = 1 << 18
"""Up to this many distinct moves are kept for all draws: 210 MB at 200 draws."""


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """The distinct moves of a chain.

    Attributes:
        source: int32 ``[n]``, state from which each goes.
        target: int32 ``[n]``, state to which it goes; ``n_states`` is a conversion and
            ``n_states + 1`` an end without.
        made: ``[n_kinds, n]``, how often a customer of each kind makes each.
    """

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    made: sparse.csr_array


def loss_deviations(counted: CountedChain, resampled: ResampledPaths) -> Amounts:
    """Draws less estimate of the conversions lost without each key, ``[draws, n_keys]``.

    Raises:
        ConvergenceError: the sweeps do not settle.
    """
    chain, moves = counted.chain, moves_of(counted, resampled.journeys)
    total = np.zeros((resampled.kinds.draws, len(chain.keys)))
    kept = resampled.kinds.grouped(moves.made) if len(moves.source) <= MOVES_KEPT else None
    present = np.unique(chain.last).astype(np.intp)
    by_gradient = present
    if len(present) > DENSE_KEYS:
        by_gradient = np.sort(hubs_of(summed(chain.last, chain.visits, len(chain.keys))))
        rest = np.setdiff1d(present, by_gradient)
        total[:, rest] = sparse_deviations(chain, moves, resampled.kinds, rest)
    for keys, gradient in gradients(chain, moves, by_gradient):
        if kept is not None:
            total[:, keys] = kept.T @ gradient
            continue
        for part, drawn in resampled.kinds.chunks():
            total[:, keys] += drawn.T @ (moves.made[part] @ gradient)
    return total


def moves_of(counted: CountedChain, journeys: sparse.csr_array) -> Moves:
    """The distinct moves, and who makes them how often.

    Args:
        counted: chain and paths.
        journeys: ``[n_kinds, 2 n_paths]``; see ``ResampledPaths``.
    """
    steps, n = counted.steps, len(counted.chain)
    # the next key determines the move; the last one of a path may be to either end
    base = steps.n_keys + 2
    after = np.append(steps.codes[1:], 0).astype(np.int64)
    after[steps.ends] = base - 1
    codes = counted.state * np.int64(base) + after
    distinct, rank = ranked(np.concatenate([codes, codes[steps.ends] - 1]), n * base)
    null = rank[: len(codes)]
    converted = null.copy()
    converted[steps.ends] = rank[len(codes) :]
    target = np.empty(len(distinct), np.int32)
    target[null] = np.append(counted.state[1:], 0)
    target[null[steps.ends]] = n + 1
    target[converted[steps.ends]] = n
    return Moves(
        source=(distinct // base).astype(np.int32),
        target=target,
        made=sparse.csr_array(
            journeys[:, 2 * counted.rows] @ _rows_of(steps, null, len(distinct))
            + journeys[:, 2 * counted.rows + 1] @ _rows_of(steps, converted, len(distinct))
        ),
    )


def _rows_of(steps: PathSteps, moves: NDArray[np.int32], n: int) -> sparse.csr_array:
    """How often each path makes each move."""
    ones = np.ones(len(moves), np.float32)
    return sparse.csr_array((ones, moves, steps.offsets), shape=(len(steps), n))


def gradients(
    chain: Chain, moves: Moves, keys: NDArray[np.intp] | None = None
) -> Iterator[tuple[NDArray[np.intp], Single]]:
    """Blocks of keys, with the gradient of their losses in the moves, ``[n, keys]``.

    Args:
        chain: in counts.
        moves: of the chain.
        keys: that occur, ascending; None for all that do.
    """
    for block, lost, chance in removals(chain, keys):
        ended = np.zeros((2, len(block)), np.float32)
        ended[0] = 1.0
        beyond = np.concatenate([chance, ended])
        gradient = beyond[moves.target]
        gradient -= chance[moves.source]
        gradient *= lost[moves.source]
        yield block, gradient


def removals(
    chain: Chain, keys: NDArray[np.intp] | None = None
) -> Iterator[tuple[NDArray[np.intp], Single, Single]]:
    """Blocks of keys with lost parts of visits and chances to convert without each of them.

    Args:
        chain: in counts.
        keys: that occur, ascending; None for all that do.

    Yields:
        Keys, l and h, float32 ``[n_states, keys]``.

    Raises:
        ConvergenceError: the sweeps do not settle.
    """
    present, group = np.unique(chain.last, return_inverse=True)
    if not len(present):
        return
    by_one = _of_order_one(chain, group, len(present)) if len(present) <= DENSE_KEYS else None
    sweeps = None if chain.order == 1 and by_one is not None else _Sweeps.of(chain)
    width = max(1, min(BLOCK_KEYS, BLOCK_NUMBERS // len(chain)))
    chosen = np.arange(len(present)) if keys is None else np.searchsorted(present, keys)
    for begin in range(0, len(chosen), width):
        block = chosen[begin : begin + width]
        # states of one last key are adjacent
        out = [slice(*np.searchsorted(group, [key, key + 1])) for key in block]
        if by_one is None:
            lost, chance = np.zeros((2, len(chain), len(block)), np.float32)
            _set(lost, out, 1.0)
        else:
            lost, chance = (one[:, block][group].astype(np.float32) for one in by_one)
        if sweeps is not None:
            lost, chance = sweeps.lost(lost, out), sweeps.chance(chance, out)
        yield present[block].astype(np.intp), lost, chance


def _of_order_one(chain: Chain, group: NDArray[np.intp], n: int) -> tuple[Amounts, Amounts]:
    """Lost parts of visits and chances ``[n_groups, n_groups]`` when states of a key are lumped.

    With ``N = (I - Q)^-1``: of the visits to s, ``v_c N_cs / (N_cc v_s)`` come after a visit to c,
    and without c the chance from s is ``h_s - N_sc h_c / N_cc``.
    """
    states = len(chain)
    lump = sparse.csr_array((np.ones(states), (group, np.arange(states))), shape=(n, states))
    visits = summed(group, chain.visits, n)
    flows = (lump @ chain.flows @ lump.T).toarray()
    N = linalg.inv(np.eye(n) - flows / visits[:, None], overwrite_a=True)
    h = N @ (summed(group, chain.conversions, n) / visits)
    lost = N.T * (visits / N.diagonal()) / visits[:, None]
    return lost, h[:, None] - N / N.diagonal() * h


@dataclass(frozen=True, slots=True, eq=False)
class _Sweeps:
    """A chain as sweeps need it: what a state keeps to itself is divided out.

    Attributes:
        onward: probabilities of the next state, were it another.
        reward: probability to convert, were the next state another, ``[n, 1]``.
        backward: probabilities of the state before, were it another.
        visits: float32 ``[n]``.
        converting: h with every key in place, float32 ``[n, 1]``.
    """

    onward: sparse.csr_array
    reward: Single
    backward: sparse.csr_array
    visits: Single
    converting: Single

    @classmethod
    def of(cls, chain: Chain) -> _Sweeps:
        own = chain.flows.diagonal()
        moves = sparse.csr_array(chain.flows - sparse.diags_array(own))
        moves.eliminate_zeros()
        leaving = sparse.diags_array(1 / (chain.visits - own))
        onward = sparse.csr_array(leaving @ moves).astype(np.float32)
        backward = sparse.csr_array(leaving @ sparse.csr_array(moves.T)).astype(np.float32)
        reward = (leaving @ chain.conversions)[:, None].astype(np.float32)
        visits = chain.visits.astype(np.float32)
        made = cls(onward, reward, backward, visits, np.zeros_like(reward))
        whole = made.chance(reward.copy(), [])
        return cls(onward, reward, backward, visits, whole)

    def lost(self, guess: Single, out: list[slice]) -> Single:
        """Parts of visits that are lost, ``[n, keys]``."""
        return self._swept(self.backward, None, guess, out, 1.0)

    def chance(self, guess: Single, out: list[slice]) -> Single:
        """Chances to convert, ``[n, keys]``."""
        return self._swept(self.onward, self.reward, guess, out, 0.0)

    def _swept(
        self,
        step: sparse.csr_array,
        reward: Single | None,
        x: Single,
        out: list[slice],
        at_out: float,
    ) -> Single:
        _set(x, out, at_out)
        for _ in range(MAX_ROUNDS):
            before = x
            for _ in range(SWEEPS_PER_ROUND):
                before, x = x, np.asarray(step @ x)
                if reward is not None:
                    x += reward
                _set(x, out, at_out)
            before -= x
            moved = self.visits @ np.abs(before, out=before)
            changed = self.visits @ x
            whole = changed
            if reward is not None:
                changed = np.abs(self.visits @ self.converting - whole)
            if (moved <= TOLERANCE * changed + ROUNDING * whole).all():
                return x
        message = (
            "removal effects of a Markov chain did not settle within "
            f"{MAX_ROUNDS * SWEEPS_PER_ROUND} sweeps, so intervals are unknown; set draws to 0 "
            "for none, or use a lower order"
        )
        raise ConvergenceError(message)


def _set(x: Single, out: list[slice], value: float) -> None:
    """In each column, the value in the states of the key that is taken out."""
    for column, states in enumerate(out):
        x[states, column] = value
