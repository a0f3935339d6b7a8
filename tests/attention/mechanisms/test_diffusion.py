"""Diffusion attention against the formulas, matrix exponentials and its laws."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
import torch

from attention.geometry.affinity import affinity, degrees, energy, smooth, sparse_affinity
from attention.mechanisms import diffusion
from attention.mechanisms.diffusion import (
    DiffusionAttention,
    diffuse,
    diffusion_attention,
    naive_diffusion,
)
from attention_contract import EXACT, NOT_APPLICABLE, AttentionContract


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def laplacian(graph: torch.Tensor) -> torch.Tensor:
    graph = graph.to_dense()
    return torch.eye(len(graph)).double() - graph / graph.sum(1, keepdim=True)


class DiffusionContract(AttentionContract):
    def build(self) -> DiffusionAttention:
        return DiffusionAttention(8, 2, sigma=2.0)


class TestDiffusion(DiffusionContract):
    pass


class TestMedianWidth(DiffusionContract):
    # the width is a constant to autograd, and finite differences move it
    test_gradient_is_that_of_finite_differences = NOT_APPLICABLE

    def build(self) -> DiffusionAttention:
        return DiffusionAttention(8)


class TestNearestNeighbours(DiffusionContract):
    @pytest.fixture(autouse=True)
    def always_sparse(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(diffusion, "MAX_DENSE_KEYS", 0)

    def build(self) -> DiffusionAttention:
        return DiffusionAttention(8, 2, sigma=2.0, neighbours=3)


def test_equals_the_formulas_written_out_in_outputs_and_gradients() -> None:
    tensors = [random(i, rows, 4).requires_grad_() for i, rows in enumerate((3, 7, 7))]
    heads = [t[None] for t in tensors]
    result = diffusion_attention(*heads, sigma=1.5, tau=2.0, time=2.0, steps=4)[0][0]
    naive = naive_diffusion(*tensors, sigma=1.5, tau=2.0, time=2.0, steps=4)
    torch.testing.assert_close(result, naive, **EXACT)
    torch.testing.assert_close(
        torch.autograd.grad(result.square().sum(), tensors),
        torch.autograd.grad(naive.square().sum(), tensors),
        **EXACT,
    )


def test_time_zero_is_plain_attention() -> None:
    q, k, v = random(0, 3, 8), random(1, 6, 8), random(2, 6, 8)
    torch.testing.assert_close(
        diffusion_attention(q[None], k[None], v[None], time=0.0)[0][0],
        torch.nn.functional.scaled_dot_product_attention(q, k, v),
        **EXACT,
    )


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_euler_steps_approach_the_matrix_exponential_in_proportion_to_their_length(
    sparse: bool,
) -> None:
    keys, x = random(3, 30, 4), random(4, 2, 30)
    graph = sparse_affinity(keys, neighbours=5) if sparse else affinity(keys)
    exact = x @ torch.matrix_exp(-1.5 * laplacian(graph)).T
    oracle = scipy.sparse.linalg.expm_multiply(
        scipy.sparse.csr_array(-1.5 * laplacian(graph).numpy()), x.T.numpy()
    )
    np.testing.assert_allclose(exact.T.numpy(), oracle, rtol=1e-10, atol=1e-10)
    errors = [
        float((diffuse(x, graph, time=1.5, steps=steps) - exact).abs().max())
        for steps in (20, 40, 80)
    ]
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2.0, rel=0.1)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_the_mean_under_the_degrees_is_kept_and_the_energy_never_rises(sparse: bool) -> None:
    keys, x = random(5, 40, 3), random(6, 3, 40)
    graph = sparse_affinity(keys, neighbours=6) if sparse else affinity(keys, sigma=0.5)
    share = degrees(graph) / degrees(graph).sum()
    before, level = x @ share, energy(x, graph)
    for _ in range(20):
        x = diffuse(x, graph, time=0.9, steps=1)
        torch.testing.assert_close(x @ share, before, rtol=0.0, atol=1e-12)
        now = energy(x, graph)
        assert (now <= level + 1e-12).all()
        level = now


def test_a_long_time_makes_weights_uniform_within_each_connected_component() -> None:
    keys = torch.cat((random(7, 5, 3), random(8, 4, 3) + 1000.0))
    heads = (random(9, 1, 2, 3), keys[None], keys[None])
    weights = diffusion_attention(*heads, time=200.0, steps=400, sigma=1.0, tau=1000.0)[1][0]
    torch.testing.assert_close(weights[:, :5], weights[:, :1].expand(2, 5), rtol=1e-6, atol=0.0)
    torch.testing.assert_close(weights[:, 5:], weights[:, 5:6].expand(2, 4), rtol=1e-6, atol=0.0)
    assert (weights[:, 0] - weights[:, 5]).abs().min() > 1e-3


def test_a_mask_of_its_own_for_each_query_is_a_graph_of_its_own() -> None:
    q, k, v = random(11, 2, 4), random(12, 6, 4), random(13, 6, 4)
    mask = torch.tensor(
        [[True, True, False, True, True, False], [True, False, True, True, True, True]]
    )
    layer = DiffusionAttention(4, sigma=1.0).double()
    result = layer(q, k, v, mask=mask).output
    for row, row_mask in enumerate(mask):
        alone = layer(q[row : row + 1], k[row_mask], v[row_mask]).output
        torch.testing.assert_close(result[row], alone[0], **EXACT)


def test_above_a_thousand_keys_the_graph_is_sparse() -> None:
    keys = random(14, 1100, 4).float()
    layer = DiffusionAttention(4, 1)
    seen: list[bool] = []

    def remember(x: torch.Tensor, graph: torch.Tensor, **options: Any) -> torch.Tensor:
        seen.append(graph.is_sparse)
        return diffuse(x, graph, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diffusion, "diffuse", remember)
        layer(keys[:2], keys[:1000], keys[:1000])
        layer(keys[None, :2], keys[None], keys[None])
    assert seen == [False, True]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DiffusionAttention(time=5.0, steps=5), "below 1 to be stable, got 5.0 / 5"),
        (lambda: DiffusionAttention(time=-1.0), "time must be 0 or more"),
        (lambda: DiffusionAttention(steps=0), "steps at least 1"),
        (lambda: DiffusionAttention(sigma=0.0), "sigma must be above 0, got 0.0"),
        (lambda: DiffusionAttention(tau=-1.0), "tau must be above 0"),
        (
            lambda: smooth(torch.ones(2, 1), torch.ones(2, 2), time=-1.0),
            "time must be 0 or more, got -1.0",
        ),
        (
            lambda: smooth(
                torch.ones(2, 1), torch.ones(2, 2), time=1.0, precision=torch.tensor([1.0, 0.0])
            ),
            "precision must be above 0",
        ),
    ],
)
def test_wrong_settings_are_errors(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
