"""Flash attention: exact softmax attention over long sequences in memory linear in their length.

Milakov and Gimelshein 2018 (running softmax); Rabe and Staats 2021; Dao et al. 2022. For a block of
queries, over blocks of keys, with running maximum ``m``, sum ``l`` and numerator ``acc``::

    s = q k^T / sqrt(dh),  m' = max(m, rowmax s),  p = exp(s - m'),  f = exp(m - m')
    l <- l f + sum p,  acc <- acc f + p v,  m <- m';   output = acc / l,  lse = m + log l

The size of the blocks does not change the result. torch's fused operator does the same faster, so
it is the default. The blockwise form here covers what it cannot do: return the log of the
denominator, take a score other than the dot product, compute a bias block by block, and merge
shards of the keys.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from attention.mechanisms.mechanism import ProjectedAttention
from attention.mechanisms.multi_head import attend, attend_without_weights, dot_score
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, zero_masked

Score = Callable[[Tensor, Tensor], Tensor]
"""Scores ``(*batch, h, n, m)`` of query rows ``(*batch, h, n, dq)`` and key rows likewise."""

Bias = Callable[[slice, slice], Tensor]
"""Bias of a range of queries and a range of keys; broadcasts to ``(*batch, h, rows, columns)``."""

_MAX_SCORES = 32_768
"""Largest number of scores of one head in memory; it limits the rows of a query block."""


def attend_blockwise(
    query: Float[Tensor, "*batch h n dq"],
    keys: Float[Tensor, "*batch h m dq"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    block_size: int = 64,
    mask: Bool[Tensor, "..."] | None = None,
    bias: Bias | None = None,
    score: Score = dot_score,
) -> tuple[Float[Tensor, "*batch h n dv"], Float[Tensor, "*batch h n"]]:
    """Return the outputs of softmax attention and the log of its denominator, block by block.

    While gradients are recorded each query block is computed again in the backward pass, so that
    training needs no ``n x m`` memory either.

    Args:
        query: Projected queries.
        keys: Projected keys.
        values: Projected values.
        block_size: Keys in a block.
        mask: Which keys may be seen.
        bias: Bias of a block; called once per block.
        score: Score of a block.
    """
    if block_size < 1:
        raise ValueError(f"block_size must be at least 1, got {block_size}")
    rows = max(1, _MAX_SCORES // min(block_size, max(1, keys.shape[-2])))

    def block(start: int) -> tuple[Tensor, Tensor]:
        span = slice(start, min(start + rows, query.shape[-2]))
        return _query_block(query[..., span, :], keys, values, span, block_size, mask, bias, score)

    starts = range(0, query.shape[-2], rows)
    if torch.is_grad_enabled():
        parts = [checkpoint(block, start, use_reentrant=False) for start in starts]
    else:
        parts = [block(start) for start in starts]
    return torch.cat([p[0] for p in parts], -2), torch.cat([p[1] for p in parts], -1)


def _query_block(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    rows: slice,
    block_size: int,
    mask: Tensor | None,
    bias: Bias | None,
    score: Score,
) -> tuple[Tensor, Tensor]:
    """Iterate over the keys for one block of queries."""
    peak = query.new_full(query.shape[:-1], -torch.inf)[..., None]
    total = torch.zeros_like(peak)
    acc = query.new_zeros(*query.shape[:-1], values.shape[-1])
    scaled = query * query.shape[-1] ** -0.5 if score is dot_score else query
    for start in range(0, keys.shape[-2], block_size):
        span = slice(start, min(start + block_size, keys.shape[-2]))
        columns = keys[..., span, :]
        plain = score is dot_score
        scores = scaled @ columns.transpose(-2, -1) if plain else score(query, columns)
        if bias is not None:
            scores = scores + bias(rows, span)
        if mask is not None:
            scores = scores.masked_fill(~_block_of(mask, rows, span), -torch.inf)
        # the maximum only keeps exp in range and cancels, so it needs no gradient
        higher = torch.maximum(peak, scores.detach().amax(-1, keepdim=True))
        # minus infinity (no key seen yet) minus itself is NaN; against 0 both exps are 0
        base = higher.clamp_min(torch.finfo(higher.dtype).min)
        # a custom score may be saved for its own gradient, so only the product changes in place
        parts = (scores.sub_(base) if plain else scores - base).exp_()
        fade = (peak - base).exp_()
        total.mul_(fade).add_(parts.sum(-1, keepdim=True))
        acc.mul_(fade).add_(parts @ values[..., span, :])
        peak = higher
    denominator = total.masked_fill(total == 0, 1.0)
    return acc / denominator, (peak + torch.log(denominator))[..., 0]


def _block_of(mask: Tensor, rows: slice, columns: slice) -> Tensor:
    """Return a block of a mask that broadcasts to ``(*batch, n, m)``, with an axis for heads."""
    if mask.ndim == 1:
        return mask[columns]
    block = mask[..., columns] if mask.shape[-2] == 1 else mask[..., rows, columns]
    return block[..., None, :, :]


def merge_partial(
    parts: Sequence[tuple[Float[Tensor, "*rows dv"], Float[Tensor, "*rows"]]],
) -> tuple[Float[Tensor, "*rows dv"], Float[Tensor, "*rows"]]:
    """Merge outputs and log denominators over disjoint sets of keys.

    ``m = max lse_i``, ``l = sum exp(lse_i - m)``, ``output = sum exp(lse_i - m) output_i / l``.
    The order does not matter; a part without visible keys (lse minus infinity) adds nothing.

    Raises:
        ValueError: There is no part.
    """
    if not parts:
        raise ValueError("parts must hold at least one partial result, got none")
    outputs = torch.stack([output for output, _ in parts])
    partial = torch.stack([lse for _, lse in parts])
    lse = torch.logsumexp(partial, 0)
    shares = torch.exp(partial - lse.masked_fill(lse == -torch.inf, 0.0))
    return (shares[..., None] * outputs).sum(0), lse


def naive_attend(
    query: Float[Tensor, "*batch h n dq"],
    keys: Float[Tensor, "*batch h m dq"],
    values: Float[Tensor, "*batch h m dv"],
) -> Float[Tensor, "*batch h n dv"]:
    """Compute the same with all ``n x m`` weights in memory at once."""
    return torch.softmax(dot_score(query, keys), -1) @ values


class FlashAttention(ProjectedAttention):
    """Multi-head attention for long sequences.

    Args:
        dim: Width of queries and of the output.
        heads: Number of heads; divides ``dim``.
        block_size: Keys per block of the blockwise form.
        dropout: Probability of dropping a weight while training, in the fused form only.
    """

    settings = ("block_size", "dropout")

    def __init__(
        self, dim: int = 256, heads: int = 4, *, block_size: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__(HeadProjections(dim, heads))
        if block_size < 1:
            raise ValueError(f"block_size must be at least 1, got {block_size}")
        self.block_size, self.dropout = block_size, dropout

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        bias: Bias | None = None,
        need_lse: bool = False,
    ) -> AttentionResult:
        """Return the outputs without weights; :meth:`weights_of` returns those of one query.

        The blockwise form is used with a bias or ``need_lse``; it has no dropout.

        Raises:
            ValueError: Shapes or dtypes do not match, or the blockwise form is used in training
                with dropout.
        """
        q, k, v = self.project(query, keys, values, mask)
        dropout = self.dropout if self.training else 0.0
        if bias is None and not need_lse:
            heads = attend_without_weights(q, k, v, mask=mask, dropout=dropout)
            return AttentionResult(self.project.mix(heads, mask))
        if dropout:
            raise ValueError(
                f"dropout must be 0 with bias or need_lse while training, got {dropout}"
            )
        heads, lse = attend_blockwise(q, k, v, block_size=self.block_size, mask=mask, bias=bias)
        return AttentionResult(self.project.mix(heads, mask), None, lse)

    def weights_of(
        self,
        query: Float[Tensor, "1 dq"],
        keys: Float[Tensor, "m dk"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "h 1 m"]:
        """Return the weights of one query over all keys, for reports."""
        self.project.check(query, keys, keys, mask)
        q, k = self.project.queries(query), self.project.keys(zero_masked(keys, mask))
        return attend(q, k, k, mask=mask)[1]
