"""Learning positions of a tree's nodes: free vectors, or an encoder where nodes have text.

Adam on tangents at the origin, in float64. A node without text has a free vector; a node with text
has the position that the encoder gives it, so that new nodes with text are placed without training.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from attention.geometry.lorentz import clip_radius
from gnn.errors import NotConvergedError
from gnn.hierarchy.encoder import Encoder
from gnn.hierarchy.loss import Distance, hyperbolic_distance, radius_loss, ranking_loss
from gnn.hierarchy.negatives import Batch, epoch_batches


@dataclass(frozen=True)
class HierarchySettings:
    """How positions are learnt.

    Attributes:
        dimensions: width of a position.
        scale: factor s of distances in the loss.
        negatives: random negatives per pair.
        epochs: passes over all pairs.
        batch_size: pairs per step.
        learning_rate: rate of Adam.
        burn_in: first epochs, with a tenth of the rate.
        weight_decay: of the encoder.
        radius_weight: weight of the radius term; 0 leaves it out.
        margin: by how much an ancestor's radius is to be smaller.
        max_radius: largest radius of a position.
        seed: of start values, order and negatives.
    """

    dimensions: int = 10
    scale: float = 3.0
    negatives: int = 20
    epochs: int = 60
    batch_size: int = 256
    learning_rate: float = 0.03
    burn_in: int = 10
    weight_decay: float = 1.0
    radius_weight: float = 0.1
    margin: float = 0.1
    max_radius: float = 8.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("dimensions", "negatives", "epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("burn_in", "weight_decay", "radius_weight", "margin"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        for name in ("scale", "learning_rate", "max_radius"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch."""
        return self.learning_rate / (10 if epoch < self.burn_in else 1)


@dataclass(frozen=True, eq=False)
class NodeTexts:
    """Text vectors of some nodes.

    Attributes:
        nodes: positions of the nodes ``[n]``, each at most once.
        vectors: their text vectors ``[n, width]``.
    """

    nodes: NDArray[np.int64]
    vectors: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FittedHierarchy:
    """Positions of all nodes, and the encoder of texts.

    Attributes:
        tangents: positions as tangents at the origin ``[n_nodes, dimensions]``.
        encoder: places new texts; None where no node had a text.
        losses: mean loss of each epoch.
    """

    tangents: NDArray[np.float64]
    encoder: Encoder | None
    losses: tuple[float, ...]


def fit_hierarchy(
    pairs: NDArray[np.int64],
    n_nodes: int,
    settings: HierarchySettings | None = None,
    *,
    texts: NodeTexts | None = None,
    distance: Distance = hyperbolic_distance,
) -> FittedHierarchy:
    """Learn positions from all pairs (node, ancestor) of a tree.

    The same input and settings give the same positions. Without pairs, positions stay near the
    origin, where they start.

    Args:
        pairs: positions of nodes and of their ancestors ``[n_pairs, 2]``.
        n_nodes: number of nodes of the tree.
        settings: settings of the fit.
        texts: text vectors of the nodes that the encoder places.
        distance: of tangents; the Euclidean one is for comparison.

    Raises:
        ValueError: a node is outside the tree, or texts are not finite or not one per node.
        NotConvergedError: the loss became non-finite.
    """
    settings = settings or HierarchySettings()
    check_nodes(pairs, n_nodes)
    if texts is not None:
        _check_texts(texts, n_nodes)
    placement = _Placement(n_nodes, settings, texts)
    optimizer = _optimizer(placement, settings)
    rng = np.random.default_rng(settings.seed)
    losses = []
    for epoch in range(settings.epochs):
        for group in optimizer.param_groups:
            group["lr"] = settings.rate(epoch)
        losses.append(_epoch(placement, optimizer, pairs, settings, rng, distance))
        if not np.isfinite(losses[-1]):
            raise NotConvergedError("the loss of the tree became non-finite; lower learning_rate")
    with torch.no_grad():
        tangents = placement(torch.arange(n_nodes)).numpy()
    return FittedHierarchy(tangents, placement.encoder, tuple(losses))


def check_nodes(nodes: NDArray[np.int64], n_nodes: int) -> None:
    """Check that all nodes are in a tree.

    Raises:
        ValueError: one is not.
    """
    if nodes.size and not (nodes.min() >= 0 and nodes.max() < n_nodes):
        raise ValueError(f"nodes must be in [0, {n_nodes}), got {nodes.min()} to {nodes.max()}")


def _check_texts(texts: NodeTexts, n_nodes: int) -> None:
    check_nodes(texts.nodes, n_nodes)
    if len(texts.vectors) != len(texts.nodes):
        raise ValueError(
            f"text vectors must be one per node, {len(texts.nodes)}, got {len(texts.vectors)}"
        )
    if not np.isfinite(texts.vectors).all():
        raise ValueError("text vectors must be finite, got NaN or infinity")


class _Placement(nn.Module):
    """Nodes -> tangents: the encoder's where a node has text, free vectors elsewhere."""

    def __init__(self, n_nodes: int, settings: HierarchySettings, texts: NodeTexts | None) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(settings.seed)
        self.max_radius = settings.max_radius
        start = torch.empty(n_nodes, settings.dimensions, dtype=torch.float64)
        self.free = nn.Parameter(start.normal_(std=1e-2, generator=generator))
        self.encoder: Encoder | None = None
        if texts is not None:
            self.text_row = torch.full((n_nodes,), -1)
            self.text_row[torch.from_numpy(texts.nodes)] = torch.arange(len(texts.nodes))
            self.vectors = torch.from_numpy(texts.vectors.astype(np.float64))
            width = texts.vectors.shape[1]
            encoder = Encoder(width, settings.dimensions, max_radius=settings.max_radius)
            self.encoder = encoder.to(torch.float64)
            self.encoder.reset_parameters(generator)

    def forward(self, nodes: Tensor) -> Tensor:
        free = clip_radius(self.free[nodes], self.max_radius)[0]
        if self.encoder is None:
            return free
        row = self.text_row[nodes]
        has_text = row >= 0
        return free.index_put((has_text,), self.encoder(self.vectors[row[has_text]]))


def _optimizer(placement: _Placement, settings: HierarchySettings) -> torch.optim.Optimizer:
    encoder = placement.encoder
    groups = [{"params": [placement.free], "weight_decay": 0.0}]
    if encoder is not None:
        groups.append({"params": list(encoder.parameters())})
    return torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay)


def _epoch(
    placement: _Placement,
    optimizer: torch.optim.Optimizer,
    pairs: NDArray[np.int64],
    settings: HierarchySettings,
    rng: np.random.Generator,
    distance: Distance,
) -> float:
    """Take one step per batch; return the mean loss."""
    total = 0.0
    for batch in epoch_batches(
        pairs,
        len(placement.free),
        negatives=settings.negatives,
        batch_size=settings.batch_size,
        rng=rng,
    ):
        loss = _loss(placement, batch, settings, distance)
        optimizer.zero_grad()
        loss.mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += float(loss.detach().sum())
    return total / max(len(pairs), 1)


def _loss(
    placement: _Placement, batch: Batch, settings: HierarchySettings, distance: Distance
) -> Tensor:
    """Loss of each pair; nodes that occur several times are placed once."""
    unique, rows = batch.unique()
    places = placement(torch.from_numpy(unique))[torch.from_numpy(rows)]
    nodes, others = places[:, :1], places[:, 1:]
    loss = ranking_loss(distance(nodes, others), torch.from_numpy(batch.masked), settings.scale)
    apart = radius_loss(nodes[:, 0], others[:, 0], settings.margin)
    return loss + settings.radius_weight * apart
