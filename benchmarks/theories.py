"""Figures of the theories in ``attention``, each on a simulated world with a known answer.

Run with ``python benchmarks/theories.py [--json]``; a few minutes on one core.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import ot
import torch
from _figures import Figure, at_least, at_most, report

from attention.geometry.affinity import affinity, smooth
from attention.geometry.lorentz import polar_distances
from attention.geometry.product_space import ProductSpace, encode_cycles, exact_distances
from attention.geometry.segments import hierarchy
from attention.geometry.wasserstein import (
    best_slice_plan,
    directions,
    exact_plan,
    sliced_wasserstein,
)
from attention.learning.bottleneck import (
    BottleneckSettings,
    cross_entropy,
    mean_over_trials,
    measure,
    train_bottleneck,
    train_whole_embedding,
)
from attention.learning.natural_gradient import (
    LogNormalBids,
    softmax_fisher,
    softmax_natural_gradient,
)
from attention.mechanisms.diffusion import DiffusionAttention
from attention.mechanisms.mixed_curvature import MixedCurvatureAttention
from attention.mechanisms.transport import SlicedWassersteinAttention
from attention.monitoring.geometry_report import Snapshot, calibrate
from attention.monitoring.geometry_report import report as geometry_report
from attention.monitoring.topology_gate import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor


def draw(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def milliseconds(call: Callable[[], object], repeats: int = 200) -> float:
    """Median time of a call after a short warm-up."""
    for _ in range(10):
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def transport() -> Iterator[Figure]:
    a, b, theta = draw(0, 30, 64).double(), draw(1, 30, 64).double(), directions(64)
    squared = float(sliced_wasserstein(a, b, theta))
    library = ot.sliced_wasserstein_distance(a.numpy(), b.numpy(), projections=theta.numpy())
    yield Figure(
        "transport: SW2^2, difference to POT", abs(squared - library**2), "", None, at_most(1e-12)
    )
    exact = exact_plan(a, b).plan_cost
    yield Figure(
        "transport: sqrt(d) SW2 of 30 points in 64-d", math.sqrt(64 * squared), "", math.sqrt(exact)
    )
    yield Figure(
        "transport: cost of the best slice's plan",
        best_slice_plan(a, b, theta).plan_cost,
        "",
        exact,
    )
    one, other = torch.eye(64).double()[:2]
    blind = float(sliced_wasserstein(one[:, None], other[:, None], directions(1)))
    yield Figure("transport: two orthogonal vectors as bags of coordinates", blind, "", 2 / 64)
    layer = SlicedWassersteinAttention(64)
    index = draw(2, 100, 5, 64)
    layer.calibrate(index)
    yield Figure(
        "transport: one query against 100 clouds of 5",
        milliseconds(lambda: layer(index[:1], index, index[:, 0])),
        "ms",
    )


def tree(children: int, levels: int) -> tuple[Tensor, Tensor]:
    count = sum(children**level for level in range(levels + 1))
    parent = torch.tensor([-1, *(i // children for i in range(count - 1))])
    distance = torch.zeros(count, count)
    for i in range(1, count):
        distance[i, :i] = distance[parent[i], :i] + 1
        distance[:i, i] = distance[i, :i]
    return parent, distance


def embed(distance: Tensor, dim: int, *, curved: bool, steps: int = 400) -> Tensor:
    """Fit the distances of a tree in hyperbolic or flat space, with the same effort."""
    rows, columns = torch.triu_indices(len(distance), len(distance), 1)
    u = (0.1 * draw(0, len(distance), dim)).requires_grad_()
    scale = torch.zeros((), requires_grad=True)
    distances = polar_distances if curved else exact_distances
    optimiser = torch.optim.Adam([u, scale], lr=0.05, foreach=False)
    for _ in range(steps):
        optimiser.zero_grad()
        ratio = distances(u, u)[rows, columns] * scale.exp() / distance[rows, columns]
        (ratio - 1).square().mean().backward()
        optimiser.step()
    return u.detach() if curved else (u * scale.exp()).detach()


def mean_average_precision(square: Tensor, relevant: Tensor) -> float:
    order = (square + torch.diag(torch.full((len(square),), torch.inf))).argsort(1)
    hit = relevant.gather(1, order).float()
    precision = hit.cumsum(1) / torch.arange(1, len(square) + 1)
    result = (precision * hit).sum(1) / hit.sum(1).clamp_min(1)
    return float(result[hit.sum(1) > 0].mean())


def mixed_curvature() -> Iterator[Figure]:
    """A tree of 121 interests and a day: retrieve the same small branch at the same hours."""
    parent, distance = tree(3, 4)
    phases = torch.rand(len(distance), 2, generator=torch.Generator().manual_seed(5))
    cycles = encode_cycles(phases)
    hour = (phases[:, None, 0] - phases[None, :, 0]).abs()
    relevant = (distance > 0) & (distance <= 2) & (torch.minimum(hour, 1 - hour) < 0.15)
    people = torch.zeros(len(distance), 128)
    for dim in (2, 3, 5, 10, 128):
        curved, straight = (embed(distance, dim, curved=c) for c in (True, False))
        layer = MixedCurvatureAttention(ProductSpace(128, dim, 64))
        torch.nn.init.zeros_(layer.logits)
        rows = torch.cat((people, curved, cycles), 1)
        with torch.no_grad():
            fused = mean_average_precision(layer.distances(rows, rows), relevant)
        same = mean_average_precision(exact_distances(rows, rows), relevant)
        flat = torch.cat((people, straight, cycles), 1)
        trained = mean_average_precision(exact_distances(flat, flat), relevant)
        goal = at_least(1.0, of_reference=True) if dim in (3, 128) else None
        yield Figure(
            f"mixed curvature: MAP, tree in {dim}-d, against flat trained alike",
            fused,
            "",
            trained,
            goal,
        )
        yield Figure(
            f"mixed curvature: MAP, tree in {dim}-d, the same numbers read as flat", same, "", fused
        )
        right = (hierarchy(curved) == parent).float().mean()
        yield Figure(f"mixed curvature: correct parents, tree in {dim}-d", float(right), "share")
    layer = MixedCurvatureAttention()
    x = draw(3, 100, 320)
    with torch.no_grad():
        yield Figure(
            "mixed curvature: 100 x 100, 320-d", milliseconds(lambda: layer(x, x, x), 50), "ms"
        )
        yield Figure(
            "mixed curvature: one query, 100 keys", milliseconds(lambda: layer(x[:1], x, x)), "ms"
        )


def natural_gradient() -> Iterator[Figure]:
    logits, gradient = draw(4, 12).double(), draw(5, 12).double()
    exact = torch.linalg.pinv(softmax_fisher(logits)) @ gradient
    error = (softmax_natural_gradient(logits, gradient) - exact).abs().max()
    yield Figure(
        "natural gradient: closed form, difference to the pseudo-inverse",
        float(error),
        "",
        None,
        at_most(1e-12),
    )
    natural = slowest_campaign(10.0, natural=True)
    plain = min(slowest_campaign(lr, natural=False) for lr in (0.01, 0.03, 0.1, 0.3, 1.0))
    yield Figure(
        "natural gradient: steps until three campaigns earn 95 %, against the best plain ones",
        natural,
        "steps",
        plain,
        at_most(0.2, of_reference=True),
    )


def slowest_campaign(lr: float, *, natural: bool) -> float:
    """Steps until the slowest of three campaigns (worth .2, 2, 20 per win) earns 95 % of its best.

    All take the same settings. At most 1 500 steps; a bid that flies off never arrives.
    """
    return max(steps_to_profit(value, lr, natural=natural) for value in (0.2, 2.0, 20.0))


def steps_to_profit(value: float, lr: float, *, natural: bool) -> float:
    """First price, best rival log-normal at .6 of the value: learn from a bid that rarely wins."""
    rival = torch.distributions.Normal(math.log(value) - 0.5, 0.4)
    grid = torch.linspace(0.02, 1.0, 2000) * value
    best = float(((value - grid) * rival.cdf(grid.log())).max())
    start = math.log(value) - 1.9
    bids = LogNormalBids(
        torch.tensor([start]), torch.tensor([0.4]), low=start - 2, high=math.log(value)
    )
    generator = torch.Generator().manual_seed(0)
    for step in range(1500):
        mu, sigma = bids.mu.detach(), bids.log_sigma.detach().exp()
        if float((value - mu.exp()) * rival.cdf(mu)) >= 0.95 * best:
            return step
        log_bid = mu + sigma * torch.randn(400, generator=generator)
        wins = log_bid > rival.mean + rival.stddev * torch.randn(400, generator=generator)
        reward = torch.where(wins, value - log_bid.exp(), 0.0)
        gradient = bids.score_gradient(0, log_bid, reward, (float(mu), float(sigma))).gradient
        if natural:
            bids.step(gradient[None], lr=lr)
        else:
            with torch.no_grad():
                bids.mu.sub_(lr * gradient[0]).clamp_(bids.low, bids.high)
                bids.log_sigma.sub_(lr * gradient[1]).clamp_(min=math.log(bids.floor))
    return 1500


def bottleneck() -> Iterator[Figure]:
    """8 000 creatives in 384 dimensions, each shown 400 times, 2.6 % of which convert."""
    x = draw(6, 8000, 384)
    log_odds = -4.2 + 0.7 * x[:, 0] + 0.7 * torch.tanh(2 * x[:, 1]) + 0.5 * x[:, 2] * x[:, 3].sign()
    shown = torch.full((8000,), 400.0)
    converted = torch.binomial(
        shown, log_odds.sigmoid(), generator=torch.Generator().manual_seed(7)
    )
    train, held = slice(0, 6000), slice(6000, None)
    settings = BottleneckSettings(epochs=30)
    whole = train_whole_embedding(x[train], converted[train], shown[train], settings)
    for name, beta in (("0", 0.0), (".05", 0.05), (".5", 0.5), ("5", 5.0), (".5 a nat", None)):
        price = beta
        if price is None:  # the price without its unit: .5 nats for each nat
            rate = float(converted[train].sum() / shown[train].sum())
            entropy = -(rate * math.log(rate) + (1 - rate) * math.log1p(-rate))
            price = 0.5 * settings.dim / entropy
        trained = train_bottleneck(
            x[train], converted[train], shown[train], replace(settings, beta=price)
        )
        result = measure(trained, whole, x[held], converted[held], shown[held])
        best = result.entropy - float(
            mean_over_trials(
                cross_entropy(log_odds[held], converted[held], shown[held]), shown[held]
            )
        )
        label = f"bottleneck: beta {name}"
        yield Figure(
            f"{label}, information_lower against the oracle",
            result.information_lower.value,
            "nats",
            best,
        )
        yield Figure(f"{label}, rate_upper", result.rate_upper, "nats")
        if result.preserved is not None:
            yield Figure(f"{label}, preserved", result.preserved.value, "share")


def diffusion() -> Iterator[Figure]:
    """600 creatives shown 40 times each; log-odds a smooth function of the embedding."""
    keys = draw(8, 600, 3).double()
    truth = torch.sigmoid(-2.5 + 0.9 * torch.sin(1.5 * keys[:, 0]) + 0.7 * keys[:, 1])
    shown = torch.full((600,), 40.0).double()
    clicks = torch.binomial(shown, truth, generator=torch.Generator().manual_seed(9))
    mean = clicks.sum() / shown.sum()
    raw = (clicks + mean) / (shown + 1)
    precision = shown / (mean * (1 - mean))
    smoothed = smooth(raw[:, None], affinity(keys, sigma=0.5), time=20.0, precision=precision)[:, 0]

    def excess(rate: Tensor) -> float:
        """Millinats per view above the log-loss of the true rates."""

        def loss(r: Tensor) -> Tensor:
            return -(truth * r.log() + (1 - truth) * (-r).log1p()).mean()

        return 1000 * float(loss(rate) - loss(truth))

    one_rate = excess(mean.expand(600))
    yield Figure(
        "diffusion: excess log-loss, each creative alone", excess(raw), "millinats", one_rate
    )
    yield Figure(
        "diffusion: excess log-loss, smoothed, against one rate for all",
        excess(smoothed),
        "millinats",
        one_rate,
        at_most(0.5, of_reference=True),
    )
    layer, x = DiffusionAttention().eval(), draw(10, 100, 256)
    plain = DiffusionAttention(time=0.0).eval()
    with torch.no_grad():
        yield Figure(
            "diffusion: 100 x 100, 256-d, against time 0",
            milliseconds(lambda: layer(x, x, x)), "ms", milliseconds(lambda: plain(x, x, x)),
        )  # fmt: skip


def geometry() -> Iterator[Figure]:
    """A hundred items in ten families, observed with noise; the newer half moves by 1 sd."""
    families = draw(11, 10, 32)
    portfolio = families[torch.arange(100) % 10] + 0.5 * draw(12, 100, 32)

    def window(seed: int, shift: float = 0.0) -> Snapshot:
        x = portfolio + 0.3 * draw(seed, 100, 32)
        x[50:] += shift * portfolio.std()
        return Snapshot(x, torch.softmax(portfolio[:8] @ x.T / math.sqrt(32), -1))

    usual = calibrate([window(100 + i) for i in range(201)])

    def low(start: int, shift: float) -> float:
        pages = (geometry_report(window(start + i, shift), usual, Mode.STABLE) for i in range(200))
        return sum(page.health < 0.2 for page in pages) / 200

    yield Figure(
        "geometry report: health below .2, no change", low(1000, 0.0), "share", None, at_most(0.05)
    )
    yield Figure(
        "geometry report: health below .2, shift of 1 sd",
        low(2000, 1.0),
        "share",
        None,
        at_least(0.9),
    )
    now = window(1)
    yield Figure(
        "geometry report: one window of 100",
        milliseconds(lambda: geometry_report(now, usual, Mode.STABLE), 50),
        "ms",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print rows for programs")
    as_json = parser.parse_args().json
    torch.set_num_threads(1)
    parts = (transport, mixed_curvature, natural_gradient, bottleneck, diffusion, geometry)
    figures = [figure for part in parts for figure in part()]
    return report("Theories of attention, on planted worlds", figures, as_json=as_json)


if __name__ == "__main__":
    sys.exit(main())
