"""Cross attention: queries of one width over keys of another, such as states over texts.

Vaswani et al. 2017, with keys and values of their own width. The query is a campaign's behaviour on
one platform (256). The keys are texts of campaigns on other platforms (384), the values their
results. Keys of an index change rarely: :meth:`CrossAttention.prepare` projects them once.
"""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor

from attention.mechanisms.multi_head import (
    SoftmaxAttention,
    attend_lazy_lse,
    attend_without_weights,
)
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, check_mask, check_matrix


@dataclass(frozen=True, eq=False)
class PreparedKeys:
    """Projected keys and values of one version of an index."""

    keys: Float[Tensor, "*batch h m dh"]
    values: Float[Tensor, "*batch h m dh"]


class CrossAttention(SoftmaxAttention):
    """Multi-head attention between rows of different widths.

    Args:
        query_dim: Width of queries and of the output.
        key_dim: Width of keys.
        value_dim: Width of values; ``None`` for ``key_dim``.
        heads: Number of heads; divides ``query_dim``.
        dropout: Probability of dropping a weight while training.
    """

    def __init__(
        self,
        query_dim: int = 256,
        key_dim: int = 384,
        *,
        value_dim: int | None = None,
        heads: int = 4,
        dropout: float = 0.0,
    ) -> None:
        project = HeadProjections(query_dim, heads, key_dim=key_dim, value_dim=value_dim)
        super().__init__(project, dropout=dropout)

    def prepare(
        self, keys: Float[Tensor, "*batch m dk"], values: Float[Tensor, "*batch m dv"]
    ) -> PreparedKeys:
        """Project keys and values; the result is valid until the index changes.

        Raises:
            ValueError: Shapes or dtypes do not match.
        """
        no_queries = keys.new_zeros(*keys.shape[:-2], 0, self.project.dim)
        self.project.check(no_queries, keys, values)
        return PreparedKeys(self.project.keys(keys), self.project.values(values))

    def read(
        self,
        query: Float[Tensor, "*batch n dq"],
        prepared: PreparedKeys,
        *,
        mask: Bool[Tensor, "..."] | None = None,
        need_weights: bool = True,
    ) -> AttentionResult:
        """Return the same as :meth:`forward` from prepared keys.

        Raises:
            ValueError: Shapes do not match.
        """
        check_matrix("query", query, self.project.dim, self.project.out.weight.dtype)
        if mask is not None:
            check_mask(mask, query, prepared.keys)
        q = self.project.queries(query)
        dropout = self.active_dropout()
        if not need_weights:
            heads = attend_without_weights(
                q, prepared.keys, prepared.values, mask=mask, dropout=dropout
            )
            return AttentionResult(self.project.mix(heads, mask))
        heads, weights, denominator = attend_lazy_lse(
            q, prepared.keys, prepared.values, mask=mask, dropout=dropout
        )
        return AttentionResult(self.project.mix(heads, mask), weights, denominator)
