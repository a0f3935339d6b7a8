"""What a Markov chain of any order loses when a key is taken out, for all keys at once.

Taking key c out ends every journey that arrives at a state whose last key is c. The chain is
watched only when a journey changes its key: what happens while it stays at one is the same
whichever other key is taken out. With ``A`` the arrivals at each state, ``T`` the probabilities of
the state it changes to and ``r`` what each arrival pays until then, arrivals lost are ``m = A`` in
the states of c and ``m = T' m`` elsewhere, and the loss is ``m r``.

Chains of journeys are mostly a few states that follow each other round and round, with a great many
around them that lead in or out and are visited once or twice. Each kind has its own way:

* Downstream, states from which no state can be come to twice: the loss is found backwards, from
  where journeys end. A state's row has only the few keys that can still come.
* Upstream, states that follow none of the states of a cycle: the loss is found forwards, from where
  journeys start; again a row has few keys.
* The core between them: its arrivals lost are found by sweeps, for a block of keys at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from attrigraph.attribution.observed.ranking import summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.chain import Chain
    from attrigraph.domain.columns import Amounts, Flags, Rows

    Matrix = NDArray[np.float64]

TOLERANCE: Final = 1e-12
"""Lost conversions are exact to this part of all conversions."""

BLOCK_KEYS: Final = 16
BLOCK_NUMBERS: Final = 1 << 22
"""Keys are taken out so many at a time, or fewer where that would take more than 32 MB."""

AGGREGATED_KEYS: Final = 4096
"""Up to this many keys the lumped chain is solved by the inverse of a matrix of keys by keys."""

SWEEPS_PER_ROUND: Final = 4
ROUNDS: Final = 250


@dataclass(frozen=True, slots=True, eq=False)
class Jumps:
    """A chain watched when journeys change their key.

    Attributes:
        key: int32 ``[n]``, the last key of each state, which is not the one before.
        n_keys: keys are below it.
        arrivals: float64 ``[n]``, how often journeys came to the state from another or the start.
        step: ``[n, n]``, probability of the state in which the key changes next.
        rewards: float64 ``[n, 2]``, conversions and value that an arrival pays before that.
    """

    key: NDArray[np.int32]
    n_keys: int
    arrivals: Amounts
    step: sparse.csr_array
    rewards: Matrix

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def of(cls, chain: Chain) -> Jumps:
        """Leave out the states in which a key follows itself, and what any state adds to itself."""
        own = chain.flows.diagonal()
        arrivals = chain.visits - own
        moves = sparse.csr_array(chain.flows - sparse.diags_array(own))
        moves.eliminate_zeros()
        step = sparse.csr_array(sparse.diags_array(1 / arrivals) @ moves)
        rewards = np.column_stack([chain.conversions, chain.value]) / arrivals[:, None]
        repeated = (chain.history[:, :1] == chain.history[:, 1:2]).any(axis=1)
        changed = _by_previous_key(chain, np.flatnonzero(~repeated))
        runs = np.flatnonzero(repeated)
        entered = sparse.csr_array(step[changed])
        jumps, paid = sparse.csr_array(entered[:, changed]), rewards[changed]
        run, longer = sparse.csr_array(entered[:, runs]), sparse.csr_array(step[runs])
        while run.nnz:
            paid = paid + run @ rewards[runs]
            left = sparse.csr_array(run @ longer)
            jumps = jumps + sparse.csr_array(left[:, changed])
            run = sparse.csr_array(left[:, runs])
        return cls(
            key=chain.last[changed],
            n_keys=len(chain.keys),
            arrivals=arrivals[changed],
            step=sparse.csr_array(jumps),
            rewards=paid,
        )

    def part(self, rows: Rows) -> Jumps:
        """Some states and the moves among them."""
        return Jumps(
            key=self.key[rows],
            n_keys=self.n_keys,
            arrivals=self.arrivals[rows],
            step=sparse.csr_array(self.step[rows][:, rows]),
            rewards=self.rewards[rows],
        )


def losses_by_key(chain: Chain, *, rounds: int = ROUNDS) -> Matrix:
    """Conversions and value lost when each key is taken out, ``[n_keys, 2]``.

    Args:
        chain: of any order.
        rounds: of sweeps over the core; keys for which conversions lost could still be off by more
            than ``TOLERANCE`` of all after them are solved by sparse elimination.
    """
    jumps = Jumps.of(chain)
    goal = TOLERANCE * float(chain.conversions.sum())
    upstream, core, downstream = _parts(jumps.step)
    below = _DownstreamRewards.of(jumps, downstream)
    m = _lost_upstream(jumps.part(upstream))
    losses = below.own_losses(jumps)
    losses += below.losses_from(upstream, m)
    if len(core):
        entering = sparse.csc_array(sparse.csr_array(jumps.step[upstream][:, core]).T @ m)
        losses += _core_losses(jumps.part(core), entering, below.seen_from(core), goal, rounds)
    return losses


def solved_losses(chain: Chain) -> Matrix:
    """The same, solving the chain without each key; slow, an oracle for tests."""
    jumps = Jumps.of(chain)
    losses = np.zeros((jumps.n_keys, 2))
    for key in np.unique(jumps.key):
        entering = np.zeros(len(jumps))
        losses[key] = jumps.rewards.T @ _eliminated(jumps, int(key), entering)
    return losses


def _by_previous_key(chain: Chain, states: Rows) -> Rows:
    """States in the order of the key before their last one.

    What leads to states of one such key comes from the same few states, which then stay in the
    processor's cache while a matrix is applied.
    """
    return states[np.lexsort(chain.history[states].T[:2])]


def _parts(step: sparse.csr_array) -> tuple[Rows, Rows, Rows]:
    """States upstream of all cycles, those between cycles, and those downstream."""
    _, component = connected_components(step, connection="strong")
    cyclic = np.bincount(component)[component] > 1
    reaching = _closure(step, cyclic)
    reached = _closure(sparse.csr_array(step.T), cyclic)
    return (
        np.flatnonzero(reaching & ~reached),
        np.flatnonzero(reaching & reached),
        np.flatnonzero(~reaching),
    )


def _closure(step: sparse.csr_array, seeds: Flags) -> Flags:
    """The states from which a step, or several, lead to one of the seeds."""
    closed = seeds
    while True:
        wider: Flags = closed | (step @ closed.astype(np.float64) > 0)
        if np.array_equal(wider, closed):
            return closed
        closed = wider


@dataclass(frozen=True, slots=True, eq=False)
class _DownstreamRewards:
    """What arrivals pay that move on to the states downstream.

    Attributes:
        rewards: float64 ``[n, 2]``, of each state, with all that is paid downstream of it.
        again: two matrices ``[n, n_keys]``, conversions and value: the part of it that is paid
            after a key has been come to downstream. Where that key is taken out, it is not for
            this state to lose: arrivals at the key lose it.
        states: the states downstream.
    """

    rewards: Matrix
    again: tuple[sparse.csr_array, sparse.csr_array]
    states: Rows

    @classmethod
    def of(cls, jumps: Jumps, states: Rows) -> _DownstreamRewards:
        into = sparse.csr_array(jumps.step[:, states])
        rewards, wave = jumps.rewards.copy(), jumps.rewards
        while wave[states].any():
            wave = np.asarray(into @ wave[states])
            rewards += wave
        again = tuple(
            _come_to_again(into, states, jumps, rewards[states, column]) for column in (0, 1)
        )
        return cls(rewards=rewards, again=(again[0], again[1]), states=states)

    def own_losses(self, jumps: Jumps) -> Matrix:
        """What is lost with the arrivals at the states downstream themselves."""
        rows = self.states
        key, arrivals = jumps.key[rows], jumps.arrivals[rows]
        columns = []
        for reward, again in zip(self.rewards.T, self.again, strict=True):
            own = _picked(again[rows], key)
            columns.append(summed(key, arrivals * (reward[rows] - own), jumps.n_keys))
        return np.column_stack(columns)

    def losses_from(self, rows: Rows, m: sparse.csr_array) -> Matrix:
        """What is lost with arrivals ``[n_rows, n_keys]`` at other states."""
        return np.column_stack(
            [
                m.T @ reward[rows] - np.asarray(m.multiply(again[rows]).sum(axis=0))
                for reward, again in zip(self.rewards.T, self.again, strict=True)
            ]
        )

    def seen_from(self, rows: Rows) -> _DownstreamRewards:
        """The same for some states other than those downstream."""
        conversions, value = (sparse.csr_array(again[rows]) for again in self.again)
        return _DownstreamRewards(self.rewards[rows], (conversions, value), np.zeros(0, np.int64))


def _come_to_again(
    into: sparse.csr_array, states: Rows, jumps: Jumps, reward: Amounts
) -> sparse.csr_array:
    """Pay that comes after a key downstream, for each state and key ``[n, n_keys]``.

    Args:
        into: ``[n, n_states]`` moves to the states downstream.
        states: these.
        jumps: all states.
        reward: what each of them pays, with all downstream of it.
    """
    key = jumps.key[states]
    wave = _one_a_row(reward, key, jumps.n_keys)
    total = sparse.csr_array((len(jumps), jumps.n_keys))
    while wave.nnz:
        above = sparse.csr_array(into @ wave)
        total = total + above
        wave = _without_own(sparse.csr_array(above[states]), key)
    return total


def _lost_upstream(jumps: Jumps) -> sparse.csr_array:
    """Arrivals lost at states upstream with each key taken out, ``[n, n_keys]``."""
    onward = sparse.csr_array(jumps.step.T)
    wave = _one_a_row(jumps.arrivals, jumps.key, jumps.n_keys)
    total = wave
    while wave.nnz:
        wave = _without_own(sparse.csr_array(onward @ wave), jumps.key)
        total = total + wave
    return total


def _one_a_row(values: Amounts, key: NDArray[np.int32], n_keys: int) -> sparse.csr_array:
    """Each state's value in the column of its key; zeros are left out."""
    row = np.flatnonzero(values)
    return sparse.csr_array((values[row], (row, key[row])), shape=(len(key), n_keys))


def _without_own(matrix: sparse.csr_array, key: NDArray[np.int32]) -> sparse.csr_array:
    """Each row without the column of its own key."""
    own = matrix.indices == np.repeat(key, np.diff(matrix.indptr))
    matrix.data[own] = 0.0
    matrix.eliminate_zeros()
    return matrix


def _picked(matrix: sparse.csr_array, key: NDArray[np.int32]) -> Amounts:
    """The entry of each row in the column of its own key."""
    row = np.repeat(np.arange(len(key)), np.diff(matrix.indptr))
    own = matrix.indices == key[row]
    return summed(row[own], matrix.data[own], len(key))


def _core_losses(
    core: Jumps, entering: sparse.csc_array, below: _DownstreamRewards, goal: float, rounds: int
) -> Matrix:
    """Losses with the arrivals at the states of the core.

    Args:
        core: its states.
        entering: ``[n, n_keys]``, lost arrivals that come from upstream.
        below: what is paid downstream of the core.
        goal: to what conversions must be exact.
        rounds: of sweeps.
    """
    sweeps = _Sweeps.of(core)
    again = [sparse.csc_array(part) for part in below.again]
    width = max(1, min(BLOCK_KEYS, BLOCK_NUMBERS // len(core)))
    # keys that are not in the core lose arrivals there that come from upstream
    concerned = np.union1d(core.key, np.flatnonzero(np.diff(entering.indptr)))
    losses = np.zeros((core.n_keys, 2))
    for begin in range(0, len(concerned), width):
        keys = concerned[begin : begin + width]
        m, remainder = sweeps.run(keys, entering[:, keys].toarray(), goal, rounds)
        for column in np.flatnonzero(~(remainder <= goal)):
            key = int(keys[column])
            m[:, column] = _eliminated(core, key, entering[:, [key]].toarray()[:, 0])
        losses[keys] = m.T @ below.rewards
        for which, part in enumerate(again):
            losses[keys, which] -= np.asarray(part[:, keys].multiply(m).sum(axis=0))
    return losses


@dataclass(frozen=True, slots=True, eq=False)
class _Sweeps:
    """Arrivals lost in the core, for a block of keys, by sweeping ``m += r, r <- T' r``.

    To make fewer sweeps do, before each round of them what remains is also solved for in the chain
    of order one, into which states of one last key are lumped in proportion to their arrivals. That
    step is given up where it does not help. Conversions lost are off by no more than the sum of
    |r|, which ends the sweeps.

    Attributes:
        arrivals: of each state.
        onward: transposed moves.
        group: rank of each state's key among the keys of the core.
        members: the states of each key of the core, by key.
        lump: ``[n_groups, n]`` adds up the states of a group.
        share: each state's part of its group's arrivals, ``[n, 1]``.
        coarse: inverse of the lumped system; None where there are too many groups.
        present: the key of each group.
    """

    arrivals: Amounts
    onward: sparse.csr_array
    group: Rows
    members: dict[int, Rows]
    lump: sparse.csr_array
    share: Matrix
    coarse: Matrix | None
    present: NDArray[np.int32]

    @classmethod
    def of(cls, core: Jumps) -> _Sweeps:
        n, onward = len(core), sparse.csr_array(core.step.T)
        present, group = np.unique(core.key, return_inverse=True)
        size = np.bincount(group)
        split = np.split(np.argsort(group, kind="stable"), np.cumsum(size)[:-1])
        lump = sparse.csr_array((np.ones(n), (group, np.arange(n))), shape=(len(present), n))
        share = core.arrivals / summed(group, core.arrivals, len(present))[group]
        coarse = None
        if len(present) <= AGGREGATED_KEYS:
            lumped = lump @ onward @ sparse.diags_array(share) @ lump.T
            coarse = linalg.inv(np.eye(len(present)) - lumped.toarray(), overwrite_a=True)
        return cls(
            arrivals=core.arrivals,
            onward=onward,
            group=group,
            members=dict(zip(present.tolist(), split, strict=True)),
            lump=lump,
            share=share[:, None],
            coarse=coarse,
            present=present,
        )

    def run(
        self, keys: NDArray[np.integer], entering: Matrix, goal: float, rounds: int
    ) -> tuple[Matrix, Amounts]:
        """Arrivals lost with each key taken out, ``[n, n_keys]``, and the sums of |r|."""
        out = [self.members.get(int(key), np.zeros(0, np.int64)) for key in keys]
        m = np.zeros_like(entering)
        for column, states in enumerate(out):
            m[states, column] = self.arrivals[states]
        r = self._swept(m, out) + _cleared(entering, out)
        remainder = np.abs(r).sum(axis=0)
        coarse = self.coarse
        for _ in range(rounds):
            if remainder.max(initial=0.0) <= goal:
                break
            if coarse is not None:
                correction = self._solved_lumped(coarse, r, keys)
                m += correction
                r += self._swept(correction, out)
                r -= correction
            for _ in range(SWEEPS_PER_ROUND):
                m += r
                r = self._swept(r, out)
            before, remainder = remainder, np.abs(r).sum(axis=0)
            if remainder.max() > before.max() / 2:
                coarse = None
        return m, remainder

    def _swept(self, m: Matrix, out: list[Rows]) -> Matrix:
        """Where arrivals go next, other than to what is taken out."""
        return _cleared(np.asarray(self.onward @ m), out)

    def _solved_lumped(self, coarse: Matrix, r: Matrix, keys: NDArray[np.integer]) -> Matrix:
        """The remainder solved for in the lumped chain without the key taken out.

        Taking a group out is a change of rank one (Sherman & Morrison 1950).
        """
        lumped = coarse @ (self.lump @ r)
        column = np.flatnonzero(np.isin(keys, self.present))
        out = np.searchsorted(self.present, keys[column])
        lumped[:, column] -= coarse[:, out] * (lumped[out, column] / coarse[out, out])
        lumped[out, column] = 0.0
        return np.asarray(lumped[self.group] * self.share)


def _cleared(m: Matrix, out: list[Rows]) -> Matrix:
    """In each column, zero in the states taken out."""
    for column, states in enumerate(out):
        m[states, column] = 0.0
    return m


def _eliminated(jumps: Jumps, key: int, entering: Amounts) -> Amounts:
    """Arrivals lost with a key taken out, by sparse elimination."""
    out = jumps.key == key
    m = np.where(out, jumps.arrivals, 0.0)
    stays = np.flatnonzero(~out)
    if len(stays):
        arriving = sparse.csr_array(sparse.csr_array(jumps.step.T)[stays])
        system = sparse.eye_array(len(stays)) - sparse.csr_array(arriving[:, stays])
        m[stays] = splu(sparse.csc_array(system)).solve(arriving @ m + entering[stays])
    return m
