"""Distances in a product of spaces, and what curvature gains in retrieval."""

import math
from functools import cache

import geoopt
import pytest
import torch

from attention.geometry.lorentz import exp0, polar_distances
from attention.geometry.product_space import (
    ProductSpace,
    arc_square,
    encode_cycles,
    exact_distances,
    naive_product_square,
    normalise,
    product_square,
    spherical_square,
)
from attention.geometry.segments import hierarchy, segments
from attention.mechanisms.mixed_curvature import MixedCurvatureAttention


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def points(seed: int, rows: int, space: ProductSpace) -> torch.Tensor:
    layer = MixedCurvatureAttention(space).double()
    return layer.points(random(seed, rows, space.width))[0]


@pytest.mark.parametrize("cyclic", [False, True], ids=["sphere", "circles"])
def test_distances_equal_the_formulas_written_out(cyclic: bool) -> None:
    space = ProductSpace(4, 5, 6, cyclic)
    x, y, shares = (
        points(0, 3, space),
        points(1, 4, space),
        torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64),
    )
    naive = [[naive_product_square(a, b, shares, space) for b in y] for a in x]
    torch.testing.assert_close(
        product_square(x, y, shares, space),
        torch.tensor(naive, dtype=torch.float64),
        rtol=1e-9,
        atol=1e-9,
    )


def test_distances_equal_those_of_the_product_manifold_of_geoopt() -> None:
    """geoopt sums squared distances without shares, so each part is compared and then the sum."""
    space = ProductSpace(4, 5, 6, cyclic=False)
    x, y = points(2, 7, space), points(3, 7, space)
    lorentz = geoopt.Lorentz()
    manifold = geoopt.ProductManifold((geoopt.Euclidean(1), 4), (lorentz, 6), (geoopt.Sphere(), 6))

    def lift(rows: torch.Tensor) -> torch.Tensor:
        flat, tree, around = space.parts(rows)
        return torch.cat((flat, exp0(tree), around), -1)

    oracle = manifold.dist2(lift(x), lift(y))
    parts = [product_square(x, y, torch.eye(3).double()[i], space).diagonal() for i in range(3)]
    torch.testing.assert_close(4 * parts[0] + parts[1] + parts[2], oracle, rtol=1e-9, atol=1e-9)
    (_, u, s), (_, v, t) = space.parts(x), space.parts(y)
    torch.testing.assert_close(parts[1], lorentz.dist(exp0(u), exp0(v)).square())
    torch.testing.assert_close(parts[2], geoopt.Sphere().dist(s, t).square())


def test_cycles_are_angles_on_circles_of_their_own() -> None:
    """23 h and 1 h are two hours apart; Monday and Sunday one day."""
    phases = torch.tensor([[23 / 24, 0 / 7], [1 / 24, 6 / 7]]).double()
    codes = encode_cycles(phases)
    assert codes.shape == (2, 64)
    expected = (2 * math.pi) ** 2 * ((2 / 24) ** 2 + (1 / 7) ** 2)
    result = spherical_square(codes, codes, cyclic=True)
    assert float(result[0, 1]) == pytest.approx(expected)
    # one sphere would let the 30 unused circles drown the two that matter
    one_sphere = spherical_square(*(normalise(codes)[0],) * 2, cyclic=False)
    assert float(one_sphere[0, 1]) < 0.1 * expected
    with pytest.raises(ValueError, match="phases must be at most 1, one per circle, got 2"):
        encode_cycles(phases, 1)


def test_arcs_keep_their_digits_near_zero_and_reach_half_a_turn() -> None:
    angle = torch.tensor([0.0, 1e-9, 1e-3, 0.019, 0.021, 1.0, 3.0, math.pi], dtype=torch.float64)
    quarter = torch.sin(angle / 2).square().requires_grad_()
    square = arc_square(quarter)
    torch.testing.assert_close(square, angle.square(), rtol=1e-12, atol=1e-28)
    (slope,) = torch.autograd.grad(square.sum(), quarter)
    exact = 4 * angle / torch.sin(angle)
    exact[0] = 4.0
    torch.testing.assert_close(slope[:-1], exact[:-1], rtol=1e-6, atol=0.0)
    assert slope[-1] == 0.0
    assert torch.autograd.gradcheck(arc_square, quarter[2:-1].detach().requires_grad_())


@cache
def tree() -> tuple[torch.Tensor, torch.Tensor]:
    """Parents and distances of a tree of 121 interests: 3 children each, 4 levels down."""
    parent = torch.tensor([-1, *(i // 3 for i in range(120))])
    distance = torch.zeros(121, 121)
    for i in range(1, 121):
        distance[i, :i] = distance[parent[i], :i] + 1
        distance[:i, i] = distance[i, :i]
    return parent, distance


@cache
def trained(dim: int, curved: bool) -> torch.Tensor:
    """Embed the tree by its distances, in hyperbolic or in flat space, with equal effort."""
    _, distance = tree()
    rows, columns = torch.triu_indices(121, 121, 1)
    generator = torch.Generator().manual_seed(0)
    u = (0.1 * torch.randn(121, dim, generator=generator)).requires_grad_()
    scale = torch.zeros((), requires_grad=True)
    distances = polar_distances if curved else exact_distances
    optimiser = torch.optim.Adam([u, scale], lr=0.05, foreach=False)
    for _ in range(250):
        optimiser.zero_grad()
        ratio = distances(u, u)[rows, columns] * scale.exp() / distance[rows, columns]
        torch.autograd.backward((ratio - 1).square().mean())
        optimiser.step()
    return u.detach() if curved else (u * scale.exp()).detach()


def mean_average_precision(square: torch.Tensor, relevant: torch.Tensor) -> float:
    order = (square + torch.diag(torch.full((len(square),), torch.inf))).argsort(1)
    hit = relevant.gather(1, order).float()
    precision = hit.cumsum(1) / torch.arange(1, len(square) + 1)
    result = (precision * hit).sum(1) / hit.sum(1).clamp_min(1)
    return float(result[hit.sum(1) > 0].mean())


@cache
def phases() -> torch.Tensor:
    return torch.rand(121, 2, generator=torch.Generator().manual_seed(5))


def relevant() -> torch.Tensor:
    """Same small branch of the tree, and less than 3.6 hours apart in the day."""
    hour = (phases()[:, None, 0] - phases()[None, :, 0]).abs()
    return (tree()[1] > 0) & (tree()[1] <= 2) & (torch.minimum(hour, 1 - hour) < 0.15)


def fused(dim: int) -> torch.Tensor:
    """Squared distances of audiences with equal demographics: an interest and two cycles."""
    space = ProductSpace(128, dim, 64)
    rows = torch.cat((torch.zeros(121, 128), trained(dim, True), encode_cycles(phases())), 1)
    layer = MixedCurvatureAttention(space)
    with torch.no_grad():
        layer.logits.copy_(torch.tensor([0.0, 0.0, 0.0]))
        return layer.distances(rows, rows)


def flat(dim: int, embedding: torch.Tensor) -> torch.Tensor:
    rows = torch.cat((torch.zeros(121, 128), embedding, encode_cycles(phases())), 1)
    return exact_distances(rows, rows).square()


def test_read_as_a_flat_vector_of_320_the_same_numbers_retrieve_worse() -> None:
    assert mean_average_precision(fused(128), relevant()) > 0.05 + mean_average_precision(
        flat(128, trained(128, True)), relevant()
    )


def test_in_few_dimensions_the_fused_space_retrieves_better_than_a_flat_one_trained_alike() -> None:
    assert mean_average_precision(fused(3), relevant()) > 0.03 + mean_average_precision(
        flat(3, trained(3, False)), relevant()
    )


def test_in_320_dimensions_a_flat_space_trained_alike_is_nearly_as_good() -> None:
    """The gain of curvature is compactness: with room enough a tree fits nearly anywhere."""
    curved = mean_average_precision(fused(128), relevant())
    straight = mean_average_precision(flat(128, trained(128, False)), relevant())
    assert straight < curved < straight + 0.06


def test_the_hierarchy_of_a_trained_tree_is_its_parents() -> None:
    parent, _ = tree()
    assert (hierarchy(trained(3, True)) == parent).float().mean() > 0.95
    assert (hierarchy(trained(2, False)) == parent).float().mean() < 0.5


def test_segments_of_the_fused_distance_are_the_branches_of_the_tree() -> None:
    parent, _ = tree()
    u = trained(3, True)
    branch = torch.tensor([0, *range(1, 4), *(0 for _ in range(117))])
    for i in range(4, 121):
        branch[i] = branch[parent[i]]
    below = torch.arange(1, 121)
    result = segments(polar_distances(u, u)[below][:, below].square(), 3)
    shares = [
        torch.bincount(branch[below][result.labels == s], minlength=4).max() for s in range(3)
    ]
    assert int(sum(shares)) >= 100  # of 120: what lies near the root is near everything
    assert sorted(branch[below][result.medoids].tolist()) == [1, 2, 3]
