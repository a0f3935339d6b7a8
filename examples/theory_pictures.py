"""Draw one worked picture for each theory of ``attention``, as SVG, from the code itself.

Run with ``python examples/theory_pictures.py [FOLDER]``; the folder is docs/images/attention by
default. Takes about half a minute on one core.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from attention.geometry.lorentz import exp0, poincare, polar_distances
from attention.geometry.segments import hierarchy
from attention.learning.bottleneck import (
    BottleneckSettings,
    cross_entropy,
    mean_over_trials,
    measure,
    train_bottleneck,
    train_whole_embedding,
)
from attention.learning.natural_gradient import LogNormalBids
from attention.mechanisms.diffusion import diffusion_attention
from attention.mechanisms.transport import SlicedWassersteinAttention
from attention.monitoring.geometry_report import Snapshot, calibrate, report
from attention.monitoring.topology_gate import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

BLUE, ORANGE, GREEN, GREY, INK = "#2b6cb0", "#dd6b20", "#2f855a", "#a0aec0", "#2d3748"
LEFT, RIGHT, TOP, BOTTOM = 62, 18, 40, 50


@dataclass
class Chart:
    """A drawing with two axes; marks are given in their units."""

    title: str
    x: tuple[float, float]
    y: tuple[float, float]
    labels: tuple[str, str] = ("", "")
    size: tuple[int, int] = (560, 340)
    log_x: bool = False
    marks: list[str] = field(default_factory=list)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place a point on the drawing."""
        low, high, x = (math.log10(v) if self.log_x else v for v in (*self.x, x))
        width, height = self.size[0] - LEFT - RIGHT, self.size[1] - TOP - BOTTOM
        across = (x - low) / (high - low)
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return round(LEFT + across * width, 1), round(TOP + (1 - up) * height, 1)

    def line(
        self, points: Iterable[Sequence[float]], colour: str, width: float = 2, dash: str = ""
    ) -> None:
        """Draw a broken line."""
        places = " ".join("{},{}".format(*self.at(*p)) for p in points)
        self.marks.append(
            f'<polyline points="{places}" fill="none" stroke="{colour}" '
            f'stroke-width="{width}" stroke-dasharray="{dash}"/>'
        )

    def dots(self, points: Iterable[Sequence[float]], colour: str, radius: float = 5) -> None:
        """Draw points."""
        for point in points:
            x, y = self.at(*point)
            self.marks.append(
                f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" stroke="white"/>'
            )

    def box(self, low: Sequence[float], high: Sequence[float], colour: str, shade: float) -> None:
        """Fill a rectangle between two corners."""
        (x0, y1), (x1, y0) = self.at(*low), self.at(*high)
        self.marks.append(
            f'<rect x="{x0}" y="{y0}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}" '
            f'fill="{colour}" fill-opacity="{shade:.2f}"/>'
        )

    def text(
        self, x: float, y: float, words: str, colour: str = INK, anchor: str = "start"
    ) -> None:
        """Write next to a point."""
        px, py = self.at(x, y)
        self.marks.append(
            f'<text x="{px}" y="{py}" fill="{colour}" text-anchor="{anchor}">{words}</text>'
        )

    def ticks(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Draw the axes with numbers at these places."""
        for x in xs:
            px, py = self.at(x, self.y[0])
            self.marks.append(f'<text x="{px}" y="{py + 17}" text-anchor="middle">{x:g}</text>')
        for y in ys:
            px, py = self.at(self.x[0], y)
            self.marks.append(f'<text x="{px - 7}" y="{py + 4}" text-anchor="end">{y:g}</text>')
        self.line([(self.x[0], self.y[1]), (self.x[0], self.y[0]), (self.x[1], self.y[0])], INK, 1)

    def save(self, path: Path) -> None:
        """Write the drawing."""
        width, height = self.size
        middle = TOP + (height - TOP - BOTTOM) / 2
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="12" '
            f'fill="{INK}"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{self.title}</text>'
            + "".join(self.marks)
            + f'<text x="{(LEFT + width - RIGHT) / 2}" y="{height - 12}" text-anchor="middle">'
            f'{self.labels[0]}</text><text transform="translate(16 {middle}) rotate(-90)" '
            f'text-anchor="middle">{self.labels[1]}</text></svg>\n'
        )


def draw(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def transport() -> Chart:
    """A new creative of four elements, the nearest performer and the plan between them."""
    query = torch.tensor([[0.4, 2.6], [1.4, 0.7], [2.6, 2.9], [3.2, 1.2]])
    near = query[[2, 0, 3, 1]] + torch.tensor([[0.5, 0.3], [0.2, 0.5], [0.6, -0.2], [0.3, -0.5]])
    far = torch.tensor([[5.0, 3.3], [5.6, 2.4], [6.2, 3.0], [5.4, 0.8]])
    layer = SlicedWassersteinAttention(2)
    keys = torch.stack((far, near))
    layer.calibrate(torch.cat((keys, query[None])))
    result = layer.nearest(query, keys)
    square = layer.distances(query[None], keys)[0]
    chart = Chart(
        "Transport: which element answers to which",
        (0, 7),
        (0, 4.4),
        ("embedding 1", "embedding 2"),
    )
    for i, j in result.plan.plan.nonzero().tolist():
        chart.line([query[i].tolist(), keys[result.index, j].tolist()], GREY, 2)
    for points, colour in ((query, BLUE), (near, GREEN), (far, ORANGE)):
        chart.dots(points.tolist(), colour, 7)
    chart.text(0.15, 4.15, "new creative", BLUE)
    chart.text(1.75, 4.15, f"performer B: SW2² {square[1]:.2f}, weight {result.weight:.2f}", GREEN)
    words = f"performer A: SW2² {square[0]:.2f}, weight {1 - result.weight:.2f}"
    chart.text(6.95, 3.75, words, ORANGE, "end")
    chart.ticks(range(8), range(5))
    return chart


def interests() -> tuple[Tensor, Tensor]:
    """A tree of 121 interests: the parent of each, and the distances along the tree."""
    parent = torch.tensor([-1, *(i // 3 for i in range(120))])
    tree_distance = torch.zeros(121, 121)
    for i in range(1, 121):
        tree_distance[i, :i] = tree_distance[parent[i], :i] + 1
        tree_distance[:i, i] = tree_distance[i, :i]
    return parent, tree_distance


def embed(tree_distance: Tensor, dim: int) -> Tensor:
    """Fit hyperbolic distances to those along the tree, with the best of eight starts."""
    result = [fit(tree_distance, dim, seed) for seed in range(8)]
    return min(result, key=lambda one: one[0])[1]


def fit(tree_distance: Tensor, dim: int, seed: int) -> tuple[float, Tensor]:
    """Fit from one start; return the error of the distances, and the tangents."""
    rows, columns = torch.triu_indices(len(tree_distance), len(tree_distance), 1)
    u = (0.1 * draw(seed, len(tree_distance), dim)).requires_grad_()
    scale = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.Adam([u, scale], lr=0.05, foreach=False)
    for _ in range(800):
        optimiser.zero_grad()
        ratio = polar_distances(u, u)[rows, columns] * scale.exp() / tree_distance[rows, columns]
        loss = (ratio - 1).square().mean()
        loss.backward()
        optimiser.step()
    return float(loss.detach()), u.detach()


def mixed_curvature() -> Chart:
    """The hyperbolic part: a tree in the Poincare disc, with the estimated parents."""
    parent, tree_distance = interests()
    u = embed(tree_distance, 2)
    place = poincare(exp0(u))
    guess = hierarchy(u)
    right = int((guess == parent).sum())
    chart = Chart(
        f"Hyperbolic part: {right} of 121 parents found from 2 numbers each",
        (-1.05, 1.05),
        (-1.05, 1.05),
        size=(520, 530),
    )
    circle = torch.linspace(0, 2 * math.pi, 120)
    chart.line(torch.stack((circle.cos(), circle.sin()), 1).tolist(), GREY, 1)
    for i, j in enumerate(guess.tolist()):
        if j >= 0:
            colour = GREY if j == parent[i] else ORANGE
            chart.line([place[i].tolist(), place[j].tolist()], colour, 1.5)
    branch = torch.zeros(121, dtype=torch.long)
    for i in range(1, 121):
        branch[i] = i if parent[i] == 0 else branch[parent[i]]
    for number, colour in ((0, INK), (1, BLUE), (2, GREEN), (3, "#805ad5")):
        chart.dots(place[branch == number].tolist(), colour, 6 if number == 0 else 4)
    if right < 121:
        chart.text(-1.02, -1.14, "orange: a guess that is wrong", ORANGE)
    return chart


def natural_gradient() -> Chart:
    """Expected profit over (mu, sigma) of a bid, and the paths of two gradients from one start."""
    value, rival = 2.0, torch.distributions.Normal(0.2, 0.4)
    quantiles = torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(200) + 0.5) / 200)

    def profit(mu: float, log_sigma: float) -> float:
        log_bid = mu + math.exp(log_sigma) * quantiles
        return float(((value - log_bid.exp()) * rival.cdf(log_bid)).mean())

    chart = Chart(
        "One bid: profit over (mu, log sigma), 80 steps of each gradient",
        (-1.6, 0.7),
        (-3.0, 0.5),
        ("mu", "log sigma"),
    )
    shade(chart, profit)
    for natural, colour, words in ((False, ORANGE, "plain, lr .1"), (True, BLUE, "natural, lr 1")):
        path = walk(value, rival, natural=natural)
        chart.line(path, colour, 2.5)
        chart.dots(path[:: len(path) - 1], colour)
        chart.text(-1.55, -2.85 if natural else -2.6, words, colour)
    chart.ticks((-1.5, -1, -0.5, 0, 0.5), (-3, -2, -1, 0))
    return chart


def shade(chart: Chart, value: Callable[[float, float], float]) -> None:
    """Fill the drawing by the value of a function, from its lowest (white) to its highest."""
    xs, ys = (torch.linspace(*span, 27).tolist() for span in (chart.x, chart.y))
    cells = [
        ((x, y), (x2, y2), max(0.0, value((x + x2) / 2, (y + y2) / 2)))
        for x, x2 in pairwise(xs)
        for y, y2 in pairwise(ys)
    ]
    highest = max(cell[2] for cell in cells)
    for low, high, level in cells:
        if round(level / highest, 1) > 0:
            chart.box(low, high, GREEN, 0.7 * round(level / highest, 1))


def walk(value: float, rival: torch.distributions.Normal, *, natural: bool) -> list[list[float]]:
    """Take eighty steps on the gradient of auctions drawn from the bid's own distribution."""
    bids = LogNormalBids(torch.tensor([-1.2]), torch.tensor([0.4]), low=-3.0, high=0.69)
    generator, path = torch.Generator().manual_seed(0), []
    for _ in range(81):
        mu, log_sigma = bids.mu.detach().clone(), bids.log_sigma.detach().clone()
        path.append([float(mu), float(log_sigma)])
        log_bid = mu + log_sigma.exp() * torch.randn(400, generator=generator)
        wins = log_bid > rival.mean + rival.stddev * torch.randn(400, generator=generator)
        reward = torch.where(wins, value - log_bid.exp(), 0.0)
        logged = (float(mu), float(log_sigma.exp()))
        gradient = bids.score_gradient(0, log_bid, reward, logged).gradient
        if natural:
            bids.step(gradient[None], lr=1.0)
        else:
            with torch.no_grad():
                bids.mu.sub_(0.1 * gradient[0])
                bids.log_sigma.sub_(0.1 * gradient[1])
    return path


def bottleneck() -> Chart:
    """Information of a code about the response against its rate, for several prices."""
    x = draw(0, 3000, 32)
    log_odds = -4.0 + 0.6 * x[:, 0] + 0.5 * torch.tanh(2 * x[:, 1]) + 0.4 * x[:, 2] * x[:, 3].sign()
    shown = torch.full((3000,), 400.0)
    converted = torch.binomial(
        shown, log_odds.sigmoid(), generator=torch.Generator().manual_seed(1)
    )
    train, held = slice(0, 2000), slice(2000, None)
    settings = BottleneckSettings(dim=8, hidden=64, epochs=30)
    whole = train_whole_embedding(x[train], converted[train], shown[train], settings)
    surprise = cross_entropy(log_odds[held], converted[held], shown[held])
    chart = Chart(
        "Bottleneck: information of codes of 8 numbers against their rate",
        (0.02, 20),
        (-1.0, 10.0),
        ("rate_upper, nats (log scale)", "information_lower, millinats"),
        log_x=True,
    )
    points = []
    for beta in (0.0, 0.05, 0.2, 0.5, 1.0, 2.0):
        priced = replace(settings, beta=beta)
        trained = train_bottleneck(x[train], converted[train], shown[train], priced)
        result = measure(trained, whole, x[held], converted[held], shown[held])
        spread = result.information_lower
        rate = max(result.rate_upper, 0.02)
        points.append((rate, 1000 * spread.value))
        chart.line([(rate, 1000 * spread.low), (rate, 1000 * spread.high)], GREY, 3)
        chart.text(rate * 1.1, 1000 * spread.value - 0.6, f"beta {beta:g}")
    best = 1000 * (result.entropy - float(mean_over_trials(surprise, shown[held])))
    chart.line([(0.02, best), (20, best)], GREEN, 1.5, "5 4")
    chart.text(0.022, best + 0.25, "the true log-odds", GREEN)
    chart.line(points, BLUE, 1.5)
    chart.dots(points, BLUE)
    chart.line([(0.02, 0), (20, 0)], GREY, 1)
    chart.ticks((0.02, 0.1, 1, 10), (0, 2, 4, 6, 8, 10))
    return chart


def diffusion() -> Chart:
    """Weights of one query over keys in two groups, before and after diffusion."""
    place = torch.tensor([0.6, 0.9, 1.2, 1.5, 1.8, 4.2, 4.5, 4.8, 5.1])
    keys = torch.stack((place, torch.zeros(9)), 1)
    # the score of a key is its second coordinate's product, noisy within each group
    noise = torch.tensor([0.9, -0.7, 1.4, 0.1, 0.8, -0.6, 0.5, -0.9, -0.2])
    query = torch.tensor([[1.0]])
    chart = Chart(
        "Diffusion: keys that lie together come to share their weight",
        (0.3, 5.6),
        (0, 0.34),
        ("place of the key", "weight"),
    )
    for time, colour, offset in ((0.0, GREY, -0.08), (1.0, BLUE, 0.0), (6.0, GREEN, 0.08)):
        weights = diffused_weights(query, noise, keys, time)
        for x, weight in zip(place.tolist(), weights.tolist(), strict=True):
            chart.box((x + offset - 0.035, 0), (x + offset + 0.035, weight), colour, 1.0)
        chart.text(2.4, 0.31 - 0.25 * (offset + 0.08), f"time {time:g}", colour)
    chart.ticks((1, 2, 3, 4, 5), (0, 0.1, 0.2, 0.3))
    return chart


def diffused_weights(query: Tensor, scores: Tensor, keys: Tensor, time: float) -> Tensor:
    """Add a coordinate for the score that is far smaller than those for the distance."""
    small = 1e-3
    rows = torch.cat((keys, small * scores[:, None]), 1)
    probe = torch.cat((torch.zeros(1, 2), query / small), 1)
    steps = max(5, math.ceil(5 * time))
    result = diffusion_attention(
        probe[None], rows[None], rows[None], time=time, steps=steps, sigma=0.4, tau=1.0
    )
    return result[1][0, 0]


def geometry_report() -> Chart:
    """Health of a portfolio, week by week; new items differ by 1 sd from week 30 on."""
    families = draw(0, 10, 32)
    portfolio = families[torch.arange(100) % 10] + 0.5 * draw(1, 100, 32)

    def window(seed: int, moved: int = 0) -> Snapshot:
        x = portfolio + 0.3 * draw(seed, 100, 32)
        x[100 - moved :] += portfolio.std()
        return Snapshot(x, torch.softmax(portfolio[:8] @ x.T / math.sqrt(32), -1))

    usual = calibrate([window(100 + i) for i in range(201)])
    health = [
        (week, report(window(1000 + week, max(0, 5 * (week - 30))), usual, Mode.STABLE).health)
        for week in range(50)
    ]
    chart = Chart(
        "Geometry report: from week 30 on, five shifted items arrive each week",
        (0, 50),
        (0, 1),
        ("week", "health"),
    )
    chart.line([(0, 0.2), (50, 0.2)], ORANGE, 1.5, "5 4")
    chart.line([(30, 0), (30, 1)], GREY, 1, "3 3")
    chart.line(health, BLUE)
    chart.dots(health, BLUE, 3)
    chart.text(1, 0.23, "alarm", ORANGE)
    chart.ticks((0, 10, 20, 30, 40, 50), (0, 0.2, 0.4, 0.6, 0.8, 1))
    return chart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/images/attention"))
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    pictures = (
        transport,
        mixed_curvature,
        natural_gradient,
        bottleneck,
        diffusion,
        geometry_report,
    )
    for picture in pictures:
        path = folder / f"{picture.__name__}.svg"
        picture().save(path)
        print(path)


if __name__ == "__main__":
    main()
