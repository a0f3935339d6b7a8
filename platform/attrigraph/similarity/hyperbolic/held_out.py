"""What the campaign tree adds to similarity by text: nDCG of held-out campaigns.

A fold of campaigns is held out: the tree is learnt without them, they are placed by their text, and
their neighbours among the training campaigns are ranked by text alone and by the blended score. A
neighbour is relevant if it has a parent or a grandparent in common with the query. Another fold
chooses the weight alpha of the tree. The measure is nDCG (Järvelin and Kekäläinen 2002) with binary
relevance; the interval of the mean difference is a paired bootstrap over queries (Efron and
Tibshirani 1993).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.similarity.hyperbolic.candidates import Candidates, find_candidates
from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.encoder import TextEncoder
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import ROOT, Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ALPHAS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
FOLDS: Final = 5
K: Final = 10
DRAWS: Final = 2000

Learn = Callable[[Tree, Texts], TextEncoder]
"""Learns an encoder from a tree and from the texts of some of its nodes."""


@dataclass(frozen=True)
class Gain:
    """What the tree adds to text, over held-out campaigns.

    Attributes:
        text: mean nDCG@10 by text alone.
        blended: mean nDCG@10 by the blended score.
        low: lower end of the 95 % interval of the difference.
        high: upper end of it.
        alphas: weight of the tree that validation chose, one per fold.
        n_queries: held-out campaigns with a relevant neighbour.
    """

    text: float
    blended: float
    low: float
    high: float
    alphas: tuple[float, ...]
    n_queries: int

    @property
    def difference(self) -> float:
        """Mean gain in nDCG@10."""
        return self.blended - self.text

    @property
    def adds(self) -> bool:
        """Whether the interval lies above 0."""
        return self.low > 0


def held_out_gain(tree: Tree, texts: Texts, learn: Learn, *, seed: int = 0) -> Gain:
    """What the tree adds to text for campaigns that it was learnt without.

    Args:
        tree: tree of all campaigns.
        texts: text vectors of the campaigns.
        learn: learns an encoder.
        seed: of folds and bootstrap.

    Raises:
        InputError: there are fewer campaigns than folds, a text is of a node outside the tree, or
            no held-out campaign has a relevant neighbour.
    """
    if len(texts) < FOLDS:
        raise InputError(f"at least {FOLDS} campaigns need a text, got {len(texts)}")
    relevant = same_branch(tree, texts.nodes_in(tree))
    rng = np.random.default_rng(seed)
    scores, alphas = [], []
    for test, validation, train in _folds(len(texts), rng):
        rest = tree.without([texts.ids[row] for row in (*test, *validation)])
        # what lies below a held-out campaign is gone with it, as its place would reveal that one's
        train = np.array([row for row in train if texts.ids[row] in rest.positions], dtype=np.int64)
        encoder = learn(rest, texts.take(train))
        search = _Search(encoder, texts, train, relevant)
        alpha = _best_alpha(search, validation)
        alphas.append(alpha)
        scores.append(search.ndcg(test, (0.0, alpha)))
    by_query = np.concatenate(scores)
    if not len(by_query):
        raise InputError("no held-out campaign has a parent or grandparent in common with another")
    text, blend = by_query.mean(axis=0)
    low, high = _bootstrap(by_query[:, 1] - by_query[:, 0], rng)
    return Gain(float(text), float(blend), low, high, tuple(alphas), len(by_query))


def same_branch(tree: Tree, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether two nodes have a parent or a grandparent in common ``[n, n]``."""
    parent = tree.parents[nodes]
    grandparent = np.where(parent == ROOT, ROOT, tree.parents[parent])
    above = np.stack([parent, grandparent], axis=1)
    same = (above[:, None, :, None] == above[None, :, None, :]) & (above != ROOT)[:, None, :, None]
    return np.asarray(same.any(axis=(2, 3)))


def _folds(
    n: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Rows for test, for validation and for training, each row once for a test."""
    parts = np.array_split(rng.permutation(n), FOLDS)
    for fold in range(FOLDS):
        following = (fold + 1) % FOLDS
        rest = [part for number, part in enumerate(parts) if number not in (fold, following)]
        yield parts[fold], parts[following], np.concatenate(rest)


@dataclass(frozen=True, eq=False)
class _Search:
    """Searches among training campaigns.

    Attributes:
        encoder: places campaigns.
        texts: of all campaigns.
        train: rows of the training campaigns.
        relevant: of each pair of campaigns.
    """

    encoder: TextEncoder
    texts: Texts
    train: NDArray[np.int64]
    relevant: NDArray[np.bool_]

    def ndcg(self, queries: NDArray[np.int64], alphas: tuple[float, ...]) -> NDArray[np.float64]:
        """NDCG of each query with a relevant neighbour, by alpha ``[n_queries, n_alphas]``."""
        known = self.texts.take(self.train)
        positions = Positions(known.ids, self.encoder.place(known.vectors))
        places = self.encoder.place(self.texts.vectors[queries])
        scores = []
        for query, place in zip(queries.tolist(), places, strict=True):
            relevant = dict(zip(known.ids, self.relevant[query, self.train].tolist(), strict=True))
            if any(relevant.values()):
                found = find_candidates(self.texts.vectors[query], place, known, positions, K)
                scores.append([_ndcg_of(found, relevant, alpha) for alpha in alphas])
        return np.array(scores).reshape(len(scores), len(alphas))


def _ndcg_of(found: Candidates, relevant: dict[str, bool], alpha: float) -> float:
    best = [found.ids[row] for row in found.best(K, alpha)]
    return ndcg([relevant[node] for node in best], sum(relevant.values()))


def ndcg(relevant: list[bool], n_relevant: int) -> float:
    """NDCG of a ranking with binary relevance, over the places that it has.

    >>> ndcg([True, False], 1), ndcg([False, False], 1)
    (1.0, 0.0)

    Args:
        relevant: whether each result is relevant, the first result first.
        n_relevant: relevant items in all, at least 1.
    """
    discount = 1 / np.log2(np.arange(2, len(relevant) + 2))
    return float(discount[relevant].sum() / discount[:n_relevant].sum())


def _best_alpha(search: _Search, validation: NDArray[np.int64]) -> float:
    """The weight of the best mean on validation, the smallest of equal ones."""
    scores = search.ndcg(validation, ALPHAS)
    return ALPHAS[int(np.argmax(scores.mean(axis=0)))] if len(scores) else ALPHAS[0]


def _bootstrap(differences: NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Ends of the 95 % interval of the mean."""
    rows = rng.integers(len(differences), size=(DRAWS, len(differences)))
    low, high = np.quantile(differences[rows].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
