"""Mixture of attention experts: a router sends each row to its best two of four experts.

Shazeer et al. 2017; Fedus et al. 2021; Zhang et al. 2022 (mixture of attention heads); Zoph et al.
2022 (z-loss). With router weights ``Wr``::

    p = softmax(Wr x),  T = the 2 largest (ties: the lower number),  g_e = p_e / sum_T p
    y = sum_{e in T} g_e Attn_e(x);  expert e owns Wq_e and Wo_e, keys and values are shared

Gradients reach the router through ``g`` alone; the choice has none. Experts have no capacity limit,
so no row is dropped.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.heads import check_heads, merge_heads, split_heads
from attention.mechanisms.layout import init_map, store_by_columns
from attention.mechanisms.mechanism import Mechanism
from attention.mechanisms.multi_head import attend_lazy_lse, attend_raw, raw_is_cheaper
from attention.mechanisms.result import AttentionResult, check_inputs, zero_empty_rows, zero_masked

BALANCE_WEIGHT = 0.01
"""Weight of the balance loss in a training loss."""

Z_WEIGHT = 0.001
"""Weight of the z-loss in a training loss."""


@dataclass(frozen=True, eq=False)
class Routing:
    """The experts that each row is routed to.

    Attributes:
        logits: Logits of the router.
        probabilities: Their softmax.
        chosen: Numbers of the experts, best first.
        gates: Shares of the chosen experts in the output; a row sums to 1.
    """

    logits: Float[Tensor, "*batch n e"]
    probabilities: Float[Tensor, "*batch n e"]
    chosen: Int[Tensor, "*batch n k"]
    gates: Float[Tensor, "*batch n k"]


def route(logits: Float[Tensor, "*batch n e"], top_k: int) -> Routing:
    """Choose the ``top_k`` experts of each row; equal probabilities go to the lower number."""
    probabilities = torch.softmax(logits, -1)
    ordered, numbers = torch.sort(probabilities, dim=-1, descending=True, stable=True)
    best = ordered[..., :top_k]
    return Routing(logits, probabilities, numbers[..., :top_k], best / best.sum(-1, keepdim=True))


def balance_loss(routing: Routing, shares: Float[Tensor, " e"] | None = None) -> Float[Tensor, ""]:
    """Return ``sum_e f_e P_e / pi_e``, which is 1 when rows follow the target shares.

    ``f_e`` is the routed share, ``P_e`` the mean probability of an expert and ``pi_e`` its
    target share. With one platform at 70 % of the traffic, use the shares of the platforms;
    ``None`` means equal shares.
    """
    experts = routing.logits.shape[-1]
    routed = torch.bincount(routing.chosen.flatten(), minlength=experts).to(routing.logits.dtype)
    mean = routing.probabilities.flatten(0, -2).mean(0)
    target = torch.full_like(mean, 1 / experts) if shares is None else shares.to(mean)
    return (routed / routed.sum() * mean / target).sum()


def z_loss(logits: Float[Tensor, "*batch n e"]) -> Float[Tensor, ""]:
    """Return the mean of ``logsumexp(logits)^2``, which keeps the logits small."""
    return torch.logsumexp(logits, -1).square().mean()


@dataclass(frozen=True, eq=False)
class Groups:
    """The slots of all rows, one per chosen expert, sorted by expert.

    Attributes:
        order: Numbers of the slots; slot ``s`` belongs to row ``s // k``.
        counts: Number of slots of each expert.
    """

    order: Int[Tensor, " s"]
    counts: list[int]


def group(chosen: Int[Tensor, "*batch n k"], experts: int) -> Groups:
    """Sort the slots by expert."""
    numbers = chosen.flatten()
    counts = torch.bincount(numbers, minlength=experts)
    return Groups(numbers.argsort(stable=True), counts.tolist())


def grouped_linear(
    rows: Float[Tensor, "s d"], weights: Float[Tensor, "e o d"], counts: list[int]
) -> Float[Tensor, "s o"]:
    """Multiply each group of consecutive rows by its own matrix."""
    groups = torch.split(rows, counts)
    maps = zip(groups, weights, strict=True)
    return torch.cat([F.linear(part, weight) for part, weight in maps if len(part)])


class ExpertAttention(Mechanism):
    """Attention whose query and output maps are chosen per row.

    Args:
        dim: Width of queries, keys, values and output.
        experts: Number of experts.
        top_k: Experts of a row.
        heads: Heads of every expert.
        routed: Compute the chosen experts only; ``False`` computes all, with the same result.
    """

    settings = ("experts", "top_k", "heads", "routed")

    def __init__(
        self,
        dim: int = 256,
        experts: int = 4,
        *,
        top_k: int = 2,
        heads: int = 4,
        routed: bool = True,
    ) -> None:
        super().__init__()
        check_heads(dim, heads)
        if not 1 <= top_k <= experts:
            raise ValueError(f"top_k must be between 1 and {experts} experts, got {top_k}")
        self.dim, self.experts, self.top_k = dim, experts, top_k
        self.heads, self.routed = heads, routed
        self.router = nn.Linear(dim, experts, bias=False)
        self.query = nn.Parameter(torch.empty(experts, dim, dim))
        self.key = nn.Linear(dim, dim, bias=False)
        self.value = nn.Linear(dim, dim, bias=False)
        self.out = nn.Parameter(torch.empty(experts, dim, dim))
        self.bias = nn.Parameter(torch.empty(dim))
        for weight in (self.query, self.out, self.key.weight, self.value.weight):
            store_by_columns(weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise the maps of every expert (Glorot and Bengio 2010), and the bias at 0."""
        for matrix in (*self.query, *self.out, self.key.weight, self.value.weight):
            init_map(matrix)
        nn.init.xavier_uniform_(self.router.weight)
        nn.init.zeros_(self.bias)

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        routing: Routing | None = None,
        need_weights: bool = False,
    ) -> AttentionResult:
        """Return the gated outputs; optional weights are mixed by the same gates.

        Args:
            query: Rows to route.
            keys: Keys of all experts.
            values: Values of all experts.
            mask: Which keys may be seen.
            routing: From :meth:`route`, for callers that also need its losses.
            need_weights: Whether to return the mixed weights.

        Raises:
            ValueError: Shapes or dtypes do not match.
        """
        widths = (self.dim, self.dim, self.dim)
        check_inputs(query, keys, values, mask, widths=widths, dtype=self.bias.dtype)
        routing = self.route(query) if routing is None else routing
        groups = group(routing.chosen, self.experts)
        keys, values = zero_masked(keys, mask), zero_masked(values, mask)
        if self.routed:
            output, weights = self.chosen_experts(
                query, keys, values, mask, routing, groups, need_weights
            )
        else:
            output, weights = self.all_experts(query, keys, values, mask, routing)
        total = max(1, sum(groups.counts))
        loads = {f"load_{number}": count / total for number, count in enumerate(groups.counts)}
        return AttentionResult(
            zero_empty_rows(output, mask), weights if need_weights else None, None, loads
        )

    def route(self, query: Float[Tensor, "*batch n d"]) -> Routing:
        """Choose the experts of each row."""
        return route(self.router(query), self.top_k)

    def head_values(self, values: Float[Tensor, "*batch m d"]) -> Float[Tensor, "*batch h m dh"]:
        """Return the shared values of each head."""
        return split_heads(self.value(values), self.heads)

    def chosen_experts(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None,
        routing: Routing,
        groups: Groups,
        need_weights: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """Run the chosen experts only: each row takes one slot per expert.

        Without a batch the slots stay sorted by expert; with one they return to their items for the
        attention.
        """
        rows = groups.order // self.top_k
        flat = query.flatten(0, -2)
        q = grouped_linear(flat.index_select(0, rows), self.query, groups.counts)
        if query.ndim == 2:
            row_mask = mask if mask is None or mask.ndim == 1 else mask.expand(len(query), -1)[rows]
            heads, weights = self.attend(q, keys, values, row_mask)
            slots = merge_heads(heads)
        else:
            q = _scatter(q, groups.order).reshape(*query.shape[:-2], -1, self.dim)
            row_mask = _repeat_rows(mask, self.top_k)
            heads, weights = self.attend(q, keys, values, row_mask)
            slots = merge_heads(heads).flatten(0, -2).index_select(0, groups.order)
        gates = routing.gates.flatten().index_select(0, groups.order)[:, None]
        mapped = gates * grouped_linear(slots, self.out, groups.counts)
        output = self.bias.expand_as(flat).index_add(0, rows, mapped).reshape(query.shape)
        if not need_weights:
            return output, None
        if query.ndim == 2:
            mixed = weights.new_zeros(self.heads, len(query), weights.shape[-1])
            return output, mixed.index_add(1, rows, gates * weights)
        shares = weights.reshape(*weights.shape[:-2], -1, self.top_k, weights.shape[-1])
        return output, (routing.gates[..., None, :, :, None] * shares).sum(-2)

    def attend(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Attend with rows already mapped to queries by their experts."""
        q = split_heads(query, self.heads)
        if raw_is_cheaper(q.shape[-2], keys.shape[-2], self.heads, *(self.dim,) * 3):
            maps = self.key.weight, self.value.weight
            heads, weights, _ = attend_raw(q, keys, values, *maps, mask=mask)
        else:
            k, v = split_heads(self.key(keys), self.heads), self.head_values(values)
            heads, weights, _ = attend_lazy_lse(q, k, v, mask=mask)
        return heads, weights

    def all_experts(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, routing: Routing
    ) -> tuple[Tensor, Tensor]:
        """Run every expert on every row and gate afterwards: the naive form."""
        k, v = split_heads(self.key(keys), self.heads), self.head_values(values)
        gates = torch.zeros_like(routing.probabilities).scatter(-1, routing.chosen, routing.gates)
        output = self.bias.expand_as(query)
        weights = query.new_zeros(())
        for number in range(self.experts):
            q = split_heads(query @ self.query[number].T, self.heads)
            heads, expert_weights, _ = attend_lazy_lse(q, k, v, mask=mask)
            gate = gates[..., number : number + 1]
            output = output + gate * (merge_heads(heads) @ self.out[number].T)
            weights = weights + gate[..., None, :, :] * expert_weights
        return output, weights


def _scatter(rows: Tensor, order: Tensor) -> Tensor:
    """Return sorted rows to their original order."""
    return torch.empty_like(rows).index_copy(0, order, rows)


def _repeat_rows(mask: Tensor | None, times: int) -> Tensor | None:
    """Repeat the rows of a mask per query."""
    if mask is None or mask.ndim == 1 or mask.shape[-2] == 1:
        return mask
    return mask.repeat_interleave(times, -2)
