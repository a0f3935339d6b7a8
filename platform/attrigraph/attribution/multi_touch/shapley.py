"""Shapley values of games that the observed paths themselves define.

Three games over the keys of paths, none of which estimates what marketing caused:

* Simplified (Zhao, Mahboobi & Bagheri 2018): ``v(S)`` is the number of conversions whose journey
  has keys from S alone, ``v(S) = sum over T within S of R(T)``, with R(T) the conversions whose set
  of keys is exactly T. R are then the dividends of v, and the Shapley value shares each conversion
  equally over the distinct keys of its journey.
* Ordered: the same credit by position in the journey. Each touch of a key that occurs n times
  in a journey of s distinct keys has 1 / (s n) of the conversion.
* Rate: ``v(S)`` is conversions per journey over all journeys, converting or not, whose keys are in
  S; 0 where there are none. A key's credit is its Shapley value times the number of all journeys;
  it may be negative. ``v(empty)`` times all journeys is baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.games import coalitions
from attrigraph.attribution.multi_touch import rules
from attrigraph.attribution.observed.path_steps import PathSteps, path_steps
from attrigraph.attribution.observed.paths import converting, grouped_rows, take
from attrigraph.attribution.observed.ranking import summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attrigraph.domain import PathCounts
    from attrigraph.domain.columns import Amounts


def simplified(paths: PathCounts) -> Amounts:
    """Conversions and value of each key in the simplified game, ``[n_keys, 2]``."""
    paths = converting(paths)
    offsets, codes = path_steps(paths).key_sets
    size = np.diff(offsets)
    amounts = np.stack([paths.conversions, paths.value]) / np.maximum(size, 1)
    return np.column_stack(
        [summed(codes, np.repeat(amount, size), len(paths.keys)) for amount in amounts]
    )


def by_position(paths: PathCounts) -> Amounts:
    """Conversions of each key in the ordered game by position in the journey, from 0.

    Returns:
        float64 ``[n_keys, longest]`` with the length of the longest converting path; rows add up to
        ``simplified``.
    """
    paths = converting(paths)
    steps = path_steps(paths)
    longest = int(steps.length.max(initial=0))
    credit = rules.linear_distinct(steps) * steps.spread(paths.conversions)
    cell = steps.codes * np.int64(longest) + steps.place
    return summed(cell, credit, steps.n_keys * longest).reshape(steps.n_keys, longest)


@dataclass(frozen=True, slots=True, eq=False)
class RateCredits:
    """Credit in the rate game.

    Attributes:
        credits: float64 ``[n_keys, 2]``, conversions and value; negative where a key's presence
            goes with fewer of them.
        baseline: float64 ``[2]``, what journeys without a touch would give.
        standard_error: float64 ``[n_keys, 2]`` where the game was sampled, None where it is exact.
        permutations: how many were sampled, 0 where it is exact.
        converged: whether the stopping rule was met.
    """

    credits: Amounts
    baseline: Amounts
    standard_error: Amounts | None = None
    permutations: int = 0
    converged: bool = True


def rate(paths: PathCounts, *, seed: int = 0, permutations: int = 2000) -> RateCredits:
    """Credit in the rate game: exact to 20 keys, sampled beyond.

    Args:
        paths: of all journeys, those that did not convert included.
        seed: of the sampled permutations.
        permutations: the budget of the sampling.
    """
    steps = path_steps(paths)
    present = np.unique(paths.codes)
    amounts = np.stack([paths.conversions, paths.value, paths.conversions + paths.nulls])
    journeys = float(amounts[2].sum())
    credits = np.zeros((len(paths.keys), 2))
    if len(present) <= coalitions.EXACT_PLAYERS:
        values = exact_rates(steps, amounts, present)
        credits[present] = journeys * coalitions.shapley_values(values).T
        return RateCredits(credits, journeys * values[:, 0])
    chain = rates_along(steps, amounts, present)
    sampled = coalitions.sample(chain, len(present), seed=seed, permutations=permutations)
    error = np.zeros_like(credits)
    credits[present] = journeys * sampled.values.T
    error[present] = journeys * sampled.standard_error.T
    untouched = amounts[:, steps.length == 0].sum(axis=1, keepdims=True)
    baseline = journeys * _per_journey(untouched)[:, 0]
    return RateCredits(credits, baseline, error, sampled.permutations, sampled.converged)


def exact_rates(steps: PathSteps, amounts: Amounts, present: NDArray[np.int32]) -> Amounts:
    """Conversions and value per journey within each set of the keys present, ``[2, 2^n]``."""
    bit = np.zeros(steps.n_keys, np.int64)
    bit[present] = np.int64(1) << np.arange(len(present))
    members = np.zeros(len(steps), np.int64)
    if len(steps.starts):
        members[steps.length > 0] = np.bitwise_or.reduceat(bit[steps.codes], steps.starts)
    size = 1 << len(present)
    within = coalitions.sums_over_subsets(
        np.stack([summed(members, amount, size) for amount in amounts])
    )
    return _per_journey(within)


def rates_along(steps: PathSteps, amounts: Amounts, present: NDArray[np.int32]) -> coalitions.Chain:
    """The same along permutations of the keys present, for any number of keys.

    A journey is within the first k keys once k has reached the last of its own in the permutation,
    so one pass over the sets of keys that occur values all beginnings of a permutation.
    """
    offsets, codes = steps.key_sets
    sets, row = grouped_rows(offsets, codes, steps.n_keys)
    counts = np.stack([summed(row, amount, len(sets)) for amount in amounts])
    members = PathSteps(*take(offsets, codes, sets), steps.n_keys)
    player = np.searchsorted(present, members.codes)
    touched = members.length > 0

    def chain(permutations: NDArray[np.int64]) -> Amounts:
        m, n = permutations.shape
        entered = np.zeros((3, m, n + 1))
        for row, place in enumerate(np.argsort(permutations, axis=1)):
            complete = np.zeros(len(sets), np.int64)
            complete[touched] = np.maximum.reduceat(place[player], members.starts) + 1
            for amount, entering in zip(counts, entered, strict=True):
                entering[row] = summed(complete, amount, n + 1)
        return _per_journey(np.cumsum(entered, axis=-1))

    return chain


def _per_journey(amounts: Amounts) -> Amounts:
    """Conversions and value over journeys, which the first axis holds; 0 where there are none."""
    journeys = amounts[2]
    rates = np.zeros_like(amounts[:2])
    np.divide(amounts[:2], journeys, out=rates, where=journeys > 0)
    return rates
