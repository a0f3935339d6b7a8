"""Element scores: what hook, promise and frame of a creative each add to its response.

Heads of multi-head attention are exchangeable, so "head 0" has no meaning and the output of a head
is not a score. Three forms do have one. Their keys are the elements of a creative and a learnt null
key, each with a learnt vector of its kind added:

* *Element heads*: heads 1 to 3 see the elements of one kind each, the last head sees all of them
  and the null key. ``logit = b + sum_e u_e . o_e + u_4 . o_4``; the score of an element is
  ``u_e . o_e`` minus its mean over the training set. With funnel counts each element head learns
  its own stage (view, click, conversion), which gives the names their meaning.
* *Additive parts* of any heads with a linear readout: ``c_e = sum_h w_he <u_h, V_he>``; with the
  bias they sum to the logit exactly. They are complete but not counterfactual: the weights depend
  on the other elements.
* *Shapley scores*: three players, an absent element is a masked key, eight passes in one batch::

      phi_1 = (v1 - v0)/3 + (v12 - v2)/6 + (v13 - v3)/6 + (v123 - v23)/3, likewise 2 and 3

  They sum to ``v123 - v0``. Report these; the parts are cheaper.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.heads import check_heads, split_heads
from attention.mechanisms.mechanism import Mechanism
from attention.mechanisms.multi_head import attend_lazy_lse
from attention.mechanisms.result import AttentionResult, check_inputs, zero_masked

KINDS = ("hook", "promise", "frame")
"""Kinds of elements; a kind's number is its index here, -1 is a key without a kind."""

STAGES = ("view", "click", "conversion")
"""Funnel stage that trains each kind: 3-second views of impressions, clicks of views,
conversions of clicks."""


@dataclass(frozen=True, eq=False)
class ElementScores:
    """What each element adds to a creative's logit.

    Attributes:
        scores: One per kind, in the order of :data:`KINDS`.
        rest: ``logit - sum of scores``.
    """

    scores: Float[Tensor, "*batch 3"]
    rest: Float[Tensor, "*batch"]


def shapley_of_three(values: Float[Tensor, "*batch 8"]) -> Float[Tensor, "*batch 3"]:
    """Return exact Shapley values of a game of three players.

    Args:
        values: Values of the coalitions; player ``e`` is in coalition ``s`` if bit ``e`` is set.
    """
    columns = []
    for player in range(3):
        total = torch.zeros_like(values[..., 0])
        for coalition in range(8):
            if coalition >> player & 1:
                continue
            size = coalition.bit_count()
            share = math.factorial(size) * math.factorial(2 - size) / math.factorial(3)
            gain = values[..., coalition | 1 << player] - values[..., coalition]
            total = total + share * gain
        columns.append(total)
    return torch.stack(columns, -1)


def funnel_loss(
    logits: Float[Tensor, "*batch 3"],
    successes: Float[Tensor, "*batch 3"],
    trials: Float[Tensor, "*batch 3"],
) -> Float[Tensor, ""]:
    """Return the binomial loss of each stage of the funnel, in nats per trial, summed over stages.

    A creative without trials at a stage does not count there.

    Args:
        logits: Logits of the stages' rates, in the order of :data:`STAGES`.
        successes: Views, clicks and conversions.
        trials: Impressions, views and clicks: the input of each stage.

    Raises:
        ValueError: More successes than trials, or negative counts.
    """
    if bool(((successes < 0) | (successes > trials)).any()):
        raise ValueError(
            "successes must be between 0 and trials, got "
            f"{int(((successes < 0) | (successes > trials)).sum())} counts outside"
        )
    loss = successes * F.softplus(-logits) + (trials - successes) * F.softplus(logits)
    counts = trials.flatten(0, -2).sum(0)
    return (loss.flatten(0, -2).sum(0) / counts.clamp_min(1.0)).sum()


class ElementAttention(Mechanism):
    """Four heads over the elements of a creative, read out linearly as the logit of its response.

    Args:
        dim: Width of creatives and elements.
        heads: Number of heads; element heads need one per kind and at least one more.
        element_heads: Restrict heads 1 to 3 to one kind each; if not, all heads see all keys.
        dropout: Probability of dropping a weight while training.
    """

    settings = ("heads", "element_heads", "dropout")

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        element_heads: bool = True,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        check_heads(dim, heads)
        if element_heads and heads <= len(KINDS):
            raise ValueError(f"heads must be at least 4 with element heads, got {heads}")
        self.dim, self.heads, self.element_heads = dim, heads, element_heads
        self.dropout = dropout
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, dim, bias=False)
        self.value = nn.Linear(dim, dim, bias=False)
        self.kind = nn.Embedding(len(KINDS), dim)
        self.null = nn.Parameter(torch.empty(dim))
        self.readout = nn.Linear(dim, 1)
        self.stage_weight = nn.Parameter(torch.empty(len(KINDS), dim // heads))
        self.stage_bias = nn.Parameter(torch.empty(len(KINDS)))
        self.means: Tensor
        self.register_buffer("means", torch.zeros(len(KINDS)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise all maps; biases and mean scores start at 0."""
        for linear in (self.query, self.key, self.value):
            nn.init.xavier_uniform_(linear.weight)
        nn.init.normal_(self.kind.weight, std=self.dim**-0.5)
        nn.init.normal_(self.null, std=self.dim**-0.5)
        nn.init.xavier_uniform_(self.readout.weight)
        nn.init.xavier_uniform_(self.stage_weight)
        for zero in (self.readout.bias, self.stage_bias, self.means):
            nn.init.zeros_(zero)

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return the logits of creatives as an output of width 1, and the weights.

        Args:
            query: Creatives.
            keys: Their elements.
            values: Values of the elements, by default the elements.
            kinds: Number of each element's kind in :data:`KINDS`, or -1.
            mask: Which elements are present.

        Returns:
            Weights with one more column, the last, for the null key; the row of an element head
            whose kind is absent is 0.

        Raises:
            ValueError: Shapes, dtypes or kinds do not fit.
        """
        heads, weights, denominator, _ = self.head_outputs(query, keys, values, kinds, mask)
        logits = self.readout(heads.transpose(-3, -2).flatten(-2))
        return AttentionResult(logits, weights, denominator)

    def head_outputs(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        kinds: Tensor,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Callable[[], Tensor], Tensor]:
        """Return outputs, weights, log denominators and values of all heads, null key last."""
        widths = (self.dim, self.dim, self.dim)
        check_inputs(query, keys, values, mask, widths=widths, dtype=self.null.dtype)
        kinds = check_kinds(kinds, keys)
        typed = F.embedding(kinds.clamp_min(0), self.kind.weight) * (kinds >= 0)[..., None]
        null = self.null.expand(*keys.shape[:-2], 1, -1)
        q = split_heads(self.query(query), self.heads)
        k = split_heads(
            self.key(torch.cat([zero_masked(keys, mask) + typed, null], -2)), self.heads
        )
        rows = torch.cat([zero_masked(values, mask) + typed, null], -2)
        v = split_heads(self.value(rows), self.heads)
        head_mask = self.head_mask(kinds, mask, query.shape[-2])
        dropout = self.dropout if self.training else 0.0
        heads, weights, denominator = attend_lazy_lse(q, k, v, mask=head_mask, dropout=dropout)
        return heads, weights, denominator, v

    def head_mask(
        self, kinds: Int[Tensor, "*batch m"], mask: Bool[Tensor, "..."] | None, n: int
    ) -> Bool[Tensor, "*batch h n p"]:
        """Return which keys each head sees; heads without a kind see the null key."""
        numbers = torch.arange(self.heads, device=kinds.device)[:, None, None]
        if self.element_heads:
            free = numbers >= len(KINDS)
            visible = free | (kinds[..., None, None, :] == numbers)
        else:
            free = torch.ones_like(numbers, dtype=torch.bool)
            visible = free.expand(*kinds.shape[:-1], self.heads, 1, kinds.shape[-1])
        if mask is not None:
            visible = visible & (mask if mask.ndim == 1 else mask[..., None, :, :])
        shape = (*kinds.shape[:-1], self.heads, n)
        null = free.expand(*shape, 1)
        return torch.cat([visible.expand(*shape, -1), null], -1)

    def stage_logits(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "*batch n 3"]:
        """Return the logit of each stage of the funnel from the head of its own kind.

        Train them with :func:`funnel_loss`, in addition to the loss of the response.
        """
        heads, _, _, _ = self.head_outputs(query, elements, elements, kinds, mask)
        own = heads[..., : len(KINDS), :, :]
        return (own * self.stage_weight[:, None, :]).sum(-1).transpose(-2, -1) + self.stage_bias

    def head_scores(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return ``u_e . o_e`` of the element heads, minus their mean over the training set.

        An absent element adds nothing, so its score is ``-means[e]``: what the creative lacks
        relative to an average one. ``shapley_scores`` gives 0 for an absent element.

        Raises:
            ValueError: The layer has no element heads.
        """
        if not self.element_heads:
            raise ValueError("element_heads must be True for head scores, got False")
        heads, _, _, _ = self.head_outputs(query, elements, elements, kinds, mask)
        parts = (heads * self.readout_of_heads()[:, None, :]).sum(-1)
        logit = parts.sum(-2) + self.readout.bias
        scores = parts[..., : len(KINDS), :].transpose(-2, -1) - self.means
        return ElementScores(scores, logit - scores.sum(-1))

    @torch.no_grad()
    def centre(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> None:
        """Set the zero of the head scores to their mean over a training set."""
        scores = self.head_scores(query, elements, kinds=kinds, mask=mask).scores + self.means
        self.means.copy_(scores.flatten(0, -2).mean(0))

    def additive_parts(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return ``c_e = sum_h w_he <u_h, V_he>``, summed by kind.

        ``rest`` contains the bias, the null key and keys without a kind.
        """
        heads, weights, _, v = self.head_outputs(query, elements, elements, kinds, mask)
        readout = self.readout_of_heads()
        key_values = (v * readout[:, None, :]).sum(-1)
        parts = (weights * key_values[..., None, :]).sum(-3)[..., :-1]
        of_kind = check_kinds(kinds, elements)[..., None, :, None] == torch.arange(
            len(KINDS), device=kinds.device
        )
        scores = (parts[..., None] * of_kind).sum(-2)
        logit = (heads * readout[:, None, :]).sum((-3, -1)) + self.readout.bias
        return ElementScores(scores, logit - scores.sum(-1))

    def shapley_scores(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return exact Shapley scores of the kinds; an absent kind has its keys masked.

        Eight passes in one batch. ``rest`` is the logit without elements.
        """
        kinds = check_kinds(kinds, elements)
        members = torch.tensor(
            [[bool(s >> e & 1) for e in range(3)] + [True] for s in range(8)], device=kinds.device
        )
        present = members[:, kinds]  # [8, *batch, m]; kind -1 takes the last column, always present
        coalition_mask = present[..., None, :]
        if mask is not None:
            coalition_mask = coalition_mask & mask
        shape = (8, *query.shape)
        output = self(
            query.expand(shape),
            elements.expand(8, *elements.shape),
            elements.expand(8, *elements.shape),
            kinds=kinds.expand(8, *kinds.shape),
            mask=coalition_mask,
        ).output
        values = output[..., 0].movedim(0, -1)
        scores = shapley_of_three(values)
        return ElementScores(scores, values[..., -1] - scores.sum(-1))

    def readout_of_heads(self) -> Float[Tensor, "h dh"]:
        """Return the readout weights of each head."""
        return self.readout.weight.reshape(self.heads, -1)


def check_kinds(kinds: Tensor, keys: Tensor) -> Tensor:
    """Return the kind of every key, or raise ``ValueError`` for an unknown one."""
    shape = keys.shape[:-1]
    if kinds.is_floating_point() or kinds.shape not in (shape, shape[-1:]):
        raise ValueError(
            f"kinds must be integers of shape {tuple(shape[-1:])} or {tuple(shape)}, "
            f"got {kinds.dtype} of shape {tuple(kinds.shape)}"
        )
    if bool(((kinds < -1) | (kinds >= len(KINDS))).any()):
        raise ValueError(
            f"kinds must be between -1 and 2, got {int(kinds.min())} to {int(kinds.max())}"
        )
    return kinds.expand(shape)
