"""Decay curves of units: one head from which score, curve and days left follow.

    unit     = W features + attention over elements (hook, promise, frame) with that as the query
    messages = two rounds: units <- similar units (GATv2, Brody 2021, with edge features), and
               units -> campaign, audience, channel -> units (GraphSAGE, Hamilton 2017)
    head     = (a, g_0 .. g_10);  log R(h_k) = -sum_{j <= k} softplus(g_j - 2),  h = 0, 3, .., 30

R is the rate h days ahead over the highest so far: it decreases and is in 0..1. ``a`` corrects the
log of the highest rate, as the largest of noisy rates is too high. Sums over similar units enter
the first layer and the head, because attention and means cannot count exposures (Xu et al. 2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATv2Conv, HeteroConv, SAGEConv

from attention.mechanisms.multi_head import attend
from attention.mechanisms.projections import HeadProjections
from gnn.fatigue.graphs import CHANNEL, GROUPS, SIMILAR, UNIT

STEP = 3
"""Days between points of a curve."""

POINTS = 11
"""Points of a curve: 0, 3, .., 30 days ahead."""


@dataclass(frozen=True)
class FatigueSizes:
    """What a network is made of.

    Attributes:
        features: figures of a unit.
        channels: channels that are known by name; others share one vector.
        summed: sums over similar units; 0 for none.
        width_of_elements: of their vectors; 0 for none.
        edges: features of a pair of similar units.
        width: of units and groups; divisible by ``heads``.
        heads: of attention.
        rounds: of messages; 0 for the head without a graph.
        dropout: probability of dropping a number of a unit, while training.
    """

    features: int
    channels: int
    summed: int
    width_of_elements: int
    edges: int
    width: int = 48
    heads: int = 4
    rounds: int = 2
    dropout: float = 0.0


@dataclass(frozen=True, eq=False)
class Curves:
    """Decay curves.

    Attributes:
        log_level: log of the highest rate so far, corrected ``[n]``.
        log_ratio: log R at 0, 3, .., 30 days ``[n, POINTS]``.
    """

    log_level: Float[Tensor, " n"]
    log_ratio: Float[Tensor, "n points"]


class FatigueNetwork(nn.Module):
    """Curves of all units of a graph of :func:`gnn.fatigue.graphs.graph_of`."""

    def __init__(self, sizes: FatigueSizes) -> None:
        super().__init__()
        self.sizes = sizes
        width = sizes.width
        self.register_buffer("centre", torch.zeros(sizes.features + sizes.summed))
        self.register_buffer("scale", torch.ones(sizes.features + sizes.summed))
        self.centre: Tensor
        self.scale: Tensor
        self.first = nn.Linear(sizes.features + sizes.summed, width)
        self.channel = nn.Embedding(sizes.channels + 1, width)
        if sizes.width_of_elements:
            self.element = nn.Linear(sizes.width_of_elements, width, bias=False)
            self.kind = nn.Parameter(torch.zeros(3, width))
            self.genome = HeadProjections(width, sizes.heads)
        self.rounds = nn.ModuleList(_round(sizes, number) for number in range(sizes.rounds))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(sizes.rounds + 1))
        last = nn.Linear(width, POINTS + 1)
        self.head = nn.Sequential(nn.Linear(width + sizes.summed, width), nn.GELU(), last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def standardise(self, features: Float[Tensor, "n features"]) -> None:
        """Take centre and scale of features and sums from units."""
        self.centre.copy_(features.mean(0))
        self.scale.copy_(features.std(0).clamp_min(1e-3))

    def forward(self, graph: HeteroData, absent: Sequence[int] = ()) -> Curves:
        """The curves of all units, without elements of some kinds."""
        known = torch.cat([graph[UNIT].x, graph[UNIT].summed], -1)
        known = ((known - self.centre) / self.scale).clamp(-6, 6)
        channel = self.channel(graph[CHANNEL].number)
        of_unit = graph[CHANNEL, "of", UNIT].edge_index[0]
        state = self.norms[0](F.gelu(self.first(known) + channel[of_unit]))
        nodes = {UNIT: state}
        for number, messages in enumerate(self.rounds):
            found = messages(nodes, graph.edge_index_dict, edge_attr_dict=graph.edge_attr_dict)
            state = self.norms[number + 1](state + F.gelu(found[UNIT]))
            nodes = {**{kind: F.gelu(value) for kind, value in found.items()}, UNIT: state}
        summed = known[:, self.sizes.features :]
        state = state + self._genome(state, graph, absent)
        state = F.dropout(state, self.sizes.dropout, self.training)
        found = self.head(torch.cat([state, summed], -1))
        drops = F.softplus(found[:, 1:] - 2)
        return Curves(graph[UNIT].log_peak + found[:, 0] / 10, -drops.cumsum(-1))

    def _genome(self, state: Tensor, graph: HeteroData, absent: Sequence[int]) -> Tensor:
        if not self.sizes.width_of_elements:
            return torch.zeros_like(state)
        present = (graph[UNIT].elements != 0).any(-1)
        present[:, list(absent)] = False
        mask = present[:, None]
        elements = self.element(graph[UNIT].elements) + self.kind
        query, keys, values = self.genome(state[:, None], elements, elements, mask)
        heads, _, _ = attend(query, keys, values, mask=mask)
        return self.genome.mix(heads, mask)[:, 0]


def _round(sizes: FatigueSizes, number: int) -> HeteroConv:
    """Messages: groups learn of units in the first rounds, and units of groups from the second."""
    width = sizes.width
    similar = GATv2Conv(
        width, width // sizes.heads, sizes.heads, edge_dim=sizes.edges, add_self_loops=False
    )
    convs = {SIMILAR: similar}
    for group in GROUPS:
        if number + 1 < sizes.rounds or sizes.rounds == 1:
            convs[UNIT, "in", group] = SAGEConv((width, width), width, root_weight=False)
        if number > 0:
            convs[group, "of", UNIT] = SAGEConv((width, width), width, root_weight=False)
    return HeteroConv(convs, aggr="sum")
