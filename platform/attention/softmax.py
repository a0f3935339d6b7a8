"""Softmax over the keys a query may see: no NaN where it may see none."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def masked_softmax(
    scores: Float[Tensor, "*batch h n m"], keep: Bool[Tensor, "..."] | None = None
) -> tuple[Float[Tensor, "*batch h n m"], Float[Tensor, "*batch h n"]]:
    """Return the weights and the natural logarithm of their denominator.

    ``w_j = exp(s_j) / sum_k exp(s_k)`` over kept keys. A row without any has weights 0 and
    logarithm minus infinity; its gradient is 0.

    Args:
        scores: Any finite numbers where ``keep`` is true.
        keep: Broadcasts to ``(*batch, n, m)``: one mask for all heads.
    """
    if keep is None:
        return torch.softmax(scores, -1), torch.logsumexp(scores, -1)
    keep = keep[..., None, :, :] if keep.ndim > 1 else keep
    seen = scores.masked_fill(~keep, -torch.inf)
    # A row of minus infinities is 0/0: such rows go through as zeros and are blanked after.
    empty = ~keep.any(-1, keepdim=True)
    weights = torch.softmax(seen.masked_fill(empty, 0.0), -1).masked_fill(empty, 0.0)
    lse = torch.logsumexp(seen.masked_fill(empty, 0.0), -1).masked_fill(empty[..., 0], -torch.inf)
    return weights, lse
