"""The graph of similar rows, and statistics smoothed over it.

With a Gaussian kernel on the distances of the rows::

    W_ij = exp(-|k_i - k_j|^2 / (2 sigma^2)),  D = diag(sum_j W_ij),  L = I - D^-1 W

Each row is its own neighbour (``W_ii = 1``), so a row without neighbours has a degree. ``W`` is a
dense tensor, or a sparse one that holds the nearest neighbours only.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attention.geometry.conjugate_gradient import Product, conjugate_gradient

BLOCK = 1024
"""Rows of distances in memory at a time while neighbours are searched."""

SOLVE_STEPS = 2000
"""Conjugate-gradient steps after which a sparse smoothing fails."""


def affinity(
    keys: Float[Tensor, "*batch m d"],
    *,
    sigma: float | None = None,
    visible: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch m m"]:
    """Return the dense ``W`` of every pair of keys.

    Args:
        keys: Rows to link.
        sigma: Width of the kernel, in units of distance; ``None`` takes the median distance over
            the pairs, or 1 when there is none above 0. It is a constant to autograd.
        visible: Keys that exist, broadcasting to ``(*batch, m)``; the others are left out of the
            median and have no edges.
    """
    square = torch.cdist(keys, keys, compute_mode="donot_use_mm_for_euclid_dist").square()
    m = keys.shape[-2]
    if visible is None:
        visible = torch.ones(m, dtype=torch.bool, device=keys.device)
    linked = visible[..., :, None] & visible[..., None, :]
    if sigma is None:
        pairs = linked & ~torch.eye(m, dtype=torch.bool, device=keys.device)
        width = median_width(square.detach().masked_fill(~pairs, torch.nan).flatten(-2))
    else:
        width = square.new_full((1,) * (keys.ndim - 2), sigma**2)
    return torch.exp(-square / (2 * width[..., None, None])).masked_fill(~linked, 0.0)


def median_width(square: Float[Tensor, "*batch e"]) -> Float[Tensor, "*batch"]:
    """Median of squared distances, NaN left out; 1 where there is none above 0."""
    if square.shape[-1] == 0:
        return square.new_ones(square.shape[:-1])
    median = torch.nanmedian(square, -1).values
    return torch.where(median > 0, median, 1.0)


def sparse_affinity(
    keys: Float[Tensor, "m d"],
    *,
    neighbours: int = 16,
    sigma: float | None = None,
    visible: Bool[Tensor, " m"] | None = None,
) -> Tensor:
    """Return ``W`` of each key and its nearest neighbours as a sparse symmetric tensor ``(m, m)``.

    Two keys are linked when either is among the nearest of the other; ``sigma=None`` takes the
    median over these links.
    """
    m = len(keys)
    if visible is None:
        visible = torch.ones(m, dtype=torch.bool, device=keys.device)
    rows, columns = nearest_pairs(keys.detach(), neighbours, visible)
    pairs = torch.unique(torch.cat((rows * m + columns, columns * m + rows)))
    rows, columns = pairs // m, pairs % m
    square = (keys[rows] - keys[columns]).square().sum(-1)
    width = median_width(square.detach()) if sigma is None else square.new_tensor(sigma**2)
    own = visible.nonzero()[:, 0]
    index = torch.stack((torch.cat((rows, own)), torch.cat((columns, own))))
    weight = torch.cat((torch.exp(-square / (2 * width)), square.new_ones(len(own))))
    return torch.sparse_coo_tensor(index, weight, (m, m), check_invariants=False).coalesce()


def nearest_pairs(
    keys: Float[Tensor, "m d"], neighbours: int, visible: Bool[Tensor, " m"]
) -> tuple[Tensor, Tensor]:
    """Pair each visible key with its nearest others; rows and columns of equal length."""
    own = visible.nonzero()[:, 0]
    k = min(neighbours, len(own) - 1)
    if k < 1:
        return own[:0], own[:0]
    columns = []
    for block in torch.split(own, BLOCK):
        distances = torch.cdist(keys[block], keys[own])
        distances[block[:, None] == own] = torch.inf
        columns.append(own[distances.topk(k, largest=False).indices])
    return own.repeat_interleave(k), torch.cat(columns).flatten()


def spread(x: Float[Tensor, "*batch n m"], graph: Tensor) -> Float[Tensor, "*batch n m"]:
    """Multiply each row of ``x`` by the symmetric ``W``, dense or sparse."""
    if graph.is_sparse:
        product: Tensor = torch.sparse.mm(graph, x.mT)
        return product.mT
    return x @ graph


def degrees(graph: Tensor) -> Float[Tensor, "*batch m"]:
    """Row sums of ``W``: at least 1 for a visible key."""
    m = graph.shape[-1]
    ones = torch.ones(*graph.shape[:-2], 1, m, dtype=graph.dtype, device=graph.device)
    return spread(ones, graph)[..., 0, :]


def energy(x: Float[Tensor, "*batch n m"], graph: Tensor) -> Float[Tensor, "*batch n"]:
    """``x^T (D - W) x = sum_ij W_ij (x_i - x_j)^2 / 2``: how different neighbours are."""
    return (x * (degrees(graph)[..., None, :] * x - spread(x, graph))).sum(-1)


def smooth(
    observed: Float[Tensor, "m c"],
    graph: Tensor,
    *,
    time: float,
    precision: Float[Tensor, " m"] | None = None,
) -> Float[Tensor, "m c"]:
    """Smooth statistics over the graph by one implicit step: stable for any ``time``.

    ``(P + t (D - W)) x = P x_0``. With ``P = D`` this is ``(I + t L) x = x_0``. It is the posterior
    mean of a Gaussian field with prior precision ``t (D - W)`` and observations ``x_0`` of
    precision ``P``. For rates the precision of an observation is its number of trials over the
    variance of one trial: rates of few trials then move towards their neighbours, rates of many
    trials hardly move.

    Args:
        observed: One column per statistic.
        graph: ``W``, dense (Cholesky) or sparse (conjugate gradients).
        time: Strength of the smoothing; 0 changes nothing.
        precision: Precision of each row, above 0; ``None`` for the degrees.

    Raises:
        ValueError: A negative time or a precision that is not above 0.
        ArithmeticError: The sparse solve does not converge.
    """
    if time < 0:
        raise ValueError(f"time must be 0 or more, got {time}")
    degree = degrees(graph)
    weight = degree if precision is None else precision
    if not bool((weight > 0).all()):
        raise ValueError(f"precision must be above 0 in every row, got {float(weight.min())}")
    if not graph.is_sparse:
        system = torch.diag(weight + time * degree) - time * graph
        return torch.cholesky_solve(weight[:, None] * observed, torch.linalg.cholesky(system))

    def product(x: Tensor) -> Tensor:
        return (weight + time * degree) * x - time * spread(x[None], graph)[0]

    columns = [sparse_solve(product, weight * column) for column in observed.T]
    return torch.stack(columns, -1)


def sparse_solve(product: Product, b: Float[Tensor, " m"]) -> Float[Tensor, " m"]:
    """Solve by conjugate gradients to the precision of the dtype.

    Raises:
        ArithmeticError: The solve does not converge.
    """
    tolerance = 100 * torch.finfo(b.dtype).eps
    solution = conjugate_gradient(product, b, iterations=SOLVE_STEPS, tol=tolerance)
    if solution.residual > 1e3 * tolerance:
        raise ArithmeticError(
            f"smoothing did not converge in {SOLVE_STEPS} steps, residual {solution.residual:.1e}; "
            "use a smaller time"
        )
    return solution.x
