"""Removal losses in a chain of order one with too many keys for a matrix of keys by keys.

The closed form ``losses = arrivals / diag(N) * h`` needs only the diagonal of ``N = (I - Q)^-1``:
how often a journey at a key is expected to be there in all. That is one plus its chances to return,
which paths of each length add to. They come from three sources:

* Hubs, the few keys with a large share of all arrivals, are solved exactly, ``N[:, hubs]`` and
  ``N[hubs, :]``. Block inversion gives what they contribute to every other key, so paths that pass
  a hub need not be followed.
* Returns on other paths are summed over powers of the remaining matrix, which are sparse. Each step
  doubles the length of the paths, until none are left or the powers fill in.
* Longer returns are estimated by the matrix of rank one with the same row and column sums. The keys
  with the largest error bounds are then solved exactly, batch after batch, until a whole batch was
  right to ``TOLERANCE`` already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from scipy import linalg, sparse

from attrigraph.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.removal import Jumps
    from attrigraph.domain.columns import Amounts

    Matrix = NDArray[np.float64]
    Rows = NDArray[np.intp]

Real = TypeVar("Real", np.float32, np.float64)

TOLERANCE: Final = 1e-9
"""Conversions lost are exact to this part of all conversions."""

MIN_HUB_SHARE: Final = 1 / 2000
MAX_HUBS: Final = 256
MAX_PRODUCTS: Final = 50_000_000
"""Multiplications above which a power of the sparse matrix is not squared again."""

MAX_SWEEPS: Final = 20_000
PRECISION: Final = 1e-15
BATCH_KEYS: Final = 64


def sparse_losses(jumps: Jumps) -> Matrix:
    """Conversions and value lost when each key is taken out, ``[n_keys, 2]``.

    Args:
        jumps: of a chain of order one.

    Raises:
        ConvergenceError: journeys are so long that the sums do not settle.
    """
    h = solve_by_powers(jumps.step, jumps.rewards)
    paid = jumps.arrivals * h[:, 0]
    visits = own_visits(jumps.step, jumps.arrivals, paid, TOLERANCE * float(paid.sum()))
    losses = np.zeros((jumps.n_keys, 2))
    losses[jumps.key] = (jumps.arrivals / visits)[:, None] * h
    return losses


def solve_by_powers(step: sparse.csr_array, right: NDArray[Real]) -> NDArray[Real]:
    """``(I - step)^-1 right`` as ``right + step right + step^2 right + ...``.

    Raises:
        ConvergenceError: the sum does not settle within ``MAX_SWEEPS`` terms.
    """
    total, term = right.copy(), right
    precision = max(PRECISION, float(np.finfo(right.dtype).eps))
    for _ in range(MAX_SWEEPS):
        term = np.asarray(step @ term)
        total += term
        if (np.abs(term).max(axis=0) <= precision * np.abs(total).max(axis=0)).all():
            return total
    raise ConvergenceError(
        f"the Markov chain did not settle within {MAX_SWEEPS:,} steps; shorten the journeys, for "
        "example by a shorter lookback"
    )


def hubs_of(arrivals: Amounts) -> Rows:
    """The keys with at least ``MIN_HUB_SHARE`` of all arrivals, at most ``MAX_HUBS``."""
    most = np.argsort(-arrivals, kind="stable")[:MAX_HUBS]
    hubs: Rows = most[arrivals[most] >= MIN_HUB_SHARE * arrivals.sum()]
    return hubs


def own_visits(step: sparse.csr_array, arrivals: Amounts, paid: Amounts, goal: float) -> Amounts:
    """The diagonal of ``(I - step)^-1``.

    Args:
        step: transition probabilities between keys.
        arrivals: at each key.
        paid: by the arrivals at each key; a relative error in the result costs that much of it.
        goal: to which the estimates must be right, in what ``paid`` counts.
    """
    hubs = hubs_of(arrivals)
    outside = np.ones(len(arrivals))
    outside[hubs] = 0.0
    without_hubs = sparse.diags_array(outside)
    tail = sparse.csr_array(without_hubs @ step @ without_hubs)
    tail.eliminate_zeros()
    visits, bound = _visits_by_powers(tail, arrivals)
    if len(hubs):
        into, out = _columns(step, hubs), _columns(sparse.csr_array(step.T), hubs)
        visits += np.einsum("nh,nh->n", into @ linalg.inv(into[hubs]), out)
        visits[hubs], bound[hubs] = into[hubs, np.arange(len(hubs))], 0.0
    _refine(visits, step, bound, paid, goal)
    return visits


def _columns(step: sparse.csr_array, keys: Rows) -> Matrix:
    """Columns of ``(I - step)^-1``."""
    unit = np.zeros((step.shape[0], len(keys)))
    unit[keys, np.arange(len(keys))] = 1.0
    return solve_by_powers(step, unit)


def _visits_by_powers(step: sparse.csr_array, arrivals: Amounts) -> tuple[Amounts, Amounts]:
    """Own visits, and what their errors are in proportion to at most."""
    power = returns = step
    visits = 1.0 + step.diagonal()
    while True:
        # of paths of up to a steps make those of a + 1 to 2 a
        visits += np.asarray(power.multiply(returns.T).sum(axis=1)).ravel()
        if not power.nnz or _products(power) > MAX_PRODUCTS:
            break
        returns = sparse.csr_array(returns + power @ returns)
        power = sparse.csr_array(power @ power)
    if not power.nnz:
        return visits, np.zeros(len(visits))
    squared = power.power(2)
    bound = np.sqrt((squared @ (1 / arrivals)) * (squared.T @ arrivals))
    return visits + _longer_returns(step, power, arrivals), bound


def _products(power: sparse.csr_array) -> int:
    """How many multiplications the square of a sparse matrix takes."""
    return int(np.diff(power.indptr)[power.indices].sum(dtype=np.int64))


def _longer_returns(step: sparse.csr_array, power: sparse.csr_array, arrivals: Amounts) -> Amounts:
    """Returns on paths longer than twice those of the power, were ``N - I`` of rank one."""
    onward = solve_by_powers(step, np.ones((len(arrivals), 1)))[:, 0] - 1.0
    before = solve_by_powers(sparse.csr_array(step.T), arrivals[:, None])[:, 0] - arrivals
    estimate: Amounts = (power @ onward) * (power.T @ before) / max(before.sum(), 1e-300)
    return estimate


def _refine(
    visits: Amounts, step: sparse.csr_array, bound: Amounts, paid: Amounts, goal: float
) -> None:
    """Solve the least certain keys exactly, until a batch of them was right already."""
    worst = np.argsort(-bound * paid / visits, kind="stable")
    worst = worst[bound[worst] > 0]
    for start in range(0, len(worst), BATCH_KEYS):
        keys = worst[start : start + BATCH_KEYS]
        exact = _columns(step, keys)[keys, np.arange(len(keys))]
        error = np.abs(visits[keys] / exact - 1.0) * paid[keys] / exact
        visits[keys] = exact
        if error.max() <= goal:
            return
