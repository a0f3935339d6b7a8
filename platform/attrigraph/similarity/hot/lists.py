"""Approximate candidates in large collections: k-means lists of 8-bit codes, by faiss.

A query is compared with the codes in the lists whose centres are nearest. How many lists that takes
depends on the vectors, so it is measured when the lists are made.

Source: H. Jegou, M. Douze, C. Schmid, "Product quantization for nearest neighbor search", IEEE
TPAMI 33(1), 2011 (inverted lists), with scalar in place of product quantisation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.similarity.hot.table import Table

LISTS_PER_ROOT: Final = 1.6
"""Lists per square root of rows: 506 for 100,000."""

TRAINING_ROWS: Final = 64
"""Rows per list that k-means is given."""

RECALL: Final = 0.985
"""Share of the ten nearest that must be found of rows of the table itself."""

MEASURED_ROWS: Final = 256
NEAREST: Final = 10
"""Results for which the number of lists is measured."""

MAX_SHARE: Final = 0.5
"""Share of lists beyond which comparing all rows takes as long."""


@dataclass(frozen=True, eq=False)
class Lists:
    """Lists of the rows of a table as it was when they were made.

    Attributes:
        index: of faiss, an ``IndexIVFScalarQuantizer``.
        probes: how many lists are looked at; 0 where comparing all rows is quicker.
    """

    index: Any
    probes: int

    @property
    def nbytes(self) -> int:
        """Bytes of the codes, the row numbers and the centres."""
        return int(self.index.ntotal * (self.index.d + 8) + self.index.nlist * self.index.d * 4)

    def candidates(
        self,
        query: NDArray[np.float32],
        count: int,
        selected: NDArray[np.bool_] | None = None,
        widening: float = 1.0,
    ) -> NDArray[np.int64]:
        """Rows that are probably the nearest, at most ``count``, nearest first by their codes.

        Args:
            query: prepared ``[d]``.
            count: how many.
            selected: rows that count, of all; None for all of them.
            widening: factor of the number of lists that are looked at.
        """
        faiss = _faiss()
        options = {"nprobe": min(ceil(self.probes * widening), self.n_lists)}
        if selected is not None:
            options["sel"] = faiss.IDSelectorBitmap(np.packbits(selected, bitorder="little"))
        parameters = faiss.SearchParametersIVF(**options)
        _, [rows] = self.index.search(query[None], count, params=parameters)
        return np.asarray(rows[rows >= 0])

    @property
    def n_lists(self) -> int:
        """How many lists there are."""
        return int(self.index.nlist)


def make_lists(table: Table) -> Lists:
    """Lists of a table of the metric cosine or l2.

    Raises:
        MissingExtraError: faiss is not installed.
    """
    faiss = _faiss()
    n, dimension = table.vectors.shape
    n_lists = round(LISTS_PER_ROOT * sqrt(n))
    kind = faiss.METRIC_L2 if table.metric == "l2" else faiss.METRIC_INNER_PRODUCT
    index = faiss.index_factory(dimension, f"IVF{n_lists},SQ8", kind)
    rng = np.random.default_rng(0)
    index.train(table.vectors[rng.permutation(n)[: TRAINING_ROWS * n_lists]])
    index.add(table.vectors)
    tried = Lists(index, probes=0)
    rows = rng.permutation(n)[:MEASURED_ROWS]
    nearest = [table.nearest(table.vectors[row], NEAREST + 1)[0] for row in rows]
    for probes in takewhile(lambda number: number <= MAX_SHARE * n_lists, _steps()):
        tried = replace(tried, probes=probes)
        if _recall(tried, table, rows, nearest) >= RECALL:
            return tried
    return replace(tried, probes=0)


def _steps() -> Iterator[int]:
    """1, 2, 3, 4, 6, 8, 12, 16, ..."""
    power = 1
    while True:
        yield power
        if power > 1:
            yield power * 3 // 2
        power *= 2


def _recall(
    lists: Lists, table: Table, rows: NDArray[np.int64], nearest: list[NDArray[np.int64]]
) -> float:
    """Share of the nearest rows, themselves left out, that are among the candidates."""
    shares = []
    for row, near in zip(rows, nearest, strict=True):
        found = lists.candidates(table.vectors[row], 2 * NEAREST)
        others = near[near != row][:NEAREST]
        shares.append(np.isin(others, found).mean())
    return float(np.mean(shares))


def _faiss() -> Any:
    try:
        import faiss
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "a collection of this size in memory needs the package faiss-cpu, which is not "
            "installed; pip install 'attrigraph[hot]'"
        ) from error
    return faiss
