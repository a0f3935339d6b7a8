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
from torch import Tensor

from attention.geometry.affinity import affinity, sparse_affinity, spread
from attention.mechanisms.mechanism import ProjectedAttention
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult
from attention.mechanisms.softmax import masked_softmax

MAX_DENSE_KEYS = 1000
"""Number of keys above which the graph keeps the nearest neighbours only."""


def diffuse(
    x: Float[Tensor, "*batch n m"],
    graph: Tensor,
    *,
    time: float = 1.0,
    steps: int = 5,
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "*batch n m"]:
    """Let rows of ``x`` diffuse over the graph by Euler steps of length ``time / steps``.

    Args:
        x: One field over the keys per row.
        graph: ``W`` from :func:`affinity` or :func:`sparse_affinity`.
        time: Length of the diffusion; 0 changes nothing.
        steps: Number of Euler steps.
        mask: Keys that a row may see; nothing flows from the others into that row.

    Raises:
        ValueError: A negative time, no steps, or a step of 1 or more, which is unstable.
    """
    check_time(time, steps)
    dt = time / steps
    visible = x.new_ones(()) if mask is None else mask.to(x.dtype)
    visible = visible.expand(x.shape)
    degree = spread(visible, graph).clamp_min(torch.finfo(x.dtype).tiny)
    for _ in range(steps if time > 0 else 0):
        x = x + dt * (spread(visible * x, graph) / degree - x)
    return x


def check_time(time: float, steps: int) -> None:
    """Raise ``ValueError`` for a diffusion whose Euler steps would be unstable."""
    if time < 0 or steps < 1:
        raise ValueError(f"time must be 0 or more and steps at least 1, got {time} and {steps}")
    if time / steps >= 1:
        raise ValueError(
            f"time / steps must be below 1 to be stable, got {time} / {steps}; use more steps"
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
    mask: Bool[Tensor, "..."] | None = None,
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
        neighbours: Links per key above 1 000 keys.
        mask: Which keys may be seen; broadcasts to ``(*batch, n, m)``, one mask for all heads.

    Returns:
        Outputs, weights and the log of the softmax denominator.
    """
    scores = query @ keys.mT
    if time > 0:
        # distances are not defined in half precision
        wide = torch.promote_types(keys.dtype, torch.float32)
        masks = mask if mask is None or mask.ndim == 1 else mask[..., None, :, :]
        if keys.shape[-2] <= MAX_DENSE_KEYS:
            visible = masks.any(-2) if masks is not None and masks.ndim > 1 else masks
            graph = affinity(keys.to(wide), sigma=sigma, visible=visible)
            diffused = diffuse(scores.to(wide), graph, time=time, steps=steps, mask=masks)
        else:
            diffused = diffuse_over_neighbours(
                scores.to(wide), keys.to(wide), time, steps, sigma, neighbours, masks
            )
        scores = diffused.to(scores.dtype)
    weights, lse = masked_softmax(scores / (tau or math.sqrt(keys.shape[-1])), mask)
    return weights @ values, weights, lse


def diffuse_over_neighbours(
    scores: Float[Tensor, "*batch n m"],
    keys: Float[Tensor, "*batch m d"],
    time: float,
    steps: int,
    sigma: float | None,
    neighbours: int,
    mask: Bool[Tensor, "..."] | None,
) -> Float[Tensor, "*batch n m"]:
    """Let scores diffuse over sparse graphs, one item and head at a time."""
    n, m = scores.shape[-2:]
    masks = torch.ones_like(scores, dtype=torch.bool) if mask is None else mask.expand(scores.shape)
    diffused = []
    for x, rows, visible in zip(
        scores.reshape(-1, n, m),
        keys.reshape(-1, m, keys.shape[-1]),
        masks.reshape(-1, n, m),
        strict=True,
    ):
        graph = sparse_affinity(rows, neighbours=neighbours, sigma=sigma, visible=visible.any(-2))
        diffused.append(diffuse(x, graph, time=time, steps=steps, mask=visible))
    return torch.stack(diffused).reshape(scores.shape)


class DiffusionAttention(ProjectedAttention):
    """Multi-head attention whose scores diffuse before the softmax.

    Args:
        dim: Width of queries and of the output.
        heads: Number of heads, each with its own graph; divides ``dim``.
        key_dim: Width of keys; ``None`` for ``dim``.
        value_dim: Width of values; ``None`` for ``key_dim``.
        time: Length of the diffusion; 0 gives plain attention.
        steps: Euler steps.
        sigma: Width of the kernel; ``None`` takes the median distance of the linked keys.
        tau: Temperature; ``None`` takes ``sqrt(dim / heads)``.
        neighbours: Links per key above 1 000 keys.
    """

    settings = ("time", "steps", "sigma", "tau")

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
        super().__init__(HeadProjections(dim, heads, key_dim=key_dim, value_dim=value_dim))
        check_time(time, steps)
        for name, number in (("sigma", sigma), ("tau", tau), ("neighbours", neighbours)):
            if number is not None and number <= 0:
                raise ValueError(f"{name} must be above 0, got {number}")
        self.time, self.steps, self.sigma, self.tau = time, steps, sigma, tau
        self.neighbours = neighbours

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Average the values by the diffused scores.

        Raises:
            ValueError: Shapes or dtypes do not match.
        """
        heads, weights, lse = diffusion_attention(
            *self.project(query, keys, values, mask),
            time=self.time,
            steps=self.steps,
            sigma=self.sigma,
            tau=self.tau,
            neighbours=self.neighbours,
            mask=mask,
        )
        return AttentionResult(self.project.mix(heads, mask), weights, lse)
