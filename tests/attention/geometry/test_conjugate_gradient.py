"""Conjugate gradients solve what a dense solver solves."""

import torch

from attention.geometry.conjugate_gradient import conjugate_gradient
from attention.learning.natural_gradient import fisher_product


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_conjugate_gradients_solve_what_a_dense_solver_solves() -> None:
    root, b = random(5, 12, 9), random(6, 9)
    matrix = root.T @ root
    solved = conjugate_gradient(lambda v: matrix @ v, b, iterations=30, tol=1e-13)
    torch.testing.assert_close(solved.x, torch.linalg.solve(matrix, b), rtol=1e-8, atol=1e-8)
    assert solved.residual <= 1e-13


def test_conjugate_gradients_are_exact_after_as_many_iterations_as_the_rank() -> None:
    scores = random(7, 4, 40)  # four samples: the Fisher matrix has rank 4
    gradient = scores.T @ random(8, 4)
    solved = conjugate_gradient(fisher_product(scores), gradient, iterations=4, tol=0.0)
    fisher = scores.T @ scores / 4
    torch.testing.assert_close(solved.x, torch.linalg.pinv(fisher) @ gradient)
    assert solved.iterations == 4
