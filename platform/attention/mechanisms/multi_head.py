"""Multi-head attention: several averages of the values at once, each by its own notion of likeness.

Vaswani et al. 2017, "Attention is all you need". For each head ``i``::

    Q_i = q Wq_i,  K_i = k Wk_i,  V_i = v Wv_i
    w_i = softmax(Q_i K_i^T / sqrt(dh)),  o_i = w_i V_i,  out = concat(o_1 .. o_h) Wo + bo

Heads are exchangeable: permuting them, with the rows of ``Wo``, gives the same function. The number
of a head means nothing; for named scores see ``attention.mechanisms.elements``.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from attention.geometry.products import batched_product
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, blank_unseen
from attention.mechanisms.softmax import masked_weights


def dot_score(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    bias: Float[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch h n m"]:
    """Return ``q k^T / sqrt(dh) + bias``; the bias broadcasts to the scores."""
    scale = 1 / math.sqrt(query.shape[-1])
    if query.ndim == 3:  # the product itself scales and adds
        added = query.new_empty(()) if bias is None else bias
        share = 0 if bias is None else 1
        return torch.baddbmm(added, query, keys.transpose(-2, -1), beta=share, alpha=scale)
    scores = (query * scale) @ keys.transpose(-2, -1)
    return scores if bias is None else scores + bias


def attend(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    keep: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> tuple[
    Float[Tensor, "*batch h n dv"], Float[Tensor, "*batch h n m"], Float[Tensor, "*batch h n"]
]:
    """Average the values by ``softmax(q k^T / sqrt(dh) + bias)``.

    Args:
        query: Projected queries of each head.
        keys: Projected keys.
        values: Projected values.
        keep: Which keys may be seen; broadcasts to ``(*batch, n, m)``.
        bias: Added to the scores; broadcasts to ``(*batch, h, n, m)``.
        dropout: Probability with which a weight is set to zero, for training.

    Returns:
        Outputs, weights (before dropout) and the log of the softmax denominator.
    """
    heads, weights, denominator = attend_and_defer(
        query, keys, values, keep=keep, bias=bias, dropout=dropout
    )
    return heads, weights, denominator()


def attend_and_defer(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    keep: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> tuple[Float[Tensor, "*batch h n dv"], Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Return what :func:`attend` does, with the log of the denominator as a function."""
    weights, denominator = masked_weights(dot_score(query, keys, bias), keep)
    used = F.dropout(weights, dropout) if dropout else weights
    return batched_product(used, values), weights, denominator


def few_queries(n: int, m: int, heads: int, query_dim: int, key_dim: int, value_dim: int) -> bool:
    """Tell whether :func:`attend_raw` needs less than half the products of projecting all keys."""
    width = key_dim + value_dim
    raw = n * width * (query_dim + heads * m)
    projected = m * query_dim * (width + 2 * n)
    return 2 * raw < projected


def attend_raw(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch m dk"],
    values: Float[Tensor, "*batch m dv"],
    key_map: Float[Tensor, "d dk"],
    value_map: Float[Tensor, "d dv"],
    *,
    keep: Bool[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> tuple[Float[Tensor, "*batch h n dh"], Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Attend without projecting the keys: the maps act on the few queries and averages instead.

    ``q Wk^T`` times raw keys gives the scores, and averages of raw values times ``Wv`` the output:
    the same products in another order. For one query and 100 keys a fortieth of the work.

    Args:
        query: Projected queries.
        keys: Keys as they come.
        values: Values as they come.
        key_map: Map of the keys, the rows of all heads below each other.
        value_map: Map of the values, likewise.
        keep: Which keys may be seen.
        dropout: Probability with which a weight is set to zero, for training.

    Returns:
        Outputs, weights and a function that finds the log of the softmax denominator.
    """
    heads, _, width = query.shape[-3:]
    asked = (query * width**-0.5) @ key_map.reshape(heads, width, -1)
    scores = asked.flatten(-3, -2) @ keys.transpose(-2, -1)
    weights, denominator = masked_weights(scores.reshape(*query.shape[:-1], -1), keep)
    used = F.dropout(weights, dropout) if dropout else weights
    averages = (used.flatten(-3, -2) @ values).reshape(*query.shape[:-1], -1)
    return averages @ value_map.reshape(heads, width, -1).transpose(-2, -1), weights, denominator


def attend_without_weights(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    keep: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> Float[Tensor, "*batch h n dv"]:
    """Give the outputs of :func:`attend` by torch's fused operator, in memory linear in ``m``."""
    mask = keep if keep is None or keep.ndim == 1 else keep[..., None, :, :]
    if mask is not None and mask.ndim == 1:
        mask = mask.expand(query.shape[-2], -1)
    if bias is not None:
        mask = bias if mask is None else bias.masked_fill(~mask, -torch.inf)
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, dropout_p=dropout)


def attend_between(
    query: Float[Tensor, "*batch n dq"],
    keys: Float[Tensor, "*batch m dk"],
    values: Float[Tensor, "*batch m dv"],
    maps: HeadProjections,
    *,
    keep: Bool[Tensor, "..."] | None = None,
    dropout: float = 0.0,
    need_weights: bool = True,
) -> AttentionResult:
    """Run a whole layer on input already checked, by the form that takes the fewest products."""
    keys, values = blank_unseen(keys, keep), blank_unseen(values, keep)
    n, m = query.shape[-2], keys.shape[-2]
    if few_queries(n, m, maps.heads, maps.dim, maps.key_dim, maps.value_dim):
        heads, weights, denominator = attend_raw(
            maps.queries(query),
            keys,
            values,
            maps.key.weight,
            maps.value.weight,
            keep=keep,
            dropout=dropout,
        )
        seen = (weights, denominator) if need_weights else ()
        return AttentionResult(maps.mix(heads, keep), *seen)
    q, k, v = maps.queries(query), maps.keys(keys), maps.values(values)
    if need_weights:
        heads, weights, denominator = attend_and_defer(q, k, v, keep=keep, dropout=dropout)
        return AttentionResult(maps.mix(heads, keep), weights, denominator)
    return AttentionResult(
        maps.mix(attend_without_weights(q, k, v, keep=keep, dropout=dropout), keep)
    )


def naive_multi_head(
    query: Float[Tensor, "n dq"],
    keys: Float[Tensor, "m dk"],
    values: Float[Tensor, "m dv"],
    layer: "MultiHeadAttention",
) -> Float[Tensor, "n d"]:
    """Compute the layer head by head and query by query, as the formulas read."""
    maps, rows = layer.project, []
    width = maps.dim // maps.heads
    for q in query:
        heads = []
        for head in range(maps.heads):
            piece = slice(head * width, (head + 1) * width)
            q_head = maps.query.weight[piece] @ q
            k_head, v_head = keys @ maps.key.weight[piece].T, values @ maps.value.weight[piece].T
            scores = torch.stack([q_head.dot(k) / math.sqrt(width) for k in k_head])
            weights = scores.exp() / scores.exp().sum()
            shares = [w * v for w, v in zip(weights, v_head, strict=True)]
            heads.append(torch.stack(shares).sum(0))
        rows.append(maps.out.weight @ torch.cat(heads) + maps.out.bias)
    return torch.stack(rows)


class MultiHeadAttention(nn.Module):
    """Multi-head attention with its projections.

    Args:
        dim: Width of queries and of the output.
        heads: Number of heads; divides ``dim``.
        key_dim: Width of keys; ``None`` for ``dim``.
        value_dim: Width of values; ``None`` for ``key_dim``.
        dropout: Probability of dropping a weight while training.
    """

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        key_dim: int | None = None,
        value_dim: int | None = None,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.project = HeadProjections(dim, heads, key_dim=key_dim, value_dim=value_dim)
        self.dropout = dropout

    def reset_parameters(self) -> None:
        """Draw the projections anew."""
        self.project.reset_parameters()

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        keep: Bool[Tensor, "..."] | None = None,
        need_weights: bool = True,
    ) -> AttentionResult:
        """Return the outputs; with ``need_weights=False`` by the fused operator, without weights.

        Raises:
            ValueError: Shapes or dtypes do not belong together.
        """
        self.project.check(query, keys, values, keep)
        dropout = self.dropout if self.training else 0.0
        return attend_between(
            query, keys, values, self.project, keep=keep, dropout=dropout, need_weights=need_weights
        )

    def extra_repr(self) -> str:
        """Return the setting that the projections do not show."""
        return f"dropout={self.dropout}"
