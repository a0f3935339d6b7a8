"""Path models with frozen parameters: credit of a conversion follows from its own journey alone.

The removal effects of a Markov chain and the values of the rate game are of all journeys at once,
so that one new journey moves everybody's credit. With the parameters of an earlier fit each
conversion is divided by itself:

* Markov: in proportion to the removal effects of the distinct keys of its journey,
  ``w_c / sum over keys d of the journey of w_d``.
* Rate game: by the Shapley values of the game among the keys of its journey, whose value v(S) is
  conversions per journey among the fitted journeys with keys from S alone; ``v(empty) = 0``, as
  the journey has a touch. The share of a key is ``phi_c / v(all keys of the journey)``; it may be
  negative, and shares add up to one.

A key's share is divided equally over its touches. Keys that were not fitted have no share. A
journey of which nothing is known, because its removal effects or the value of all its keys are 0,
has no shares at all: its conversion is baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from attrigraph.attribution.games import coalitions
from attrigraph.attribution.multi_touch import markov, shapley
from attrigraph.attribution.multi_touch.markov_order import choose_order
from attrigraph.attribution.observed.path_steps import path_steps
from attrigraph.attribution.observed.paths import grouped_rows, take
from attrigraph.attribution.observed.ranking import summed
from attrigraph.domain import PathCounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from attrigraph.attribution.multi_touch.question import Question
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain.columns import Amounts

    Keys = tuple[str | None, ...]

PERMUTATIONS: Final = 2000
"""Sampled, with seed 0, for journeys with more than ``coalitions.EXACT_PLAYERS`` distinct keys."""


class FrozenPaths(Protocol):
    """Parameters of a path model at one level."""

    @property
    def keys(self) -> Keys:
        """The keys that were fitted."""

    def shares(self, steps: PathSteps) -> Amounts:
        """The share of every touch in its conversion.

        Args:
            steps: over ``keys``, and last one code for all others; see ``recoded``.
        """

    def to_json(self) -> dict[str, Any]:
        """JSON values."""


def recoded(steps: PathSteps, keys: Keys, fitted: Keys) -> PathSteps:
    """Paths over the fitted keys, and last one code for all others."""
    place = {key: code for code, key in enumerate(fitted)}
    codes = np.array([place.get(key, len(fitted)) for key in keys], np.int32)
    return replace(steps, codes=codes[steps.codes], n_keys=len(fitted) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class FrozenRemovals:
    """Removal effects of a Markov chain.

    Attributes:
        keys: of the chain.
        weight: float64 ``[n_keys]``, conversions lost with each key, at least 0.
        order: of the chain.
    """

    keys: Keys
    weight: Amounts
    order: int

    def shares(self, steps: PathSteps) -> Amounts:
        """See ``FrozenPaths.shares``."""
        weight = np.append(self.weight, 0.0)[steps.codes] / steps.occurrences
        total = summed(steps.row, weight, len(steps))[steps.row]
        return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {"keys": list(self.keys), "weight": self.weight.tolist(), "order": self.order}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> FrozenRemovals:
        """Those of ``to_json``."""
        return cls(tuple(stored["keys"]), np.array(stored["weight"], np.float64), stored["order"])


@dataclass(frozen=True, slots=True, eq=False)
class FrozenRates:
    """Journeys and conversions by their exact set of keys.

    Attributes:
        keys: of the journeys.
        sets: conversions and journeys of each set of keys, whose codes ascend; the set of journeys
            without a touch is not among them.
    """

    keys: Keys
    sets: Mapping[tuple[int, ...], tuple[float, float]]

    def shares(self, steps: PathSteps) -> Amounts:
        """See ``FrozenPaths.shares``."""
        offsets, codes = steps.key_sets
        example, which = grouped_rows(offsets, codes, steps.n_keys)
        bounds, members = take(offsets, codes, example)
        by_set = np.zeros(len(members))
        for start, end in pairwise(bounds.tolist()):
            by_set[start:end] = self._shares_within(members[start:end])
        _, of_pairs = take(bounds, by_set, which)
        return of_pairs[steps.pair] / steps.occurrences

    def _shares_within(self, members: NDArray[np.int32]) -> Amounts:
        """Shares of the keys of one journey, whose codes ascend."""
        known = members[members < len(self.keys)]
        counts = self._within(tuple(known.tolist()))
        conversions = sum(converted for converted, _ in counts.values())
        found = np.zeros(len(members))
        if conversions > 0:
            value = conversions / sum(journeys for _, journeys in counts.values())
            found[: len(known)] = _shapley_values(known, counts) / value
        return found

    def _within(self, members: tuple[int, ...]) -> dict[tuple[int, ...], tuple[float, float]]:
        """Counts of the fitted sets whose keys are all among these, smaller codes first."""
        if 1 << len(members) > len(self.sets):
            among = set(members)
            return {one: counts for one, counts in self.sets.items() if among.issuperset(one)}
        subsets = (
            one for size in range(1, len(members) + 1) for one in combinations(members, size)
        )
        return {one: self.sets[one] for one in subsets if one in self.sets}

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        sets = [[list(codes), *counts] for codes, counts in sorted(self.sets.items())]
        return {"keys": list(self.keys), "sets": sets}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> FrozenRates:
        """Those of ``to_json``."""
        sets = {tuple(codes): (conversions, n) for codes, conversions, n in stored["sets"]}
        return cls(tuple(stored["keys"]), sets)


def _shapley_values(
    members: NDArray[np.int32], counts: Mapping[tuple[int, ...], tuple[float, float]]
) -> Amounts:
    """Values of the game of conversions per journey among some keys; exact up to 20 of them."""
    n = len(members)
    if n > coalitions.EXACT_PLAYERS:
        paths = _as_paths(members, counts)
        steps = path_steps(paths)
        amounts = np.stack([paths.conversions, paths.value, paths.conversions + paths.nulls])
        chain = shapley.rates_along(steps, amounts, np.arange(n, dtype=np.int32))
        return np.asarray(coalitions.sample(chain, n, seed=0, permutations=PERMUTATIONS).values[0])
    bit = {int(code): 1 << place for place, code in enumerate(members)}
    within = np.zeros((2, 1 << n))
    for codes, counted in counts.items():
        within[:, sum(bit[code] for code in codes)] = counted
    conversions, journeys = coalitions.sums_over_subsets(within)
    rates = np.divide(conversions, journeys, out=np.zeros(1 << n), where=journeys > 0)
    return coalitions.shapley_values(rates)


def _as_paths(
    members: NDArray[np.int32], counts: Mapping[tuple[int, ...], tuple[float, float]]
) -> PathCounts:
    """Sets of keys as paths over these keys."""
    conversions, journeys = np.array(list(counts.values()), np.float64).T
    lengths = [len(codes) for codes in counts]
    return PathCounts(
        keys=tuple(map(str, members.tolist())),
        offsets=np.append(0, np.cumsum(lengths)),
        codes=np.searchsorted(members, [code for codes in counts for code in codes]).astype(
            np.int32
        ),
        conversions=conversions,
        value=conversions,
        nulls=journeys - conversions,
    )


def freeze_removals(order: int, question: Question) -> FrozenRemovals:
    """The removal effects of the chain of an order."""
    chain = markov.build_chain(question.paths, order)
    lost = np.maximum(markov.losses_of(chain)[:, 0], 0.0)
    return FrozenRemovals(question.paths.keys, lost, order)


def freeze_chosen_order(question: Question) -> FrozenRemovals:
    """Those of the chain whose order predicts held-out journeys best."""
    chosen = choose_order(question.paths, question.customers, seed=question.options.seed)
    return freeze_removals(chosen.order, question)


def freeze_rates(question: Question) -> FrozenRates:
    """Conversions and journeys by set of keys."""
    paths = question.paths
    offsets, codes = path_steps(paths).key_sets
    example, which = grouped_rows(offsets, codes, len(paths.keys))
    journeys = summed(which, paths.conversions + paths.nulls, len(example))
    conversions = summed(which, paths.conversions, len(example))
    rows = zip(example.tolist(), conversions.tolist(), journeys.tolist(), strict=True)
    sets = {
        tuple(codes[offsets[row] : offsets[row + 1]].tolist()): (converted, n)
        for row, converted, n in rows
    }
    sets.pop((), None)
    return FrozenRates(paths.keys, sets)


def frozen_from_json(stored: Mapping[str, Any]) -> FrozenPaths:
    """Parameters of either form."""
    return (FrozenRates if "sets" in stored else FrozenRemovals).from_json(stored)
