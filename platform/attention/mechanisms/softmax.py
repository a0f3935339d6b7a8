"""Softmax over the keys a query may see: no NaN where it may see none."""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def mask_scores(
    scores: Float[Tensor, "*batch h n m"], keep: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch h n m"]:
    """Put minus infinity where a key may not be seen.

    Args:
        scores: Of each head, query and key.
        keep: One mask for all heads, which broadcasts to ``(*batch, n, m)``, or with as many axes
            as the scores one for each head.
    """
    if keep is None:
        return scores
    return scores.masked_fill(~with_heads(keep, scores.ndim), -torch.inf)


def with_heads(keep: Bool[Tensor, "..."], axes: int) -> Bool[Tensor, "..."]:
    """Give a mask of queries and keys an axis for heads, unless it has all ``axes`` already."""
    return keep[..., None, :, :] if 1 < keep.ndim < axes else keep


def masked_softmax(
    scores: Float[Tensor, "*batch h n m"], keep: Bool[Tensor, "..."] | None = None
) -> tuple[Float[Tensor, "*batch h n m"], Float[Tensor, "*batch h n"]]:
    """Return the weights and the natural logarithm of their denominator.

    ``w_j = exp(s_j) / sum_k exp(s_k)`` over kept keys. A row without any has weights 0 and
    logarithm minus infinity; its gradient is 0.

    Args:
        scores: Finite where a key may be seen; some key of each row, unless ``keep`` says so.
        keep: Which keys may be seen; see :func:`mask_scores`.
    """
    weights, denominator = masked_weights(scores, keep)
    return weights, denominator()


def masked_weights(
    scores: Float[Tensor, "*batch h n m"], keep: Bool[Tensor, "..."] | None = None
) -> tuple[Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Return the weights of :func:`masked_softmax`, and a function that finds its logarithm."""
    if keep is None:
        weights = torch.softmax(scores, -1)
        return weights, partial(log_denominator, scores, weights)
    seen = mask_scores(scores, keep)
    empty = ~with_heads(keep, scores.ndim).any(-1, keepdim=True)
    # A row of minus infinities is 0/0: such rows go through as zeros and are blanked after.
    whole = seen.masked_fill(empty, 0.0)
    weights = torch.softmax(whole, -1)
    return weights.masked_fill(empty, 0.0), partial(log_denominator, whole, weights, empty[..., 0])


def log_denominator(
    scores: Float[Tensor, "*batch h n m"],
    weights: Float[Tensor, "*batch h n m"],
    empty: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch h n"]:
    """Return ``max s - log max w``: the same as ``logsumexp`` without its pass of exponentials.

    Args:
        scores: Finite in some place of each row.
        weights: Their softmax.
        empty: Rows that stand for no key at all and give minus infinity.
    """
    lse = scores.amax(-1) - torch.log(weights.amax(-1))
    return lse if empty is None else lse.masked_fill(empty, -torch.inf)
