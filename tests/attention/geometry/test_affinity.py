"""The graph of similar rows and the statistics smoothed over it."""

import pytest
import torch

from attention.geometry.affinity import affinity, degrees, smooth, sparse_affinity, spread


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def laplacian(graph: torch.Tensor) -> torch.Tensor:
    graph = graph.to_dense()
    return torch.eye(len(graph)).double() - graph / graph.sum(1, keepdim=True)


def test_the_graph_is_symmetric_with_the_median_distance_for_its_width() -> None:
    keys = random(10, 9, 4)
    graph = affinity(keys)
    distance = torch.cdist(keys, keys)
    pairs = distance[tuple(torch.triu_indices(9, 9, 1))]
    torch.testing.assert_close(graph, torch.exp(-distance.square() / (2 * pairs.median() ** 2)))
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


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_the_implicit_step_solves_its_equation(sparse: bool) -> None:
    keys, x = random(15, 50, 3), random(16, 50, 2)
    graph = sparse_affinity(keys, neighbours=6) if sparse else affinity(keys)
    result = smooth(x, graph, time=3.0)
    torch.testing.assert_close(result + 3.0 * laplacian(graph) @ result, x)
    torch.testing.assert_close(smooth(x, graph, time=0.0), x)


def test_the_implicit_step_is_the_posterior_mean_of_a_gaussian_field() -> None:
    graph, observed = affinity(random(17, 8, 3)), random(18, 8, 1)
    precision = torch.rand(8, generator=torch.Generator().manual_seed(0)).double() + 0.1
    # the prior of the field is improper along the constants, so the oracle uses a vague one
    prior = 2.0 * (torch.diag(degrees(graph)) - graph) + 1e-9 * torch.eye(8).double()
    covariance = torch.linalg.inv(prior)
    noise = torch.diag(1 / precision)
    mean = covariance @ torch.linalg.solve(covariance + noise, observed)
    result = smooth(observed, graph, time=2.0, precision=precision)
    torch.testing.assert_close(result, mean, rtol=1e-5, atol=1e-5)


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
