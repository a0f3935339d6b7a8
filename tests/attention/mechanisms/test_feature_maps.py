"""Feature maps: what random features estimate and how well, and the logarithms of the others."""

import pytest
import torch

from attention.mechanisms.feature_maps import (
    EluFeatures,
    LearntFeatures,
    RandomFeatures,
    orthogonal_directions,
)
from attention_contract import EXACT


def pair(square: float, width: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """A query and a key with ``|x + y|^2`` as given after the scaling by ``width^(-1/4)``."""
    generator = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 1, 1, width, generator=generator, dtype=torch.float64)
    scale = square**0.5 / ((q + k) * width**-0.25).norm()
    return q * scale, k * scale


def estimates(q: torch.Tensor, k: torch.Tensor, features: int, draws: int) -> torch.Tensor:
    result = []
    for seed in range(draws):
        maps = RandomFeatures(1, q.shape[-1], features, seed=1000 * seed)
        result.append((maps.query(q) + maps.key(k)).exp().sum())
    return torch.stack(result)


@pytest.mark.parametrize("square", [0.25, 1.0])
def test_random_features_are_unbiased_where_their_variance_is_small(square: float) -> None:
    q, k = pair(square)
    exact = (q * k).sum() / 8**0.5
    result = estimates(q, k, 16, 300)
    error = result.std() / 300**0.5
    assert abs(result.mean() - exact.exp()) < 4 * error
    assert error < 0.1 * exact.exp()


def test_their_error_falls_with_the_root_of_their_number() -> None:
    q, k = pair(1.0, width=4)
    spread = [estimates(q, k, features, 200).std().item() for features in (8, 128)]
    assert 2.5 < spread[0] / spread[1] < 6.5  # sixteen times as many, a quarter of the error


def test_directions_are_orthogonal_within_a_block_and_as_long_as_normal_vectors() -> None:
    drawn = orthogonal_directions(20, 8, seed=3)
    for block in drawn.split(8):
        products = block @ block.T
        torch.testing.assert_close(products, torch.diag(products.diagonal()), **EXACT)
    many = orthogonal_directions(4000, 8, seed=1)
    assert many.square().sum(-1).mean().item() == pytest.approx(8, rel=0.05)
    assert torch.equal(orthogonal_directions(20, 8, seed=3), drawn)


def test_elu_features_are_elu_plus_one() -> None:
    x = torch.tensor([-30.0, -1.0, 0.0, 2.0]).double().reshape(1, 4, 1).requires_grad_()
    result = EluFeatures().query(x).exp()
    torch.testing.assert_close(result, torch.nn.functional.elu(x) + 1, **EXACT)
    (slope,) = torch.autograd.grad(result.sum(), x)
    assert torch.isfinite(slope).all()


def test_learnt_features_of_queries_sum_to_one_and_those_of_keys_are_bounded() -> None:
    maps = LearntFeatures(2, 4, 16)
    rows = 100 * torch.randn(2, 5, 4)
    torch.testing.assert_close(maps.query(rows).exp().sum(-1), torch.ones(2, 5))
    assert maps.key(rows).abs().max() <= 12.0
