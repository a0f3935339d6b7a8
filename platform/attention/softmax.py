"""Softmax over the keys a query may see: no NaN where it may see none."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def mask_scores(
    scores: Float[Tensor, "*batch h n m"], keep: Bool[Tensor, "..."] | None
) -> Float[Tensor, "*batch h n m"]:
    """Put minus infinity where a key may not be seen; one mask serves all heads."""
    if keep is None:
        return scores
    return scores.masked_fill(~(keep[..., None, :, :] if keep.ndim > 1 else keep), -torch.inf)


def masked_softmax(
    scores: Float[Tensor, "*batch h n m"], keep: Bool[Tensor, "..."] | None = None
) -> tuple[Float[Tensor, "*batch h n m"], Float[Tensor, "*batch h n"]]:
    """Return the weights and the natural logarithm of their denominator.

    ``w_j = exp(s_j) / sum_k exp(s_k)`` over kept keys. A row without any has weights 0 and
    logarithm minus infinity; its gradient is 0. Dtypes shorter than float32 are summed in float32.

    Args:
        scores: Finite, or minus infinity for a key that is not to be seen.
        keep: Broadcasts to ``(*batch, n, m)``.
    """
    wide = scores if scores.dtype in (torch.float32, torch.float64) else scores.float()
    seen = mask_scores(wide, keep)
    # The peak cancels between numerator and denominator, so it needs no gradient of its own.
    peak = seen.detach().amax(-1, keepdim=True)
    parts = (seen - peak.clamp_min(torch.finfo(seen.dtype).min)).exp_()
    total = parts.sum(-1, keepdim=True)
    total = total.masked_fill(total == 0, 1.0)  # only in a row without keys, whose parts are 0
    lse = (peak + torch.log(total))[..., 0]
    return (parts * total.reciprocal()).to(scores.dtype), lse.to(scores.dtype)
