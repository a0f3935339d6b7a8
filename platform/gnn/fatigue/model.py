"""Decay curves of units: one head from which score, curve and days left follow.

    unit     = W figures + vector of the channel
    messages = two rounds: units <- similar units (GATv2, Brody 2021, with edge features), and
               units -> campaign, audience -> units (GraphSAGE, Hamilton 2017)
    genome   = attention over the elements (hook, promise, frame) with the unit as the query
    head     = (a, g_0 .. g_10) of unit + genome
    log R(h) = -sum_{j <= k} softplus(g_j + b_j) for h = 3 k, from 0 to 30 days

    with softplus(b_j) the drops of another model, of which the network learns what it misses

R is the rate h days ahead over the highest so far: it decreases and is in 0..1. ``a`` corrects the
log of the highest rate, as the largest of noisy rates is too high. Sums over similar units enter
the first layer and the head, because attention and means cannot count exposures (Xu et al. 2019).
Elements are added after all messages, so that those of one unit change its curve alone, and Shapley
values of all units are exact in one pass for each coalition.
"""

import math
import warnings
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATv2Conv, HeteroConv, SAGEConv

from attention.mechanisms.multi_head import attend
from attention.mechanisms.projections import HeadProjections
from gnn.fatigue.graphs import CHANNEL, GROUPS, SIMILAR, UNIT

STEP = 3
"""Days between points of a curve."""

LEAST_DROP = 0.01
"""Of a given curve from one point to the next, so that no drop is out of reach."""

POINTS = 11
"""Points of a curve: 0, 3, .., 30 days ahead."""


@dataclass(frozen=True)
class FatigueSizes:
    """What a network is made of.

    Attributes:
        features: figures of a unit.
        channels: channels that are known by name; others share one vector.
        summed: sums over similar units; 0 for none.
        kinds: kinds of elements; 0 for none.
        width_of_elements: of their vectors.
        edges: features of a pair of similar units.
        width: of units and groups; divisible by ``heads``.
        heads: of attention.
        rounds: of messages; 0 for the head without a graph.
    """

    features: int
    channels: int
    summed: int
    kinds: int
    width_of_elements: int
    edges: int
    width: int = 48
    heads: int = 4
    rounds: int = 2


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
        if sizes.kinds:
            self.element = nn.Linear(sizes.width_of_elements, width, bias=False)
            self.kind = nn.Parameter(torch.zeros(sizes.kinds, width))
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

    def forward(self, graph: HeteroData) -> Curves:
        """The curves of all units."""
        known, state = self._messages(graph)
        return self._curves(graph, known, state, self._present(graph))

    def with_coalitions(
        self, graph: HeteroData, coalitions: Bool[Tensor, "c kinds"], point: int
    ) -> tuple[Curves, Float[Tensor, "n c"]]:
        """The curves of all units, and log R at a point with some kinds of elements alone."""
        known, state = self._messages(graph)
        present = self._present(graph)
        values = [
            self._curves(graph, known, state, present & coalition).log_ratio[:, point]
            for coalition in coalitions
        ]
        return self._curves(graph, known, state, present), torch.stack(values, -1)

    def _messages(self, graph: HeteroData) -> tuple[Tensor, Tensor]:
        """Standardised figures of units, and their states without their elements."""
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
        return known, state

    def _curves(self, graph: HeteroData, known: Tensor, state: Tensor, present: Tensor) -> Curves:
        state = state + self._genome(state, graph, present)
        summed = known[:, self.sizes.features :]
        found = self.head(torch.cat([state, summed], -1))
        given = -graph[UNIT].log_ratio.diff(prepend=torch.zeros_like(found[:, :1]))
        drops = F.softplus(found[:, 1:] + _inverse_softplus(given.clamp_min(LEAST_DROP)))
        return Curves(graph[UNIT].log_peak + found[:, 0] / 10, -drops.cumsum(-1))

    def _present(self, graph: HeteroData) -> Bool[Tensor, "n kinds"]:
        present: Tensor = (graph[UNIT].elements != 0).any(-1)
        return present

    def _genome(self, state: Tensor, graph: HeteroData, present: Tensor) -> Tensor:
        if not self.sizes.kinds:
            return torch.zeros_like(state)
        mask = present[:, None]
        elements = self.element(graph[UNIT].elements) + self.kind
        query, keys, values = self.genome(state[:, None], elements, elements, mask)
        heads, _, _ = attend(query, keys, values, mask=mask)
        pooled: Tensor = self.genome.mix(heads, mask)[:, 0]
        return pooled


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
    with warnings.catch_warnings():  # it warns of groups that are not needed any more
        warnings.simplefilter("ignore", UserWarning)
        return HeteroConv(convs, aggr="sum")


def _inverse_softplus(drops: Tensor) -> Tensor:
    return drops + torch.log(-torch.expm1(-drops))


def coalitions_of_kinds(kinds: int) -> Bool[Tensor, "c kinds"]:
    """All sets of kinds ``[2^kinds, kinds]``; kind k is in set s where bit k of s is set."""
    numbers = torch.arange(2**kinds)
    return (numbers[:, None] >> torch.arange(kinds) & 1).bool()


def shapley_of_kinds(values: Float[Tensor, "n c"]) -> Float[Tensor, "n kinds"]:
    """Exact Shapley values from those of all coalitions (Shapley 1953), 0 of an absent kind.

    Args:
        values: in the order of :func:`coalitions_of_kinds`.
    """
    kinds = values.shape[1].bit_length() - 1
    members = coalitions_of_kinds(kinds)
    columns = []
    for kind in range(kinds):
        without = torch.nonzero(~members[:, kind])[:, 0]
        sizes = members[without].sum(-1).tolist()
        weight = [1 / (kinds * math.comb(kinds - 1, size)) for size in sizes]
        gain = values[:, without + 2**kind] - values[:, without]
        columns.append(gain @ gain.new_tensor(weight))
    return torch.stack(columns, -1) if columns else values[:, :0]
