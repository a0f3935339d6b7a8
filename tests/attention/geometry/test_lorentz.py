"""Hyperbolic maps, distances and means against geoopt, laws and values worked out by hand."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import geoopt
import pytest
import torch

from attention.geometry import lorentz

if TYPE_CHECKING:
    from attention_contract import Tolerance

CURVATURES = [0.3, 1.0, 2.5]


def tangents(rows: int, width: int = 4, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return spread * torch.randn(rows, width, generator=generator, dtype=torch.float64)


def at_radius(
    length: float, distance: float, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """Two tangents of one length whose points lie ``distance`` from each other."""
    angle = 2 * math.asin(math.sinh(distance / 2) / math.sinh(length))
    other = [length * math.cos(angle), length * math.sin(angle)]
    return torch.tensor([[length, 0.0]], dtype=dtype), torch.tensor([other], dtype=dtype)


@pytest.mark.parametrize("c", CURVATURES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_exp_and_log_are_inverse_up_to_the_allowed_radius(c: float, dtype: torch.dtype) -> None:
    radius = lorentz.allowed_radius("polar", dtype) / math.sqrt(c)
    directions = torch.nn.functional.normalize(tangents(7, 5), dim=-1)
    lengths = torch.linspace(0, radius, 7, dtype=torch.float64)[:, None]
    u = (directions * lengths).to(dtype)
    back = lorentz.log0(lorentz.exp0(u, c), c)
    torch.testing.assert_close(back, u, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("c", CURVATURES)
def test_points_lie_on_the_hyperboloid(c: float) -> None:
    points = lorentz.exp0(tangents(9), c)
    torch.testing.assert_close(
        lorentz.inner(points, points),
        torch.full((9,), -1 / c, dtype=torch.float64),
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize("c", CURVATURES)
def test_maps_and_distances_agree_with_geoopt(c: float) -> None:
    u, v = tangents(6), tangents(8, seed=1)
    space = geoopt.Lorentz(k=torch.tensor(1 / c, dtype=torch.float64))
    x = space.expmap0(torch.nn.functional.pad(u, (1, 0)))
    torch.testing.assert_close(lorentz.exp0(u, c), x, rtol=1e-12, atol=1e-12)
    y = lorentz.exp0(v, c)
    theirs = space.dist(x[:, None], y[None])
    torch.testing.assert_close(lorentz.lorentz_distances(x, y, c), theirs, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(lorentz.polar_distances(u, v, c), theirs, rtol=1e-9, atol=1e-9)
    ball = geoopt.PoincareBall(c=torch.tensor(c, dtype=torch.float64))
    p, q = lorentz.poincare(x, c), lorentz.poincare(y, c)
    torch.testing.assert_close(ball.dist(p[:, None], q[None]), theirs, rtol=1e-8, atol=1e-8)


def test_the_distance_to_the_origin_is_the_length_of_the_tangent() -> None:
    u = torch.tensor([[3.0, 4.0]]).double() / 2
    origin = torch.zeros(1, 2).double()
    assert lorentz.polar_distances(u, origin, 1.0).item() == pytest.approx(2.5, abs=1e-12)
    result = lorentz.lorentz_distances(lorentz.exp0(u), lorentz.exp0(origin))
    assert result.item() == pytest.approx(2.5, abs=1e-12)
    assert lorentz.poincare(lorentz.exp0(u)).norm().item() == pytest.approx(math.tanh(1.25))


@pytest.mark.parametrize(("form", "dtype"), list(lorentz.RADIUS), ids=str)
def test_each_form_is_right_to_two_per_cent_at_its_radius(form: str, dtype: torch.dtype) -> None:
    radius = lorentz.RADIUS[form, dtype]
    for length in (0.5, 0.5 * radius, radius):
        u, v = at_radius(length, 0.3, dtype)
        if form == "polar":
            result = lorentz.polar_distances(u, v)
        else:
            result = lorentz.lorentz_distances(lorentz.exp0(u), lorentz.exp0(v))
        assert result.item() == pytest.approx(0.3, rel=2e-2)


def test_the_lorentz_form_in_float32_fails_beyond_its_radius() -> None:
    u, v = at_radius(9.0, 0.3, torch.float32)
    result = lorentz.lorentz_distances(lorentz.exp0(u), lorentz.exp0(v))
    assert abs(result.item() - 0.3) > 0.1  # the reason for the rule


@pytest.mark.parametrize(
    ("form", "dtype", "message"),
    [
        ("klein", torch.float32, "form must be 'lorentz' or 'polar', got 'klein'"),
        ("polar", torch.bfloat16, "dtype must be torch.float32 or torch.float64"),
    ],
)
def test_an_unknown_form_or_short_dtype_is_an_error(
    form: str, dtype: torch.dtype, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        lorentz.allowed_radius(form, dtype)


@pytest.mark.parametrize("form", ["lorentz", "polar"])
def test_gradients_of_distances_are_finite_at_zero_and_right_elsewhere(form: str) -> None:
    def distances(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        if form == "polar":
            return lorentz.polar_distances(u, v, 0.7)
        return lorentz.lorentz_distances(lorentz.exp0(u, 0.7), lorentz.exp0(v, 0.7), 0.7)

    u, v = tangents(3).requires_grad_(), tangents(4, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(distances, (u, v))
    zero = torch.zeros(1, 4).double().requires_grad_()
    for a, b in ((zero, zero), (u, u)):
        (gradient,) = torch.autograd.grad(distances(a, b).sum(), a)
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("function", [lorentz.sinhc, lorentz.asinhc], ids=["sinhc", "asinhc"])
def test_quotients_keep_value_and_slope_across_the_switch(
    function: Callable[[torch.Tensor], torch.Tensor],
) -> None:
    x = torch.tensor([0.0, 1e-9, 0.00999999, 0.01000001, 0.5, 3.0]).double().requires_grad_()
    whole = torch.sinh if function is lorentz.sinhc else torch.asinh
    torch.testing.assert_close(function(x)[1:] * x[1:], whole(x)[1:], rtol=1e-12, atol=0)
    assert function(x)[0] == 1
    assert torch.autograd.gradcheck(function, x)


@pytest.mark.parametrize("spread", [0.1, 1.0, 2.0])
def test_the_centroid_is_the_weighted_midpoint_of_geoopt(spread: float) -> None:
    u = tangents(7, spread=spread)
    weights = torch.softmax(tangents(3, 7, seed=2), -1)
    mid = lorentz.poincare(lorentz.centroid(weights, lorentz.exp0(u)))
    ball = geoopt.PoincareBall(c=torch.tensor(1.0).double())
    theirs = [ball.weighted_midpoint(lorentz.poincare(lorentz.exp0(u)), w) for w in weights]
    torch.testing.assert_close(mid, torch.stack(theirs), rtol=1e-10, atol=1e-10)


def test_a_row_of_zero_weights_gives_the_origin_with_finite_gradients() -> None:
    u = tangents(5).requires_grad_()
    weights = torch.softmax(tangents(2, 5, seed=2), -1) * torch.tensor([[1.0], [0.0]])
    mid = lorentz.log0(lorentz.centroid(weights, lorentz.exp0(u)))
    assert (mid[1] == 0).all()
    (gradient,) = torch.autograd.grad(mid.sum(), u)
    assert torch.isfinite(gradient).all()


def objective(mean: torch.Tensor, weights: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    return (weights * lorentz.lorentz_distances(mean, points) ** 2).sum(-1)


@pytest.mark.parametrize("spread", [0.13, 0.8, 2.7, 5.5])
@pytest.mark.parametrize("c", [0.5, 1.0])
def test_the_frechet_mean_never_diverges_and_is_stationary(spread: float, c: float) -> None:
    u = tangents(20, 3, seed=5)
    u = u * (spread / u.norm(dim=-1).mean()) / math.sqrt(c)
    points = lorentz.exp0(u, c)
    weights = torch.softmax(tangents(4, 20, seed=6), -1)
    mean, steps = lorentz.frechet_mean(weights, points, c, max_iterations=200, tolerance=1e-9)
    start = lorentz.centroid(weights, points, c)
    squares = (weights * lorentz.lorentz_distances(mean, points, c) ** 2).sum(-1)
    before = (weights * lorentz.lorentz_distances(start, points, c) ** 2).sum(-1)
    assert (squares <= before + 1e-9).all()
    assert steps < 200
    gradient = lorentz.safe_frechet_step(mean, weights, points, c)
    assert (lorentz.tangent_norm(gradient) < 1e-8).all()
    torch.testing.assert_close(
        lorentz.inner(mean, mean),
        torch.full((4,), -1 / c, dtype=torch.float64),
        rtol=1e-6,
        atol=1e-6,
    )


def test_no_frechet_step_raises_the_objective() -> None:
    points = lorentz.exp0(tangents(12, 2, spread=4.0, seed=8))
    weights = torch.softmax(tangents(5, 12, seed=9), -1)
    mean = lorentz.centroid(weights, points)
    for _ in range(10):
        moved = lorentz.exp_at(mean, lorentz.safe_frechet_step(mean, weights, points))
        assert (objective(moved, weights, points) <= objective(mean, weights, points) + 1e-9).all()
        mean = moved


def test_the_frechet_mean_of_two_points_is_the_middle_of_their_geodesic() -> None:
    u = torch.tensor([[0.0, 0.0], [3.0, 0.0]]).double()
    half = torch.tensor([[0.5, 0.5]]).double()
    mean, _ = lorentz.frechet_mean(half, lorentz.exp0(u), tolerance=1e-10)
    torch.testing.assert_close(lorentz.log0(mean), u[1:] / 2, rtol=1e-8, atol=1e-8)


def test_small_curvature_is_euclidean() -> None:
    u, v, c = tangents(5), tangents(6, seed=1), 1e-6
    torch.testing.assert_close(
        lorentz.polar_distances(u, v, c), torch.cdist(u, v), rtol=1e-5, atol=1e-5
    )
    weights = torch.softmax(tangents(2, 6, seed=2), -1)
    mean = lorentz.log0(lorentz.centroid(weights, lorentz.exp0(v, c), c), c)
    torch.testing.assert_close(mean, weights @ v, rtol=1e-5, atol=1e-5)


def test_clipping_keeps_directions_and_counts_what_it_moved() -> None:
    u = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [6.0, 8.0]])
    clipped, share = lorentz.clip_radius(u, 5.0)
    torch.testing.assert_close(
        clipped, torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0], [3.0, 4.0]])
    )
    assert share.item() == 0.25


@pytest.mark.parametrize("c", CURVATURES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_points_held_as_tangents_and_scales_give_the_same(c: float, dtype: torch.dtype) -> None:
    u, v = tangents(5, spread=1.5).to(dtype), tangents(7, spread=1.5, seed=1).to(dtype)
    u[2] = 0
    weights = torch.softmax(tangents(5, 7, seed=2), -1).to(dtype)
    weights[3] = 0
    radius = 2.0
    _, share = lorentz.clip_radius(u, radius)

    def plain(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        u, v = lorentz.clip_radius(u, radius)[0], lorentz.clip_radius(v, radius)[0]
        x, y = lorentz.exp0(u, c), lorentz.exp0(v, c)
        return lorentz.lorentz_distances(x, y, c), lorentz.log0(lorentz.centroid(weights, y, c), c)

    def lifted(u: torch.Tensor, v: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = lorentz.lift(u, v, radius=radius, c=c)
        return lorentz.lifted_distances(x, y, c), lorentz.lifted_centroid(weights, y, c)

    tolerance = 2e-4 if dtype == torch.float32 else 1e-11
    close: Tolerance = {"rtol": tolerance, "atol": tolerance}
    torch.testing.assert_close(lifted(u, v), plain(u, v), **close)
    assert lorentz.lift(v, u, radius=radius, c=c)[1].clipped == pytest.approx(share.item())
    ours, theirs = ([t.clone().requires_grad_() for t in (u, v)] for _ in range(2))
    gradients = (
        torch.autograd.grad([part.square().sum() for part in form(*rows)], rows)
        for form, rows in ((lifted, ours), (plain, theirs))
    )
    torch.testing.assert_close(*gradients, rtol=100 * tolerance, atol=100 * tolerance)


def test_lifted_gradients_are_finite_at_the_origin() -> None:
    zero = torch.zeros(3, 4).requires_grad_()
    (points,) = lorentz.lift(zero, radius=5.0)
    weights = torch.softmax(torch.randn(2, 3), -1)
    total = lorentz.lifted_distances(points, points).sum()
    total = total + lorentz.lifted_centroid(weights, points).sum()
    (gradient,) = torch.autograd.grad(total, zero)
    assert torch.isfinite(gradient).all()
