"""Mixed-curvature attention: the contract, limits, symmetries and learnt shares."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch

from attention.geometry.lorentz import exp0, log0, polar_distances
from attention.geometry.product_space import (
    ProductSpace,
    encode_cycles,
    exact_distances,
    spherical_square,
)
from attention.geometry.segments import segments
from attention.mechanisms.hyperbolic import hyperbolic_mean, hyperbolic_weights
from attention.mechanisms.mixed_curvature import MixedCurvatureAttention, product_mean
from attention.mechanisms.result import AttentionResult
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract, Inputs

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
    test_output_lies_in_the_convex_hull_of_the_values = NOT_APPLICABLE
    test_huge_logits_give_the_value_of_the_largest = NOT_APPLICABLE
    cyclic = True

    def build(self) -> MixedCurvatureAttention:
        return MixedCurvatureAttention(ProductSpace(3, 3, 2, self.cyclic), tau=0.8)

    def lone_output(self, module: Any, inputs: Inputs) -> torch.Tensor:
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


def test_a_share_of_one_gives_the_attention_of_that_space_alone() -> None:
    space = ProductSpace(3, 4, 2)
    layer = MixedCurvatureAttention(space, tau=1.0).double()
    q, k, v = (points(i, rows, space) for i, rows in ((4, 2), (5, 6), (6, 6)))

    def attend(part: int) -> AttentionResult:
        with torch.no_grad():
            layer.logits.copy_(torch.full((3,), -1e3).index_fill(0, torch.tensor([part]), 0.0))
        result: AttentionResult = layer(q, k, v)
        return result

    flat, tree, around = attend(0), attend(1), attend(2)
    assert flat.weights is not None
    assert around.weights is not None
    heat = torch.softmax(-torch.cdist(q[:, :3], k[:, :3]).square() / 3, -1)
    torch.testing.assert_close(flat.weights[0], heat, **EXACT)
    torch.testing.assert_close(flat.output[:, :3], heat @ v[:, :3], **EXACT)
    u, w, z = (rows[None, :, 3:7] for rows in (q, k, v))
    shares = torch.softmax(-polar_distances(u, w).square(), -1)
    torch.testing.assert_close(tree.weights, shares, **EXACT)
    torch.testing.assert_close(tree.output[:, 3:7], hyperbolic_mean(shares, z)[0][0], **EXACT)
    assert not torch.allclose(shares, hyperbolic_weights(u, w)[0])  # that one takes D, not D^2
    angle = (torch.atan2(rows[:, 8], rows[:, 7]) for rows in (q, k))
    difference = next(angle)[:, None] - next(angle)[None]
    difference = torch.remainder(difference + math.pi, 2 * math.pi) - math.pi
    torch.testing.assert_close(around.weights[0], torch.softmax(-difference.square(), -1), **EXACT)


def rotation(seed: int, width: int) -> torch.Tensor:
    return torch.linalg.qr(random(seed, width, width))[0]


def test_symmetries_of_each_space_leave_the_weights_alone() -> None:
    space = ProductSpace(3, 4, 5, cyclic=False)
    layer = MixedCurvatureAttention(space).double()
    t = torch.tensor(0.8, dtype=torch.float64)
    boost = torch.eye(5).double()
    boost[:2, :2] = torch.tensor([[t.cosh(), t.sinh()], [t.sinh(), t.cosh()]])

    def move(rows: torch.Tensor) -> torch.Tensor:
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


@pytest.mark.parametrize("cyclic", [False, True], ids=["sphere", "circles"])
def test_directions_that_cancel_give_the_value_of_the_largest_weight(cyclic: bool) -> None:
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
def phases() -> torch.Tensor:
    return torch.rand(121, 2, generator=torch.Generator().manual_seed(5))


def flat(dim: int, embedding: torch.Tensor) -> torch.Tensor:
    rows = torch.cat((torch.zeros(121, 128), embedding, encode_cycles(phases())), 1)
    return exact_distances(rows, rows).square()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ProductSpace(flat=0), "flat must be at least 1, got 0"),
        (lambda: ProductSpace(spherical=5), "spherical must be even for circles, got 5"),
        (lambda: MixedCurvatureAttention(tau=0.0), "tau must be above 0, got 0.0"),
        (lambda: segments(torch.zeros(3, 3), 4), "between 1 and 3, the number of points, got 4"),
    ],
)
def test_wrong_settings_are_errors(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
