"""Hyperbolic space on the hyperboloid: numerically stable maps, distances and means.

A point of the space of curvature ``-c`` has one of two forms:

* *tangent*: a vector ``u`` at the origin, of any width ``d``; ``r = |u|`` is its distance from the
  origin and ``a = u / r`` its direction. Any network layer can produce it.
* *point*: ``x = (x0, xs)`` of width ``d + 1`` with ``-x0^2 + |xs|^2 = -1/c`` and ``x0 > 0``.

Precision: two points at radius ``r`` and distance .3 differ in the last digits of ``cosh(r)``, so
each form of the distance has a radius beyond which it is wrong (true distance .300)::

    form                     float32                          float64
    Lorentz, matrix product  .2994 at 5, .305 at 6, 0 at 8    good to 15
    polar, exact differences .3000 to 12                      good to 15

:data:`RADIUS` holds these limits; :func:`clip_radius` applies them and counts what it clips.

References: Nickel and Kiela 2018 (Lorentz model); Ganea et al. 2018; Law et al. 2019 (centroid);
Lou et al. 2020 (Frechet mean); Mishne et al. 2023 (precision).
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from attention.geometry.products import batched_product

RADIUS = {
    ("lorentz", torch.float32): 5.0,
    ("polar", torch.float32): 12.0,
    ("lorentz", torch.float64): 15.0,
    ("polar", torch.float64): 15.0,
}
"""Largest distance from the origin, in units of ``1/sqrt(c)``, at which a form is exact."""


def allowed_radius(form: str, dtype: torch.dtype) -> float:
    """Return the largest radius at which a form of the distance is exact in a dtype.

    Raises:
        ValueError: The form is unknown, or the dtype is not float32 or float64.
    """
    if form not in ("lorentz", "polar"):
        raise ValueError(f"form must be 'lorentz' or 'polar', got {form!r}")
    if (form, dtype) not in RADIUS:
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}")
    return RADIUS[form, dtype]


def sinhc(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return ``sinh(x) / x``, and its limit 1 at 0, with exact gradients at 0."""
    small = x.abs() < 1e-2
    # the unused branch must stay finite, or its gradient makes the result NaN
    safe = torch.where(small, 1.0, x)
    square = x * x
    series = 1 + square / 6 * (1 + square / 20 * (1 + square / 42))
    return torch.where(small, series, torch.sinh(safe) / safe)


def asinhc(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Return ``asinh(x) / x``, and its limit 1 at 0, with exact gradients at 0."""
    small = x.abs() < 1e-2
    safe = torch.where(small, 1.0, x)
    square = x * x
    series = 1 - square / 6 + square**2 * 3 / 40 - square**3 * 15 / 336
    return torch.where(small, series, torch.asinh(safe) / safe)


def norm(x: Float[Tensor, "*rows d"]) -> Float[Tensor, "*rows 1"]:
    """Return Euclidean lengths; the gradient at 0 is 0."""
    length: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return length


def clip_radius(
    tangent: Float[Tensor, "*rows d"], radius: float
) -> tuple[Float[Tensor, "*rows d"], Float[Tensor, ""]]:
    """Shorten tangents longer than ``radius`` to it; also return their share."""
    length = norm(tangent)
    outside = length > radius
    clipped = torch.where(outside, tangent * (radius / length.clamp_min(radius)), tangent)
    return clipped, outside.to(tangent.dtype).mean()


def exp0(tangent: Float[Tensor, "*rows d"], c: float = 1.0) -> Float[Tensor, "*rows p"]:
    """Map tangents at the origin to points of width ``d + 1``.

    ``x0 = cosh(sqrt(c) r) / sqrt(c)``, ``xs = sinh(sqrt(c) r) u / (sqrt(c) r)``.
    """
    root = math.sqrt(c)
    scaled = root * norm(tangent)
    return torch.cat([torch.cosh(scaled) / root, sinhc(scaled) * tangent], -1)


def log0(points: Float[Tensor, "*rows p"], c: float = 1.0) -> Float[Tensor, "*rows d"]:
    """Map points back to tangents at the origin; the inverse of :func:`exp0`."""
    space = points[..., 1:]
    # asinh of the spatial part, because arcosh of x0 loses half the digits near the origin
    return space * asinhc(math.sqrt(c) * norm(space))


def poincare(points: Float[Tensor, "*rows p"], c: float = 1.0) -> Float[Tensor, "*rows d"]:
    """Return coordinates in the Poincare ball of radius ``1 / sqrt(c)``."""
    root = math.sqrt(c)
    return points[..., 1:] / (1 + root * points[..., :1])


def inner(x: Float[Tensor, "*#rows p"], y: Float[Tensor, "*#rows p"]) -> Float[Tensor, "*rows"]:
    """Return the Lorentz product ``-x0 y0 + <xs, ys>`` of rows."""
    return (x[..., 1:] * y[..., 1:]).sum(-1) - x[..., 0] * y[..., 0]


def cross_inner(
    x: Float[Tensor, "*batch n p"], y: Float[Tensor, "*batch m p"]
) -> Float[Tensor, "*batch n m"]:
    """Return the Lorentz product of every row of ``x`` with every row of ``y``."""
    return torch.cat([-x[..., :1], x[..., 1:]], -1) @ y.transpose(-2, -1)


def excess_to_distance(z: Float[Tensor, "..."], c: float = 1.0) -> Float[Tensor, "..."]:
    """Return ``arcosh(1 + z) / sqrt(c)`` as ``log1p(z + sqrt(z (z + 2))) / sqrt(c)``.

    The slope is infinite at 0, so ``z`` is at least 1e-12 (float32: 1e-7): smaller distances than
    1.4e-6 (4.5e-4) become that, with gradient 0.
    """
    z = z.clamp_min(1e-7 if z.dtype == torch.float32 else 1e-12)
    # sqrt(z (z + 2)) as sqrt(2) sqrt(z + z z / 2): the same digits with one pass fewer
    root = torch.sqrt(torch.addcmul(z, z, z, value=0.5))
    distance = torch.log1p(torch.add(z, root, alpha=math.sqrt(2)))
    return distance if c == 1 else distance / math.sqrt(c)


def lorentz_distances(
    x: Float[Tensor, "*batch n p"], y: Float[Tensor, "*batch m p"], c: float = 1.0
) -> Float[Tensor, "*batch n m"]:
    """Return all distances between two sets of points by one matrix product (the fast form)."""
    return excess_to_distance(-c * cross_inner(x, y) - 1, c)


class Lifted(NamedTuple):
    """Points ``(height, scale u)`` as separate tangents ``u``, heights and scales, without a copy.

    Attributes:
        tangents: The input, also beyond the radius.
        height: ``cosh(sqrt(c) r) / sqrt(c)``, the coordinate ``x0``.
        scale: ``sinh(sqrt(c) r) / (sqrt(c) |u|)`` with ``r = min(|u|, radius)``.
        clipped: Share of the tangents beyond the radius.
    """

    tangents: Float[Tensor, "*rows d"]
    height: Float[Tensor, "*rows 1"]
    scale: Float[Tensor, "*rows 1"]
    clipped: float


def lift(*sets: Float[Tensor, "..."], radius: float, c: float = 1.0) -> tuple[Lifted, ...]:
    """Return the points of tangents ``(*batch, n, d)``, clipped to the radius."""
    counts = [tangents.shape[-2] for tangents in sets]
    # one pass for all sets: at these sizes the number of calls determines the time
    lengths = torch.cat([norm(tangents) for tangents in sets], -2)
    outside = lengths.amax().item() > radius
    clipped = clipped_shares(lengths.detach(), counts, radius) if outside else [0.0] * len(sets)
    # at 0 the quotient below is 1 with slope 0, also with the floor
    scaled = (lengths if c == 1 else math.sqrt(c) * lengths).clamp_min(_floor(lengths))
    limited = scaled.clamp_max(math.sqrt(c) * radius) if outside else scaled
    height, scale = torch.cosh(limited), torch.sinh(limited) / scaled
    height = height if c == 1 else height / math.sqrt(c)
    parts = height.split_with_sizes(counts, -2), scale.split_with_sizes(counts, -2)
    return tuple(map(Lifted, sets, *parts, clipped))


def clipped_shares(
    lengths: Float[Tensor, "*batch n 1"], counts: list[int], radius: float
) -> list[float]:
    """Return, for consecutive sets of rows, the share of lengths above a radius."""
    parts = lengths.split_with_sizes(counts, -2)
    return [(part > radius).to(part.dtype).mean().item() for part in parts]


def _floor(x: Tensor) -> float:
    """Return the smallest length whose square is a normal number."""
    return math.sqrt(torch.finfo(x.dtype).tiny)


def lifted_distances(x: Lifted, y: Lifted, c: float = 1.0) -> Float[Tensor, "*batch n m"]:
    """Return all distances, the same as :func:`lorentz_distances` with scales on the product."""
    product = batched_product(x.tangents * x.scale, y.tangents.mT)
    z = torch.addcmul(x.height * y.height.mT, product, y.scale.mT, value=-1)
    # an integer 1 would be converted to a float, which takes longer than the difference
    return excess_to_distance((z if c == 1 else c * z) - 1.0, c)


def lifted_centroid(
    weights: Float[Tensor, "*batch n m"], points: Lifted, c: float = 1.0
) -> Float[Tensor, "*batch n d"]:
    """Return the tangents of the :func:`centroid` of points; 0 for a row of zero weights."""
    floor = _floor(weights)
    up = batched_product(weights, points.height).clamp_min(floor)
    along = batched_product(weights * points.scale.mT, points.tangents)
    length = norm(along).clamp_min(floor)
    # tanh of the distance from the origin, below 1 except after rounding and for a row of zeros
    ratio = (length / up).clamp_max(1 - torch.finfo(along.dtype).eps)
    distance = torch.atanh(ratio)
    return along * ((distance if c == 1 else distance / math.sqrt(c)) / length)


def polar_distances(
    u: Float[Tensor, "*batch n d"], v: Float[Tensor, "*batch m d"], c: float = 1.0
) -> Float[Tensor, "*batch n m"]:
    """Return all distances between two sets of tangents by exact differences, for large radii.

    With ``r = sqrt(c) |u|``, ``s = sqrt(c) |v|`` and directions ``a``, ``b``::

        D = 2 asinh( sqrt( sinh((r - s) / 2)^2 + sinh(r) sinh(s) |a - b|^2 / 4 ) ) / sqrt(c)
    """
    root = math.sqrt(c)
    u_norm, v_norm = norm(u), norm(v)
    tiny = torch.finfo(u.dtype).tiny ** 0.5
    chord = torch.cdist(
        u / u_norm.clamp_min(tiny),
        v / v_norm.clamp_min(tiny),
        compute_mode="donot_use_mm_for_euclid_dist",
    )
    r, s = root * u_norm, root * v_norm.transpose(-2, -1)
    # sinh(r) sinh(s) overflows float32 only far beyond the allowed radius
    square = torch.sinh((r - s) / 2) ** 2 + torch.sinh(r) * torch.sinh(s) * (chord / 2) ** 2
    return 2 * torch.asinh(torch.sqrt(square.clamp_min(tiny))) / root


def onto_hyperboloid(x: Float[Tensor, "*rows p"], c: float = 1.0) -> Float[Tensor, "*rows p"]:
    """Scale vectors inside the light cone to points; a vector of zeros becomes the origin."""
    square = -inner(x, x)[..., None]
    zero = (x == 0).all(-1, keepdim=True)
    origin = torch.zeros_like(x)
    origin[..., 0] = 1.0
    x = torch.where(zero, origin, x)
    scale = torch.where(zero, 1.0, square.clamp_min(torch.finfo(x.dtype).tiny))
    return x / torch.sqrt(c * scale)


def centroid(
    weights: Float[Tensor, "*batch n m"], points: Float[Tensor, "*batch m p"], c: float = 1.0
) -> Float[Tensor, "*batch n p"]:
    """Return the Lorentz centroids of points, one per row of weights.

    ``s = sum_j w_j v_j``, ``mid = s / (sqrt(c) sqrt(-<s, s>_L))`` (Law et al. 2019). It minimises
    the weighted sum of ``cosh D - 1`` and equals the Einstein midpoint. Zero weights yield the
    origin.
    """
    return onto_hyperboloid(weights @ points, c)


def frechet_mean(
    weights: Float[Tensor, "*batch n m"],
    points: Float[Tensor, "*batch m p"],
    c: float = 1.0,
    *,
    max_iterations: int = 50,
    tolerance: float = 1e-5,
) -> tuple[Float[Tensor, "*batch n p"], int]:
    """Return the points that minimise the weighted sum of squared distances, and the steps taken.

    From the centroid, with ``h_j = sqrt(c) D(m, v_j)``::

        g = sum_j w_j log_m(v_j),  eta = 1 / sum_j w_j h_j coth(h_j),  m <- exp_m(eta g)

    ``sum w_j h_j coth(h_j)`` bounds the second derivative of the objective, so no step raises it;
    the unit step (``eta = 1``) diverges from a mean spread of 2.7 on. Each row stops once its step
    is shorter than ``tolerance``, so a row does not depend on the others.
    """
    mean = centroid(weights, points, c)
    moving = torch.ones_like(mean[..., :1], dtype=torch.bool)
    steps = 0
    while steps < max_iterations and bool(moving.any()):
        step = safe_frechet_step(mean, weights, points, c)
        mean = torch.where(moving, exp_at(mean, step, c), mean)
        moving = moving & (tangent_norm(step) >= tolerance)
        steps += 1
    return mean, steps


def safe_frechet_step(
    mean: Float[Tensor, "*batch n p"],
    weights: Float[Tensor, "*batch n m"],
    points: Float[Tensor, "*batch m p"],
    c: float = 1.0,
) -> Float[Tensor, "*batch n p"]:
    """Return the tangent ``eta g`` at the current means; see :func:`frechet_mean`."""
    product = c * cross_inner(mean, points)
    h = excess_to_distance(-product - 1)
    share = weights / sinhc(h)
    gradient = share @ points + (share * product).sum(-1, keepdim=True) * mean
    curvature = (weights * torch.cosh(h) / sinhc(h)).sum(-1, keepdim=True)
    return gradient / curvature.clamp_min(torch.finfo(mean.dtype).tiny)


def tangent_norm(tangent: Float[Tensor, "*rows p"]) -> Float[Tensor, "*rows 1"]:
    """Return the lengths of tangents at points of the hyperboloid."""
    return torch.sqrt(inner(tangent, tangent).clamp_min(torch.finfo(tangent.dtype).tiny))[..., None]


def exp_at(
    points: Float[Tensor, "*rows p"], tangent: Float[Tensor, "*rows p"], c: float = 1.0
) -> Float[Tensor, "*rows p"]:
    """Move each point along its tangent: ``cosh(h) x + sinh(h)/h t``, ``h = sqrt(c) |t|``."""
    h = math.sqrt(c) * tangent_norm(tangent)
    return onto_hyperboloid(torch.cosh(h) * points + sinhc(h) * tangent, c)
