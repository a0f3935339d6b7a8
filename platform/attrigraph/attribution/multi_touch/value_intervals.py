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
from scipy.special import gammaincinv  # scipy.stats takes long to import

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain.columns import Amounts


@dataclass(frozen=True, slots=True, eq=False)
class CustomerValues:
    """What customers paid after each path.

    Attributes:
        squares: float64 ``[n_paths]``, sum of the squared values of conversions of customers with
            one conversion.
        repeated: float64 ``[n_customers, n_paths]``, values of customers with several, who come and
            go with all of them.
    """

    squares: Amounts
    repeated: sparse.csr_array

    @classmethod
    def of_conversions(
        cls,
        path: NDArray[np.integer],
        customer: NDArray[np.integer],
        value: Amounts,
        n_paths: int,
    ) -> CustomerValues:
        """Values of conversions one by one.

        Args:
            path: ``[n]``, the row of the path of each.
            customer: ``[n]``, from 0.
            value: float64 ``[n]``, at least 0.
            n_paths: number of paths.
        """
        alone = np.bincount(customer)[customer] == 1
        squares = np.bincount(path[alone], np.square(value[alone]), n_paths).astype(np.float64)
        customers, several = np.unique(customer[~alone], return_inverse=True)
        shape = (len(customers), n_paths)
        entries = (value[~alone], (several, path[~alone]))
        return cls(squares, sparse.csr_array(entries, shape=shape))

    @classmethod
    def of_counts(cls, conversions: Amounts, value: Amounts) -> CustomerValues:
        """Values of paths that are known as sums: equal within a path, each of another customer.

        Args:
            conversions: float64 ``[n_paths]``, above 0.
            value: float64 ``[n_paths]``, of these together.
        """
        squares = np.square(value) / conversions
        return cls(squares, sparse.csr_array((0, len(value))))


def value_variance(steps: PathSteps, shares: Amounts, values: CustomerValues) -> Amounts:
    """Variance of the credited value of each key in resamples of the customers, ``[n_keys]``.

    Args:
        steps: paths touch by touch.
        shares: float64 ``[n_touches]``, the share of each touch in its conversion.
        values: of the paths.
    """
    shape = (len(steps), steps.n_keys)
    credit = sparse.csr_array((shares, (steps.row, steps.codes)), shape=shape)
    credit.sum_duplicates()
    repeated = (values.repeated @ credit).power(2).sum(axis=0)
    return np.asarray(values.squares @ credit.power(2) + repeated, dtype=np.float64)


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
    low[known], high[known] = (scale * gammaincinv(shape, p) for p in (tail, 1 - tail))
    return low, high
