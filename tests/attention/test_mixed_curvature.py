"""Mixed-curvature attention: geoopt, limits, symmetries, and a planted world of tree and cycles."""

import math
from functools import cache

import geoopt
import pytest
import torch
from contract import EXACT, AttentionContract

from attention.hyperbolic import hyperbolic_mean, hyperbolic_weights
from attention.lorentz import exp0, log0, polar_distances
from attention.mixed_curvature import (
    MixedCurvatureAttention,
    ProductSpace,
    arc_square,
    encode_cycles,
    exact_distances,
    hierarchy,
    naive_product_square,
    normalise,
    product_mean,
    product_square,
    segments,
    spherical_square,
)

SMALL = ProductSpace(3, 3, 2)


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def points(seed: int, rows: int, space: ProductSpace) -> torch.Tensor:
    layer = MixedCurvatureAttention(space).double()
    return layer.points(random(seed, rows, space.width))[0]


class MixedContract(AttentionContract):
    dtypes = (torch.float32,)
    # only the flat part has a Euclidean hull; queries are normalised and held within a radius
    test_output_lies_in_the_convex_hull_of_the_values = None
    test_huge_logits_give_the_value_of_the_largest = None
    cyclic = True

    def build(self) -> MixedCurvatureAttention:
        return MixedCurvatureAttention(ProductSpace(3, 3, 2, self.cyclic), tau=0.8)

    def lone_output(self, module, inputs) -> torch.Tensor:
        return module.points(inputs.values)[0].expand(*inputs.query.shape[:-1], -1)

    def test_the_flat_part_lies_in_the_convex_hull_of_the_values(self) -> None:
        module, inputs = self.module(), self.inputs()
        found = self.call(module, inputs).output[..., :3]
        assert (found <= inputs.values[..., :3].amax(-2) + 1e-10).all()
        assert (found >= inputs.values[..., :3].amin(-2) - 1e-10).all()

    def test_a_low_temperature_gives_the_nearest_value(self) -> None:
        module, inputs = self.module(), self.inputs()
        nearest = module.distances(inputs.query, inputs.keys).argmin(-1)
        module.tau = 1e-6
        torch.testing.assert_close(
            self.call(module, inputs).output, module.points(inputs.values)[0][nearest], **EXACT
        )


class TestCircles(MixedContract):
    pass


class TestSphere(MixedContract):
    cyclic = False


@pytest.mark.parametrize("cyclic", [False, True], ids=["sphere", "circles"])
def test_distances_equal_the_formulas_written_out(cyclic) -> None:
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

    def lift(rows):
        flat, tree, around = space.parts(rows)
        return torch.cat((flat, exp0(tree), around), -1)

    oracle = manifold.dist2(lift(x), lift(y))
    parts = [product_square(x, y, torch.eye(3).double()[i], space).diagonal() for i in range(3)]
    torch.testing.assert_close(4 * parts[0] + parts[1] + parts[2], oracle, rtol=1e-9, atol=1e-9)
    (_, u, s), (_, v, t) = space.parts(x), space.parts(y)
    torch.testing.assert_close(parts[1], lorentz.dist(exp0(u), exp0(v)).square())
    torch.testing.assert_close(parts[2], geoopt.Sphere().dist(s, t).square())


def test_a_share_of_one_gives_the_attention_of_that_space_alone() -> None:
    space = ProductSpace(3, 4, 2)
    layer = MixedCurvatureAttention(space, tau=1.0).double()
    q, k, v = (points(i, rows, space) for i, rows in ((4, 2), (5, 6), (6, 6)))

    def weights(part: int) -> torch.Tensor:
        with torch.no_grad():
            layer.logits.copy_(torch.full((3,), -1e3).index_fill(0, torch.tensor([part]), 0.0))
        return layer(q, k, v)

    flat = weights(0)
    heat = torch.softmax(-torch.cdist(q[:, :3], k[:, :3]).square() / 3, -1)
    torch.testing.assert_close(flat.weights[0], heat, **EXACT)
    torch.testing.assert_close(flat.output[:, :3], heat @ v[:, :3], **EXACT)
    tree = weights(1)
    u, w, z = (rows[None, :, 3:7] for rows in (q, k, v))
    shares = torch.softmax(-polar_distances(u, w).square(), -1)
    torch.testing.assert_close(tree.weights, shares, **EXACT)
    torch.testing.assert_close(tree.output[:, 3:7], hyperbolic_mean(shares, z)[0][0], **EXACT)
    assert not torch.allclose(shares, hyperbolic_weights(u, w)[0])  # that one takes D, not D^2
    around = weights(2)
    angle = (torch.atan2(rows[:, 8], rows[:, 7]) for rows in (q, k))
    apart = next(angle)[:, None] - next(angle)[None]
    apart = torch.remainder(apart + math.pi, 2 * math.pi) - math.pi
    torch.testing.assert_close(around.weights[0], torch.softmax(-apart.square(), -1), **EXACT)


def rotation(seed: int, width: int) -> torch.Tensor:
    return torch.linalg.qr(random(seed, width, width))[0]


def test_symmetries_of_each_space_leave_the_weights_alone() -> None:
    space = ProductSpace(3, 4, 5, cyclic=False)
    layer = MixedCurvatureAttention(space).double()
    t = torch.tensor(0.8, dtype=torch.float64)
    boost = torch.eye(5).double()
    boost[:2, :2] = torch.tensor([[t.cosh(), t.sinh()], [t.sinh(), t.cosh()]])

    def move(rows):
        flat, tree, around = space.parts(rows)
        moved = (flat @ rotation(7, 3) + 2.0, log0(exp0(tree) @ boost), around @ rotation(8, 5))
        return torch.cat(moved, -1)

    q, k, v = (points(i, rows, space) for i, rows in ((9, 2), (10, 6), (11, 6)))
    plain, moved = layer(q, k, v), layer(move(q), move(k), move(v))
    torch.testing.assert_close(moved.weights, plain.weights, **EXACT)
    torch.testing.assert_close(moved.output, move(plain.output), **EXACT)


def test_turning_the_clock_leaves_the_weights_alone() -> None:
    phases = torch.rand(8, 2, generator=torch.Generator().manual_seed(0)).double()
    codes, turned = encode_cycles(phases, 4), encode_cycles(phases + torch.tensor([0.3, -1.2]), 4)
    torch.testing.assert_close(
        spherical_square(codes, codes, cyclic=True),
        spherical_square(turned, turned, cyclic=True),
        **EXACT,
    )


def test_cycles_are_angles_on_circles_of_their_own() -> None:
    """23 h and 1 h are two hours apart; Monday and Sunday one day."""
    phases = torch.tensor([[23 / 24, 0 / 7], [1 / 24, 6 / 7]]).double()
    codes = encode_cycles(phases)
    assert codes.shape == (2, 64)
    wanted = (2 * math.pi) ** 2 * ((2 / 24) ** 2 + (1 / 7) ** 2)
    found = spherical_square(codes, codes, cyclic=True)
    assert float(found[0, 1]) == pytest.approx(wanted)
    # one sphere would let the 30 unused circles drown the two that matter
    one_sphere = spherical_square(*(normalise(codes)[0],) * 2, cyclic=False)
    assert float(one_sphere[0, 1]) < 0.1 * wanted
    with pytest.raises(ValueError, match="there are 1 circles, got 2 phases"):
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


@pytest.mark.parametrize("cyclic", [False, True], ids=["sphere", "circles"])
def test_directions_that_cancel_give_the_value_of_the_largest_weight(cyclic) -> None:
    space = ProductSpace(1, 1, 4, cyclic)
    around = torch.tensor([[1.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, -1.0]]).double()
    values = torch.cat((torch.zeros(2, 2).double(), around if cyclic else around / 2**0.5), 1)
    weights = torch.tensor([[0.5 - 1e-8, 0.5 + 1e-8], [0.2, 0.8]], dtype=torch.float64)
    output, balanced = product_mean(weights, values, space)
    torch.testing.assert_close(output, values[[1, 1]], **EXACT)
    assert float(balanced) == 0.5


def test_the_means_of_directions_have_length_one() -> None:
    layer = MixedCurvatureAttention(ProductSpace(2, 2, 6)).double()
    found = layer(*(random(i, 5, 10) for i in (12, 13, 14))).output[:, 4:]
    lengths = found.reshape(5, 3, 2).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones(5, 3).double(), **EXACT)


def test_what_is_held_at_the_radius_is_reported() -> None:
    layer = MixedCurvatureAttention(SMALL)
    far = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    far[0, 3:6] = 100.0
    found = layer(far[:2], far, far)
    assert found.diagnostics["query_clipped"] == 0.5
    assert found.diagnostics["keys_clipped"] == 0.25
    assert float(found.output[:, 3:6].detach().norm(dim=-1).max()) <= 12.0


def test_shares_start_as_designed_and_learn_which_space_matters() -> None:
    torch.manual_seed(0)
    layer = MixedCurvatureAttention(ProductSpace(4, 4, 4), tau=0.1)
    torch.testing.assert_close(layer.shares().detach(), torch.tensor([0.5, 0.35, 0.15]))
    rows = torch.randn(64, 12)
    keys = torch.cat((torch.randn(64, 8), rows[:, 8:]), 1)  # only the cycles agree
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.1, foreach=False)
    for _ in range(60):
        optimiser.zero_grad()
        weights = layer(rows, keys, keys).weights[0]
        torch.autograd.backward(-weights.diagonal().clamp_min(1e-12).log().mean())
        optimiser.step()
    assert layer.shares().detach()[2] > 0.8


# a planted world of tree and cycles


@cache
def tree() -> tuple[torch.Tensor, torch.Tensor]:
    """Parents and distances of a tree of 121 interests: 3 children each, 4 levels down."""
    parent = torch.tensor([-1, *(i // 3 for i in range(120))])
    apart = torch.zeros(121, 121)
    for i in range(1, 121):
        apart[i, :i] = apart[parent[i], :i] + 1
        apart[:i, i] = apart[i, :i]
    return parent, apart


@cache
def trained(dim: int, curved: bool) -> torch.Tensor:
    """Embed the tree by its distances, in hyperbolic or in flat space, with equal effort."""
    _, apart = tree()
    rows, columns = torch.triu_indices(121, 121, 1)
    generator = torch.Generator().manual_seed(0)
    u = (0.1 * torch.randn(121, dim, generator=generator)).requires_grad_()
    scale = torch.zeros((), requires_grad=True)
    distances = polar_distances if curved else exact_distances
    optimiser = torch.optim.Adam([u, scale], lr=0.05, foreach=False)
    for _ in range(250):
        optimiser.zero_grad()
        ratio = distances(u, u)[rows, columns] * scale.exp() / apart[rows, columns]
        torch.autograd.backward((ratio - 1).square().mean())
        optimiser.step()
    return u.detach() if curved else (u * scale.exp()).detach()


def mean_average_precision(square: torch.Tensor, relevant: torch.Tensor) -> float:
    order = (square + torch.diag(torch.full((len(square),), torch.inf))).argsort(1)
    hit = relevant.gather(1, order).float()
    precision = hit.cumsum(1) / torch.arange(1, len(square) + 1)
    found = (precision * hit).sum(1) / hit.sum(1).clamp_min(1)
    return float(found[hit.sum(1) > 0].mean())


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
    found = segments(polar_distances(u, u)[below][:, below].square(), 3)
    shares = [torch.bincount(branch[below][found.labels == s], minlength=4).max() for s in range(3)]
    assert int(sum(shares)) >= 100  # of 120: what lies near the root is near everything
    assert sorted(branch[below][found.medoids].tolist()) == [1, 2, 3]


def test_segments_are_exact_where_they_are_plain() -> None:
    place = torch.tensor([0.0, 0.1, 0.3, 5.0, 5.2, 9.0]).double()
    found = segments((place[:, None] - place).square(), 3)
    assert [
        torch.equal(found.labels == found.labels[i], torch.tensor(group))
        for i, group in (
            (0, [True, True, True, False, False, False]),
            (3, [False, False, False, True, True, False]),
        )
    ] == [True, True]
    assert found.cost == pytest.approx(0.01 + 0.04 + 0.04)
    every = segments((place[:, None] - place).square(), 6)
    assert every.cost == 0.0


def test_a_lone_point_is_a_root() -> None:
    assert hierarchy(torch.ones(1, 3)).tolist() == [-1]
    assert hierarchy(torch.tensor([[0.1, 0.0], [1.0, 0.0]])).tolist() == [-1, 0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ProductSpace(flat=0), "flat must be at least 1, got 0"),
        (lambda: ProductSpace(spherical=5), "spherical must be even for circles, got 5"),
        (lambda: MixedCurvatureAttention(tau=0.0), "tau must be above 0, got 0.0"),
        (lambda: segments(torch.zeros(3, 3), 4), "between 1 and 3, the number of points, got 4"),
    ],
)
def test_wrong_settings_are_refused(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
