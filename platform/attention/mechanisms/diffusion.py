"""Diffusion attention: scores that flow between similar keys before the softmax.

Chamberlain et al. 2021. The plain scores start a heat equation on the graph of the keys
(``attention.geometry.affinity``), ``L = I - D^-1 W``::

    x_0 = q k^T,  x_t = exp(-t L) x_0,  weights = softmax(x_t / tau)

by Euler steps ``x <- x - dt L x``, ``dt = t / steps``, stable while ``dt < 1``, with an error of
order ``dt``. ``t = 0`` is plain attention; a long time makes the weights uniform within each
connected component. The mean of ``x`` under the degrees never changes and its energy
``x^T (D - W) x`` never rises.

Above 1 000 keys the graph keeps the nearest neighbours only, as a sparse tensor.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attention.geometry.affinity import affinity, sparse_affinity, spread
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult
from attention.mechanisms.softmax import masked_softmax

LARGEST_DENSE = 1000
"""Number of keys above which the graph keeps nearest neighbours alone."""


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
