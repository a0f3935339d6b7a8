"""Diffusion attention against matrix exponentials, its laws, and a world of sparse rates."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
import torch
from contract import EXACT, AttentionContract

from attention import diffusion
from attention.diffusion import (
    DiffusionAttention,
    affinity,
    degrees,
    diffuse,
    diffusion_attention,
    energy,
    naive_diffusion,
    smooth,
    sparse_affinity,
    spread,
)


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
    test_gradient_is_that_of_finite_differences = None

    def build(self) -> DiffusionAttention:
        return DiffusionAttention(8)


class TestNearestNeighbours(DiffusionContract):
    @pytest.fixture(autouse=True)
    def always_sparse(self, monkeypatch) -> None:
        monkeypatch.setattr(diffusion, "LARGEST_DENSE", 0)

    def build(self) -> DiffusionAttention:
        return DiffusionAttention(8, 2, sigma=2.0, neighbours=3)


def test_equals_the_formulas_written_out_in_outputs_and_gradients() -> None:
    tensors = [random(i, rows, 4).requires_grad_() for i, rows in enumerate((3, 7, 7))]
    heads = [t[None] for t in tensors]
    found = diffusion_attention(*heads, sigma=1.5, tau=2.0, time=2.0, steps=4)[0][0]
    naive = naive_diffusion(*tensors, sigma=1.5, tau=2.0, time=2.0, steps=4)
    torch.testing.assert_close(found, naive, **EXACT)
    torch.testing.assert_close(
        torch.autograd.grad(found.square().sum(), tensors),
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
def test_euler_steps_approach_the_matrix_exponential_in_proportion_to_their_length(sparse) -> None:
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
def test_the_mean_under_the_degrees_is_kept_and_the_energy_never_rises(sparse) -> None:
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


def test_the_graph_is_symmetric_with_the_median_distance_for_its_width() -> None:
    keys = random(10, 9, 4)
    graph = affinity(keys)
    apart = torch.cdist(keys, keys)
    pairs = apart[tuple(torch.triu_indices(9, 9, 1))]
    torch.testing.assert_close(graph, torch.exp(-apart.square() / (2 * pairs.median() ** 2)))
    torch.testing.assert_close(graph, graph.T)
    sparse = sparse_affinity(keys, neighbours=8, sigma=float(pairs.median()))
    torch.testing.assert_close(sparse.to_dense(), graph)
    nearest = sparse_affinity(keys, neighbours=2).to_dense()
    torch.testing.assert_close(nearest, nearest.T)
    assert ((nearest > 0).sum(1) >= 3).all()
    assert (nearest == 0).any()


def test_equal_keys_and_a_lone_key_have_a_graph() -> None:
    assert torch.equal(affinity(torch.ones(3, 2)), torch.ones(3, 3))
    assert torch.equal(affinity(torch.ones(1, 2)), torch.ones(1, 1))
    assert torch.equal(sparse_affinity(torch.ones(1, 2)).to_dense(), torch.ones(1, 1))


def test_a_mask_of_its_own_for_each_query_is_a_graph_of_its_own() -> None:
    q, k, v = random(11, 2, 4), random(12, 6, 4), random(13, 6, 4)
    keep = torch.tensor(
        [[True, True, False, True, True, False], [True, False, True, True, True, True]]
    )
    layer = DiffusionAttention(4, sigma=1.0).double()
    found = layer(q, k, v, keep=keep).output
    for row, mask in enumerate(keep):
        alone = layer(q[row : row + 1], k[mask], v[mask]).output
        torch.testing.assert_close(found[row], alone[0], **EXACT)


def test_above_a_thousand_keys_the_graph_is_sparse() -> None:
    keys = random(14, 1100, 4).float()
    layer = DiffusionAttention(4, 1)
    seen: list[bool] = []

    def remember(x, graph, **options):
        seen.append(graph.is_sparse)
        return diffuse(x, graph, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diffusion, "diffuse", remember)
        layer(keys[:2], keys[:1000], keys[:1000])
        layer(keys[None, :2], keys[None], keys[None])
    assert seen == [False, True]


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_the_implicit_step_solves_its_equation(sparse) -> None:
    keys, x = random(15, 50, 3), random(16, 50, 2)
    graph = sparse_affinity(keys, neighbours=6) if sparse else affinity(keys)
    found = smooth(x, graph, time=3.0)
    torch.testing.assert_close(found + 3.0 * laplacian(graph) @ found, x)
    torch.testing.assert_close(smooth(x, graph, time=0.0), x)


def test_the_implicit_step_is_the_posterior_mean_of_a_gaussian_field() -> None:
    graph, observed = affinity(random(17, 8, 3)), random(18, 8, 1)
    precision = torch.rand(8, generator=torch.Generator().manual_seed(0)).double() + 0.1
    # the field has no proper prior along the constants: a vague one stands for none
    prior = 2.0 * (torch.diag(degrees(graph)) - graph) + 1e-9 * torch.eye(8).double()
    covariance = torch.linalg.inv(prior)
    noise = torch.diag(1 / precision)
    mean = covariance @ torch.linalg.solve(covariance + noise, observed)
    found = smooth(observed, graph, time=2.0, precision=precision)
    torch.testing.assert_close(found, mean, rtol=1e-5, atol=1e-5)


def test_smoothing_predicts_sparse_rates_better_than_no_smoothing_and_than_one_rate_for_all() -> (
    None
):
    """600 creatives shown 40 times each; their log-odds are a smooth function of the embedding."""
    generator = torch.Generator().manual_seed(0)
    keys = torch.randn(600, 3, generator=generator).double()
    log_odds = -2.5 + 0.9 * torch.sin(1.5 * keys[:, 0]) + 0.7 * keys[:, 1]
    truth = torch.sigmoid(log_odds)
    shown = torch.full((600,), 40.0).double()
    clicks = torch.binomial(shown, truth, generator=generator)
    mean = clicks.sum() / shown.sum()
    raw = (clicks + mean) / (shown + 1)  # one pseudo-trial at the common rate
    precision = shown / (mean * (1 - mean))
    smoothed = smooth(raw[:, None], affinity(keys, sigma=0.5), time=20.0, precision=precision)[:, 0]

    def surprise(rate: torch.Tensor) -> float:
        """Expected log-loss of one more view of each creative."""
        return float(-(truth * rate.log() + (1 - truth) * (-rate).log1p()).mean())

    least = surprise(truth)
    excess = {
        "raw": surprise(raw) - least,
        "one rate": surprise(mean.expand(600)) - least,
        "smoothed": surprise(smoothed) - least,
    }
    assert excess["smoothed"] < 0.5 * min(excess["raw"], excess["one rate"])


def test_spreading_over_a_sparse_graph_is_the_dense_product() -> None:
    graph, x = sparse_affinity(random(19, 20, 3), neighbours=4), random(20, 3, 20)
    torch.testing.assert_close(spread(x, graph), x @ graph.to_dense())


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
def test_wrong_settings_are_refused(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
