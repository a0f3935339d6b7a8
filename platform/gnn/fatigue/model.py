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

from attention.mechanisms.projections import HeadProjections
from gnn.fatigue.genome import Elements, elements_of
from gnn.fatigue.graphs import CHANNEL, UNIT
from gnn.fatigue.messages import MessageRound, read_by

STEP = 3
"""Days between points of a curve."""

LEAST_DROP = 0.01
"""Of a given curve from one point to the next, so that no drop is out of reach."""

AT_ONCE = 4096
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
            MessageRound(
                width,
                sizes.heads,
                sizes.edges,
                is_first=number == 0,
                is_last=number == sizes.rounds - 1,
            )
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
        return self._curves(units)

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
            curves.append(self._curves(units))
            values.append(self._values(units, coalitions, point))
        level, ratio = zip(*((one.log_level, one.log_ratio) for one in curves), strict=True)
        return Curves(torch.cat(level), torch.cat(ratio)), torch.cat(values)

    def _values(
        self, units: "_Units", coalitions: Bool[Tensor, "c kinds"], point: int
    ) -> Float[Tensor, "n c"]:
        """Log R at a point by each coalition; kinds that no unit has change nothing."""
        if units.elements is not None:
            coalitions = coalitions & units.elements.present.any(1)
        members = [tuple(one.nonzero()[:, 0].tolist()) for one in coalitions]
        found = {
            kinds: units.log_ratio(self._outputs(self._hidden(units, kinds), point + 1)[:, 1:])
            for kinds in set(members)
        }
        return torch.stack([found[kinds][:, point] for kinds in members], -1)

    def _units(self, graph: HeteroData, known: Tensor, state: Tensor, rows: slice) -> "_Units":
        """What the curves of some rows follow from, given the messages of all."""
        known, state = known[rows], state[rows]
        nodes = graph[UNIT]
        elements, log_ratio, log_peak = (
            one[rows][: len(state)] for one in (nodes.elements, nodes.log_ratio, nodes.log_peak)
        )
        given = -log_ratio.diff(prepend=log_ratio.new_zeros(len(state), 1))
        found = None
        if self.sizes.kinds:
            by_kind = elements.transpose(0, 1)
            vectors = self.element(by_kind) + self.kind[:, None]
            found = elements_of(self.genome, state, vectors, (by_kind != 0).any(-1))
        return _Units(
            hidden=self.head[0](torch.cat([state, known[:, self.sizes.features :]], -1)),
            elements=found,
            log_peak=log_peak,
            drops=_inverse_softplus(given.clamp_min(LEAST_DROP)),
        )

    def _messages(self, graph: HeteroData, count: int | None) -> tuple[Tensor, Tensor]:
        """Standardised figures of the first units, and their states without their elements."""
        known = torch.cat([graph[UNIT].x, graph[UNIT].summed], -1)
        known = ((known - self.centre) / self.scale).clamp(-6, 6)
        channel = self.channel(graph[CHANNEL].number)
        of_unit = graph[CHANNEL, "of", UNIT].edge_index[0]
        state = self.norms[0](F.gelu(self.first(known) + channel.index_select(0, of_unit)))
        of_groups: dict[str, Tensor] = {}
        for messages, norm, rows in zip(
            self.rounds, self.norms[1:], self._rows(graph, count), strict=True
        ):
            found, of_groups = messages(graph, state, of_groups, rows)
            if rows is None:
                state = norm(state + F.gelu(found))
            else:
                state = state.index_copy(0, rows, norm(state[rows] + F.gelu(found)))
        return known[:count], state[:count]

    def _rows(self, graph: HeteroData, count: int | None) -> list[Tensor | None]:
        """Units whose states each round changes; None for all, as the groups read all."""
        rows: list[Tensor | None] = [None] * self.sizes.rounds
        if count is not None and rows:
            first = torch.arange(count)
            rows[-2:] = [read_by(graph, first), first][-len(rows) :]
        return rows

    def _hidden(self, units: "_Units", kinds: tuple[int, ...]) -> Tensor:
        """Hidden units of the head, by some kinds of elements."""
        hidden = units.hidden
        if units.elements is not None and kinds:
            averages, some = units.elements.averages(kinds)
            weight = self.head.get_parameter("0.weight")[:, : self.sizes.width]
            added = F.linear(self.genome.out(averages), weight)
            hidden = hidden + added * some[:, None]
        found: Tensor = self.head[1](hidden)
        return found

    def _outputs(self, hidden: Tensor, points: int) -> Tensor:
        """The change of the log level, and drops up to some points ``[n, 1 + points]``."""
        weight, bias = self.head.get_parameter("2.weight"), self.head.get_parameter("2.bias")
        return F.linear(hidden, weight[: 1 + points], bias[: 1 + points])

    def _curves(self, units: "_Units") -> Curves:
        """Curves by all elements of the units."""
        hidden = self._hidden(units, tuple(range(self.sizes.kinds)))
        found = self._outputs(hidden, POINTS)
        return Curves(units.log_peak + found[:, 0] / 10, units.log_ratio(found[:, 1:]))


@dataclass(frozen=True, eq=False)
class _Units:
    """What the curves of units follow from.

    Attributes:
        hidden: first layer of the head before the GELU, without elements ``[n, width]``.
        elements: None without kinds.
        log_peak: log of the highest rate so far ``[n]``.
        drops: those of another model, before the softplus ``[n, POINTS]``.
    """

    hidden: Tensor
    elements: Elements | None
    log_peak: Tensor
    drops: Tensor

    def log_ratio(self, change: Tensor) -> Tensor:
        """Log R at the first points, where drops change so much ``[n, points]``."""
        return -F.softplus(self.drops[:, : change.shape[1]] + change).cumsum(-1)


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
