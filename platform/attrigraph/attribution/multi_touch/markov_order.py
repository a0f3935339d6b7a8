"""Choice of the order of a Markov chain by held-out log-likelihood.

Customers are dealt into ``FOLDS`` folds. For each fold the frequencies of all others predict what
follows each touch: the next key, a conversion, or another end. The order whose log-likelihood is
highest wins; a lower one is preferred that is behind by at most ``STANDARD_ERRORS`` of the
difference over customers, or by ``NO_EVIDENCE`` in all, as an order that adds nothing loses by
little (a stricter form of the rule of one standard error of Breiman, Friedman, Olshen & Stone 1984,
section 3.4.3).

A transition that the other folds did not have must not have probability 0, so a chain of order k
takes ``PRIOR`` observations in each state from that of order k - 1, and that of order 0 takes as
many in all from equal chances (MacKay & Bauman Peto 1995):
``p_k(x | state) = (count(state, x) + PRIOR p_(k-1)(x)) / (count(state) + PRIOR)``.

All orders predict the first touch alike, so it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.multi_touch.markov import MAX_ORDER, histories_of
from attrigraph.attribution.observed.path_steps import PathSteps
from attrigraph.attribution.observed.paths import take
from attrigraph.attribution.observed.ranking import ranked, summed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.resamples import CustomerKinds
    from attrigraph.domain import PathCounts
    from attrigraph.domain.columns import Amounts


FOLDS: Final = 5
PRIOR: Final = 1.0
STANDARD_ERRORS: Final = 2.0
NO_EVIDENCE: Final = 1.0
"""Differences in nats over all touches that are no evidence."""

_STREAM: Final = 1
"""Tells the random numbers of folds from those of bootstrap draws of the same seed."""


@dataclass(frozen=True, slots=True)
class ChosenOrder:
    """The order that won, and why.

    Attributes:
        order: 1 to 4.
        likelihood: held-out log-likelihood of each order from 1, nats over all touches.
        standard_error: of the difference of each from the best one, nats.
        touches: how many touches were predicted.
    """

    order: int
    likelihood: tuple[float, ...]
    standard_error: tuple[float, ...]
    touches: float


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """What follows the touches of paths.

    First come the steps of journeys that do not convert, then the last steps of those that do.

    Attributes:
        steps: paths with a touch.
        touch: int64 ``[n_touches + n_paths]``, the touch that each step is from.
        after: int64, what follows: a key, or one of two ends.
        weight: float64 ``[folds, n_touches + n_paths]``, how many journeys of each fold take it.
    """

    steps: PathSteps
    touch: NDArray[np.int64]
    after: NDArray[np.int64]
    weight: Amounts


def choose_order(paths: PathCounts, customers: CustomerKinds, *, seed: int = 0) -> ChosenOrder:
    """Choose the order of a chain by held-out log-likelihood.

    Args:
        paths: distinct paths.
        customers: whose journeys they are.
        seed: of the folds; the same customers and seed make the same folds.
    """
    rows = np.flatnonzero((np.diff(paths.offsets) > 0) & (paths.conversions + paths.nulls > 0))
    if not len(rows):
        return ChosenOrder(1, (0.0,) * MAX_ORDER, (0.0,) * MAX_ORDER, 0.0)
    dealt = _deal(customers.count, seed)
    items = customers.journeys.T @ dealt  # [2 n_paths, folds]
    outcome = np.stack([items[2 * rows], items[2 * rows + 1]])  # [2, n_walks, folds]
    steps = PathSteps(*take(paths.offsets, paths.codes, rows), len(paths.keys))
    moves = _moves(steps, outcome)
    # log-likelihood of each path's journeys by order, fold and outcome: [orders, folds, 2, n_walks]
    by_path = np.stack([_by_path(steps, logs) for logs in _log_chances(moves)])
    by_item = np.zeros((*by_path.shape[:2], 2 * len(paths)))
    by_item[:, :, 2 * rows] = by_path[:, :, 0]
    by_item[:, :, 2 * rows + 1] = by_path[:, :, 1]
    by_kind = np.stack([(customers.journeys @ by_item[:, fold].T).T for fold in range(FOLDS)], 1)
    return _chosen(by_kind, dealt.T, touches=float(moves.weight.sum()))


def _deal(count: Amounts, seed: int) -> Amounts:
    """How many customers of each kind are in each fold, ``[n_kinds, folds]``."""
    rng = np.random.default_rng([seed, _STREAM])
    return rng.multinomial(count.astype(np.int64), [1 / FOLDS] * FOLDS).astype(np.float64)


def _moves(steps: PathSteps, outcome: Amounts) -> _Moves:
    last, end = steps.offsets[1:] - 1, steps.n_keys
    following = np.append(steps.codes[1:], 0).astype(np.int64)
    following[last] = end
    nulls, conversions = outcome
    weight = np.repeat(nulls + conversions, steps.length, axis=0)
    weight[last] = nulls
    return _Moves(
        steps=steps,
        touch=np.append(np.arange(len(steps.codes)), last),
        after=np.append(following, np.full(len(steps), end + 1)),
        weight=np.concatenate([weight, conversions]).T.copy(),
    )


def _log_chances(moves: _Moves) -> Iterator[Amounts]:
    """Log-chances of all steps by the chains of each order from 1, ``[folds, n_steps]``."""
    base = moves.steps.n_keys + 2
    nowhere = np.zeros(len(moves.after), np.int32)
    chance = np.full((FOLDS, len(moves.after)), 1 / base)
    chance = _predicted(moves, nowhere, 1, chance)
    for order in range(1, MAX_ORDER + 1):
        history, state = histories_of(moves.steps, order)
        chance = _predicted(moves, state[moves.touch], len(history), chance)
        yield np.log(chance)


def _predicted(moves: _Moves, state: NDArray[np.int32], n: int, lower: Amounts) -> Amounts:
    """Chances of all steps given states, from the other folds, ``[folds, n_steps]``."""
    base = moves.steps.n_keys + 2
    distinct, move = ranked(state * np.int64(base) + moves.after, n * base)
    chance = np.empty_like(lower)
    made = [summed(move, weight, len(distinct)) for weight in moves.weight]
    been = [summed(state, weight, n) for weight in moves.weight]
    all_made, all_been = np.sum(made, axis=0), np.sum(been, axis=0)
    for fold in range(FOLDS):
        count = (all_made - made[fold])[move] + PRIOR * lower[fold]
        chance[fold] = count / ((all_been - been[fold])[state] + PRIOR)
    return chance


def _by_path(steps: PathSteps, logs: Amounts) -> Amounts:
    """Sums over the moves of each path, as it ends and as it converts, ``[folds, 2, n_paths]``."""
    n = len(steps.codes)
    null = np.add.reduceat(logs[:, :n], steps.offsets[:-1], axis=-1)
    return np.stack([null, null - logs[:, steps.offsets[1:] - 1] + logs[:, n:]], axis=1)


def _chosen(by_kind: Amounts, dealt: Amounts, touches: float) -> ChosenOrder:
    """The lowest order that is not clearly behind the best one.

    Args:
        by_kind: ``[orders, folds, n_kinds]``, log-likelihood of a customer of each kind and fold.
        dealt: ``[folds, n_kinds]``, how many of those there are.
        touches: how many were predicted.
    """
    likelihood = (by_kind * dealt).sum(axis=(1, 2))
    best = int(np.argmax(likelihood))
    lead = likelihood[best] - likelihood
    mean = lead / max(float(dealt.sum()), 1.0)
    gap = by_kind[best] - by_kind - mean[:, None, None]
    error = np.sqrt((dealt * gap**2).sum(axis=(1, 2)))
    order = int(np.argmax(lead <= np.maximum(STANDARD_ERRORS * error, NO_EVIDENCE))) + 1
    return ChosenOrder(order, tuple(likelihood.tolist()), tuple(error.tolist()), touches)
