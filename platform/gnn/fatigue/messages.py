"""Messages between units: from similar ones, and over the campaigns and audiences they share.

Attention to similar units is that of GATv2 (Brody 2021). It is computed in parts that stay in the
cache, where the layer of torch-geometric passes over memory once for each of its steps.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATv2Conv

from gnn.fatigue.graphs import GROUPS, SIMILAR, UNIT

AT_ONCE = 8192
"""Pairs whose messages are computed together."""


class MessageRound(nn.Module):
    """Messages: of groups from the second round on, and to groups in all but the last.

    A unit is in one campaign and one audience, so that their means over groups are their states.

    Args:
        width: of units and groups; divisible by ``heads``.
        heads: of attention to similar units.
        edges: features of a pair.
        is_first: whether groups have not received anything yet.
        is_last: whether what groups receive has no effect.
    """

    def __init__(
        self, width: int, heads: int, edges: int, *, is_first: bool, is_last: bool
    ) -> None:
        super().__init__()
        self.similar = GATv2Conv(width, width // heads, heads, edge_dim=edges, add_self_loops=False)
        self.of_groups = _linear_maps(width, () if is_first else GROUPS)
        self.to_groups = _linear_maps(width, () if is_last else GROUPS)

    def forward(
        self,
        graph: HeteroData,
        state: Float[Tensor, "n width"],
        groups: dict[str, Float[Tensor, "groups width"]],
        rows: Int[Tensor, " m"] | None = None,
    ) -> tuple[Float[Tensor, "m width"], dict[str, Float[Tensor, "groups width"]]]:
        """What some units, or all, and groups receive, by the states of both."""
        own = state if rows is None else state[rows]
        found = attend_to_similar(self.similar, state, own, *_pairs(graph, rows))
        for group, of_group in self.of_groups.items():
            number = _group_of_units(graph, group)
            number = number if rows is None else number[rows]
            found = found + of_group(groups[group]).index_select(0, number)
        sent = {
            group: F.gelu(to_group(_means(state, _group_of_units(graph, group))))
            for group, to_group in self.to_groups.items()
        }
        return found, sent


def read_by(graph: HeteroData, rows: Int[Tensor, " m"]) -> Int[Tensor, " k"]:
    """Some units and those that they receive messages from, ascending."""
    read = rows.new_zeros(graph[UNIT].num_nodes, dtype=torch.bool)
    read[rows] = True
    source, target = graph[SIMILAR].edge_index
    read[source[read[target]]] = True
    return read.nonzero()[:, 0]


def attend_to_similar(
    layer: GATv2Conv,
    state: Float[Tensor, "n width"],
    own: Float[Tensor, "m width"],
    source: Int[Tensor, " pairs"],
    target: Int[Tensor, " pairs"],
    edge: Float[Tensor, "pairs edges"],
) -> Float[Tensor, "m width"]:
    """What ``layer`` gives; dropout and loops of units to themselves are left out.

    Args:
        layer: holds the parameters.
        state: of units that send.
        own: of units that receive.
        source: numbers of the former.
        target: numbers of the latter.
        edge: features of pairs.
    """
    shape = (-1, layer.heads, layer.out_channels)
    sent, received = layer.lin_l(state), layer.lin_r(own)
    parts = [slice(start, start + AT_ONCE) for start in range(0, max(len(source), 1), AT_ONCE)]
    scores = []
    for part in parts:
        both = layer.lin_edge(edge[part])
        both = both + sent.index_select(0, source[part]) + received.index_select(0, target[part])
        both = F.leaky_relu(both, layer.negative_slope)
        scores.append((both.view(shape) * layer.att).sum(-1))
    weights = _softmax(torch.cat(scores), target, len(own))
    found: Tensor = layer.bias.expand_as(received).clone()
    for part in parts:
        message = weights[part, :, None] * sent.index_select(0, source[part]).view(shape)
        found.index_add_(0, target[part], message.flatten(1))
    return found


def _softmax(
    scores: Float[Tensor, "pairs heads"], target: Int[Tensor, " pairs"], units: int
) -> Float[Tensor, "pairs heads"]:
    """Weights of pairs, which sum to 1 for each target."""
    shape = units, scores.shape[1]
    number = target[:, None].expand_as(scores)
    highest = scores.new_zeros(shape).scatter_reduce(
        0, number, scores.detach(), "amax", include_self=False
    )
    weights = (scores - highest.index_select(0, target)).exp()
    total = scores.new_zeros(shape).index_add(0, target, weights)
    return weights / total.index_select(0, target)


def _means(state: Tensor, number: Tensor) -> Tensor:
    """Mean states of the units of each group; each has some."""
    size = number.bincount()
    total = state.new_zeros(len(size), state.shape[1]).index_add(0, number, state)
    return total / size[:, None]


def _pairs(graph: HeteroData, rows: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs whose targets are some units: sources, numbers of targets among these, and features."""
    (source, target), edge = graph[SIMILAR].edge_index, graph[SIMILAR].edge_attr
    if rows is None:
        return source, target, edge
    place = rows.new_full((graph[UNIT].num_nodes,), -1)
    place[rows] = torch.arange(len(rows))
    target = place[target]
    kept = (target >= 0).nonzero()[:, 0]
    return source[kept], target[kept], edge[kept]


def _linear_maps(width: int, groups: tuple[str, ...]) -> nn.ModuleDict:
    return nn.ModuleDict({group: nn.Linear(width, width) for group in groups})


def _group_of_units(graph: HeteroData, group: str) -> Tensor:
    number: Tensor = graph[UNIT, "in", group].edge_index[1]
    return number
