"""Learning positions from the campaign tree and from texts; needs the extra ``gnn``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import ConvergenceError, MissingExtraError
from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.encoder import TextEncoder

_EXTRA_PACKAGES: Final = ("jaxtyping", "torch", "torch_geometric")

try:
    from gnn.errors import NotConvergedError
    from gnn.hierarchy.ball import fit_ball
    from gnn.hierarchy.training import HierarchySettings, NodeTexts, fit_hierarchy
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in _EXTRA_PACKAGES:
        raise
    raise MissingExtraError(
        "learning the campaign hierarchy needs PyTorch: pip install 'attrigraph[gnn]'"
    ) from error

if TYPE_CHECKING:
    from attrigraph.similarity.hyperbolic.texts import Texts
    from attrigraph.similarity.hyperbolic.tree import Tree
    from gnn.hierarchy.encoder import Encoder


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Positions learnt from a tree.

    Attributes:
        positions: one per node of the tree.
        encoder: places campaigns by their text, also those outside the tree.
    """

    positions: Positions
    encoder: TextEncoder


def learn_hierarchy(
    tree: Tree, texts: Texts, settings: HierarchySettings | None = None
) -> Hierarchy:
    """Learn the positions of all nodes, and an encoder from the nodes that have a text.

    Raises:
        InputError: a text is of a node outside the tree.
        ConvergenceError: the loss became non-finite.
    """
    nodes = NodeTexts(texts.nodes_in(tree), texts.vectors.astype(np.float64))
    try:
        fit = fit_hierarchy(tree.pairs, len(tree), settings, texts=nodes)
    except NotConvergedError as error:
        raise ConvergenceError(str(error)) from error
    assert fit.encoder is not None  # texts were given
    return Hierarchy(Positions(tree.ids, fit.tangents), without_torch(fit.encoder))


def learn_disc(tree: Tree) -> Positions:
    """Positions of all nodes in two dimensions, for a picture."""
    return Positions(tree.ids, fit_ball(tree.pairs, len(tree)))


def without_torch(encoder: Encoder) -> TextEncoder:
    """The same encoder in NumPy."""
    weights = {name: weight.numpy() for name, weight in encoder.state_dict().items()}
    return TextEncoder(
        weights["hidden.weight"],
        weights["hidden.bias"],
        weights["out.weight"],
        weights["out.bias"],
        encoder.max_radius,
    )
