import math

import geoopt
import pytest
import torch

from attention.geometry.lorentz import exp0, poincare, polar_distances
from gnn.hierarchy.loss import (
    Distance,
    ball_distance,
    euclidean_distance,
    hyperbolic_distance,
    radius_loss,
    ranking_loss,
)


def tangents(rows: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, 5, generator=generator, dtype=torch.float64)


def test_the_loss_of_a_pair_by_hand() -> None:
    distances = torch.tensor([[1.0, 2.0, 0.5]], dtype=torch.float64)
    masked = torch.tensor([[False, False, True]])
    expected = math.log(1 + math.exp(-3 * (2 - 1)))
    assert ranking_loss(distances, masked, 3.0).tolist() == pytest.approx([expected])


def test_a_pair_whose_negatives_are_all_masked_costs_nothing() -> None:
    masked = torch.tensor([[False, True]])
    assert ranking_loss(torch.tensor([[7.0, 1.0]]), masked, 1.0).tolist() == [0.0]


def test_the_radius_loss_by_hand() -> None:
    nodes = torch.tensor([[3.0, 4.0], [1.0, 0.0], [1.0, 0.0]])
    ancestors = torch.tensor([[2.0, 0.0], [0.0, 2.0], [0.95, 0.0]])
    assert radius_loss(nodes, ancestors, 0.1).tolist() == pytest.approx([0.0, 1.1, 0.05])


def test_distances_of_rows_agree_with_the_polar_form_and_with_geoopt() -> None:
    u, v = tangents(6), tangents(8, seed=1)
    ours = hyperbolic_distance(u[:, None], v[None])
    torch.testing.assert_close(ours, polar_distances(u, v), rtol=1e-10, atol=1e-10)
    x, y = poincare(exp0(u)), poincare(exp0(v))
    in_ball = ball_distance(x[:, None], y[None])
    torch.testing.assert_close(in_ball, ours, rtol=1e-10, atol=1e-10)
    ball = geoopt.PoincareBall(c=torch.tensor(1.0, dtype=torch.float64))
    torch.testing.assert_close(in_ball, ball.dist(x[:, None], y[None]), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("distance", [hyperbolic_distance, ball_distance, euclidean_distance])
def test_gradients_are_finite_where_points_coincide(distance: Distance) -> None:
    u = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(distance(u, u.clone()).sum(), u)
    assert bool(gradient.isfinite().all())
