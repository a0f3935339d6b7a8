from dataclasses import replace

import geoopt
import numpy as np
import torch

from gnn.hierarchy.ball import DISC, MAX_NORM, fit_ball, project, riemannian_gradient
from gnn.hierarchy.reconstruction import mean_average_precision
from regular_trees import all_distances, regular_tree

TREE = regular_tree(3, 3)


def points(rows: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 3, generator=generator, dtype=torch.float64)
    return x / (1 + x.norm(dim=1, keepdim=True))


def test_the_gradient_agrees_with_geoopt() -> None:
    x = points(7)
    gradient = torch.ones_like(x)
    ball = geoopt.PoincareBall(c=torch.tensor(1.0, dtype=torch.float64))
    theirs = ball.egrad2rgrad(x, gradient)
    torch.testing.assert_close(riemannian_gradient(x, gradient), theirs, rtol=1e-12, atol=0)


def test_points_outside_are_pulled_back_and_others_stay() -> None:
    x = points(7)
    assert torch.equal(project(x), x)
    lengths = project(1e9 * x).norm(dim=1)
    torch.testing.assert_close(lengths, torch.full_like(lengths, MAX_NORM))


def test_a_disc_gives_a_small_tree_back_the_same_each_time() -> None:
    tangents = fit_ball(TREE.pairs, len(TREE))
    assert tangents.shape == (len(TREE), 2)
    assert mean_average_precision(all_distances(tangents), TREE.pairs) >= 0.8
    short = replace(DISC, epochs=2)
    first, second = (fit_ball(TREE.pairs, len(TREE), short) for _ in range(2))
    assert np.array_equal(first, second)
