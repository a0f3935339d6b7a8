"""Attention in a product of a flat, a hyperbolic and a spherical space, with learnt shares.

Gu et al. 2019; Skopek et al. 2020. A point is a row of three parts: ``E`` any vector
(demographics), ``H`` a tangent at the origin of hyperbolic space of curvature -1 (place in an
interest tree, see ``attention.lorentz``), ``S`` directions of curvature +1 (time of day, weekday)::

    D^2 = w_E |x_E - y_E|^2 / d_E + w_H D_H^2 + w_S D_S^2,   (w_E, w_H, w_S) = softmax of 3 logits
    weights = softmax(-D^2 / tau)
    output = [sum w x_E ; log0(Lorentz centroid) ; normalised sum w x_S]

Cycles live on a product of circles and not on one sphere: with ``cyclic`` (the default) ``S`` is
read as pairs ``(cos, sin)`` and ``D_S^2`` is the sum of the squared differences of their angles.
One sphere is for data that are directions, such as normalised text.

On a sphere arcs are taken from chords, ``2 asin(chord / 2)``, and on circles from the angles
themselves: the arccosine of a dot product would lose half the digits of small ones.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from attention.hyperbolic import hyperbolic_mean
from attention.lorentz import allowed_radius, clip_radius, norm, polar_distances
from attention.result import AttentionResult, blank_rows, blank_unseen, check_inputs
from attention.softmax import masked_softmax

SHARES = (0.5, 0.35, 0.15)
"""Shares of flat, hyperbolic and spherical distance before training."""

BALANCE = 1e-6
"""Length of a mean of directions below which they are balanced and it has none itself."""


@dataclass(frozen=True)
class ProductSpace:
    """Widths of the three parts, and how the last is read.

    Attributes:
        flat: Width of ``E``.
        hyperbolic: Width of ``H``.
        spherical: Width of ``S``; even when ``cyclic``.
        cyclic: Read ``S`` as circles, and not as one sphere.
    """

    flat: int = 128
    hyperbolic: int = 128
    spherical: int = 64
    cyclic: bool = True

    def __post_init__(self) -> None:
        """Refuse widths that make no space."""
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
        """Cut points into their flat, hyperbolic and spherical parts."""
        e, u, s = torch.tensor_split(points, (self.flat, self.flat + self.hyperbolic), dim=-1)
        return e, u, s


def encode_cycles(phases: Float[Tensor, "*rows c"], circles: int = 32) -> Float[Tensor, "*rows s"]:
    """Turn phases in periods (hour / 24, weekday / 7) into pairs ``(cos, sin)``.

    Circles that no phase needs all hold the angle 0, and add nothing to any distance.

    Raises:
        ValueError: More phases than circles.
    """
    used = phases.shape[-1]
    if used > circles:
        raise ValueError(f"there are {circles} circles, got {used} phases")
    angle = torch.cat((phases, phases.new_zeros(*phases.shape[:-1], circles - used)), -1)
    angle = 2 * math.pi * angle
    return torch.stack((angle.cos(), angle.sin()), -1).flatten(-2)


def normalise(x: Float[Tensor, "*rows d"], least: float = 0.0) -> tuple[Tensor, Tensor]:
    """Scale rows to length 1; those no longer than ``least`` become the first axis.

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

    Right in value and gradient at 0, where the root has none. At the opposite point the slope is
    infinite, and is set to 0: every way back is as short.
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
    apart = x_angle[..., :, None, :] - y_angle[..., None, :, :]
    turns = torch.round(apart.detach() / (2 * math.pi))
    square: Tensor = (apart - 2 * math.pi * turns).square().sum(-1)
    return square


def angles(rows: Float[Tensor, "*rows s"]) -> Float[Tensor, "*rows c"]:
    """Angles of pairs ``(cos, sin)``, in radians."""
    pairs = pieces_of(rows)
    return torch.atan2(pairs[..., 1], pairs[..., 0])


def pieces_of(rows: Float[Tensor, "*rows s"], width: int = 2) -> Float[Tensor, "*rows c width"]:
    """Cut rows into pieces of equal width: circles by default."""
    return rows.reshape(*rows.shape[:-1], -1, width)


def exact_distances(
    x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch m d"]
) -> Float[Tensor, "*batch n m"]:
    """Euclidean distances by differences, not by a product that loses the digits of small ones."""
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
    """Compute ``D^2`` of one pair as the formulas read, from angles and from ``arcosh``."""
    (x_flat, x_tree, x_round), (y_flat, y_tree, y_round) = space.parts(x), space.parts(y)
    r, s = x_tree.norm(), y_tree.norm()
    cosine = x_tree.dot(y_tree) / (r * s)
    tree = torch.acosh(r.cosh() * s.cosh() - r.sinh() * s.sinh() * cosine)
    cosines = pieces_of(x_round * y_round, space.piece).sum(-1)
    around = torch.acos(cosines.clamp(-1.0, 1.0)).square().sum()
    flat = (x_flat - y_flat).square().sum() / space.flat
    return shares[0] * flat + shares[1] * tree.square() + shares[2] * around


def product_mean(
    weights: Float[Tensor, "*batch n m"],
    values: Float[Tensor, "*batch m d"],
    space: ProductSpace,
) -> tuple[Float[Tensor, "*batch n d"], Float[Tensor, ""]]:
    """Mean of points under weights, each part in its own space; also the share that was balanced.

    Directions that cancel have no mean: there the value of the largest weight is taken, for
    circles one by one.
    """
    flat, tree, around = space.parts(values)
    centre, _ = hyperbolic_mean(weights[..., None, :, :], tree[..., None, :, :], form="polar")
    total = pieces_of(weights @ around, space.piece)
    largest = weights.argmax(-1, keepdim=True).expand(*weights.shape[:-1], space.spherical)
    leader = pieces_of(around.gather(-2, largest), space.piece)
    mean, balanced = normalise(total, BALANCE)
    mean = torch.where(balanced, leader, mean).flatten(-2)
    output = torch.cat((weights @ flat, centre[..., 0, :, :], mean), -1)
    return output, balanced.to(values.dtype).mean()


class MixedCurvatureAttention(nn.Module):
    """Attention by fused distance; the shares of the three spaces are learnt.

    Points come from an encoder or are given; tangents are held within the radius to which
    distances are right, and spherical parts are normalised here.

    Args:
        space: Widths of the parts.
        tau: Temperature, in units of squared distance.
    """

    def __init__(self, space: ProductSpace | None = None, *, tau: float = 1.0) -> None:
        super().__init__()
        if tau <= 0:
            raise ValueError(f"tau must be above 0, got {tau}")
        self.space = ProductSpace() if space is None else space
        self.tau = tau
        self.logits = nn.Parameter(torch.empty(3))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start at shares of .5, .35 and .15."""
        with torch.no_grad():
            self.logits.copy_(torch.tensor(SHARES).log())

    def forward(
        self,
        query: Float[Tensor, "*batch n dq"],
        keys: Float[Tensor, "*batch m dk"],
        values: Float[Tensor, "*batch m dv"],
        *,
        keep: Bool[Tensor, "..."] | None = None,
    ) -> AttentionResult:
        """Return means of the values, points themselves.

        The diagnostics tell which share of queries and keys was pulled to the radius
        (``query_clipped``, ``keys_clipped``, ``values_clipped``) and of means of directions that
        balanced (``balanced``).

        Raises:
            ValueError: Shapes or dtypes do not belong together, or the dtype is shorter than
                float32.
        """
        check_inputs(
            query, keys, values, keep, widths=(self.space.width,) * 3, dtype=self.logits.dtype
        )
        query, query_clipped = self.points(query)
        keys, keys_clipped = self.points(blank_unseen(keys, keep))
        values, values_clipped = self.points(blank_unseen(values, keep))
        square = product_square(query, keys, self.shares(), self.space)
        weights, lse = masked_softmax((-square / self.tau)[..., None, :, :], keep)
        output, balanced = product_mean(weights[..., 0, :, :], values, self.space)
        return AttentionResult(
            blank_rows(output, keep),
            weights,
            lse,
            {
                "query_clipped": query_clipped.item(),
                "keys_clipped": keys_clipped.item(),
                "values_clipped": values_clipped.item(),
                "balanced": balanced.item(),
            },
        )

    def shares(self) -> Float[Tensor, "3"]:
        """Shares of flat, hyperbolic and spherical squared distance; they sum to 1."""
        return self.logits.softmax(-1)

    def points(
        self, rows: Float[Tensor, "*batch m d"]
    ) -> tuple[Float[Tensor, "*batch m d"], Float[Tensor, ""]]:
        """Hold tangents within the radius and normalise directions; also the share held."""
        flat, tree, around = self.space.parts(rows)
        tree, clipped = clip_radius(tree, allowed_radius("polar", rows.dtype))
        around, _ = normalise(pieces_of(around, self.space.piece))
        return torch.cat((flat, tree, around.flatten(-2)), -1), clipped

    def distances(
        self, x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch m d"]
    ) -> Float[Tensor, "*batch n m"]:
        """Squared fused distances, for retrieval and for :func:`segments`."""
        return product_square(self.points(x)[0], self.points(y)[0], self.shares(), self.space)

    def extra_repr(self) -> str:
        """Show the settings."""
        return f"space={self.space}, tau={self.tau}"


@dataclass(frozen=True, eq=False)
class Segments:
    """A partition of points around some of them.

    Attributes:
        labels: Segment of each point, from 0.
        medoids: The point in the middle of each segment.
        cost: Sum over the points of the (squared) distance to their medoid.
    """

    labels: Int[Tensor, " m"]
    medoids: Int[Tensor, " s"]
    cost: float


def segments(square: Float[Tensor, "m m"], count: int, *, iterations: int = 100) -> Segments:
    """Cluster points by their fused distances around medoids, points that stand for a segment.

    Kaufman and Rousseeuw 1990: medoids are added greedily, each where it lowers the cost most, then
    exchanged, one for one, as long as that lowers it further. Exchanges are weighed all at once by
    the nearest and the second nearest medoid (Schubert and Rousseeuw 2019), ``O(m^2)`` a round.
    Deterministic; ties go to the lower index.

    Args:
        square: Symmetric distances or squared distances between all points.
        count: Number of segments.
        iterations: At most so many exchanges.

    Raises:
        ValueError: More segments than points, or none.
    """
    m = len(square)
    if not 1 <= count <= m:
        raise ValueError(f"count must lie between 1 and {m}, the number of points, got {count}")
    medoids = [int(square.sum(1).argmin())]
    while len(medoids) < count:
        gain = torch.minimum(square[:, medoids].amin(1, keepdim=True), square).sum(0)
        gain[medoids] = torch.inf
        medoids.append(int(gain.argmin()))
    middle = torch.tensor(medoids, device=square.device)
    for _ in range(iterations):
        change, leaving, entering = best_exchange(square, middle)
        if change >= 0:
            break
        middle[leaving] = entering
    apart, labels = square[:, middle].min(1)
    return Segments(labels, middle, float(apart.sum()))


def best_exchange(
    square: Float[Tensor, "m m"], medoids: Int[Tensor, " s"]
) -> tuple[float, int, int]:
    """Find the exchange of a medoid for another point that lowers the cost most.

    Returns:
        The change of the cost, which medoid leaves, and which point enters.
    """
    m, s = len(square), len(medoids)
    if s == m:
        return 0.0, 0, 0
    near, labels = square[:, medoids].topk(min(2, s), dim=1, largest=False)
    first = near[:, :1]
    second = near[:, 1:] if s > 1 else torch.full_like(first, torch.inf)
    kept = torch.minimum(first, square)  # [point, entering]
    orphaned = torch.minimum(second, square) - kept
    cost = kept.sum(0) + orphaned.new_zeros(s, m).index_add(0, labels[:, 0], orphaned)
    cost[:, medoids] = torch.inf
    best = int(cost.argmin())
    change = float(cost.flatten()[best] - first.sum())
    # what rounding calls a gain could be exchanged for ever
    noise = 10 * torch.finfo(square.dtype).eps * float(first.sum())
    return (change if change < -noise else 0.0), best // m, best % m


def hierarchy(tangents: Float[Tensor, "m d"], *, neighbours: int = 8) -> Int[Tensor, " m"]:
    """Guess the parent of each point of a trained tree: near it, and nearer the root.

    Among its nearest neighbours in hyperbolic space, take the nearest with a smaller radius. A
    point without such a neighbour has no parent (-1): it is a root.

    Args:
        tangents: Tangents at the origin; the radius tells how specific a point is.
        neighbours: How many neighbours are looked at.
    """
    m = len(tangents)
    radius = norm(tangents)[:, 0]
    apart = polar_distances(tangents, tangents)
    apart = apart + torch.diag(apart.new_full((m,), torch.inf))
    k = min(neighbours, m - 1)
    near, place = apart.topk(k, dim=1, largest=False)
    above = radius[place] < radius[:, None]
    best = torch.where(above, near, torch.inf)
    if k == 0:
        return torch.full((m,), -1, device=tangents.device)
    parent = place.gather(1, best.argmin(1, keepdim=True))[:, 0]
    return torch.where(above.any(1), parent, -1)
