"""Hyperbolic attention: weights fall with the distance in a space that has room for trees.

With tangents ``u`` at the origin (see ``attention.geometry.lorentz``)::

    w = softmax(-beta D(q, k) / tau),   output = log0(centroid of the values under w)

Gulcehre et al. 2019. ``aggregate="frechet"`` takes the Frechet mean in place of the centroid; at a
mean spread of .13, .8, 2.7 and 5.5 they differ by 0.000, .006, .12 and .40. Text embeddings are not
hierarchical: without training on a tree this is only another kernel.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from attention.geometry.lorentz import (
    allowed_radius,
    centroid,
    clip_radius,
    exp0,
    frechet_mean,
    lift,
    lifted_centroid,
    lifted_distances,
    log0,
    lorentz_distances,
    polar_distances,
)
from attention.mechanisms.heads import check_heads, merge_heads, split_heads
from attention.mechanisms.mechanism import Mechanism
from attention.mechanisms.projections import HeadProjections
from attention.mechanisms.result import AttentionResult, check_inputs, zero_masked
from attention.mechanisms.softmax import masked_weights


def hyperbolic_weights(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    *,
    beta: Float[Tensor, "..."] | float = 1.0,
    c: float = 1.0,
    form: str = "lorentz",
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch h n m"], Callable[[], Tensor]]:
    """Return ``softmax(-beta D)`` of tangents within the radius, and a function for its ``lse``.

    Args:
        query: Tangents of the queries.
        keys: Tangents of the keys.
        beta: Steepness over temperature; broadcasts to the scores.
        c: The curvature is ``-c``.
        form: ``"lorentz"`` (to radius 5 in float32) or ``"polar"`` (to radius 12).
        mask: Which keys may be seen.
    """
    if form == "lorentz":
        distances = lorentz_distances(exp0(query, c), exp0(keys, c), c)
    else:
        distances = polar_distances(query, keys, c)
    return masked_weights(-beta * distances, mask)


def fast_form(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dh"],
    *,
    radius: float,
    beta: Float[Tensor, "..."] | float = 1.0,
    c: float = 1.0,
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[
    Float[Tensor, "*batch h n dh"],
    Float[Tensor, "*batch h n m"],
    Callable[[], Tensor],
    dict[str, float],
]:
    """Return means, weights, log denominators and clipped shares, by the Lorentz form.

    Points are held as tangents and scales, so only the matrix products pass over whole rows.

    Args:
        query: Tangents of the queries.
        keys: Tangents of the keys.
        values: Tangents of the values.
        radius: Longer tangents are clipped to it.
        beta: Steepness over temperature; broadcasts to the scores.
        c: The curvature is ``-c``.
        mask: Which keys may be seen.
    """
    q, k, v = lift(query, keys, values, radius=radius, c=c)
    weights, denominator = masked_weights(lifted_distances(q, k, c) * -beta, mask)
    clipped = _clipped(q.clipped, k.clipped, v.clipped)
    return lifted_centroid(weights, v, c), weights, denominator, clipped


def exact_form(
    query: Float[Tensor, "*batch h n dh"],
    keys: Float[Tensor, "*batch h m dh"],
    values: Float[Tensor, "*batch h m dh"],
    *,
    radius: float,
    beta: Float[Tensor, "..."] | float = 1.0,
    c: float = 1.0,
    mask: Bool[Tensor, "..."] | None = None,
) -> tuple[
    Float[Tensor, "*batch h n dh"],
    Float[Tensor, "*batch h n m"],
    Callable[[], Tensor],
    dict[str, float],
]:
    """Return the same as :func:`fast_form` by polar distances, exact to radius 12 in float32."""
    clips = (clip_radius(u, radius) for u in (query, keys, values))
    (q, q_clipped), (k, k_clipped), (v, v_clipped) = clips
    weights, denominator = hyperbolic_weights(q, k, beta=beta, c=c, form="polar", mask=mask)
    means, _ = hyperbolic_mean(weights, v, c=c, form="polar")
    return (
        means,
        weights,
        denominator,
        _clipped(q_clipped.item(), k_clipped.item(), v_clipped.item()),
    )


def _clipped(query: float, keys: float, values: float) -> dict[str, float]:
    return {"query_clipped": query, "keys_clipped": keys, "values_clipped": values}


def hyperbolic_mean(
    weights: Float[Tensor, "*batch h n m"],
    values: Float[Tensor, "*batch h m dh"],
    *,
    c: float = 1.0,
    form: str = "lorentz",
    aggregate: str = "centroid",
) -> tuple[Float[Tensor, "*batch h n dh"], int]:
    """Return the means of tangents under the weights, as tangents, and the Frechet steps taken.

    Far from the origin, and in Frechet steps, the sums cancel beyond float32; they use float64.
    """
    wide = torch.float64 if form == "polar" or aggregate == "frechet" else values.dtype
    points, wide_weights = exp0(values.to(wide), c), weights.to(wide)
    if aggregate == "frechet":
        mean, steps = frechet_mean(wide_weights, points, c)
    else:
        mean, steps = centroid(wide_weights, points, c), 0
    return log0(mean, c).to(values.dtype), steps


def naive_hyperbolic(
    query: Float[Tensor, "n d"],
    keys: Float[Tensor, "m d"],
    values: Float[Tensor, "m d"],
    c: float = 1.0,
) -> Float[Tensor, "n d"]:
    """Compute one head of centroid attention from tangents, pair by pair, as the formulas read."""
    root, rows = math.sqrt(c), []

    def point(u: Tensor) -> Tensor:
        r = u.norm()
        return torch.cat([(root * r).cosh()[None] / root, (root * r).sinh() * u / (root * r)])

    for q in query:
        x, weights = point(q), []
        for k in keys:
            y = point(k)
            product = x[1:].dot(y[1:]) - x[0] * y[0]
            weights.append(torch.exp(-torch.acosh(-c * product) / root))
        total = torch.stack([w * point(v) for w, v in zip(weights, values, strict=True)]).sum(0)
        mid = total / (root * (total[0] ** 2 - total[1:].dot(total[1:])).sqrt())
        rows.append(mid[1:] / mid[1:].norm() * (root * mid[0]).acosh() / root)
    return torch.stack(rows)


class HyperbolicAttention(Mechanism):
    """Attention by hyperbolic distance, with projections to tangents and a learnt steepness.

    Args:
        dim: Width of queries, keys, values and output.
        heads: Number of hyperbolic spaces, each of width ``dim / heads``.
        c: The curvature is ``-c``.
        tau: Temperature.
        form: ``"lorentz"`` or ``"polar"``; see :data:`attention.geometry.lorentz.RADIUS`.
        aggregate: ``"centroid"`` or ``"frechet"``.
        project: ``False`` reads the inputs as tangents of a trained tree and returns tangents.
    """

    settings = ("heads", "c", "tau", "form", "aggregate")

    def __init__(
        self,
        dim: int = 256,
        heads: int = 1,
        *,
        c: float = 1.0,
        tau: float = 1.0,
        form: str = "lorentz",
        aggregate: str = "centroid",
        project: bool = True,
    ) -> None:
        super().__init__()
        check_heads(dim, heads)
        allowed_radius(form, torch.float32)
        if c <= 0 or tau <= 0:
            raise ValueError(f"c and tau must be above 0, got {c} and {tau}")
        if aggregate not in ("centroid", "frechet"):
            raise ValueError(f"aggregate must be 'centroid' or 'frechet', got {aggregate!r}")
        self.dim, self.heads, self.c, self.tau = dim, heads, c, tau
        self.form, self.aggregate = form, aggregate
        self.log_beta = nn.Parameter(torch.empty(heads, 1, 1))
        self.project = HeadProjections(dim, heads) if project else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start at ``beta = 1`` and projections that yield tangents of length about 1."""
        nn.init.zeros_(self.log_beta)
        if self.project is None:
            return
        self.project.reset_parameters()
        with torch.no_grad():
            for linear in (self.project.query, self.project.key, self.project.value):
                linear.weight *= (self.heads / self.dim) ** 0.5

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return the outputs and weights; the diagnostics give the shares of clipped tangents.

        Raises:
            ValueError: Shapes or dtypes do not match, or the dtype is shorter than
                float32.
        """
        q, k, v = self.tangents(query, keys, values, mask)
        radius = allowed_radius(self.form, query.dtype) / math.sqrt(self.c)
        attend = fast_form if self.form == "lorentz" else exact_form
        beta = self.log_beta.exp()
        beta = beta if self.tau == 1 else beta / self.tau
        means, weights, denominator, numbers = attend(
            q, k, v, radius=radius, beta=beta, c=self.c, mask=mask
        )
        if self.aggregate == "frechet":
            clipped, _ = clip_radius(v, radius)
            means, steps = hyperbolic_mean(weights, clipped, c=self.c, aggregate="frechet")
            numbers = numbers | {"frechet_steps": steps}
        output = merge_heads(means) if self.project is None else self.project.mix(means, mask)
        return AttentionResult(output, weights, denominator, numbers)

    def tangents(
        self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the tangents of queries, keys and values in each head."""
        if self.project is not None:
            return self.project.forward(query, keys, values, mask)
        widths = (self.dim, self.dim, self.dim)
        check_inputs(query, keys, values, mask, widths=widths, dtype=self.log_beta.dtype)
        rows = (query, zero_masked(keys, mask), zero_masked(values, mask))
        q, k, v = (split_heads(x, self.heads) for x in rows)
        return q, k, v
