"""Heads: rows of width ``h dh`` as ``h`` rows of width ``dh``, and back."""

from jaxtyping import Float
from torch import Tensor


def split_heads(rows: Float[Tensor, "*batch n d"], heads: int) -> Float[Tensor, "*batch h n dh"]:
    """Split each row into ``heads`` equal pieces, as a view."""
    if heads == 1:
        return rows.unsqueeze(-3)
    return rows.reshape(*rows.shape[:-1], heads, rows.shape[-1] // heads).transpose(-3, -2)


def merge_heads(rows: Float[Tensor, "*batch h n dh"]) -> Float[Tensor, "*batch n d"]:
    """Concatenate the pieces of all heads; the inverse of :func:`split_heads`."""
    if rows.shape[-3] == 1:
        return rows.squeeze(-3)
    return rows.transpose(-3, -2).flatten(-2)


def check_heads(dim: int, heads: int) -> None:
    """Raise ``ValueError`` unless the number of heads divides the width."""
    if heads < 1 or dim % heads:
        raise ValueError(f"heads must divide the width {dim}, got {heads}")
