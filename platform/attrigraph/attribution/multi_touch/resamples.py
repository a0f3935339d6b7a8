"""Bootstrap resamples of the customers, and their counts of paths.

Customers with the same journeys are of one kind. Where each of n customers has a Poisson(1) weight
of its own, the kind as a whole comes Poisson(n) times. So kinds are drawn, not customers. It is the
same bootstrap (Chamandy, Muralidharan, Najmi & Naidu 2012), takes less time, and depends on nothing
but the journeys: not on the order of customers, nor on whether their paths came counted. Where
only counts of paths are known, each journey is taken for a customer's only one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from attrigraph.attribution.credit.bootstrap import MAX_TABLED_MEAN, poisson_bytes
from attrigraph.attribution.observed.paths import grouped_rows, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.evidence import Evidence
    from attrigraph.attribution.observed.path_steps import PathSteps
    from attrigraph.domain.columns import Amounts

    Deviations = NDArray[np.float32]

CHUNK: Final = 20_000
"""Kinds whose deviations are spelled out at once, 16 MB in 200 draws."""


@dataclass(frozen=True, eq=False)
class Resamples:
    """Bootstrap draws of a population whose members come in kinds.

    Attributes:
        count: float64 ``[n_kinds]``, members of each kind, whole and above 0.
        draws: number of resamples, at least 1.
        seed: of the draws.
    """

    count: Amounts
    draws: int
    seed: int

    def __len__(self) -> int:
        return len(self.count)

    def of(self, kinds: NDArray[np.integer]) -> Deviations:
        """Members of some kinds in each draw less those there are, float32 ``[n, draws]``."""
        small, many = self._numbers
        count, place = self.count[kinds], self._place[kinds]
        large = np.flatnonzero(count > MAX_TABLED_MEAN)
        place_of_many = place[large]
        place[large] = 0
        drawn: Deviations = small[place].astype(np.float32)
        drawn -= count[:, None].astype(np.float32)
        drawn[large] = many[place_of_many]
        return drawn

    def chunks(self) -> Iterator[tuple[slice, Deviations]]:
        """The same of all kinds, some at a time."""
        for start in range(0, len(self), CHUNK):
            part = slice(start, min(start + CHUNK, len(self)))
            yield part, self.of(np.arange(part.start, part.stop))

    def deviations(self, influence: NDArray[np.floating]) -> Amounts:
        """What draws differ by in sums over members, ``[draws, columns]``.

        Args:
            influence: ``[n_kinds, columns]``, what one member of each kind adds.
        """
        total = np.zeros((self.draws, influence.shape[1]))
        for part, drawn in self.chunks():
            total += drawn.T @ influence[part].astype(np.float32, copy=False)
        return total

    def grouped(self, weights: sparse.csr_array) -> Deviations:
        """What draws differ by in sparse sums over kinds, float32 ``[columns, draws]``.

        Args:
            weights: ``[n_kinds, columns]``.
        """
        total = np.zeros((weights.shape[1], self.draws), np.float32)
        concerned = np.flatnonzero(np.diff(weights.indptr))
        for start in range(0, len(concerned), CHUNK):
            some = concerned[start : start + CHUNK]
            total += sparse.csr_array(weights[some].T).astype(np.float32) @ self.of(some)
        return total

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        """Rank of each kind among the kinds of few members, or among those of many."""
        tabled = self.count <= MAX_TABLED_MEAN
        return np.where(tabled, np.cumsum(tabled), np.cumsum(~tabled)) - 1

    @cached_property
    def _numbers(self) -> tuple[NDArray[np.uint8], Deviations]:
        """Numbers of members of kinds that have few; deviations of those that have many."""
        rng = np.random.default_rng([self.seed, self.draws])
        tabled = self.count <= MAX_TABLED_MEAN
        few = self.count[tabled].astype(np.int64)
        # one row more, so that there is a first one
        small = np.zeros((len(few) + 1, self.draws), np.uint8)
        for mean in np.unique(few).tolist():
            rows = np.flatnonzero(few == mean)
            for start in range(0, len(rows), CHUNK):
                some = rows[start : start + CHUNK]
                small[some] = poisson_bytes(rng, mean, (len(some), self.draws))
        many = self.count[~tabled, None]
        drawn = rng.poisson(many, (len(many), self.draws)) - many
        return small, drawn.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class CustomerKinds:
    """Customers, grouped by their journeys.

    Attributes:
        count: float64 ``[n_kinds]``, customers of each kind, whole and above 0.
        journeys: ``[n_kinds, 2 n_paths]``, journeys that a customer of each kind has of each path:
            2 p those that did not convert, 2 p + 1 those that did.
    """

    count: Amounts
    journeys: sparse.csr_array

    def resampled(self, draws: int, seed: int) -> ResampledPaths:
        """Bootstrap resamples of them, at least one."""
        return ResampledPaths(Resamples(self.count, draws, seed), self.journeys)


@dataclass(frozen=True, eq=False)
class ResampledPaths:
    """Bootstrap resamples of the customers of paths.

    Attributes:
        kinds: the kinds of customers.
        journeys: of each kind; see ``CustomerKinds``.
    """

    kinds: Resamples
    journeys: sparse.csr_array

    def of_paths(self, influence: NDArray[np.floating]) -> Amounts:
        """What draws differ by in sums over journeys, ``[draws, columns]``.

        Args:
            influence: ``[2 n_paths, columns]``, what one journey adds, as ``journeys`` has them.
        """
        total = np.zeros((self.kinds.draws, influence.shape[1]))
        for part, drawn in self.kinds.chunks():
            total += drawn.T @ (self.journeys[part] @ influence)
        return total

    def conversions(self, paths: NDArray[np.integer]) -> Deviations:
        """Conversions of some paths in each draw less those observed, float32 ``[n, draws]``."""
        return self.kinds.grouped(sparse.csr_array(self.journeys[:, 2 * paths + 1]))


def resampled_paths(evidence: Evidence, draws: int, seed: int) -> ResampledPaths:
    """Resample the customers behind paths.

    Args:
        evidence: paths, and the journeys behind them where they are known.
        draws: how often, at least 1.
        seed: of the draws.
    """
    return customer_kinds(evidence).resampled(draws, seed)


def customer_kinds(evidence: Evidence) -> CustomerKinds:
    """Customers, grouped by their journeys; of mere counts each journey is another customer's."""
    return _kinds_of_counts(evidence) if evidence.journeys is None else _kinds_of_journeys(evidence)


def _kinds_of_counts(evidence: Evidence) -> CustomerKinds:
    paths = evidence.paths
    counts = np.column_stack([paths.nulls, paths.conversions]).ravel()
    items = np.flatnonzero(counts)
    return CustomerKinds(counts[items], _one_each(items, len(counts)))


def _one_each(items: NDArray[np.integer], n: int) -> sparse.csr_array:
    ones = np.ones(len(items), np.float32)
    return sparse.csr_array((ones, items, np.arange(len(items) + 1)), shape=(len(items), n))


def _kinds_of_journeys(evidence: Evidence) -> CustomerKinds:
    """Kinds of customers of one journey first, then of those of several."""
    journeys, path, n = evidence.journeys, evidence.path, 2 * len(evidence.paths)
    assert journeys is not None
    assert path is not None
    item = 2 * path.astype(np.int64) + journeys.converted
    order = np.lexsort((item, journeys.customer))
    first = np.flatnonzero(np.diff(journeys.customer[order], prepend=-1))
    offsets = np.append(first, len(order)).astype(np.int64)
    size = np.diff(offsets)
    alone = np.bincount(item[order[first[size == 1]]], minlength=n).astype(np.float64)
    once = np.flatnonzero(alone)
    several, items = take(offsets, item[order], np.flatnonzero(size > 1))
    example, kind = grouped_rows(several, items, n)
    begin, members = take(several, items, example)
    repeated = sparse.csr_array(
        (np.ones(len(members), np.float32), members, begin), shape=(len(example), n)
    )
    repeated.sum_duplicates()
    count = np.concatenate([alone[once], np.bincount(kind, minlength=len(example))])
    return CustomerKinds(count, sparse.csr_array(sparse.vstack([_one_each(once, n), repeated])))


def summed_by_key(
    steps: PathSteps, shares: Amounts, drawn: Deviations, member: NDArray[np.int64] | None = None
) -> Amounts:
    """What draws do to sums over the touches of each key, ``[draws, n_keys]``.

    Args:
        steps: touch by touch.
        shares: float64 ``[n_touches]``, what each touch adds.
        drawn: ``[n_members, draws]``, draws of each path, or of what paths are members of, less
            those there are.
        member: the one that each path is a member of; None where each path is one.
    """
    row = steps.row if member is None else member[steps.row]
    part = sparse.csr_array(
        (shares.astype(np.float32), (steps.codes, row)), shape=(steps.n_keys, len(drawn))
    )
    return np.asarray(part @ drawn, dtype=np.float64).T
