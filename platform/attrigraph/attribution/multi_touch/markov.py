"""Removal effects in the Markov chain of journeys (Anderl, Becker, von Wangenheim & Schumann 2016).

The chain of order k remembers the last k keys of a journey; transitions have the frequencies
observed. Such a chain visits each state as often as the journeys do, so it also converts as often:
``journeys * h_start = observed conversions``, which is checked.

The removal effect of a key is the part of the conversions that is lost when every journey that
comes to the key ends there: all states whose last key it is are taken out. Credit is observed
conversions, less those of journeys without a touch, divided in proportion to removal effects. Value
is treated alike: each state pays what its conversions were worth on average, and the removal effect
is the part of the value that is lost; where all conversions are worth the same, both share alike.
A key's transitions to itself stay. Start and ends are no keys: a channel may have any name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import splu

from attrigraph.attribution.multi_touch.chain import Chain
from attrigraph.attribution.multi_touch.removal import Jumps, losses_by_key
from attrigraph.attribution.multi_touch.sparse_losses import sparse_losses
from attrigraph.attribution.observed.path_steps import PathSteps
from attrigraph.attribution.observed.paths import take
from attrigraph.attribution.observed.ranking import ranked, summed
from attrigraph.errors import ConservationError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import PathCounts
    from attrigraph.domain.columns import Amounts

    Matrix = NDArray[np.float64]

MAX_ORDER: Final = 4
DENSE_KEYS: Final = 4096
"""Up to this many keys a matrix of keys by keys is inverted: 128 MB."""


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


@dataclass(frozen=True, slots=True, eq=False)
class CountedChain:
    """A chain with the paths it was counted from.

    Attributes:
        chain: in counts.
        rows: int64 ``[n_paths]``, the paths with a touch and a journey.
        steps: these touch by touch.
        state: int32 ``[n_touches]``, in which state of the chain each touch leaves its journey.
    """

    chain: Chain
    rows: NDArray[np.intp]
    steps: PathSteps
    state: NDArray[np.int32]


def build_chain(paths: PathCounts, order: int) -> Chain:
    """The chain of order 1 to 4 of counted paths.

    Raises:
        InputError: the order is another.
        ConservationError: the chain does not reproduce the observed conversions.
    """
    return count_chain(paths, order).chain


def count_chain(paths: PathCounts, order: int) -> CountedChain:
    """The chain of order 1 to 4 of counted paths, and where in it each touch leaves its journey.

    Raises:
        InputError: the order is another.
        ConservationError: the chain does not reproduce the observed conversions.
    """
    if not 1 <= order <= MAX_ORDER:
        message = f"the order of a Markov chain must be 1 to {MAX_ORDER}, got {order}"
        raise InputError(message)
    total = paths.conversions + paths.nulls
    empty = np.diff(paths.offsets) == 0
    counted = np.flatnonzero(~empty & (total != 0))
    steps = PathSteps(*take(paths.offsets, paths.codes, counted), len(paths.keys))
    history, state = histories_of(steps, order)
    n = len(history)
    each = steps.spread(total[counted])
    begins, ends = state[steps.starts], state[steps.ends]
    chain = Chain(
        order=order,
        keys=paths.keys,
        history=history,
        flows=_flows(steps, state, each, n),
        visits=summed(state, each, n),
        starts=summed(begins, total[counted], n),
        conversions=summed(ends, paths.conversions[counted], n),
        value=summed(ends, paths.value[counted], n),
        nulls=summed(ends, paths.nulls[counted], n),
        untouched=(
            float(paths.conversions[empty].sum()),
            float(paths.value[empty].sum()),
            float(paths.nulls[empty].sum()),
        ),
    )
    _check_balance(chain)
    return CountedChain(chain, counted, steps, state)


def removal_losses(paths: PathCounts, order: int) -> Matrix:
    """Conversions and value lost when a key is taken out of the chain, ``[n_keys, 2]``."""
    return losses_of(build_chain(paths, order))


def losses_of(chain: Chain) -> Matrix:
    """Conversions and value lost when a key is taken out of a chain, ``[n_keys, 2]``.

    Divided by all conversions (value) this is the removal effect. Order one has a closed form, from
    the inverse of one small matrix, or from sparse sums where there are many keys; see
    ``sparse_losses``. For higher orders see ``removal``.
    """
    if chain.order > 1:
        return losses_by_key(chain)
    if len(chain.keys) <= DENSE_KEYS:
        return closed_form_losses(chain)
    return sparse_losses(Jumps.of(chain))


def transition_matrix(chain: Chain) -> TransitionMatrix:
    """A chain of order one as a readable table."""
    assert chain.order == 1
    n = len(chain.keys)
    count = np.zeros((n + 1, n + 2))
    count[np.ix_(chain.last, chain.last)] = chain.flows.toarray()
    count[chain.last, n], count[chain.last, n + 1] = chain.conversions, chain.nulls
    count[n, chain.last] = chain.starts
    count[n, n], count[n, n + 1] = chain.untouched[0], chain.untouched[2]
    total = count.sum(axis=1, keepdims=True)
    probability = np.divide(count, total, out=np.zeros_like(count), where=total > 0)
    return TransitionMatrix(keys=chain.keys, probability=probability, count=count)


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


def histories_of(steps: PathSteps, order: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The distinct histories, and the state of each touch.

    Histories are ranked one key further back at a time, so that their codes never overflow.
    """
    base = steps.n_keys + 1
    previous = steps.codes.astype(np.int64) + 1
    back = previous
    distinct, state = ranked(previous, base)
    history = distinct[:, None]
    for _ in range(1, order):
        back = np.concatenate([[0], back[:-1]])
        back[steps.starts] = 0
        distinct, state = ranked(state * np.int64(base) + back, len(history) * base)
        history = np.column_stack([history[distinct // base], distinct % base])
    return (history - 1).astype(np.int32), state


def _flows(steps: PathSteps, state: NDArray[np.int32], each: Amounts, n: int) -> sparse.csr_array:
    """How often each state followed each: a state and the next key determine the next state."""
    inner = np.ones(len(state), bool)
    inner[steps.starts] = False
    after = np.flatnonzero(inner)
    key, now, then = steps.codes[after], state[after], state[after - 1]
    step, rank = ranked(then * np.int64(steps.n_keys) + key, n * steps.n_keys)
    target = np.zeros(len(step), np.int32)
    target[rank] = now
    count = summed(rank, each[after], len(step))
    source = (step // max(steps.n_keys, 1)).astype(np.int32)
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
