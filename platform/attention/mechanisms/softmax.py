"""Softmax over the keys that a query may see, without NaN where it may see none."""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def mask_scores(
    scores: Float[Tensor, "*batch h n m"], mask: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch h n m"]:
    """Set masked scores to minus infinity.

    Args:
        scores: Scores of each head, query and key.
        mask: ``True`` where a key may be seen. One mask for all heads, which broadcasts to
            ``(*batch, n, m)``, or one per head, with as many axes as the scores.
    """
    if mask is None:
        return scores
    return scores.masked_fill(~with_heads(mask, scores.ndim), -torch.inf)


def with_heads(mask: Bool[Tensor, "..."], axes: int) -> Bool[Tensor, "..."]:
    """Add an axis for heads to a mask of queries and keys, unless it has all ``axes``."""
    return mask[..., None, :, :] if 1 < mask.ndim < axes else mask


def masked_softmax(
    scores: Float[Tensor, "*batch h n m"], mask: Bool[Tensor, "..."] | None = None
) -> tuple[Float[Tensor, "*batch h n m"], Float[Tensor, "*batch h n"]]:
    """Return the weights and the natural logarithm of their denominator.

    ``w_j = exp(s_j) / sum_k exp(s_k)`` over visible keys. A row without any has weights 0 and
    logarithm minus infinity; its gradient is 0.

    Args:
        scores: Finite where a key may be seen; without a mask each row needs a finite score.
        mask: Which keys may be seen; see :func:`mask_scores`.
    """
    weights, denominator = masked_weights(scores, mask)
    return weights, denominator()


def masked_weights(
    scores: Float[Tensor, "*batch h n m"], mask: Bool[Tensor, "..."] | None = None
) -> tuple[Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Return the weights of :func:`masked_softmax`, and a function for its logarithm."""
    if mask is None:
        weights = torch.softmax(scores, -1)
        return weights, partial(log_denominator, scores, weights)
    masked = mask_scores(scores, mask)
    empty = ~with_heads(mask, scores.ndim).any(-1, keepdim=True)
    # the softmax of minus infinities is 0/0, so empty rows hold zeros before it and after it
    finite = masked.masked_fill(empty, 0.0)
    weights = torch.softmax(finite, -1)
    return weights.masked_fill(empty, 0.0), partial(log_denominator, finite, weights, empty[..., 0])


def log_denominator(
    scores: Float[Tensor, "*batch h n m"],
    weights: Float[Tensor, "*batch h n m"],
    empty: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch h n"]:
    """Return ``max s - log max w``: the same as ``logsumexp`` without the exponentials.

    Args:
        scores: At least one finite score per row.
        weights: Their softmax.
        empty: Rows without a visible key, whose logarithm is minus infinity.
    """
    lse = scores.amax(-1) - torch.log(weights.amax(-1))
    return lse if empty is None else lse.masked_fill(empty, -torch.inf)
