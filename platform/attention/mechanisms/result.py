"""The result type of all mechanisms, and the checks of their input.

Convention of the package: shapes are part of the types (jaxtyping), named ``*batch`` for leading
dimensions, ``n`` queries, ``m`` keys, ``h`` heads and ``d...`` widths. Tests check these types. For
users the functions here raise ``ValueError`` for a wrong shape or dtype, with the expected and the
given one. Annotations are read at run time, so the modules of this package do not postpone them.

Masks are ``True`` where a key may be seen, as in ``torch``'s ``scaled_dot_product_attention``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class AttentionResult:
    """Output of a mechanism with its weights and diagnostics.

    Weights show where the model looked. They do not measure what an input contributed: they sum to
    one for any outcome, and they move when a redundant key is added.

    Attributes:
        output: one row per query.
        weights: Share of each key in each query's output, at least 0; a row sums to 1, or to 0
            when the query may see no key. ``None`` when the weights were not computed.
        denominator: The ``lse``, or a function that computes it when it is first read.
        diagnostics: Plain numbers by name.
    """

    output: Float[Tensor, "*batch n dout"]
    weights: Float[Tensor, "*batch h n m"] | None = None
    denominator: Float[Tensor, "*batch h n"] | Callable[[], Tensor] | None = None
    diagnostics: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def lse(self) -> Float[Tensor, "*batch h n"] | None:
        """Natural logarithm of the softmax denominator, minus infinity for a row without keys.

        Two results over disjoint keys merge through it. ``None`` when there is none. Few callers
        want it and it takes two passes over the scores, so it is computed when it is first read.
        """
        return self.denominator() if callable(self.denominator) else self.denominator


def check_matrix(
    name: str, tensor: Tensor, width: int | None = None, dtype: torch.dtype | None = None
) -> None:
    """Raise ``ValueError`` unless a tensor has shape ``(..., rows, width)`` and the dtype."""
    if not tensor.is_floating_point():
        raise ValueError(f"{name} must have a floating dtype, got {tensor.dtype}")
    if tensor.ndim < 2 or (width is not None and tensor.shape[-1] != width):
        expected = "d" if width is None else str(width)
        raise ValueError(
            f"{name} must have shape (..., rows, {expected}), got {tuple(tensor.shape)}"
        )
    if dtype is not None and tensor.dtype != dtype:
        raise ValueError(f"{name} must have dtype {dtype}, got {tensor.dtype}")


def check_mask(mask: Tensor, query: Tensor, keys: Tensor) -> None:
    """Raise ``ValueError`` unless a mask is boolean and broadcasts to ``(*batch, n, m)``.

    The shape of a mask is ``(m,)`` for all queries, ``(n, m)`` per query, and ``(*batch, 1, m)`` or
    ``(*batch, n, m)`` per item of a batch.
    """
    if mask.dtype != torch.bool:
        raise ValueError(f"mask must have dtype torch.bool, got {mask.dtype}")
    shape = (*query.shape[:-1], keys.shape[-2])
    fits = mask.ndim <= len(shape) and all(
        size == full or (size == 1 and axis > 1)
        for axis, (size, full) in enumerate(
            zip(reversed(mask.shape), reversed(shape), strict=False), start=1
        )
    )
    if not fits or mask.ndim == 0:
        raise ValueError(f"mask must broadcast to shape {shape}, got {tuple(mask.shape)}")


def check_inputs(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None = None,
    *,
    widths: tuple[int | None, int | None, int | None] = (None, None, None),
    dtype: torch.dtype | None = None,
) -> None:
    """Raise ``ValueError`` unless queries, keys, values and mask match.

    Args:
        query: ``(*batch, n, dq)``.
        keys: ``(*batch, m, dk)``.
        values: ``(*batch, m, dv)``.
        mask: Which keys may be seen; see :func:`check_mask`.
        widths: The expected ``(dq, dk, dv)``; ``None`` accepts any.
        dtype: Dtype of the parameters; ``None`` takes that of the query.

    Raises:
        ValueError: A shape or dtype differs; the message has the expected and the given one.
    """
    dtype = query.dtype if dtype is None else dtype
    for name, tensor, width in zip(
        ("query", "keys", "values"), (query, keys, values), widths, strict=True
    ):
        check_matrix(name, tensor, width, dtype)
        if tensor.shape[:-2] != query.shape[:-2]:
            raise ValueError(
                f"{name} must have batch shape {tuple(query.shape[:-2])} like query, "
                f"got {tuple(tensor.shape[:-2])}"
            )
    if keys.shape[-2] == 0:
        raise ValueError("keys must have at least 1 row, got 0; mask keys that may not be seen")
    if values.shape[-2] != keys.shape[-2]:
        raise ValueError(
            f"values must have {keys.shape[-2]} rows, one per key, got {values.shape[-2]}"
        )
    if mask is not None:
        check_mask(mask, query, keys)


def zero_masked(
    rows: Float[Tensor, "*batch m d"], mask: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch m d"]:
    """Zero the rows that no query may see, so that not even NaN in them can leak.

    A weight of zero does not remove an infinite value: zero times infinity is NaN.
    """
    if mask is None:
        return rows
    visible = mask if mask.ndim == 1 else mask.any(-2)
    return rows.masked_fill(~visible[..., None], 0.0)


def zero_empty_rows(
    output: Float[Tensor, "*batch n d"], mask: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch n d"]:
    """Zero the output of queries that may see no key."""
    if mask is None:
        return output
    return output.masked_fill(~mask.any(-1, keepdim=True), 0.0)
