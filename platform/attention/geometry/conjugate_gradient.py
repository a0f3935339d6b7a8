"""Linear systems whose matrix is given as a product with vectors, by conjugate gradients."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

Product = Callable[[Tensor], Tensor]
"""``v -> F v`` for a vector ``v`` of the parameters' length."""


@dataclass(frozen=True, eq=False)
class Solution:
    """Result of conjugate gradients.

    Attributes:
        x: Approximate solution of ``A x = b``.
        iterations: Number of products with ``A``.
        residual: ``|A x - b| / |b|`` from the recurrence; 0 for ``b = 0``.
    """

    x: Float[Tensor, " p"]
    iterations: int
    residual: float


def conjugate_gradient(
    product: Product, b: Float[Tensor, " p"], *, iterations: int = 10, tol: float = 1e-6
) -> Solution:
    """Solve ``A x = b`` for a symmetric positive semi-definite ``A`` given as a product.

    Exact after as many iterations as ``b`` involves distinct eigenvalues (Hestenes & Stiefel 1952),
    so after rank(F) for a gradient in the range of ``F``.

    Args:
        product: ``v -> A v``.
        b: Right-hand side; for a singular ``A`` it must lie in its range.
        iterations: Largest number of products.
        tol: Stop when the residual falls to ``tol |b|``.
    """
    x = torch.zeros_like(b)
    residual, direction = b, b
    squared = float(b @ b)
    goal = tol * tol * squared
    products = 0
    while products < iterations and squared > goal:
        image = product(direction)
        curvature = float(direction @ image)
        products += 1
        if curvature <= 0:  # the direction lies in the null space
            break
        rate = squared / curvature
        x = x + rate * direction
        residual = residual - rate * image
        previous, squared = squared, float(residual @ residual)
        direction = residual + squared / previous * direction
    size = float(b @ b)
    return Solution(x, products, (squared / size) ** 0.5 if size > 0 else 0.0)
