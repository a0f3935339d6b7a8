"""Intervals of the value that a rule credits, by the moments of the bootstrap over customers.

A resample gives each customer a Poisson(1) weight. The credited value of a key is then a compound
Poisson sum: its mean is what is credited, its variance the sum over customers of the square of what
each adds. The gamma distribution of these two moments gives the ends, so they are at least 0 and
skewed as sums of few large orders are. No draws are needed, unlike for conversions, whose draws
are shared by all paths; the values of a path's conversions differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.stats import gamma

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain.columns import Amounts


@dataclass(frozen=True, slots=True, eq=False)
class ValuedConversions:
    """Conversions one by one.

    Attributes:
        path: int ``[n]``, the row of its path in the steps of a rule.
        customer: int ``[n]``, from 0.
        value: float64 ``[n]``, at least 0.
    """

    path: NDArray[np.integer]
    customer: NDArray[np.integer]
    value: Amounts


def value_variance(steps: PathSteps, shares: Amounts, conversions: ValuedConversions) -> Amounts:
    """Variance of the credited value of each key in resamples of the customers, ``[n_keys]``.

    Args:
        steps: paths touch by touch.
        shares: float64 ``[n_touches]``, the share of each touch in its conversion.
        conversions: those of the paths.
    """
    shape = (len(steps), steps.n_keys)
    credit = sparse.csr_array((shares, (steps.row, steps.codes)), shape=shape)
    credit.sum_duplicates()
    alone = np.bincount(conversions.customer)[conversions.customer] == 1
    squares = np.bincount(conversions.path[alone], np.square(conversions.value[alone]), len(steps))
    return np.asarray(squares @ credit.power(2) + _of_repeated(conversions, ~alone, credit))


def _of_repeated(
    conversions: ValuedConversions, rows: NDArray[np.bool_], credit: sparse.csr_array
) -> Amounts:
    """The same of customers with several conversions, which come and go together."""
    customers, customer = np.unique(conversions.customer[rows], return_inverse=True)
    values = sparse.csr_array(
        (conversions.value[rows], (customer, conversions.path[rows])),
        shape=(len(customers), credit.shape[0]),
    )
    return np.asarray((values @ credit).power(2).sum(axis=0), dtype=np.float64)


def value_ends(value: Amounts, variance: Amounts, *, level: float = 0.9) -> tuple[Amounts, Amounts]:
    """Both ends of the central interval of each key's value; the value itself without variance.

    Args:
        value: float64 ``[n_keys]``, at least 0.
        variance: float64 ``[n_keys]``.
        level: in (0, 1).
    """
    low, high = value.astype(np.float64), value.astype(np.float64)
    known = (value > 0) & (variance > 0)
    shape = np.square(value[known]) / variance[known]
    scale = variance[known] / value[known]
    tail = (1 - level) / 2
    low[known], high[known] = (gamma.ppf(p, shape, scale=scale) for p in (tail, 1 - tail))
    return low, high
