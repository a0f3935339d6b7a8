"""The four linear maps of an attention layer: to queries, keys and values of heads, and back."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from attention.mechanisms.heads import check_heads, merge_heads, split_heads
from attention.mechanisms.layout import init_map, store_by_columns
from attention.mechanisms.result import check_inputs, zero_empty_rows, zero_masked


class HeadProjections(nn.Module):
    """Maps rows to heads of equal width and mixes the heads; only the mixing map has a bias.

    A bias of the keys would cancel in the softmax, and one of the values is a bias of the output.

    Args:
        dim: Width of queries, of all heads together and of the output.
        heads: Number of heads; divides ``dim``.
        key_dim: Width of keys; ``None`` for ``dim``.
        value_dim: Width of values; ``None`` for ``key_dim``.
        extra: Number of extra input columns of the mixing map, after those of the heads.
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
            store_by_columns(linear.weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Initialise the maps (Glorot and Bengio 2010), and the bias at 0."""
        for linear in (self.query, self.key, self.value, self.out):
            init_map(linear.weight)
        nn.init.zeros_(self.out.bias)

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        mask: Bool[Tensor, "..."] | None = None,
    ) -> tuple[
        Float[Tensor, "*batch h n dh"],
        Float[Tensor, "*batch h m dh"],
        Float[Tensor, "*batch h m dh"],
    ]:
        """Return queries, keys and values of each head; rows that no query may see are 0.

        Raises:
            ValueError: Shapes or dtypes do not match.
        """
        self.check(query, keys, values, mask)
        return (
            self.queries(query),
            self.keys(zero_masked(keys, mask)),
            self.values(zero_masked(values, mask)),
        )

    def check(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None
    ) -> None:
        """Raise ``ValueError`` for inputs that do not match the maps."""
        widths = (self.dim, self.key_dim, self.value_dim)
        check_inputs(query, keys, values, mask, widths=widths, dtype=self.out.weight.dtype)

    def queries(self, query: Float[Tensor, "*batch n dq"]) -> Float[Tensor, "*batch h n dh"]:
        """Return the queries of each head."""
        return split_heads(F.linear(query, self.query.weight), self.heads)

    def keys(self, keys: Float[Tensor, "*batch m dk"]) -> Float[Tensor, "*batch h m dh"]:
        """Return the keys of each head."""
        return split_heads(F.linear(keys, self.key.weight), self.heads)

    def key_rows(self, keys: Float[Tensor, "*batch m dk"]) -> Float[Tensor, "*batch m h dh"]:
        """Return the keys of each head, with the heads of a key contiguous in memory."""
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

        With few queries the map acts on averages of raw values, which takes fewer products.
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
        mask: Bool[Tensor, "..."] | None = None,
        extra: Float[Tensor, "*batch n e"] | None = None,
    ) -> Float[Tensor, "*batch n d"]:
        """Return the output; a query that may see no key has output 0, without the bias."""
        rows = merge_heads(heads)
        rows = rows if extra is None else torch.cat([rows, extra], -1)
        return zero_empty_rows(F.linear(rows, self.out.weight, self.out.bias), mask)

    def extra_repr(self) -> str:
        """Return the number of heads, which the maps do not show."""
        return f"heads={self.heads}"
