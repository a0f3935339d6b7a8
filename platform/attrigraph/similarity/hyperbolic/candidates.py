"""Candidates for a query: those near by text, and those near in the campaign tree.

Either search finds what the other misses, so the candidates are the union of both; see
``attrigraph.similarity.hyperbolic.blend`` for their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.blend import blended, rank
from attrigraph.similarity.hyperbolic.distance import distances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from attrigraph.similarity.hyperbolic.distance import Positions
    from attrigraph.similarity.hyperbolic.texts import Texts

MIN_BY_TEXT: Final = 100


def n_by_text(k: int) -> int:
    """How many candidates the search by text gives for k results.

    >>> n_by_text(10), n_by_text(80)
    (100, 160)
    """
    return max(2 * k, MIN_BY_TEXT)


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a search chooses from.

    Attributes:
        ids: of the candidates.
        hyperbolic: distance of each in the tree ``[n]``.
        cosine: cosine distance of each text ``[n]``.
    """

    ids: tuple[str, ...]
    hyperbolic: NDArray[np.float64]
    cosine: NDArray[np.float64]

    def best(self, k: int, alpha: float) -> list[int]:
        """Rows of the k best by the blended score; all where k is larger.

        Raises:
            InputError: k is below 1, or alpha is not in [0, 1].
        """
        return rank(self.ids, blended(self.hyperbolic, self.cosine, alpha), k)


def find_candidates(
    text: NDArray[np.floating],
    position: NDArray[np.float64],
    texts: Texts,
    positions: Positions,
    k: int,
) -> Candidates:
    """Exact search by both distances: the union of ``n_by_text(k)`` by text and k by position.

    Args:
        text: text vector of the query ``[width]``.
        position: position of the query as a tangent ``[d]``.
        texts: text vectors of all campaigns.
        positions: positions of the same campaigns, in the same order.
        k: number of results.

    Raises:
        InputError: k is below 1, the query is of another width, or the ids differ.
    """
    if texts.ids != positions.ids:
        raise InputError("texts and positions must be of the same ids in the same order")
    cosine = texts.cosine_distances(text)
    by_text = rank(texts.ids, cosine, n_by_text(k))
    by_position = [positions.row_of[node] for node, _ in positions.nearest(position, k)]
    rows = list(dict.fromkeys([*by_text, *by_position]))
    return Candidates(
        tuple(texts.ids[row] for row in rows),
        distances(position, positions.tangents[rows]),
        cosine[rows],
    )
