"""What every mechanism returns, and the checks that every mechanism makes of its input.

Convention of the package: shapes are part of the types (jaxtyping), named ``*batch`` for leading
dimensions, ``n`` queries, ``m`` keys, ``h`` heads and ``d...`` widths. The types are checked while
tests run; a caller without that check is served by the functions here, which refuse a wrong shape
or dtype with ``ValueError``, saying what was expected and what was given. Annotations are read at
run time, so the modules of this package do not postpone them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class AttentionResult:
    """Output of a mechanism, with what a reader may want to know of how it came about.

    Weights say where the model looked. They are no measure of what an input contributed: they sum
    to one whatever the outcome, and they move when a redundant key is added.

    Attributes:
        output: One row a query.
        weights: Share of each key in each query's output, at least 0; a row sums to 1, or to 0
            when the query may see no key. ``None`` when the mechanism was not asked for them.
        denominator: What ``lse`` comes from: itself, or a function that finds it when it is read.
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
        want it and it takes two passes over the scores, so it is found when it is first read.
        """
        return self.denominator() if callable(self.denominator) else self.denominator


def check_matrix(
    name: str, tensor: Tensor, width: int | None = None, dtype: torch.dtype | None = None
) -> None:
    """Refuse what is not a floating tensor of shape ``(..., rows, width)`` and the dtype."""
    if not tensor.is_floating_point():
        raise ValueError(f"{name} must have a floating dtype, got {tensor.dtype}")
    if tensor.ndim < 2 or (width is not None and tensor.shape[-1] != width):
        wanted = "d" if width is None else str(width)
        raise ValueError(f"{name} must have shape (..., rows, {wanted}), got {tuple(tensor.shape)}")
    if dtype is not None and tensor.dtype != dtype:
        raise ValueError(f"{name} must have dtype {dtype}, got {tensor.dtype}")


def check_keep(keep: Tensor, query: Tensor, keys: Tensor) -> None:
    """Refuse a mask that is not boolean or does not broadcast to ``(*batch, n, m)``.

    A mask says which keys may be seen: ``(m,)`` for all queries, ``(n, m)`` for each query, and
    ``(*batch, 1, m)`` or ``(*batch, n, m)`` for each item of a batch.
    """
    if keep.dtype != torch.bool:
        raise ValueError(f"keep must have dtype torch.bool, got {keep.dtype}")
    whole = (*query.shape[:-1], keys.shape[-2])
    fits = keep.ndim <= len(whole) and all(
        given == wanted or (given == 1 and place > 1)
        for place, (given, wanted) in enumerate(
            zip(reversed(keep.shape), reversed(whole), strict=False), start=1
        )
    )
    if not fits or keep.ndim == 0:
        raise ValueError(f"keep must broadcast to shape {whole}, got {tuple(keep.shape)}")


def check_inputs(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    keep: Tensor | None = None,
    *,
    widths: tuple[int | None, int | None, int | None] = (None, None, None),
    dtype: torch.dtype | None = None,
) -> None:
    """Refuse queries, keys, values and a mask that do not belong together.

    Args:
        query: ``(*batch, n, dq)``.
        keys: ``(*batch, m, dk)``.
        values: ``(*batch, m, dv)``.
        keep: Which keys may be seen; see :func:`check_keep`.
        widths: The ``(dq, dk, dv)`` that are asked for; ``None`` takes any.
        dtype: Dtype of the parameters; ``None`` takes that of the query.

    Raises:
        ValueError: With what was expected and what was given.
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
            f"values must have {keys.shape[-2]} rows, one a key, got {values.shape[-2]}"
        )
    if keep is not None:
        check_keep(keep, query, keys)


def blank_unseen(
    rows: Float[Tensor, "*batch m d"], keep: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch m d"]:
    """Put zeros in the rows that no query may see, so that not even NaN in them can leak.

    A weight of zero does not remove a value that is infinite: zero times infinity is NaN.
    """
    if keep is None:
        return rows
    seen = keep if keep.ndim == 1 else keep.any(-2)
    return rows.masked_fill(~seen[..., None], 0.0)


def blank_rows(
    output: Float[Tensor, "*batch n d"], keep: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch n d"]:
    """Put zeros in the output of queries that may see no key at all."""
    if keep is None:
        return output
    return output.masked_fill(~keep.any(-1, keepdim=True), 0.0)
