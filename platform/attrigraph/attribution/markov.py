"""Removal effects in the Markov chain of journeys (Anderl, Becker, von Wangenheim & Schumann 2016).

The chain of order k remembers the last k keys of a journey; transitions have the frequencies
observed. Such a chain visits each state as often as the journeys do, so it also converts as often:
``journeys * h_start = observed conversions``, which is checked.

The removal effect of a key is the part of the conversions that is lost when every journey that
comes to the key ends there: all states whose last key it is are taken out. Credit is observed
conversions, less those of journeys without a touch, shared in proportion to removal effects. Value
is treated alike: each state pays what its conversions were worth on average, and the removal effect
is the part of the value that is lost; where all conversions are worth the same, both share alike.
A key's transitions to itself stay. Start and ends are no keys: a channel may have any name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import splu

from attrigraph.attribution.paths import take
from attrigraph.attribution.ranking import ranked, summed
from attrigraph.attribution.walks import Walks
from attrigraph.errors import ConservationError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import PathCounts

    Amounts = NDArray[np.float64]
    Matrix = NDArray[np.float64]

HIGHEST_ORDER: Final = 4
DENSE_KEYS: Final = 4096
"""Up to this many keys a matrix of keys by keys is inverted: 128 MB."""

TOLERANCE: Final = 1e-12
"""Lost conversions are exact to this part of all conversions."""

BLOCK_KEYS: Final = 16
BLOCK_NUMBERS: Final = 1 << 22
"""Keys are taken out so many at a time, or fewer where that would take more than 32 MB."""

SWEEPS_A_ROUND: Final = 4
ROUNDS: Final = 250


@dataclass(frozen=True, eq=False)
class Chain:
    """Journeys as a Markov chain, in counts.

    Attributes:
        order: how many keys a state remembers.
        keys: what ``history`` names.
        history: int32 ``[n_states, order]``, the last keys of each state, newest first; -1 where a
            journey had fewer. States are sorted, so those of one last key stand together.
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


@dataclass(frozen=True, slots=True, eq=False)
class TransitionMatrix:
    """The chain of order one as a table.

    Attributes:
        keys: as in the paths.
        probability: float64 ``[n_keys + 1, n_keys + 2]``; rows are the keys and, last, the start;
            columns are the keys, conversion, and the end without one. Rows add up to one; the row
            of a key that no journey has is zero.
        count: the same before division, in journeys.
    """

    keys: tuple[str | None, ...]
    probability: Matrix
    count: Matrix


def build_chain(paths: PathCounts, order: int) -> Chain:
    """The chain of order 1 to 4 of counted paths.

    Raises:
        InputError: the order is another.
        ConservationError: the chain does not reproduce the observed conversions.
    """
    if not 1 <= order <= HIGHEST_ORDER:
        message = f"the order of a Markov chain must be 1 to {HIGHEST_ORDER}, got {order}"
        raise InputError(message)
    total = paths.conversions + paths.nulls
    empty = np.diff(paths.offsets) == 0
    walked = np.flatnonzero(~empty & (total != 0))
    walks = Walks(*take(paths.offsets, paths.codes, walked), len(paths.keys))
    history, state = _states(walks, order)
    n = len(history)
    each = walks.spread(total[walked])
    begins, ends = state[walks.starts], state[walks.ends]
    chain = Chain(
        order=order,
        keys=paths.keys,
        history=history,
        flows=_flows(walks, state, each, n),
        visits=summed(state, each, n),
        starts=summed(begins, total[walked], n),
        conversions=summed(ends, paths.conversions[walked], n),
        value=summed(ends, paths.value[walked], n),
        nulls=summed(ends, paths.nulls[walked], n),
        untouched=(
            float(paths.conversions[empty].sum()),
            float(paths.value[empty].sum()),
            float(paths.nulls[empty].sum()),
        ),
    )
    _check_balance(chain)
    return chain


def removal_losses(paths: PathCounts, order: int) -> Matrix:
    """Conversions and value lost when a key is taken out of the chain, ``[n_keys, 2]``.

    Divided by all conversions (value) this is the removal effect. Order one has a closed form, from
    the inverse of one small matrix; higher orders are solved by sweeps over all states for many
    keys at once, to ``TOLERANCE``.
    """
    chain = build_chain(paths, order)
    if order == 1 and len(paths.keys) <= DENSE_KEYS:
        return closed_form_losses(chain)
    return swept_losses(chain)


def transition_matrix(paths: PathCounts) -> TransitionMatrix:
    """The chain of order one as a table, for people to read."""
    chain, n = build_chain(paths, 1), len(paths.keys)
    count = np.zeros((n + 1, n + 2))
    count[np.ix_(chain.last, chain.last)] = chain.flows.toarray()
    count[chain.last, n], count[chain.last, n + 1] = chain.conversions, chain.nulls
    count[n, chain.last] = chain.starts
    count[n, n], count[n, n + 1] = chain.untouched[0], chain.untouched[2]
    total = count.sum(axis=1, keepdims=True)
    probability = np.divide(count, total, out=np.zeros_like(count), where=total > 0)
    return TransitionMatrix(keys=paths.keys, probability=probability, count=count)


def conversion_probability(chain: Chain) -> Amounts:
    """Probability of converting from each state, ``h = (I - Q)^-1 r``, ``[n_states]``."""
    system = sparse.csc_array(sparse.eye_array(len(chain)) - chain.transitions)
    return np.asarray(splu(system).solve(chain.rewards[:, 0]))


def closed_form_losses(chain: Chain) -> Matrix:
    """Losses in a chain of order one, ``N = (I - Q)^-1``, ``h = N r``.

    ``visits_c / N_cc`` journeys ever come to c, and h_c of them convert.
    """
    assert chain.order == 1
    N = linalg.inv(np.eye(len(chain)) - chain.transitions.toarray(), overwrite_a=True)
    h = N @ chain.rewards
    _check_reproduced(chain, h)
    losses = np.zeros((len(chain.keys), 2))
    losses[chain.last] = (chain.visits / N.diagonal())[:, None] * h
    return losses


def solved_losses(chain: Chain) -> Matrix:
    """Losses in a chain of any order by solving it anew without each key; slow, to be compared."""
    losses = np.zeros((len(chain.keys), 2))
    for key in np.unique(chain.last):
        losses[key] = chain.rewards.T @ _solved_visits_lost(chain, int(key))
    return losses


def _states(walks: Walks, order: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The distinct histories, and the state of each touch.

    Histories are ranked one key further back at a time, so that their codes never overflow.
    """
    base = walks.n_keys + 1
    previous = walks.codes.astype(np.int64) + 1
    back = previous
    distinct, state = ranked(previous, base)
    history = distinct[:, None]
    for _ in range(1, order):
        back = np.concatenate([[0], back[:-1]])
        back[walks.starts] = 0
        distinct, state = ranked(state * np.int64(base) + back, len(history) * base)
        history = np.column_stack([history[distinct // base], distinct % base])
    return (history - 1).astype(np.int32), state


def _flows(walks: Walks, state: NDArray[np.int32], each: Amounts, n: int) -> sparse.csr_array:
    """How often each state followed each: a state and the next key tell the next state."""
    inner = np.ones(len(state), bool)
    inner[walks.starts] = False
    after = np.flatnonzero(inner)
    key, now, then = walks.codes[after], state[after], state[after - 1]
    step, rank = ranked(then * np.int64(walks.n_keys) + key, n * walks.n_keys)
    target = np.zeros(len(step), np.int32)
    target[rank] = now
    count = summed(rank, each[after], len(step))
    source = (step // max(walks.n_keys, 1)).astype(np.int32)
    return sparse.csr_array((count, (source, target)), shape=(n, n))


def _check_balance(chain: Chain) -> None:
    """Check that as many journeys enter and leave each state as were seen in it.

    It follows that the chain's expected visits are the observed ones, and that it converts as
    often as was observed, at every order.
    """
    entered = chain.starts + np.asarray(chain.flows.sum(axis=0))
    left = chain.conversions + chain.nulls + np.asarray(chain.flows.sum(axis=1))
    off = np.maximum(np.abs(entered - chain.visits), np.abs(left - entered))
    if not (off <= 1e-9 * chain.visits).all():
        message = f"the Markov chain of order {chain.order} loses or gains journeys in some state"
        raise ConservationError(message)


def _check_reproduced(chain: Chain, h: Matrix) -> None:
    for name, expected, observed in (
        ("conversions", chain.starts @ h[:, 0], chain.conversions.sum()),
        ("value", chain.starts @ h[:, 1], chain.value.sum()),
    ):
        if not abs(expected - observed) <= 1e-9 * abs(observed):
            message = (
                f"the Markov chain of order {chain.order} expects {expected} {name} where "
                f"{observed} were observed"
            )
            raise ConservationError(message)


def swept_losses(chain: Chain, *, rounds: int = ROUNDS) -> Matrix:
    """Losses in a chain of any order, many keys at once.

    With key c taken out, a state loses the visits of journeys that came to c before. Lost visits
    obey ``lost_x = sum over y of Q_yx lost_y`` outside c's states and are the observed visits in
    them; sweeping ``lost += r, r <- Q^T r`` from there adds them up. Two things make few sweeps do:
    each state's transition to itself is solved within the sweep, and before each round of sweeps
    what remains is also solved for in the chain of order one, into which states of one last key are
    lumped in proportion to their visits; that step is given up where it does not help. Conversions
    lost are off by no more than the sum of |r|, which ends the sweeps. Keys for which it stays too
    large after so many rounds are solved by sparse elimination.
    """
    sweeps = _Sweeps.of(chain)
    width = max(1, min(BLOCK_KEYS, BLOCK_NUMBERS // max(len(chain), 1)))
    losses = np.zeros((len(chain.keys), 2))
    for begin in range(0, len(sweeps.present), width):
        group = np.arange(begin, min(begin + width, len(sweeps.present)))
        keys = sweeps.present[group]
        losses[keys], remainder = sweeps.run(group, rounds)
        for key in keys[remainder > sweeps.goal]:
            losses[key] = chain.rewards.T @ _solved_visits_lost(chain, int(key))
    return losses


@dataclass(frozen=True, slots=True, eq=False)
class _Sweeps:
    """What the sweeps of a chain need; groups are the states of one last key.

    States are put in the order of the key before their last one: what flows into states of one
    such key comes from the same few states, which then stay in the processor's cache.

    Attributes:
        present: the key of each group, ascending.
        visits: of the chain.
        rewards: of the chain.
        step: transposed transitions, each state's own solved away.
        group: the group of each state.
        members: the states of each group.
        lump: ``[n_groups, n_states]`` adds up the states of a group.
        share: each state's part of its group's visits, ``[n_states, 1]``.
        coarse: inverse of the lumped system; None where there are too many groups.
        goal: what the sum of |r| must come below.
    """

    present: NDArray[np.int32]
    visits: Amounts
    rewards: Matrix
    step: sparse.csr_array
    group: NDArray[np.int64]
    members: list[NDArray[np.int64]]
    lump: sparse.csr_array
    share: Matrix
    coarse: Matrix | None
    goal: float

    @classmethod
    def of(cls, chain: Chain) -> _Sweeps:
        n = len(chain)
        order = np.lexsort(chain.history.T[:2])
        visits = chain.visits[order]
        step = _moves_but_own(sparse.csr_array(chain.transitions[order][:, order]))
        present, group = np.unique(chain.last[order], return_inverse=True)
        lump = sparse.csr_array((np.ones(n), (group, np.arange(n))), shape=(len(present), n))
        share = visits / summed(group, visits, len(present))[group]
        coarse = None
        if len(present) <= DENSE_KEYS:
            lumped = lump @ step @ sparse.diags_array(share) @ lump.T
            coarse = linalg.inv(np.eye(len(present)) - lumped.toarray(), overwrite_a=True)
        size = np.bincount(group, minlength=len(present))
        return cls(
            present=present,
            visits=visits,
            rewards=chain.rewards[order],
            step=step,
            group=group,
            members=np.split(np.argsort(group, kind="stable"), np.cumsum(size)[:-1]),
            lump=lump,
            share=share[:, None],
            coarse=coarse,
            goal=TOLERANCE * float(chain.conversions.sum()),
        )

    def run(self, taken_out: NDArray[np.int64], rounds: int) -> tuple[Matrix, Amounts]:
        """Losses with each of some groups taken out, ``[m, 2]``, and the sums of |r|."""
        lost = np.zeros((len(self.visits), len(taken_out)))
        for column, group in enumerate(taken_out):
            states = self.members[group]
            lost[states, column] = self.visits[states]
        r = self._swept(lost, taken_out)
        remainder = np.abs(r).sum(axis=0)
        coarse = self.coarse
        for _ in range(rounds):
            if remainder.max() <= self.goal:
                break
            if coarse is not None:
                correction = self._solved_lumped(coarse, r, taken_out)
                lost += correction
                r += self._swept(correction, taken_out)
                r -= correction
            for _ in range(SWEEPS_A_ROUND):
                lost += r
                r = self._swept(r, taken_out)
            before, remainder = remainder, np.abs(r).sum(axis=0)
            if remainder.max() > before.max() / 2:
                coarse = None
        return lost.T @ self.rewards, remainder

    def _swept(self, visits: Matrix, taken_out: NDArray[np.int64]) -> Matrix:
        """Where visits go next, other than to the group taken out."""
        moved = np.asarray(self.step @ visits)
        for column, group in enumerate(taken_out):
            moved[self.members[group], column] = 0.0
        return moved

    def _solved_lumped(self, coarse: Matrix, r: Matrix, taken_out: NDArray[np.int64]) -> Matrix:
        """The remainder solved for in the lumped chain without the group taken out.

        Taking a group out is a change of rank one (Sherman & Morrison 1950).
        """
        lumped = coarse @ (self.lump @ r)
        column = np.arange(len(taken_out))
        lumped -= coarse[:, taken_out] * (lumped[taken_out, column] / coarse[taken_out, taken_out])
        lumped[taken_out, column] = 0.0
        return np.asarray(lumped[self.group] * self.share)


def _moves_but_own(transitions: sparse.csr_array) -> sparse.csr_array:
    """Transposed transitions to other states, among moves that leave the state at all."""
    own = transitions.diagonal()
    others = sparse.csr_array(transitions - sparse.diags_array(own))
    others.eliminate_zeros()
    return sparse.csr_array(sparse.diags_array(1 / (1 - own)) @ others.T)


def _solved_visits_lost(chain: Chain, key: int) -> Amounts:
    """Visits each state loses when a key is taken out, by elimination."""
    out = chain.last == key
    lost = np.where(out, chain.visits, 0.0)
    stays = np.flatnonzero(~out)
    if len(stays):
        arriving = sparse.csr_array(sparse.csr_array(chain.transitions.T)[stays])
        system = sparse.eye_array(len(stays)) - sparse.csr_array(arriving[:, stays])
        lost[stays] = splu(sparse.csc_array(system)).solve(arriving @ lost)
    return lost
