"""Text vectors of campaigns: their place in a tree, and much that has nothing to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attrigraph.similarity.hyperbolic.texts import Texts

if TYPE_CHECKING:
    from attrigraph.similarity.hyperbolic.tree import Tree


def noisy_texts(
    tree: Tree,
    *,
    width: int = 384,
    signal: int = 16,
    nuisance: int = 48,
    noise: float = 0.5,
    seed: int = 0,
) -> Texts:
    """Texts of the leaves, of length 1.

    Args:
        tree: each node moves the place of its descendants in ``signal`` dimensions.
        width: of the vectors.
        signal: dimensions of the tree.
        nuisance: dimensions of the same spread per dimension that the tree does not explain.
        noise: standard deviation in all dimensions.
        seed: of all random numbers.
    """
    rng = np.random.default_rng(seed)
    moves = rng.normal(size=(len(tree), signal))
    leaves = np.setdiff1d(np.arange(len(tree)), tree.parents)
    places = np.stack(
        [moves[[leaf, *tree.ancestors(leaf)]].sum(axis=0) for leaf in leaves.tolist()]
    )
    axes = np.linalg.qr(rng.normal(size=(width, signal + nuisance)))[0].T
    vectors = np.hstack([places, rng.normal(size=(len(leaves), nuisance))]) @ axes
    vectors += noise * rng.normal(size=vectors.shape)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return Texts(tuple(tree.ids[leaf] for leaf in leaves), units)
