"""Multi-head attention: several averages of the values, each by its own notion of similarity.

Vaswani et al. 2017, "Attention is all you need". For each head ``i``::

    Q_i = q Wq_i,  K_i = k Wk_i,  V_i = v Wv_i
    w_i = softmax(Q_i K_i^T / sqrt(dh)),  o_i = w_i V_i,  out = concat(o_1 .. o_h) Wo + bo

Heads are exchangeable: permuting them, with the rows of ``Wo``, gives the same function, so the
number of a head carries no meaning. For named scores see ``attention.mechanisms.elements``.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from attention.geometry.products import batched_product
from attention.mechanisms.mechanism import ProjectedAttention
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, zero_masked
from attention.mechanisms.softmax import masked_weights


def dot_score(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    bias: Float[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch h n m"]:
    """Return ``q k^T / sqrt(dh) + bias``; the bias broadcasts to the scores."""
    scale = 1 / math.sqrt(query.shape[-1])
    if query.ndim == 3:  # one operator multiplies, scales and adds
        added = query.new_empty(()) if bias is None else bias
        beta = 0 if bias is None else 1
        return torch.baddbmm(added, query, keys.transpose(-2, -1), beta=beta, alpha=scale)
    scores = (query * scale) @ keys.transpose(-2, -1)
    return scores if bias is None else scores + bias


def attend(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    mask: Bool[Tensor, "..."] | None = None,
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
        mask: Which keys may be seen; broadcasts to ``(*batch, n, m)``.
        bias: Added to the scores; broadcasts to ``(*batch, h, n, m)``.
        dropout: Probability with which a weight is set to zero, for training.

    Returns:
        Outputs, weights (before dropout) and the log of the softmax denominator.
    """
    heads, weights, denominator = attend_lazy_lse(
        query, keys, values, mask=mask, bias=bias, dropout=dropout
    )
    return heads, weights, denominator()


def attend_lazy_lse(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    mask: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> tuple[Float[Tensor, "*batch h n dv"], Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Return the same as :func:`attend`, with the log of the denominator as a function."""
    weights, denominator = masked_weights(dot_score(query, keys, bias), mask)
    used = F.dropout(weights, dropout) if dropout else weights
    return batched_product(used, values), weights, denominator


def raw_is_cheaper(
    n: int, m: int, heads: int, query_dim: int, key_dim: int, value_dim: int
) -> bool:
    """Return whether :func:`attend_raw` needs less than half the products of projecting keys."""
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
    mask: Bool[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> tuple[Float[Tensor, "*batch h n dh"], Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Attend without projecting the keys: the maps act on the queries and averages instead.

    ``q Wk^T`` times raw keys gives the scores, and averages of raw values times ``Wv`` the output:
    the same products in another order. One query and 100 keys take a fortieth of the work.

    Args:
        query: Projected queries.
        keys: Keys before projection.
        values: Values before projection.
        key_map: Projection of the keys, with the rows of all heads stacked.
        value_map: Projection of the values, stacked likewise.
        mask: Which keys may be seen.
        dropout: Probability with which a weight is set to zero, for training.

    Returns:
        Outputs, weights and a function that computes the log of the softmax denominator.
    """
    heads, _, width = query.shape[-3:]
    projected = (query * width**-0.5) @ key_map.reshape(heads, width, -1)
    scores = projected.flatten(-3, -2) @ keys.transpose(-2, -1)
    weights, denominator = masked_weights(scores.reshape(*query.shape[:-1], -1), mask)
    used = F.dropout(weights, dropout) if dropout else weights
    averages = (used.flatten(-3, -2) @ values).reshape(*query.shape[:-1], -1)
    return averages @ value_map.reshape(heads, width, -1).transpose(-2, -1), weights, denominator


def attend_without_weights(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    mask: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    dropout: float = 0.0,
) -> Float[Tensor, "*batch h n dv"]:
    """Return the outputs of :func:`attend` by torch's fused operator, in memory linear in ``m``."""
    allowed = mask if mask is None or mask.ndim == 1 else mask[..., None, :, :]
    if allowed is not None and allowed.ndim == 1:
        allowed = allowed.expand(query.shape[-2], -1)
    if bias is not None:
        allowed = bias if allowed is None else bias.masked_fill(~allowed, -torch.inf)
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=allowed, dropout_p=dropout)


def attend_layer(
    query: Float[Tensor, "*batch n dq"],
    keys: Float[Tensor, "*batch m dk"],
    values: Float[Tensor, "*batch m dv"],
    maps: HeadProjections,
    *,
    mask: Bool[Tensor, "..."] | None = None,
    dropout: float = 0.0,
    need_weights: bool = True,
) -> AttentionResult:
    """Run a whole layer on checked input, by the form that takes the fewest products."""
    keys, values = zero_masked(keys, mask), zero_masked(values, mask)
    n, m = query.shape[-2], keys.shape[-2]
    if raw_is_cheaper(n, m, maps.heads, maps.dim, maps.key_dim, maps.value_dim):
        heads, weights, denominator = attend_raw(
            maps.queries(query),
            keys,
            values,
            maps.key.weight,
            maps.value.weight,
            mask=mask,
            dropout=dropout,
        )
        reported = (weights, denominator) if need_weights else ()
        return AttentionResult(maps.mix(heads, mask), *reported)
    q, k, v = maps.queries(query), maps.keys(keys), maps.values(values)
    if need_weights:
        heads, weights, denominator = attend_lazy_lse(q, k, v, mask=mask, dropout=dropout)
        return AttentionResult(maps.mix(heads, mask), weights, denominator)
    return AttentionResult(
        maps.mix(attend_without_weights(q, k, v, mask=mask, dropout=dropout), mask)
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


class SoftmaxAttention(ProjectedAttention):
    """Softmax attention between projected rows: ``forward`` for any widths of keys and values.

    Args:
        project: The projections.
        dropout: Probability of dropping a weight while training.
    """

    settings = ("dropout",)

    def __init__(self, project: HeadProjections, *, dropout: float) -> None:
        super().__init__(project)
        self.dropout = dropout

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
        need_weights: bool = True,
    ) -> AttentionResult:
        """Return the outputs; with ``need_weights=False`` by the fused operator, without weights.

        Raises:
            ValueError: Shapes or dtypes do not match.
        """
        self.project.check(query, keys, values, mask)
        return attend_layer(
            query,
            keys,
            values,
            self.project,
            mask=mask,
            dropout=self.active_dropout(),
            need_weights=need_weights,
        )

    def active_dropout(self) -> float:
        """Return the dropout while training, else 0."""
        return self.dropout if self.training else 0.0


class MultiHeadAttention(SoftmaxAttention):
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
        project = HeadProjections(dim, heads, key_dim=key_dim, value_dim=value_dim)
        super().__init__(project, dropout=dropout)
