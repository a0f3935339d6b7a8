"""Element scores: what hook, promise and frame of a creative each add to its response.

Heads of multi-head attention are exchangeable, so "head 0" means nothing and a head's output is no
score. Three forms that do mean something, for keys that are a creative's elements and a learnt null
key, each with a learnt vector of its kind added:

* *Element heads*: heads 1 to 3 see the elements of one kind each, the last head sees all of them
  and the null key. ``logit = b + sum_e u_e . o_e + u_4 . o_4``; the score of an element is
  ``u_e . o_e`` less its mean over the training set. With funnel counts each element head learns its
  own stage (view, click, conversion), which is what gives the names a meaning.
* *Additive parts* of any heads with a linear readout: ``c_e = sum_h w_he <u_h, V_he>``; with the
  bias they sum to the logit exactly. Complete, and not counterfactual: the weights depend on the
  other elements.
* *Shapley scores*: three players, an absent element is a masked key, eight passes in one batch::

      phi_1 = (v1 - v0)/3 + (v12 - v2)/6 + (v13 - v3)/6 + (v123 - v23)/3, likewise 2 and 3

  They sum to ``v123 - v0``. Report these; the parts are the cheap ones.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.heads import check_heads, split_heads
from attention.mechanisms.multi_head import attend_and_defer
from attention.mechanisms.result import AttentionResult, blank_unseen, check_inputs

KINDS = ("hook", "promise", "frame")
"""Kinds of elements; a kind's number is its place here, -1 is a key of no kind."""

STAGES = ("view", "click", "conversion")
"""Stage of the funnel that teaches each kind: 3-second views of impressions, clicks of views,
conversions of clicks."""


@dataclass(frozen=True, eq=False)
class ElementScores:
    """What each element adds to a creative's logit.

    Attributes:
        scores: One a kind, in the order of :data:`KINDS`.
        rest: What the scores leave of the logit: ``logit - sum of scores``.
    """

    scores: Float[Tensor, "*batch 3"]
    rest: Float[Tensor, "*batch"]


def shapley_of_three(values: Float[Tensor, "*batch 8"]) -> Float[Tensor, "*batch 3"]:
    """Return exact Shapley values of a game of three players.

    Args:
        values: Of the coalitions; player ``e`` is in coalition ``s`` when its bit ``e`` is set.
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
    """Return the binomial loss of each stage of the funnel, in nats a trial, summed over stages.

    A creative without trials at a stage adds nothing there.

    Args:
        logits: Of the stages' rates, in the order of :data:`STAGES`.
        successes: Views, clicks and conversions.
        trials: Impressions, views and clicks: what each stage starts from.

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


class ElementAttention(nn.Module):
    """Four heads over the elements of a creative, read out linearly as the logit of its response.

    Args:
        dim: Width of creatives and elements.
        heads: Number of heads; element heads need the three of the kinds and at least one more.
        element_heads: Let heads 1 to 3 see one kind each; ``False`` lets every head see all keys.
        dropout: Probability of dropping a weight while training.
    """

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
        """Draw everything anew; biases, readouts and mean scores start at 0."""
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
        keep: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return the logits of creatives as an output of width 1, and the weights.

        Args:
            query: Creatives.
            keys: Their elements.
            values: Their elements, or what is known of them.
            kinds: Number of each element's kind in :data:`KINDS`, or -1.
            keep: Which elements are there.

        Returns:
            Weights with one more column, the last, for the null key; the row of an element head
            whose kind is absent is 0.

        Raises:
            ValueError: Shapes, dtypes or kinds do not fit.
        """
        heads, weights, denominator, _ = self.head_outputs(query, keys, values, kinds, keep)
        logits = self.readout(heads.transpose(-3, -2).flatten(-2))
        return AttentionResult(logits, weights, denominator)

    def head_outputs(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        kinds: Tensor,
        keep: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Callable[[], Tensor], Tensor]:
        """Return outputs, weights, log denominators and values of all heads, null key last."""
        widths = (self.dim, self.dim, self.dim)
        check_inputs(query, keys, values, keep, widths=widths, dtype=self.null.dtype)
        kinds = check_kinds(kinds, keys)
        typed = F.embedding(kinds.clamp_min(0), self.kind.weight) * (kinds >= 0)[..., None]
        null = self.null.expand(*keys.shape[:-2], 1, -1)
        q = split_heads(self.query(query), self.heads)
        k = split_heads(
            self.key(torch.cat([blank_unseen(keys, keep) + typed, null], -2)), self.heads
        )
        rows = torch.cat([blank_unseen(values, keep) + typed, null], -2)
        v = split_heads(self.value(rows), self.heads)
        sight = self.sight(kinds, keep, query.shape[-2])
        dropout = self.dropout if self.training else 0.0
        heads, weights, denominator = attend_and_defer(q, k, v, keep=sight, dropout=dropout)
        return heads, weights, denominator, v

    def sight(
        self, kinds: Int[Tensor, "*batch m"], keep: Bool[Tensor, "..."] | None, n: int
    ) -> Bool[Tensor, "*batch h n p"]:
        """Return which keys each head sees; the null key is seen by the heads without a kind."""
        numbers = torch.arange(self.heads, device=kinds.device)[:, None, None]
        if self.element_heads:
            free = numbers >= len(KINDS)
            seen = free | (kinds[..., None, None, :] == numbers)
        else:
            free = torch.ones_like(numbers, dtype=torch.bool)
            seen = free.expand(*kinds.shape[:-1], self.heads, 1, kinds.shape[-1])
        if keep is not None:
            seen = seen & (keep if keep.ndim == 1 else keep[..., None, :, :])
        shape = (*kinds.shape[:-1], self.heads, n)
        null = free.expand(*shape, 1)
        return torch.cat([seen.expand(*shape, -1), null], -1)

    def stage_logits(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        keep: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "*batch n 3"]:
        """Return the logit of each stage of the funnel from the head of its own kind.

        Train them with :func:`funnel_loss`, beside the loss of the response.
        """
        heads, _, _, _ = self.head_outputs(query, elements, elements, kinds, keep)
        own = heads[..., : len(KINDS), :, :]
        return (own * self.stage_weight[:, None, :]).sum(-1).transpose(-2, -1) + self.stage_bias

    def head_scores(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        keep: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return ``u_e . o_e`` of the element heads, less their mean over the training set.

        An absent element adds nothing, which is less than the mean by the mean: its score is
        ``-means[e]``, what the creative lacks beside an average one. It says nothing of an element
        that is there; ``shapley_scores`` gives 0 for one that is not.

        Raises:
            ValueError: The layer has no element heads.
        """
        if not self.element_heads:
            raise ValueError("element_heads must be True for head scores, got False")
        heads, _, _, _ = self.head_outputs(query, elements, elements, kinds, keep)
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
        keep: Bool[Tensor, "..."] | None = None,
    ) -> None:
        """Take the mean head scores of a training set as the point that scores are counted from."""
        scores = self.head_scores(query, elements, kinds=kinds, keep=keep).scores + self.means
        self.means.copy_(scores.flatten(0, -2).mean(0))

    def additive_parts(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        keep: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return ``c_e = sum_h w_he <u_h, V_he>``, gathered by kind.

        ``rest`` holds the bias, the null key and keys of no kind.
        """
        heads, weights, _, v = self.head_outputs(query, elements, elements, kinds, keep)
        readout = self.readout_of_heads()
        worth = (v * readout[:, None, :]).sum(-1)
        of_key = (weights * worth[..., None, :]).sum(-3)[..., :-1]
        places = check_kinds(kinds, elements)[..., None, :, None] == torch.arange(
            len(KINDS), device=kinds.device
        )
        scores = (of_key[..., None] * places).sum(-2)
        logit = (heads * readout[:, None, :]).sum((-3, -1)) + self.readout.bias
        return ElementScores(scores, logit - scores.sum(-1))

    def shapley_scores(
        self,
        query: Float[Tensor, "*batch n d"],
        elements: Float[Tensor, "*batch m d"],
        *,
        kinds: Int[Tensor, "... m"],
        keep: Bool[Tensor, "..."] | None = None,
    ) -> ElementScores:
        """Return exact Shapley scores of the kinds; an absent kind has its keys masked.

        Eight passes in one batch. ``rest`` is the logit with no element at all.
        """
        kinds = check_kinds(kinds, elements)
        members = torch.tensor(
            [[bool(s >> e & 1) for e in range(3)] + [True] for s in range(8)], device=kinds.device
        )
        present = members[:, kinds]  # [8, *batch, m]; kind -1 takes the last column, always there
        sight = present[..., None, :]
        if keep is not None:
            sight = sight & keep
        shape = (8, *query.shape)
        output = self(
            query.expand(shape),
            elements.expand(8, *elements.shape),
            elements.expand(8, *elements.shape),
            kinds=kinds.expand(8, *kinds.shape),
            keep=sight,
        ).output
        values = output[..., 0].movedim(0, -1)
        scores = shapley_of_three(values)
        return ElementScores(scores, values[..., -1] - scores.sum(-1))

    def readout_of_heads(self) -> Float[Tensor, "h dh"]:
        """Return the readout weights of each head."""
        return self.readout.weight.reshape(self.heads, -1)

    def extra_repr(self) -> str:
        """Return the settings that the parameters do not show."""
        return f"heads={self.heads}, element_heads={self.element_heads}, dropout={self.dropout}"


def check_kinds(kinds: Tensor, keys: Tensor) -> Tensor:
    """Return the kind of every key, or refuse what is none."""
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
