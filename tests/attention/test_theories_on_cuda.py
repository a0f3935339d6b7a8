"""On a GPU the theories give what they give on the CPU, on tensors that stay where they were."""

from collections.abc import Callable

import pytest
import torch

from attention.geometry.affinity import affinity, smooth, sparse_affinity
from attention.geometry.product_space import ProductSpace, encode_cycles
from attention.geometry.segments import hierarchy, segments
from attention.geometry.wasserstein import best_slice_plan
from attention.learning.bottleneck import (
    BottleneckSettings,
    measure,
    train_bottleneck,
    train_whole_embedding,
)
from attention.learning.natural_gradient import (
    LogNormalBids,
    SoftmaxPolicy,
    damping_of,
    diagonal_step,
    fisher_product,
    natural_step,
)
from attention.mechanisms.diffusion import DiffusionAttention
from attention.mechanisms.mixed_curvature import MixedCurvatureAttention
from attention.mechanisms.transport import SlicedWassersteinAttention
from attention.monitoring.geometry_report import Snapshot, calibrate, report
from attention.monitoring.topology_gate import Mode

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


def random(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def transport(device: str) -> list[torch.Tensor]:
    layer = SlicedWassersteinAttention(4).double().to(device)
    query, keys = random(0, 2, 3, 4).to(device), random(1, 40, 5, 4).to(device)
    weights = random(2, 40, 5).softmax(-1).to(device)
    result = layer(query, keys, random(3, 40, 6).to(device), key_weights=weights)
    nearest = layer.nearest(query[0], keys)
    plan = best_slice_plan(query[0], keys[0], layer.theta)
    return [result.output, result.weights, nearest.plan.plan, plan.plan]


def mixed_curvature(device: str) -> list[torch.Tensor]:
    layer = MixedCurvatureAttention(ProductSpace(4, 4, 4)).double().to(device)
    cycles = encode_cycles(random(5, 30, 2), 2)
    rows = torch.cat((random(4, 30, 8), cycles), 1).to(device)
    square = layer.distances(rows, rows).detach()
    return [
        layer(rows[:3], rows, rows).output,
        square,
        segments(square, 4).labels,
        hierarchy(rows[:, 4:8]),
    ]


def natural_gradient(device: str) -> list[torch.Tensor]:
    scores, gradient = random(6, 50, 5).to(device), random(7, 5).to(device)
    full = natural_step(gradient, fisher_product(scores), damping=damping_of(scores))
    policy = SoftmaxPolicy(5).double().to(device)
    policy.step(gradient)
    bids = LogNormalBids(torch.zeros(5), torch.ones(5), low=-1.0, high=1.0).double().to(device)
    log_bid = random(8, 60).to(device)
    result = bids.score_gradient(0, log_bid, log_bid.square(), (0.1, 0.9))
    bids.step(torch.stack((gradient, gradient), 1))
    steps = [full.step, diagonal_step(gradient, scores).step, result.gradient]
    return [*steps, policy(), bids.mu, bids.log_sigma]


def bottleneck(device: str) -> list[torch.Tensor]:
    x, shown = random(9, 300, 6).to(device), torch.full((300,), 100.0).double().to(device)
    converted = (shown * torch.sigmoid(x[:, 0] - 2)).round()
    settings = BottleneckSettings(dim=2, hidden=8, epochs=3)
    trained = train_bottleneck(x, converted, shown, settings)
    whole = train_whole_embedding(x, converted, shown, settings)
    result = measure(trained, whole, x, converted, shown, resamples=50)
    numbers = torch.tensor([result.rate_upper, result.information_lower.value, result.entropy])
    return [trained.model.compress(x), numbers.to(device)]


def diffusion(device: str) -> list[torch.Tensor]:
    torch.manual_seed(0)
    layer = DiffusionAttention(8, 2).double().to(device).eval()
    few, many = random(10, 60, 8).to(device), random(11, 1100, 8).to(device)
    sparse = sparse_affinity(few, neighbours=5)
    return [
        layer(few, few, few).output,
        layer(few, many, many).output,
        smooth(few, affinity(few), time=2.0),
        smooth(few, sparse, time=2.0),
    ]


def geometry_report(device: str) -> list[torch.Tensor]:
    portfolio = random(12, 40, 6)
    weeks = [Snapshot((portfolio + 0.2 * random(20 + i, 40, 6)).to(device)) for i in range(32)]
    page = report(weeks[-1], calibrate(weeks[:-1]), Mode.STABLE)
    return [torch.tensor([reading.value for reading in page.readings], device=device)]


@pytest.mark.parametrize(
    "theory",
    [transport, mixed_curvature, natural_gradient, bottleneck, diffusion, geometry_report],
    ids=lambda theory: theory.__name__,
)
def test_the_gpu_agrees_with_the_cpu(theory: Callable[[str], list[torch.Tensor]]) -> None:
    here, there = theory("cpu"), theory("cuda")
    assert all(tensor.is_cuda for tensor in there)
    torch.testing.assert_close([t.cpu() for t in there], here, rtol=1e-6, atol=1e-6)
