"""Attention between point clouds: a creative is the set of its elements, scenes or frames.

With the squared sliced-Wasserstein distance of ``attention.geometry.wasserstein``::

    w_j = softmax_j(-SW2^2(query, key_j) / tau),   tau = median of SW2^2 over the index

The coordinates of *one* embedding are not a distribution: two orthogonal unit vectors would have
distance 0, because the names of the coordinates are lost.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attention.geometry.wasserstein import (
    TransportPlan,
    best_slice_plan,
    directions,
    exact_plan,
    median_distance,
    pairwise_sliced_wasserstein,
)
from attention.mechanisms.mechanism import Mechanism
from attention.mechanisms.result import AttentionResult, check_inputs, zero_empty_rows, zero_masked
from attention.mechanisms.softmax import masked_softmax


@dataclass(frozen=True, eq=False)
class Nearest:
    """The nearest cloud of an index to a query, and how their points correspond.

    Attributes:
        index: Position in the index.
        distance: ``SW2^2`` to it.
        weight: Its attention weight.
        plan: How the points of the query map to the points of that cloud.
    """

    index: int
    distance: float
    weight: float
    plan: TransportPlan


class SlicedWassersteinAttention(Mechanism):
    """Attention between clouds by sliced-Wasserstein distance, without learnt parameters.

    Args:
        dim: Width of the points.
        projections: Number of directions.
        seed: Seed of the directions.
        p: Power of the cost, at least 1.
        tau: Temperature. ``None`` takes the median distance of the index passed to
            :meth:`calibrate`, or else of the keys of each call, which computes all their pairs.
    """

    settings = ("dim", "projections", "p", "tau")
    theta: Tensor

    def __init__(
        self,
        dim: int,
        *,
        projections: int = 64,
        seed: int = 42,
        p: float = 2.0,
        tau: float | None = None,
    ) -> None:
        super().__init__()
        if p < 1:
            raise ValueError(f"p must be at least 1, got {p}")
        if tau is not None and tau <= 0:
            raise ValueError(f"tau must be above 0, got {tau}")
        self.dim, self.projections, self.seed, self.p, self.tau = dim, projections, seed, p, tau
        self.register_buffer("theta", directions(dim, projections, seed=seed).float())
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the directions from the seed, in their present dtype."""
        self.theta = directions(self.dim, self.projections, seed=self.seed, like=self.theta)

    def forward(
        self,
        query: Float[Tensor, "*batch n k1 d"],
        keys: Float[Tensor, "*batch m k2 d"],
        values: Float[Tensor, "*batch m dv"],
        *,
        query_weights: Float[Tensor, "*batch n k1"] | None = None,
        key_weights: Float[Tensor, "*batch m k2"] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Average the values of clouds near each query cloud; ``diagnostics`` has the ``tau``.

        Raises:
            ValueError: Shapes or dtypes do not match, or weights of points are negative or do not
                sum to 1.
        """
        self.check(query, keys, values, query_weights, key_weights, mask)
        keys, key_weights = self.zero_masked_clouds(keys, key_weights, mask)
        query, query_weights = self.zero_masked_clouds(query, query_weights, None)
        tau = self.temperatures(keys, key_weights, mask)
        distances = self.distances(query, keys, query_weights, key_weights)
        weights, lse = masked_softmax((-distances / tau)[..., None, :, :], mask)
        output = weights[..., 0, :, :].to(values.dtype) @ zero_masked(values, mask)
        return AttentionResult(
            zero_empty_rows(output, mask), weights, lse, {"tau": float(tau.mean().item())}
        )

    def distances(
        self,
        query: Float[Tensor, "*batch n k1 d"],
        keys: Float[Tensor, "*batch m k2 d"],
        query_weights: Float[Tensor, "*batch n k1"] | None = None,
        key_weights: Float[Tensor, "*batch m k2"] | None = None,
    ) -> Float[Tensor, "*batch n m"]:
        """``SW_p^p`` of every query with every key."""
        return pairwise_sliced_wasserstein(
            query, keys, self.theta, query_weights, key_weights, p=self.p
        )

    def calibrate(
        self, index: Float[Tensor, "m k d"], weights: Float[Tensor, "m k"] | None = None
    ) -> float:
        """Set the temperature to the median distance of an index, and return it."""
        index, weights = self.zero_masked_clouds(index, weights, None)
        self.tau = median_distance(index, self.theta, weights, p=self.p)
        return self.tau

    @torch.no_grad()
    def nearest(
        self,
        query: Float[Tensor, "k1 d"],
        keys: Float[Tensor, "m k2 d"],
        *,
        query_weights: Float[Tensor, " k1"] | None = None,
        key_weights: Float[Tensor, "m k2"] | None = None,
        exact: bool = False,
    ) -> Nearest:
        """Find the nearest cloud of an index, and how its points correspond to those of the query.

        Args:
            query: Points of one cloud, for example the elements of a new creative.
            keys: Clouds of the index.
            query_weights: Weights of the query's points.
            key_weights: Weights of the keys' points.
            exact: Compute the optimal plan (POT, extra ``transport``) instead of the best slice.
        """
        weights = None if query_weights is None else query_weights[None]
        result = self(query[None], keys, keys[:, 0], query_weights=weights, key_weights=key_weights)
        rows, weights = self.zero_masked_clouds(query[None], weights, None)
        clouds, key_weights = self.zero_masked_clouds(keys, key_weights, None)
        distances = self.distances(rows, clouds, weights, key_weights)[0]
        best = int(distances.argmin())
        sides = (
            rows[0],
            clouds[best],
            None if weights is None else weights[0],
            None if key_weights is None else key_weights[best],
        )
        plan = exact_plan(*sides) if exact else best_slice_plan(*sides[:2], self.theta, *sides[2:])
        return Nearest(best, float(distances[best]), float(result.weights[0, 0, best]), plan)

    def temperatures(
        self,
        keys: Float[Tensor, "*batch m k d"],
        weights: Float[Tensor, "*batch m k"] | None,
        mask: Bool[Tensor, "..."] | None,
    ) -> Float[Tensor, "*#batch 1 1"]:
        """Temperature of each item of a batch: ``tau``, or the median over the visible keys."""
        batch, m = keys.shape[:-3], keys.shape[-3]
        if self.tau is not None:
            return keys.new_full((1,) * len(batch) + (1, 1), self.tau)
        visible = torch.ones(m, dtype=torch.bool, device=keys.device)
        if mask is not None:
            visible = mask if mask.ndim == 1 else mask.any(-2)
        visible = visible.expand(*batch, m).reshape(-1, m)
        clouds = keys.reshape(-1, *keys.shape[-3:])
        shares = (
            [None] * len(clouds) if weights is None else weights.reshape(-1, *weights.shape[-2:])
        )
        medians = [
            median_distance(c[s], self.theta, None if w is None else w[s], p=self.p)
            for c, w, s in zip(clouds, shares, visible, strict=True)
        ]
        return keys.new_tensor(medians).reshape(*batch, 1, 1)

    def zero_masked_clouds(
        self,
        clouds: Float[Tensor, "*batch m k d"],
        weights: Float[Tensor, "*batch m k"] | None,
        mask: Bool[Tensor, "..."] | None,
    ) -> tuple[Float[Tensor, "*batch m k d"], Float[Tensor, "*batch m k"] | None]:
        """Zero the clouds that no query may see and the points without weight."""
        shape, k = clouds.shape, clouds.shape[-2]
        clouds = zero_masked(clouds.flatten(-2), mask).reshape(shape)
        if weights is None:
            return clouds, None
        if mask is not None:
            visible = mask if mask.ndim == 1 else mask.any(-2)
            weights = torch.where(visible[..., None], weights, 1 / k)
        return clouds.masked_fill((weights == 0)[..., None], 0.0), weights

    def check(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        query_weights: Tensor | None,
        key_weights: Tensor | None,
        mask: Tensor | None,
    ) -> None:
        """Raise ``ValueError`` unless clouds, weights, values and mask match."""
        for name, clouds in (("query", query), ("keys", keys)):
            if clouds.ndim < 3 or clouds.shape[-1] != self.dim:
                raise ValueError(
                    f"{name} must have shape (..., clouds, points, {self.dim}), "
                    f"got {tuple(clouds.shape)}"
                )
        flat = (query.flatten(-2), keys.flatten(-2))
        check_inputs(*flat, values, mask, dtype=self.theta.dtype)
        for name, clouds, weights, visible in (
            ("query_weights", query, query_weights, None),
            ("key_weights", keys, key_weights, mask),
        ):
            if weights is not None:
                check_weights(name, clouds, weights, visible)


def check_weights(name: str, clouds: Tensor, weights: Tensor, mask: Tensor | None) -> None:
    """Raise ``ValueError`` for weights below 0 or of another sum than 1 in a visible cloud."""
    if weights.shape != clouds.shape[:-1]:
        raise ValueError(
            f"{name} must have shape {tuple(clouds.shape[:-1])}, got {tuple(weights.shape)}"
        )
    total = weights.sum(-1)
    wrong = ~((weights >= 0).all(-1) & ((total - 1).abs() < 1e-3))
    if mask is not None:
        wrong = wrong & (mask if mask.ndim == 1 else mask.any(-2))
    if bool(wrong.any()):
        first = total[wrong][0].item()
        raise ValueError(
            f"{name} must be at least 0 and sum to 1 in each cloud, got one with sum {first:.4g}"
        )
