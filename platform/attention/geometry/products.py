"""Batched matrix products."""

import torch
from jaxtyping import Float
from torch import Tensor


def batched_product(
    left: Float[Tensor, "*batch n k"], right: Float[Tensor, "*batch k m"]
) -> Float[Tensor, "*batch n m"]:
    """Return ``left @ right``, without broadcasting where none is needed.

    With three axes this avoids the views of ``matmul``, which take as long as a small product.
    """
    return torch.bmm(left, right) if left.ndim == right.ndim == 3 else left @ right
