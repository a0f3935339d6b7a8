"""Diffusion attention: scores that flow between similar keys before they compete.

Chamberlain et al. 2021. The plain scores start a heat equation on the graph of the keys::

    W_ij = exp(-|k_i - k_j|^2 / (2 sigma^2)),  D = diag(sum_j W_ij),  L = I - D^-1 W
    x_0 = q k^T,  x_t = exp(-t L) x_0,  weights = softmax(x_t / tau)

by Euler steps ``x <- x - dt L x``, ``dt = t / steps``, stable while ``dt < 1``, with an error of
order ``dt``. ``t = 0`` is plain attention; a long time makes the weights uniform within each
connected component. The mean of ``x`` under the degrees never changes and its energy
``x^T (D - W) x`` never rises.

The implicit step ``(I + t L) x = x_0`` smooths sparse statistics over the same graph: it is the
posterior mean of a Gaussian field seen through noise.

Each key is its own neighbour (``W_ii = 1``), so a lone key has a degree. Above 1 000 keys the graph
keeps the nearest neighbours alone, and is a sparse tensor.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attention.natural_gradient import Product, conjugate_gradient
from attention.projections import HeadProjections
from attention.result import AttentionResult
from attention.softmax import masked_softmax

LARGEST_DENSE = 1000
"""Number of keys above which the graph keeps nearest neighbours alone."""

BLOCK = 1024
"""Rows of distances that are held at a time while neighbours are searched."""

SOLVE_STEPS = 2000
"""Conjugate-gradient steps after which a sparse smoothing is given up."""


def affinity(
    keys: Float[Tensor, "*batch m d"],
    *,
    sigma: float | None = None,
    seen: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch m m"]:
    """Return the dense ``W`` of every pair of keys.

    Args:
        keys: Rows to be linked.
        sigma: Width of the kernel, in units of distance; ``None`` takes the median distance over
            the pairs, or 1 when there is none above 0. It is a constant to autograd.
        seen: Keys that are there, broadcasting to ``(*batch, m)``; the others are left out of the
            median and have no edges.
    """
    square = torch.cdist(keys, keys, compute_mode="donot_use_mm_for_euclid_dist").square()
    m = keys.shape[-2]
    there = torch.ones(m, dtype=torch.bool, device=keys.device) if seen is None else seen
    linked = there[..., :, None] & there[..., None, :]
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
    seen: Bool[Tensor, " m"] | None = None,
) -> Tensor:
    """Return ``W`` of each key and its nearest neighbours as a sparse symmetric tensor ``(m, m)``.

    Two keys are linked when either is among the nearest of the other; ``sigma=None`` takes the
    median over these links.
    """
    m = len(keys)
    there = torch.ones(m, dtype=torch.bool, device=keys.device) if seen is None else seen
    rows, columns = nearest_pairs(keys.detach(), neighbours, there)
    once = torch.unique(torch.cat((rows * m + columns, columns * m + rows)))
    rows, columns = once // m, once % m
    square = (keys[rows] - keys[columns]).square().sum(-1)
    width = median_width(square.detach()) if sigma is None else square.new_tensor(sigma**2)
    own = there.nonzero()[:, 0]
    place = torch.stack((torch.cat((rows, own)), torch.cat((columns, own))))
    weight = torch.cat((torch.exp(-square / (2 * width)), square.new_ones(len(own))))
    return torch.sparse_coo_tensor(place, weight, (m, m), check_invariants=False).coalesce()


def nearest_pairs(
    keys: Float[Tensor, "m d"], neighbours: int, seen: Bool[Tensor, " m"]
) -> tuple[Tensor, Tensor]:
    """Pair each seen key with its nearest others; rows and columns of equal length."""
    own = seen.nonzero()[:, 0]
    k = min(neighbours, len(own) - 1)
    if k < 1:
        return own[:0], own[:0]
    found = []
    for block in torch.split(own, BLOCK):
        apart = torch.cdist(keys[block], keys[own])
        apart[block[:, None] == own] = torch.inf
        found.append(own[apart.topk(k, largest=False).indices])
    return own.repeat_interleave(k), torch.cat(found).flatten()


def spread(x: Float[Tensor, "*batch n m"], graph: Tensor) -> Float[Tensor, "*batch n m"]:
    """Multiply each row of ``x`` by the symmetric ``W``, dense or sparse."""
    if graph.is_sparse:
        product: Tensor = torch.sparse.mm(graph, x.mT)
        return product.mT
    return x @ graph


def degrees(graph: Tensor) -> Float[Tensor, "*batch m"]:
    """Row sums of ``W``: at least 1 for a key that is there."""
    m = graph.shape[-1]
    ones = torch.ones(*graph.shape[:-2], 1, m, dtype=graph.dtype, device=graph.device)
    return spread(ones, graph)[..., 0, :]


def energy(x: Float[Tensor, "*batch n m"], graph: Tensor) -> Float[Tensor, "*batch n"]:
    """``x^T (D - W) x = sum_ij W_ij (x_i - x_j)^2 / 2``: how unlike neighbours are."""
    return (x * (degrees(graph)[..., None, :] * x - spread(x, graph))).sum(-1)


def diffuse(
    x: Float[Tensor, "*batch n m"],
    graph: Tensor,
    *,
    time: float = 1.0,
    steps: int = 5,
    keep: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch n m"]:
    """Let rows of ``x`` diffuse over the graph by Euler steps of length ``time / steps``.

    Args:
        x: One field over the keys a row.
        graph: ``W`` as :func:`affinity` or :func:`sparse_affinity` gives it.
        time: Length of the diffusion; 0 changes nothing.
        steps: Number of Euler steps.
        keep: Keys that a row may see: nothing flows from the others into that row.

    Raises:
        ValueError: A negative time, no steps, or a step of 1 or more, which is unstable.
    """
    check_time(time, steps)
    dt = time / steps
    seen = x.new_ones(()) if keep is None else keep.to(x.dtype)
    seen = seen.expand(x.shape)
    degree = spread(seen, graph).clamp_min(torch.finfo(x.dtype).tiny)
    for _ in range(steps if time > 0 else 0):
        x = x + dt * (spread(seen * x, graph) / degree - x)
    return x


def check_time(time: float, steps: int) -> None:
    """Refuse a diffusion that Euler steps cannot follow."""
    if time < 0 or steps < 1:
        raise ValueError(f"time must be 0 or more and steps at least 1, got {time} and {steps}")
    if time / steps >= 1:
        raise ValueError(
            f"time / steps must be below 1 to be stable, got {time} / {steps}; take more steps"
        )


def naive_diffusion(
    query: Float[Tensor, "n d"],
    keys: Float[Tensor, "m d"],
    values: Float[Tensor, "m dv"],
    *,
    sigma: float,
    tau: float,
    time: float = 1.0,
    steps: int = 5,
) -> Float[Tensor, "n dv"]:
    """Compute the attention pair by pair with ``L`` written out, as the formulas read."""
    m = len(keys)
    laplacian = torch.zeros(m, m, dtype=keys.dtype)
    for i in range(m):
        near = [torch.exp(-(keys[i] - keys[j]).square().sum() / (2 * sigma**2)) for j in range(m)]
        for j in range(m):
            laplacian[i, j] = float(i == j) - near[j] / torch.stack(near).sum()
    rows = []
    for q in query:
        x = torch.stack([q.dot(k) for k in keys])
        for _ in range(steps):
            x = x - time / steps * (laplacian @ x)
        weights = torch.exp(x / tau) / torch.exp(x / tau).sum()
        rows.append(weights @ values)
    return torch.stack(rows)


def smooth(
    observed: Float[Tensor, "m c"],
    graph: Tensor,
    *,
    time: float,
    precision: Float[Tensor, " m"] | None = None,
) -> Float[Tensor, "m c"]:
    """Smooth statistics over the graph by one implicit step: stable for any ``time``.

    ``(P + t (D - W)) x = P x_0``. With ``P = D`` this is ``(I + t L) x = x_0``. It is the mean of a
    Gaussian field with precision ``t (D - W)``, given ``x_0`` seen with precision ``P``: give
    the precision of each observation (for rates, its number of trials over the variance of one)
    and what rests on few trials leans on its neighbours, while what rests on many stays.

    Args:
        observed: One column a statistic.
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
    """Solve by conjugate gradients to the precision of the dtype, or refuse to answer."""
    tolerance = 100 * torch.finfo(b.dtype).eps
    found = conjugate_gradient(product, b, iterations=SOLVE_STEPS, tol=tolerance)
    if found.residual > 1e3 * tolerance:
        raise ArithmeticError(
            f"smoothing did not converge in {SOLVE_STEPS} steps, residual {found.residual:.1e}; "
            "take a smaller time"
        )
    return found.x


def diffusion_attention(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dv"],
    *,
    time: float = 1.0,
    steps: int = 5,
    sigma: float | None = None,
    tau: float | None = None,
    neighbours: int = 16,
    keep: Bool[Tensor, "..."] | None = None,
) -> tuple[
    Float[Tensor, "*batch h n dv"], Float[Tensor, "*batch h n m"], Float[Tensor, "*batch h n"]
]:
    """Average the values by scores that diffused over the graph of the keys of each head.

    Args:
        query: Queries of each head.
        keys: Keys of each head.
        values: Values of each head.
        time: Length of the diffusion; 0 gives plain attention.
        steps: Euler steps.
        sigma: Width of the kernel; ``None`` takes the median distance of the linked keys.
        tau: Temperature; ``None`` takes ``sqrt(dh)``.
        neighbours: Links a key above 1 000 keys.
        keep: Which keys may be seen; broadcasts to ``(*batch, n, m)``, one mask for all heads.

    Returns:
        Outputs, weights and the log of the softmax denominator.
    """
    scores = query @ keys.mT
    if time > 0:
        # half precision is widened on the way: distances are not defined for it
        wide = torch.promote_types(keys.dtype, torch.float32)
        masks = keep if keep is None or keep.ndim == 1 else keep[..., None, :, :]
        if keys.shape[-2] <= LARGEST_DENSE:
            seen = masks.any(-2) if masks is not None and masks.ndim > 1 else masks
            graph = affinity(keys.to(wide), sigma=sigma, seen=seen)
            moved = diffuse(scores.to(wide), graph, time=time, steps=steps, keep=masks)
        else:
            moved = diffuse_over_neighbours(
                scores.to(wide), keys.to(wide), time, steps, sigma, neighbours, masks
            )
        scores = moved.to(scores.dtype)
    weights, lse = masked_softmax(scores / (tau or math.sqrt(keys.shape[-1])), keep)
    return weights @ values, weights, lse


def diffuse_over_neighbours(
    scores: Float[Tensor, "*batch n m"],
    keys: Float[Tensor, "*batch m d"],
    time: float,
    steps: int,
    sigma: float | None,
    neighbours: int,
    keep: Bool[Tensor, "..."] | None,
) -> Float[Tensor, "*batch n m"]:
    """Let scores diffuse over sparse graphs, one item and head at a time."""
    n, m = scores.shape[-2:]
    masks = torch.ones_like(scores, dtype=torch.bool) if keep is None else keep.expand(scores.shape)
    found = []
    for x, rows, mask in zip(
        scores.reshape(-1, n, m),
        keys.reshape(-1, m, keys.shape[-1]),
        masks.reshape(-1, n, m),
        strict=True,
    ):
        graph = sparse_affinity(rows, neighbours=neighbours, sigma=sigma, seen=mask.any(-2))
        found.append(diffuse(x, graph, time=time, steps=steps, keep=mask))
    return torch.stack(found).reshape(scores.shape)


class DiffusionAttention(nn.Module):
    """Multi-head attention whose scores diffuse before they compete.

    Args:
        dim: Width of queries and of the output.
        heads: Number of heads, each with its own graph; divides ``dim``.
        key_dim: Width of keys; ``None`` for ``dim``.
        value_dim: Width of values; ``None`` for ``key_dim``.
        time: Length of the diffusion; 0 gives plain attention.
        steps: Euler steps.
        sigma: Width of the kernel; ``None`` takes the median distance of the linked keys.
        tau: Temperature; ``None`` takes ``sqrt(dim / heads)``.
        neighbours: Links a key above 1 000 keys.
    """

    def __init__(
        self,
        dim: int = 256,
        heads: int = 4,
        *,
        key_dim: int | None = None,
        value_dim: int | None = None,
        time: float = 1.0,
        steps: int = 5,
        sigma: float | None = None,
        tau: float | None = None,
        neighbours: int = 16,
    ) -> None:
        super().__init__()
        check_time(time, steps)
        for name, number in (("sigma", sigma), ("tau", tau), ("neighbours", neighbours)):
            if number is not None and number <= 0:
                raise ValueError(f"{name} must be above 0, got {number}")
        self.project = HeadProjections(dim, heads, key_dim=key_dim, value_dim=value_dim)
        self.time, self.steps, self.sigma, self.tau = time, steps, sigma, tau
        self.neighbours = neighbours

    def reset_parameters(self) -> None:
        """Draw the projections anew."""
        self.project.reset_parameters()

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        keep: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Average the values by the diffused scores.

        Raises:
            ValueError: Shapes or dtypes do not belong together.
        """
        heads, weights, lse = diffusion_attention(
            *self.project(query, keys, values, keep),
            time=self.time,
            steps=self.steps,
            sigma=self.sigma,
            tau=self.tau,
            neighbours=self.neighbours,
            keep=keep,
        )
        return AttentionResult(self.project.mix(heads, keep), weights, lse)

    def extra_repr(self) -> str:
        """Show the settings that the projections do not."""
        return f"time={self.time}, steps={self.steps}, sigma={self.sigma}, tau={self.tau}"
