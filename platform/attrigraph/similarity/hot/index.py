"""The vectors of one version of a collection in memory, searched by distance and metadata.

An index never changes: ``changed`` gives another one, which shares the lists and compares rows that
these do not have exactly. Rows are ordered by key, so that an index is the same however it came to
its rows, and ties are broken by key.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.similarity.hot.columns import Columns
from attrigraph.similarity.hot.lists import NEAREST, Lists, make_lists
from attrigraph.similarity.hot.table import Table, prepare, prepare_query
from attrigraph.similarity.search_method import are_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from attrigraph.similarity.filters import Condition, Value
    from attrigraph.similarity.metric import Metric
    from attrigraph.similarity.search_method import SearchMethod

MAX_EXACT_ROWS: Final = 20_000
"""Rows up to which all are compared: 0.4 ms at 384 dimensions."""

CANDIDATES: Final = 2
"""Candidates by 8-bit codes for each result; their true distances are then compared."""

MAX_LISTED: Final = 100
"""Largest k for which lists are looked at; beyond it all rows are compared."""

LISTED_METRICS: Final = ("cosine", "l2")
"""Metrics that k-means lists are right for."""

MAX_UNLISTED_SHARE: Final = 0.05
"""Share of rows that lists may lack, and of listed rows that may be gone, until lists are made."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest rows, nearest first, ties by key.

    Attributes:
        keys: of them.
        distances: by the metric; of inner products, the negative product.
        metadata: by field, of each.
        method: all rows that fulfil the filter were compared (``scan``), lists were looked at
            (``index``), or these gave too few and all were compared (``scan after index``).
        share: of rows that fulfil the filter; 1 without one.
    """

    keys: list[str]
    distances: list[float]
    metadata: list[Mapping[str, Value]]
    method: SearchMethod
    share: float


@dataclass(frozen=True, eq=False)
class Coverage:
    """What lists know of the rows of an index.

    Attributes:
        lists: of rows as they were when the lists were made.
        row_of: the row of each listed one ``[listed]``; -1 where it is gone or has changed.
        unlisted: rows that the lists do not have, ascending.
    """

    lists: Lists
    row_of: NDArray[np.int64]
    unlisted: NDArray[np.int64]

    def after(self, origin: NDArray[np.int64]) -> Coverage:
        """Of changed rows, each of which was in the row ``origin`` before; -1 for new ones."""
        kept = np.flatnonzero(origin >= 0)
        moved = np.full(1 + max(self.row_of.max(initial=0), self.unlisted.max(initial=0)), -1)
        moved[origin[kept]] = kept
        row_of = np.where(self.row_of >= 0, moved[self.row_of], -1)
        return Coverage(self.lists, row_of, np.setdiff1d(np.arange(len(origin)), row_of))

    @cached_property
    def kept(self) -> NDArray[np.bool_] | None:
        """Which of the listed rows are there as they were ``[listed]``; None for all."""
        kept = self.row_of >= 0
        return None if kept.all() else kept

    @property
    def is_poor(self) -> bool:
        """Whether too many rows are unlisted, or too many listed ones gone."""
        missing = max(len(self.unlisted), int((self.row_of < 0).sum()))
        return missing > MAX_UNLISTED_SHARE * len(self.row_of)


@dataclass(frozen=True, eq=False, repr=False)
class HotIndex:
    """Rows of a collection, ordered by key; made by ``build`` and ``changed``.

    Attributes:
        keys: each once, ascending.
        table: their vectors.
        metadata: of each, by field.
        max_exact_rows: rows up to which all are compared.
        coverage: of the lists; None where all rows are compared.
    """

    keys: list[str]
    table: Table
    metadata: list[Mapping[str, Value]]
    max_exact_rows: int = MAX_EXACT_ROWS
    coverage: Coverage | None = None

    @classmethod
    def build(
        cls,
        keys: Sequence[str],
        vectors: NDArray[np.floating[Any]],
        metadata: Sequence[Mapping[str, Value]],
        metric: Metric = "cosine",
        *,
        max_exact_rows: int = MAX_EXACT_ROWS,
    ) -> HotIndex:
        """An index of vectors; none of them are an index in which nothing is found.

        Args:
            keys: of the vectors ``[n]``, each once, in any order.
            vectors: ``[n, d]``, finite, none of them zero for the metric cosine.
            metadata: of each, by field ``[n]``.
            metric: the distance. All rows are compared by inner products and hyperbolic distances.
            max_exact_rows: rows up to which all are compared; beyond, lists are made.

        Raises:
            InputError: the numbers of keys, vectors and metadata differ, or a key is there twice.
            MissingExtraError: lists are needed, and faiss is not installed.
        """
        empty = cls([], Table(np.empty((0, vectors.shape[1]), np.float32), metric), [])
        return replace(empty, max_exact_rows=max_exact_rows).changed(keys, vectors, metadata)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def nbytes(self) -> int:
        """Bytes of vectors and lists, without keys and metadata."""
        return self.table.vectors.nbytes + (self.coverage.lists.nbytes if self.coverage else 0)

    def changed(
        self,
        keys: Sequence[str],
        vectors: NDArray[np.floating[Any]],
        metadata: Sequence[Mapping[str, Value]],
        deleted: Iterable[str] = (),
    ) -> HotIndex:
        """The index after some rows are deleted, and then some written, as ``build`` makes it.

        It holds the same rows in the same order as a fresh one, and gives the same results where
        all rows are compared. Lists are kept until they know too little.

        Raises:
            InputError: as ``build``.
            MissingExtraError: as ``build``.
        """
        _check_sizes(keys, vectors, metadata)
        dropped = {*deleted, *keys}
        kept = [row for row, key in enumerate(self.keys) if key not in dropped]
        names = [*(self.keys[row] for row in kept), *keys]
        facts = [*(self.metadata[row] for row in kept), *metadata]
        order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
        origin = np.array([*kept, *[-1] * len(keys)], np.int64)[order]
        table = np.empty((len(order), vectors.shape[1]), np.float32)
        table[origin >= 0] = self.table.vectors[origin[origin >= 0]]
        written = order[origin < 0] - len(kept)
        table[origin < 0] = prepare(vectors, self.table.metric)[written]
        index = replace(
            self,
            keys=[names[place] for place in order],
            table=Table(table, self.table.metric),
            metadata=[facts[place] for place in order],
        )
        return replace(index, coverage=index._covered(self.coverage, origin))

    def search(
        self, query: NDArray[np.floating[Any]], k: int = 10, where: Condition | None = None
    ) -> Neighbours:
        """The k nearest rows that fulfil a condition; all of these if there are fewer.

        Args:
            query: ``[d]``, finite, not zero for the metric cosine.
            k: how many.
            where: a condition on metadata; None for none.

        Raises:
            InputError: k is below 1, or the query has another dimension.
        """
        self._check(query, k)
        prepared = prepare_query(query, self.table.metric)
        mask = None if where is None else self._columns.mask(where)
        matching = None if mask is None else np.flatnonzero(mask)
        share = 1.0 if matching is None else len(matching) / max(len(self), 1)
        listed = self.coverage is not None and self._looks_at_lists(share, k)
        if self.coverage is not None and listed:
            rows, distances = self._listed(self.coverage, prepared, k, mask, share)
            if len(rows) == k:
                return self._neighbours(rows, distances, "index", share)
        rows, distances = self.table.nearest(prepared, k, matching)
        return self._neighbours(rows, distances, "scan after index" if listed else "scan", share)

    def _covered(self, before: Coverage | None, origin: NDArray[np.int64]) -> Coverage | None:
        """Of the lists there were, or of new ones."""
        if len(self) <= self.max_exact_rows or self.table.metric not in LISTED_METRICS:
            return None
        coverage = None if before is None else before.after(origin)
        if coverage is not None and not coverage.is_poor:
            return coverage
        return Coverage(make_lists(self.table), np.arange(len(self)), np.empty(0, np.int64))

    def _check(self, query: NDArray[np.floating[Any]], k: int) -> None:
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}")
        dimension = self.table.vectors.shape[1]
        if query.shape != (dimension,):
            shape = " x ".join(map(str, query.shape))
            raise InputError(f"the query must have {dimension} dimensions, got {shape}")

    def _looks_at_lists(self, share: float, k: int) -> bool:
        """Whether lists are quicker than comparing all that fulfil the filter."""
        assert self.coverage is not None
        few = are_few(share, len(self), k)
        return self.coverage.lists.probes > 0 and k <= MAX_LISTED and not few

    def _listed(
        self,
        coverage: Coverage,
        query: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None,
        share: float,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """At most k rows by the lists, and by comparing those that are not listed."""
        selected = coverage.kept
        if mask is not None:
            selected = mask[coverage.row_of] & (coverage.row_of >= 0)
        widening = max(1.0, k / NEAREST) / share
        near = coverage.lists.candidates(query, CANDIDATES * k, selected, widening)
        unlisted = self._unlisted(coverage, query, k, mask)
        rows = np.sort(np.concatenate([coverage.row_of[near], unlisted]))
        distances = self.table.distances(query, rows)
        order = np.argsort(distances, kind="stable")[:k]
        return rows[order], distances[order]

    def _unlisted(
        self,
        coverage: Coverage,
        query: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None,
    ) -> NDArray[np.int64]:
        """The k nearest of the rows that lists do not have."""
        if not len(coverage.unlisted):
            return coverage.unlisted
        matching = None if mask is None else np.flatnonzero(mask[coverage.unlisted])
        near, _ = self._unlisted_table.nearest(query, k, matching)
        return coverage.unlisted[near]

    def _neighbours(
        self,
        rows: NDArray[np.int64],
        distances: NDArray[np.float64],
        method: SearchMethod,
        share: float,
    ) -> Neighbours:
        found = rows.tolist()
        return Neighbours(
            [self.keys[row] for row in found],
            distances.tolist(),
            [self.metadata[row] for row in found],
            method,
            share,
        )

    @cached_property
    def _columns(self) -> Columns:
        return Columns(self.metadata)

    @cached_property
    def _unlisted_table(self) -> Table:
        """Vectors of the rows that lists do not have, in one piece."""
        assert self.coverage is not None
        return Table(self.table.vectors[self.coverage.unlisted], self.table.metric)


def _check_sizes(
    keys: Sequence[str],
    vectors: NDArray[np.floating[Any]],
    metadata: Sequence[Mapping[str, Value]],
) -> None:
    if not len(keys) == len(vectors) == len(metadata):
        raise InputError(
            f"there are {len(keys)} keys, {len(vectors)} vectors and {len(metadata)} metadata; "
            "give one of each for each row"
        )
    if len(set(keys)) < len(keys):
        twice = next(key for key, count in Counter(keys).items() if count > 1)
        raise InputError(f"the key {twice!r} is there twice; give each once")
