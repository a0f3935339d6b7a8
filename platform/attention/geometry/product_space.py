"""A product of a flat, a hyperbolic and a spherical space.

Gu et al. 2019; Skopek et al. 2020. A point is a row of three parts: ``E`` any vector
(demographics), ``H`` a tangent at the origin of hyperbolic space of curvature -1 (position in an
interest tree, see ``attention.geometry.lorentz``), ``S`` directions of curvature +1 (time of day,
weekday)::

    D^2 = w_E |x_E - y_E|^2 / d_E + w_H D_H^2 + w_S D_S^2

Cycles live on a product of circles and not on one sphere: with ``cyclic`` (the default) ``S``
holds pairs ``(cos, sin)`` and ``D_S^2`` is the sum of the squared differences of their angles.
One sphere is for data that are directions, such as normalised text.

On a sphere arcs are computed from chords, ``2 asin(chord / 2)``, and on circles from the angles:
the arccosine of a dot product would lose half the digits of small ones.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from attention.geometry.lorentz import norm, polar_distances


@dataclass(frozen=True)
class ProductSpace:
    """Widths of the three parts, and the form of the last.

    Attributes:
        flat: Width of ``E``.
        hyperbolic: Width of ``H``.
        spherical: Width of ``S``; even when ``cyclic``.
        cyclic: Read ``S`` as circles instead of one sphere.
    """

    flat: int = 128
    hyperbolic: int = 128
    spherical: int = 64
    cyclic: bool = True

    def __post_init__(self) -> None:
        """Validate the widths."""
        for name in ("flat", "hyperbolic", "spherical"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.cyclic and self.spherical % 2:
            raise ValueError(f"spherical must be even for circles, got {self.spherical}")

    @property
    def width(self) -> int:
        """Width of a whole point."""
        return self.flat + self.hyperbolic + self.spherical

    @property
    def piece(self) -> int:
        """Width of one direction: 2 for circles, all of ``S`` for a sphere."""
        return 2 if self.cyclic else self.spherical

    def parts(
        self, points: Float[Tensor, "*rows d"]
    ) -> tuple[Float[Tensor, "*rows e"], Float[Tensor, "*rows u"], Float[Tensor, "*rows s"]]:
        """Split points into their flat, hyperbolic and spherical parts."""
        e, u, s = torch.tensor_split(points, (self.flat, self.flat + self.hyperbolic), dim=-1)
        return e, u, s


def encode_cycles(phases: Float[Tensor, "*rows c"], circles: int = 32) -> Float[Tensor, "*rows s"]:
    """Turn phases in periods (hour / 24, weekday / 7) into pairs ``(cos, sin)``.

    Unused circles have the angle 0 and add nothing to any distance.

    Raises:
        ValueError: More phases than circles.
    """
    used = phases.shape[-1]
    if used > circles:
        raise ValueError(f"phases must be at most {circles}, one per circle, got {used}")
    angle = torch.cat((phases, phases.new_zeros(*phases.shape[:-1], circles - used)), -1)
    angle = 2 * math.pi * angle
    return torch.stack((angle.cos(), angle.sin()), -1).flatten(-2)


def normalise(x: Float[Tensor, "*rows d"], least: float = 0.0) -> tuple[Tensor, Tensor]:
    """Scale rows to length 1; rows no longer than ``least`` become the first axis.

    Returns:
        The unit vectors ``(*rows, d)``, and which rows ``(*rows, 1)`` had no direction.
    """
    length = norm(x)
    lost = length <= least
    first = torch.zeros_like(x)
    first[..., 0] = 1.0
    return torch.where(lost, first, x / torch.where(lost, 1.0, length)), lost


def arc_square(quarter: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Squared arc ``(2 asin(sqrt(quarter)))^2`` between unit vectors, ``quarter = chord^2 / 4``.

    Value and gradient are exact at 0, where the root has none. At the opposite point the slope is
    infinite and is set to 0.
    """
    small, far = quarter < 1e-4, quarter >= 1 - 4 * torch.finfo(quarter.dtype).eps
    inside = torch.where(small | far, 0.5, quarter)
    arc = 4 * torch.asin(inside.sqrt()).square()
    series = 4 * quarter * (1 + quarter / 3 * (1 + quarter * 8 / 15 * (1 + quarter * 9 / 14)))
    opposite = 4 * torch.asin(quarter.detach().clamp(0.0, 1.0).sqrt()).square()
    return torch.where(small, series, torch.where(far, opposite, arc))


def spherical_square(
    x: Float[Tensor, "*batch n s"], y: Float[Tensor, "*batch m s"], *, cyclic: bool
) -> Float[Tensor, "*batch n m"]:
    """Squared distances on a sphere between unit vectors, or on circles between unit pairs."""
    if not cyclic:
        return arc_square((exact_distances(x, y) / 2).square())
    x_angle, y_angle = (angles(z) for z in (x, y))
    difference = x_angle[..., :, None, :] - y_angle[..., None, :, :]
    turns = torch.round(difference.detach() / (2 * math.pi))
    square: Tensor = (difference - 2 * math.pi * turns).square().sum(-1)
    return square


def angles(rows: Float[Tensor, "*rows s"]) -> Float[Tensor, "*rows c"]:
    """Angles of pairs ``(cos, sin)``, in radians."""
    pairs = pieces_of(rows)
    return torch.atan2(pairs[..., 1], pairs[..., 0])


def pieces_of(rows: Float[Tensor, "*rows s"], width: int = 2) -> Float[Tensor, "*rows c width"]:
    """Split rows into pieces of equal width, by default circles."""
    return rows.reshape(*rows.shape[:-1], -1, width)


def exact_distances(
    x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch m d"]
) -> Float[Tensor, "*batch n m"]:
    """Euclidean distances by differences, because a product loses the digits of small ones."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def product_square(
    x: Float[Tensor, "*batch n d"],
    y: Float[Tensor, "*batch m d"],
    shares: Float[Tensor, "3"],
    space: ProductSpace,
) -> Float[Tensor, "*batch n m"]:
    """Squared distances ``D^2`` between points with unit spherical parts."""
    (x_flat, x_tree, x_round), (y_flat, y_tree, y_round) = space.parts(x), space.parts(y)
    flat = exact_distances(x_flat, y_flat).square() / space.flat
    tree = polar_distances(x_tree, y_tree).square()
    around = spherical_square(x_round, y_round, cyclic=space.cyclic)
    return shares[0] * flat + shares[1] * tree + shares[2] * around


def naive_product_square(
    x: Float[Tensor, " d"],
    y: Float[Tensor, " d"],
    shares: Float[Tensor, "3"],
    space: ProductSpace,
) -> Float[Tensor, ""]:
    """Compute ``D^2`` of one pair literally, from angles and from ``arcosh``."""
    (x_flat, x_tree, x_round), (y_flat, y_tree, y_round) = space.parts(x), space.parts(y)
    r, s = x_tree.norm(), y_tree.norm()
    cosine = x_tree.dot(y_tree) / (r * s)
    tree = torch.acosh(r.cosh() * s.cosh() - r.sinh() * s.sinh() * cosine)
    cosines = pieces_of(x_round * y_round, space.piece).sum(-1)
    around = torch.acos(cosines.clamp(-1.0, 1.0)).square().sum()
    flat = (x_flat - y_flat).square().sum() / space.flat
    return shares[0] * flat + shares[1] * tree.square() + shares[2] * around
