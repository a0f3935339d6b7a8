"""The four linear maps of an attention layer: to queries, keys and values of heads, and back."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.heads import check_heads, merge_heads, split_heads
from attention.mechanisms.layout import draw_map, lay_by_columns
from attention.mechanisms.result import blank_rows, blank_unseen, check_inputs


class HeadProjections(nn.Module):
    """Maps to heads of equal width and mixes them again; only the last map has a bias.

    A bias of the keys would cancel in the softmax, and one of the values is a bias of the output.

    Args:
        dim: Width of queries, of all heads together and of the output.
        heads: Number of heads; divides ``dim``.
        key_dim: Width of keys; ``None`` for ``dim``.
        value_dim: Width of values; ``None`` for ``key_dim``.
        extra: Further columns that the mixing map takes after those of the heads.
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        *,
        key_dim: int | None = None,
        value_dim: int | None = None,
        extra: int = 0,
    ) -> None:
        super().__init__()
        check_heads(dim, heads)
        self.dim, self.heads = dim, heads
        self.key_dim = dim if key_dim is None else key_dim
        self.value_dim = self.key_dim if value_dim is None else value_dim
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(self.key_dim, dim, bias=False)
        self.value = nn.Linear(self.value_dim, dim, bias=False)
        self.out = nn.Linear(dim + extra, dim)
        for linear in (self.query, self.key, self.value, self.out):
            lay_by_columns(linear.weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the maps anew (Glorot and Bengio 2010); the bias starts at 0."""
        for linear in (self.query, self.key, self.value, self.out):
            draw_map(linear.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        keep: Bool[Tensor, "..."] | None = None,
    ) -> tuple[
        Float[Tensor, "*batch h n dh"],
        Float[Tensor, "*batch h m dh"],
        Float[Tensor, "*batch h m dh"],
    ]:
        """Return queries, keys and values of each head; what no query may see counts as 0.

        Raises:
            ValueError: Shapes or dtypes do not belong together.
        """
        self.check(query, keys, values, keep)
        return (
            self.queries(query),
            self.keys(blank_unseen(keys, keep)),
            self.values(blank_unseen(values, keep)),
        )

    def check(
        self, query: Tensor, keys: Tensor, values: Tensor, keep: Tensor | None = None
    ) -> None:
        """Refuse with ``ValueError`` what does not fit the maps."""
        widths = (self.dim, self.key_dim, self.value_dim)
        check_inputs(query, keys, values, keep, widths=widths, dtype=self.out.weight.dtype)

    def queries(self, query: Float[Tensor, "*batch n dq"]) -> Float[Tensor, "*batch h n dh"]:
        """Return the queries of each head."""
        return split_heads(F.linear(query, self.query.weight), self.heads)

    def keys(self, keys: Float[Tensor, "*batch m dk"]) -> Float[Tensor, "*batch h m dh"]:
        """Return the keys of each head."""
        return split_heads(F.linear(keys, self.key.weight), self.heads)

    def key_rows(self, keys: Float[Tensor, "*batch m dk"]) -> Float[Tensor, "*batch m h dh"]:
        """Return the keys of each head with the heads of a key side by side, as they lie."""
        rows = F.linear(keys, self.key.weight)
        return rows.view(*rows.shape[:-1], self.heads, self.dim // self.heads)

    def values(self, values: Float[Tensor, "*batch m dv"]) -> Float[Tensor, "*batch h m dh"]:
        """Return the values of each head."""
        return split_heads(F.linear(values, self.value.weight), self.heads)

    def average(
        self,
        weights: Float[Tensor, "*batch h n m"],
        values: Float[Tensor, "*batch m dv"],
    ) -> Float[Tensor, "*batch h n dh"]:
        """Return the weighted averages of the values of each head.

        With few queries the map acts on averages of raw values: the same products, fewer of them.
        """
        n, m = weights.shape[-2:]
        raw = n * self.value_dim * (self.heads * m + self.dim)
        if 2 * raw > m * self.dim * (self.value_dim + n):
            return weights @ self.values(values)
        maps = self.value.weight.reshape(self.heads, -1, self.value_dim).transpose(-2, -1)
        averages = (weights.flatten(-3, -2) @ values).reshape(*weights.shape[:-1], -1)
        return averages @ maps

    def mix(
        self,
        heads: Float[Tensor, "*batch h n dh"],
        keep: Bool[Tensor, "..."] | None = None,
        extra: Float[Tensor, "*batch n e"] | None = None,
    ) -> Float[Tensor, "*batch n d"]:
        """Return the output; a query that may see no key gives 0, without the bias."""
        rows = merge_heads(heads)
        rows = rows if extra is None else torch.cat([rows, extra], -1)
        return blank_rows(F.linear(rows, self.out.weight, self.out.bias), keep)

    def extra_repr(self) -> str:
        """Return the number of heads, which the maps do not show."""
        return f"heads={self.heads}"
