"""Attention between point clouds: a creative is the set of its elements, scenes or frames.

With the squared sliced-Wasserstein distance of ``attention.geometry.wasserstein``::

    w_j = softmax_j(-SW2^2(query, key_j) / tau),   tau = median of SW2^2 over the index

The coordinates of *one* embedding are not a distribution: two orthogonal unit vectors would have
distance 0, because the names of the coordinates are lost.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attention.geometry.wasserstein import (
    TransportPlan,
    best_slice_plan,
    directions,
    exact_plan,
    median_distance,
    pairwise_sliced_wasserstein,
)
from attention.mechanisms.result import AttentionResult, blank_rows, blank_unseen, check_inputs
from attention.mechanisms.softmax import masked_softmax


@dataclass(frozen=True, eq=False)
class Nearest:
    """The cloud of the index that is nearest to a query, and how their points correspond.

    Attributes:
        index: Place in the index.
        distance: ``SW2^2`` to it.
        weight: Its attention weight.
        plan: Which point of the query answers to which point of that cloud.
    """

    index: int
    distance: float
    weight: float
    plan: TransportPlan


class SlicedWassersteinAttention(nn.Module):
    """Attention of clouds to clouds by sliced-Wasserstein distance; nothing is learnt.

    Args:
        dim: Width of the points.
        projections: Number of directions.
        seed: Of the directions.
        p: Power of the cost, at least 1.
        tau: Temperature. ``None`` takes the median distance of the index given to
            :meth:`calibrate`, or else of the keys of each call, which costs all their pairs.
    """

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
        """Draw the directions anew from the seed, in the dtype they are held in."""
        self.theta = directions(self.dim, self.projections, seed=self.seed, like=self.theta)

    def forward(
        self,
        query: Float[Tensor, "*batch n k1 d"],
        keys: Float[Tensor, "*batch m k2 d"],
        values: Float[Tensor, "*batch m dv"],
        *,
        query_weights: Float[Tensor, "*batch n k1"] | None = None,
        key_weights: Float[Tensor, "*batch m k2"] | None = None,
        keep: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Average the values of clouds near each query cloud; ``diagnostics`` names the ``tau``.

        Raises:
            ValueError: Shapes or dtypes do not belong together, or weights of points are negative
                or do not sum to 1.
        """
        self.check(query, keys, values, query_weights, key_weights, keep)
        keys, key_weights = self.blank(keys, key_weights, keep)
        query, query_weights = self.blank(query, query_weights, None)
        tau = self.temperatures(keys, key_weights, keep)
        distances = self.distances(query, keys, query_weights, key_weights)
        weights, lse = masked_softmax((-distances / tau)[..., None, :, :], keep)
        output = weights[..., 0, :, :].to(values.dtype) @ blank_unseen(values, keep)
        return AttentionResult(
            blank_rows(output, keep), weights, lse, {"tau": float(tau.mean().item())}
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
        """Fix the temperature at the median distance of an index, and return it."""
        index, weights = self.blank(index, weights, None)
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
        """Find the nearest cloud of an index, and which of its points answers to which.

        Args:
            query: Points of one cloud, for example the elements of a new creative.
            keys: Clouds of the index.
            query_weights: Weights of the query's points.
            key_weights: Weights of the keys' points.
            exact: Compute the optimal plan (POT, extra ``transport``) and not only the best slice.
        """
        whole = None if query_weights is None else query_weights[None]
        found = self(query[None], keys, keys[:, 0], query_weights=whole, key_weights=key_weights)
        rows, whole = self.blank(query[None], whole, None)
        clouds, key_weights = self.blank(keys, key_weights, None)
        distances = self.distances(rows, clouds, whole, key_weights)[0]
        best = int(distances.argmin())
        sides = (
            rows[0],
            clouds[best],
            None if whole is None else whole[0],
            None if key_weights is None else key_weights[best],
        )
        plan = exact_plan(*sides) if exact else best_slice_plan(*sides[:2], self.theta, *sides[2:])
        return Nearest(best, float(distances[best]), float(found.weights[0, 0, best]), plan)

    def temperatures(
        self,
        keys: Float[Tensor, "*batch m k d"],
        weights: Float[Tensor, "*batch m k"] | None,
        keep: Bool[Tensor, "..."] | None,
    ) -> Float[Tensor, "*#batch 1 1"]:
        """Temperature of each item of a batch: the fixed one, or the median of the seen keys."""
        batch, m = keys.shape[:-3], keys.shape[-3]
        if self.tau is not None:
            return keys.new_full((1,) * len(batch) + (1, 1), self.tau)
        seen = torch.ones(m, dtype=torch.bool, device=keys.device)
        if keep is not None:
            seen = keep if keep.ndim == 1 else keep.any(-2)
        seen = seen.expand(*batch, m).reshape(-1, m)
        clouds = keys.reshape(-1, *keys.shape[-3:])
        shares = (
            [None] * len(clouds) if weights is None else weights.reshape(-1, *weights.shape[-2:])
        )
        found = [
            median_distance(c[s], self.theta, None if w is None else w[s], p=self.p)
            for c, w, s in zip(clouds, shares, seen, strict=True)
        ]
        return keys.new_tensor(found).reshape(*batch, 1, 1)

    def blank(
        self,
        clouds: Float[Tensor, "*batch m k d"],
        weights: Float[Tensor, "*batch m k"] | None,
        keep: Bool[Tensor, "..."] | None,
    ) -> tuple[Float[Tensor, "*batch m k d"], Float[Tensor, "*batch m k"] | None]:
        """Put zeros in clouds that no query may see and in points without weight."""
        shape, k = clouds.shape, clouds.shape[-2]
        clouds = blank_unseen(clouds.flatten(-2), keep).reshape(shape)
        if weights is None:
            return clouds, None
        if keep is not None:
            seen = keep if keep.ndim == 1 else keep.any(-2)
            weights = torch.where(seen[..., None], weights, 1 / k)
        return clouds.masked_fill((weights == 0)[..., None], 0.0), weights

    def check(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        query_weights: Tensor | None,
        key_weights: Tensor | None,
        keep: Tensor | None,
    ) -> None:
        """Refuse clouds, weights, values and a mask that do not belong together."""
        for name, clouds in (("query", query), ("keys", keys)):
            if clouds.ndim < 3 or clouds.shape[-1] != self.dim:
                raise ValueError(
                    f"{name} must have shape (..., clouds, points, {self.dim}), "
                    f"got {tuple(clouds.shape)}"
                )
        flat = (query.flatten(-2), keys.flatten(-2))
        check_inputs(*flat, values, keep, dtype=self.theta.dtype)
        for name, clouds, weights, mask in (
            ("query_weights", query, query_weights, None),
            ("key_weights", keys, key_weights, keep),
        ):
            if weights is not None:
                check_weights(name, clouds, weights, mask)

    def extra_repr(self) -> str:
        """Show the settings."""
        return f"dim={self.dim}, projections={self.projections}, p={self.p}, tau={self.tau}"


def check_weights(name: str, clouds: Tensor, weights: Tensor, keep: Tensor | None) -> None:
    """Refuse weights of points that are negative or do not sum to 1 in a cloud that is seen."""
    if weights.shape != clouds.shape[:-1]:
        raise ValueError(
            f"{name} must have shape {tuple(clouds.shape[:-1])}, got {tuple(weights.shape)}"
        )
    total = weights.sum(-1)
    wrong = ~((weights >= 0).all(-1) & ((total - 1).abs() < 1e-3))
    if keep is not None:
        wrong = wrong & (keep if keep.ndim == 1 else keep.any(-2))
    if bool(wrong.any()):
        first = total[wrong][0].item()
        raise ValueError(
            f"{name} must be at least 0 and sum to 1 in each cloud, got one with sum {first:.4g}"
        )
