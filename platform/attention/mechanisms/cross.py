"""Cross attention: rows of one width ask rows of another, as a state asks an index of texts.

Vaswani et al. 2017, with keys and values of their own width. The query is a campaign's behaviour on
one platform (256), the keys are texts of campaigns elsewhere (384) with their results as values.
Keys of an index change rarely: :meth:`CrossAttention.prepare` computes their part once.
"""

from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor, nn

from attention.mechanisms.multi_head import attend_and_defer, attend_between, attend_without_weights
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, check_keep, check_matrix


@dataclass(frozen=True, eq=False)
class PreparedKeys:
    """Keys and values of one version of an index, as the heads see them."""

    keys: Float[Tensor, "*batch h m dh"]
    values: Float[Tensor, "*batch h m dh"]


class CrossAttention(nn.Module):
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
        super().__init__()
        self.project = HeadProjections(query_dim, heads, key_dim=key_dim, value_dim=value_dim)
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
        """Return what each query reads from the keys' values.

        Raises:
            ValueError: Shapes or dtypes do not belong together.
        """
        self.project.check(query, keys, values, keep)
        dropout = self.dropout if self.training else 0.0
        return attend_between(
            query, keys, values, self.project, keep=keep, dropout=dropout, need_weights=need_weights
        )

    def prepare(
        self, keys: Float[Tensor, "*batch m dk"], values: Float[Tensor, "*batch m dv"]
    ) -> PreparedKeys:
        """Compute the part of the keys and values, to be kept until the index changes.

        Raises:
            ValueError: Shapes or dtypes do not belong together.
        """
        nobody = keys.new_zeros(*keys.shape[:-2], 0, self.project.dim)
        self.project.check(nobody, keys, values)
        return PreparedKeys(self.project.keys(keys), self.project.values(values))

    def read(
        self,
        query: Float[Tensor, "*batch n dq"],
        prepared: PreparedKeys,
        *,
        keep: Bool[Tensor, "..."] | None = None,
        need_weights: bool = True,
    ) -> AttentionResult:
        """Return the same as :meth:`forward` from keys prepared before.

        Raises:
            ValueError: Shapes do not belong together.
        """
        check_matrix("query", query, self.project.dim, self.project.out.weight.dtype)
        if keep is not None:
            check_keep(keep, query, prepared.keys)
        q = self.project.queries(query)
        dropout = self.dropout if self.training else 0.0
        if not need_weights:
            heads = attend_without_weights(
                q, prepared.keys, prepared.values, keep=keep, dropout=dropout
            )
            return AttentionResult(self.project.mix(heads, keep))
        heads, weights, denominator = attend_and_defer(
            q, prepared.keys, prepared.values, keep=keep, dropout=dropout
        )
        return AttentionResult(self.project.mix(heads, keep), weights, denominator)

    def extra_repr(self) -> str:
        """Return the setting that the projections do not show."""
        return f"dropout={self.dropout}"
