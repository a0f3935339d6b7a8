"""Matrix products of many pairs at once."""

import torch
from jaxtyping import Float
from torch import Tensor


def batched_product(
    left: Float[Tensor, "*batch n k"], right: Float[Tensor, "*batch k m"]
) -> Float[Tensor, "*batch n m"]:
    """Return ``left @ right``, past the rules of broadcasting where there is nothing to broadcast.

    With three axes this saves ``matmul`` its views, which take as long as a small product.
    """
    return torch.bmm(left, right) if left.ndim == right.ndim == 3 else left @ right
