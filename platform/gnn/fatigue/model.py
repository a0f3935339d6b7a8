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
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import HeteroData
from torch_geometric.nn import GATv2Conv
from torch_geometric.utils import scatter

from attention.mechanisms.multi_head import attend
from attention.mechanisms.projections import HeadProjections
from gnn.fatigue.graphs import CHANNEL, GROUPS, SIMILAR, UNIT

STEP = 3
"""Days between points of a curve."""

LEAST_DROP = 0.01
"""Of a given curve from one point to the next, so that no drop is out of reach."""

AT_ONCE = 8192
"""Units whose elements are valued together, so that what is computed of them stays in the cache."""

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


class MessageRound(nn.Module):
    """Messages: of groups from the second round on, and to groups in all but the last.

    A unit is in one campaign and one audience, so that their means over groups are their states.
    """

    def __init__(self, sizes: FatigueSizes, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        width = sizes.width
        self.similar = GATv2Conv(
            width, width // sizes.heads, sizes.heads, edge_dim=sizes.edges, add_self_loops=False
        )
        self.of_groups = _linear_maps(width, () if is_first else GROUPS)
        self.to_groups = _linear_maps(width, () if is_last else GROUPS)

    def forward(
        self,
        graph: HeteroData,
        state: Float[Tensor, "n width"],
        groups: dict[str, Float[Tensor, "groups width"]],
        count: int | None = None,
    ) -> tuple[Float[Tensor, "m width"], dict[str, Float[Tensor, "groups width"]]]:
        """What the first ``count`` units, or all, and groups receive, by the states of both."""
        pairs, edge = graph[SIMILAR].edge_index, graph[SIMILAR].edge_attr
        if count is not None:
            received = pairs[1] < count
            pairs, edge = pairs[:, received], edge[received]
        found = self.similar((state, state[:count]), pairs, edge)
        for group, of_group in self.of_groups.items():
            found = found + of_group(groups[group])[_group_of_units(graph, group)[:count]]
        sent = {}
        for group, to_group in self.to_groups.items():
            number, groups_in_all = _group_of_units(graph, group), graph[group].num_nodes
            mean = scatter(state, number, dim_size=groups_in_all, reduce="mean")
            sent[group] = F.gelu(to_group(mean))
        return found, sent


def _linear_maps(width: int, groups: tuple[str, ...]) -> nn.ModuleDict:
    return nn.ModuleDict({group: nn.Linear(width, width) for group in groups})


def _group_of_units(graph: HeteroData, group: str) -> Tensor:
    number: Tensor = graph[UNIT, "in", group].edge_index[1]
    return number


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
        self.rounds = nn.ModuleList(
            MessageRound(sizes, is_first=number == 0, is_last=number == sizes.rounds - 1)
            for number in range(sizes.rounds)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(sizes.rounds + 1))
        last = nn.Linear(width, POINTS + 1)
        self.head = nn.Sequential(nn.Linear(width + sizes.summed, width), nn.GELU(), last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def standardise(self, features: Float[Tensor, "n features"]) -> None:
        """Take centre and scale of features and sums from units."""
        self.centre.copy_(features.mean(0))
        self.scale.copy_(features.std(0).clamp_min(1e-3))

    def forward(self, graph: HeteroData, count: int | None = None) -> Curves:
        """The curves of the first ``count`` units, or of all."""
        known, state = self._messages(graph, count)
        units = self._units(graph, known, state, slice(len(state)))
        return self._curves(units, units.present)

    def with_coalitions(
        self,
        graph: HeteroData,
        coalitions: Bool[Tensor, "c kinds"],
        point: int,
        count: int | None = None,
    ) -> tuple[Curves, Float[Tensor, "n c"]]:
        """The same, and log R at a point with some kinds of elements alone."""
        known, state = self._messages(graph, count)
        curves, values = [], []
        for start in range(0, max(len(state), 1), AT_ONCE):
            units = self._units(graph, known, state, slice(start, start + AT_ONCE))
            curves.append(self._curves(units, units.present))
            values.append(self._values(units, coalitions, point))
        level, ratio = zip(*((one.log_level, one.log_ratio) for one in curves), strict=True)
        return Curves(torch.cat(level), torch.cat(ratio)), torch.cat(values)

    def _values(
        self, units: "_Units", coalitions: Bool[Tensor, "c kinds"], point: int
    ) -> Float[Tensor, "n c"]:
        """Log R at a point by each coalition; kinds that no unit has change nothing."""
        members = coalitions & units.present.any(0)
        distinct, number = members.unique(dim=0, return_inverse=True)  # type: ignore[no-untyped-call]
        found = [
            self._curves(units, units.present & coalition).log_ratio[:, point]
            for coalition in distinct
        ]
        return torch.stack(found, -1)[:, number]

    def _units(self, graph: HeteroData, known: Tensor, state: Tensor, rows: slice) -> "_Units":
        """What the curves of some rows follow from, given the messages of all."""
        known, state = known[rows], state[rows]
        nodes = graph[UNIT]
        elements, log_ratio, log_peak = (
            one[rows][: len(state)] for one in (nodes.elements, nodes.log_ratio, nodes.log_peak)
        )
        present = (elements != 0).any(-1)
        given = -log_ratio.diff(prepend=log_ratio.new_zeros(len(state), 1))
        projected = None
        if self.sizes.kinds:
            vectors = self.element(elements) + self.kind
            projected = self.genome(state[:, None], vectors, vectors, present[:, None])
        return _Units(
            state=state,
            summed=known[:, self.sizes.features :],
            present=present,
            projected=projected,
            log_peak=log_peak,
            drops=_inverse_softplus(given.clamp_min(LEAST_DROP)),
        )

    def _messages(self, graph: HeteroData, count: int | None) -> tuple[Tensor, Tensor]:
        """Standardised figures of the first units, and their states without their elements."""
        known = torch.cat([graph[UNIT].x, graph[UNIT].summed], -1)
        known = ((known - self.centre) / self.scale).clamp(-6, 6)
        channel = self.channel(graph[CHANNEL].number)
        of_unit = graph[CHANNEL, "of", UNIT].edge_index[0]
        state = self.norms[0](F.gelu(self.first(known) + channel[of_unit]))
        of_groups: dict[str, Tensor] = {}
        for number, (messages, norm) in enumerate(zip(self.rounds, self.norms[1:], strict=True)):
            last = count if number == len(self.rounds) - 1 else None
            found, of_groups = messages(graph, state, of_groups, last)
            state = norm(state[:last] + F.gelu(found))
        return known[:count], state[:count]

    def _curves(self, units: "_Units", shown: Bool[Tensor, "n kinds"]) -> Curves:
        """Curves by some elements of the units."""
        state = units.state
        if units.projected is not None:
            mask = shown[:, None]
            heads, _, _ = attend(*units.projected, mask=mask)
            state = state + self.genome.mix(heads, mask)[:, 0]
        found = self.head(torch.cat([state, units.summed], -1))
        drops = F.softplus(found[:, 1:] + units.drops)
        return Curves(units.log_peak + found[:, 0] / 10, -drops.cumsum(-1))


@dataclass(frozen=True, eq=False)
class _Units:
    """What the curves of units follow from.

    Attributes:
        state: after all messages, without elements ``[n, width]``.
        summed: standardised sums over similar units ``[n, summed]``.
        present: bool ``[n, kinds]``: elements that they have.
        projected: queries, keys and values of these elements; None without kinds.
        log_peak: log of the highest rate so far ``[n]``.
        drops: those of another model, before the softplus ``[n, POINTS]``.
    """

    state: Tensor
    summed: Tensor
    present: Tensor
    projected: tuple[Tensor, Tensor, Tensor] | None
    log_peak: Tensor
    drops: Tensor


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
