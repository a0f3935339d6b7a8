"""Draw one worked picture for each mechanism of ``attention``, as SVG, from the code itself.

Run with ``python examples/attention_pictures.py [FOLDER]``; the folder is docs/images/attention by
default. Takes about half a minute on one core.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from theory_pictures import BLUE, GREEN, GREY, INK, ORANGE, Chart

from attention.geometry.lorentz import exp0, poincare
from attention.mechanisms.cross import CrossAttention
from attention.mechanisms.elements import ElementAttention
from attention.mechanisms.experts import route
from attention.mechanisms.flash import FlashAttention, attend_blockwise, merge_partial
from attention.mechanisms.graph_rope import GraphRopeAttention
from attention.mechanisms.hyperbolic import HyperbolicAttention
from attention.mechanisms.linear import LinearAttention, linear_weights
from attention.mechanisms.multi_head import dot_score
from attention.monitoring.topology_gate import Mode, TopologyGate

if TYPE_CHECKING:
    from torch import Tensor

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images" / "attention"
PURPLE = "#805ad5"


def elements() -> Chart:
    """Attention weights and Shapley scores of the hook against its simulated effect."""
    torch.manual_seed(0)
    keys = torch.randn(4000, 3, 16)
    query = keys.mean(1, keepdim=True) + 0.5 * torch.randn(4000, 1, 16)
    directions = torch.nn.functional.normalize(torch.randn(3, 16), dim=-1)
    effects = (keys * directions).sum(-1) * torch.tensor([0.8, 0.5, 0.25])
    rates = torch.distributions.Binomial(400, torch.sigmoid(effects.sum(-1) - 3.5)).sample() / 400
    kinds = torch.arange(3)
    layer = ElementAttention(16, dropout=0.0)
    optimiser = torch.optim.Adam(layer.parameters(), lr=0.01)
    for step in range(150):
        part = slice(step % 14 * 256, step % 14 * 256 + 256)
        logits = layer(query[part], keys[part], keys[part], kinds=kinds).output[:, 0, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, rates[part])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    held = slice(3700, 4000)
    with torch.no_grad():
        scores = layer.shapley_scores(query[held], keys[held], kinds=kinds).scores[:, 0, 0]
        weights = layer(query[held], keys[held], keys[held], kinds=kinds).weights[:, 3, 0, 0]
    truth = effects[held, 0]
    chart = Chart(
        "Elements: what a hook adds, and where the model looks",
        (-3, 3),
        (-4, 4),
        ("simulated effect of the hook on the logit", "estimate"),
    )
    chart.ticks(range(-3, 4), range(-4, 5, 2))
    chart.line([(-3, -3), (3, 3)], GREY, 1, "4 3")
    chart.dots(zip(truth.tolist(), weights.tolist(), strict=True), ORANGE, 2.5)
    chart.dots(zip(truth.tolist(), (scores - scores.mean()).tolist(), strict=True), BLUE, 2.5)
    chart.text(-2.9, 3.6, "exact Shapley score of the hook", BLUE)
    chart.text(-2.9, 3.0, "weight of the hook in the head that sees all", ORANGE)
    return chart


def hyperbolic() -> Chart:
    """A tree in the Poincare disc and the weights of a query far from its root."""
    nodes, links = [torch.zeros(2)], []
    for branch in range(4):
        angle = branch * math.pi / 2 + 0.4
        nodes.append(1.4 * torch.tensor([math.cos(angle), math.sin(angle)]))
        links.append((0, len(nodes) - 1))
        parent = len(nodes) - 1
        for leaf in range(4):
            turned = angle + 0.32 * (leaf - 1.5)
            nodes.append(2.8 * torch.tensor([math.cos(turned), math.sin(turned)]))
            links.append((parent, len(nodes) - 1))
    tree = torch.stack(nodes)
    query = 2.6 * torch.tensor([[math.cos(0.55), math.sin(0.55)]])
    result = HyperbolicAttention(2, project=False, tau=0.6)(query, tree, tree)
    disc = poincare(exp0(torch.cat([tree, query, result.output.detach()])))
    chart = Chart("Hyperbolic: a small segment borrows from its relatives", (-1.05, 1.05),
                  (-1.35, 1.05), size=(440, 500))  # fmt: skip
    circle = [(math.cos(a / 20), math.sin(a / 20)) for a in range(127)]
    chart.line(circle, GREY, 1)
    for start, end in links:
        chart.line([disc[start].tolist(), disc[end].tolist()], GREY, 1)
    for place, weight in zip(
        disc[: len(tree)].tolist(), result.weights[0, 0].tolist(), strict=True
    ):
        chart.dots([place], BLUE, 3 + 24 * weight**0.5)
    chart.dots([disc[-2].tolist()], ORANGE, 6)
    chart.dots([disc[-1].tolist()], GREEN, 6)
    chart.text(-1.0, -1.14, "segments of the tree, as large as their weight", BLUE)
    chart.text(-1.0, -1.23, "the query segment", ORANGE)
    chart.text(-1.0, -1.32, "what it gets: the centroid", GREEN)
    return chart


def flash() -> Chart:
    """One frame of a film attends to 240 others in two shards, whose results merge exactly."""
    torch.manual_seed(2)
    layer = FlashAttention(16, 1)
    scene = torch.arange(240) // 40
    frames = 1.2 * torch.randn(6, 16)[scene] + 0.5 * torch.randn(240, 16)
    with torch.no_grad():
        layer.project.key.weight.copy_(layer.project.query.weight)
        weights = layer.weights_of(frames[100:101], frames)[0, 0]
        q, k, v = layer.project(frames[100:101], frames, frames)
        halves = [attend_blockwise(q, k[:, s], v[:, s]) for s in (slice(0, 120), slice(120, 240))]
        merged, _ = merge_partial(halves)
        whole, _ = attend_blockwise(q, k, v)
    shares = [math.exp(float(lse) - float(attend_blockwise(q, k, v)[1])) for _, lse in halves]
    top = float(weights.max()) * 1.15
    chart = Chart("Flash: the weights of frame 100 over a film of 240", (0, 240), (0, top),
                  ("frame", "weight"))  # fmt: skip
    for start in range(0, 240, 80):
        chart.box((start, 0), (start + 40, top), GREY, 0.15)
    chart.ticks(range(0, 241, 40), (0, round(top / 2, 3)))
    for frame, weight in enumerate(weights.tolist()):
        colour = BLUE if frame < 120 else ORANGE
        chart.box((frame, 0), (frame + 0.9, weight), colour, 0.9)
    difference = float((merged - whole).abs().max())
    chart.text(4, top * 0.94, f"first shard: {shares[0]:.0%} of the mass", BLUE)
    chart.text(124, top * 0.94, f"second shard: {shares[1]:.0%}", ORANGE)
    chart.text(124, top * 0.86, f"merged against whole: off by {difference:.0e}", INK)
    return chart


def graph_rope() -> Chart:
    """A journey of nine touches as the conversion sees it, with a null key."""
    torch.manual_seed(4)
    layer = GraphRopeAttention(32, 2, null_key=True)
    days = torch.tensor([26.0, 21.0, 20.5, 14.0, 9.0, 6.5, 3.0, 1.0, 0.2], dtype=torch.float64)
    touches = 0.5 * torch.randn(1, 32).expand(9, 32) + 0.5 * torch.randn(9, 32)
    with torch.no_grad():
        weights = layer(None, touches, touches, times=days).weights.mean(0)[0]
    chart = Chart("Graph RoPE: a journey as its conversion sees it", (-29, 4),
                  (0, float(weights.max()) * 1.2),
                  ("days from the conversion", "weight, mean of two heads"))  # fmt: skip
    chart.ticks((-28, -21, -14, -7, 0), (0, 0.1, 0.2))
    fade = [(-d / 4, 0.2 * 0.5 ** (d / 4 / 7)) for d in range(113)]
    chart.line(fade, GREY, 1, "4 3")
    for day, weight in zip(days.tolist(), weights.tolist()[:-1], strict=True):
        chart.line([(-day, 0), (-day, weight)], BLUE, 4)
        chart.dots([(-day, weight)], BLUE, 4)
    chart.line([(2.5, 0), (2.5, float(weights[-1]))], ORANGE, 4)
    chart.dots([(2.5, float(weights[-1]))], ORANGE, 4)
    top = float(weights.max()) * 1.2
    chart.text(-28.5, top * 0.94, "touches", BLUE)
    chart.text(-28.5, top * 0.86, "null key: the share of no touch at all", ORANGE)
    chart.text(-28.5, top * 0.78, "a half-life of seven days, where training starts", GREY)
    return chart


def cross() -> Chart:
    """States of six campaigns look up texts of twelve others that share hidden traits."""
    torch.manual_seed(5)
    of_state, of_text = torch.randn(3, 16), torch.randn(3, 24)
    traits = torch.eye(3)
    states = traits.repeat_interleave(2, 0) @ of_state + 0.3 * torch.randn(6, 16)
    texts = traits.repeat_interleave(4, 0) @ of_text + 0.3 * torch.randn(12, 24)
    layer = CrossAttention(16, 24, heads=1)
    with torch.no_grad():
        # maps that read the traits, as training finds them
        for linear, basis in ((layer.project.query, of_state), (layer.project.key, of_text)):
            linear.weight.zero_()
            linear.weight[:3] = 3.2 * torch.linalg.pinv(basis).T
        weights = layer(states, texts, texts).weights[0]
    chart = Chart("Cross: which texts elsewhere each campaign's behaviour finds", (0, 12), (0, 6),
                  ("texts on other platforms, four of each trait", "campaigns, two of each trait"),
                  size=(560, 330))  # fmt: skip
    for row in range(6):
        for column in range(12):
            shade = float(weights[row, column]) / float(weights.max())
            chart.box((column, 5 - row), (column + 0.95, 5.9 - row), BLUE, shade)
            chart.text(column + 0.48, 5.38 - row, f"{float(weights[row, column]):.2f}".lstrip("0"),
                       "white" if shade > 0.5 else INK, "middle")  # fmt: skip
    return chart


def experts() -> Chart:
    """Rows of four platforms, coloured by their first expert; rings where the second counts."""
    torch.manual_seed(6)
    centres = torch.tensor([[1.3, 1.0], [-1.2, 1.1], [-1.0, -1.2], [1.2, -1.0]])
    rows = centres.repeat_interleave(60, 0) + 0.55 * torch.randn(240, 2)
    routing = route(rows @ centres.T, 2)
    colours = (BLUE, ORANGE, GREEN, PURPLE)
    chart = Chart("Experts: who serves a row", (-3, 3), (-3, 3), ("", ""), size=(470, 450))
    chart.ticks((), ())
    for place, chosen, gate in zip(
        rows.tolist(), routing.chosen.tolist(), routing.gates.tolist(), strict=True
    ):
        chart.dots([place], colours[chosen[1]], 4 + 5 * gate[1])
        chart.dots([place], colours[chosen[0]], 4)
    loads = torch.bincount(routing.chosen.flatten(), minlength=4) / routing.chosen.numel()
    words = ", ".join(f"{float(share):.0%}" for share in loads)
    chart.text(-2.9, 2.75, "colour: first expert; ring: second, as wide as its gate", INK)
    chart.text(-2.9, 2.48, f"places taken by the four: {words}", INK)
    return chart


def topology() -> Chart:
    """Coherence of a portfolio that breaks up and settles, and its modes."""
    generator = torch.Generator().manual_seed(0)

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    # ten families of ten; a day replaces a share of the portfolio for good, or puts it back
    home = noise(10, 64).repeat(10, 1) + 0.7 * noise(100, 64)
    shares = [0.02, 0.05, 0.03, 0.12, 0.2, 0.15, 0.3, 0.42, 0.6, 0.75, 0.7, 0.55, 0.4, 0.3, 0.25,
              0.2, 0.12, 0.06, 0.03, 0.02, 0.02]  # fmt: skip
    gate, path = TopologyGate(every=1), []
    gate.set_reference(home)
    away = noise(100, 64)
    for share in shares:
        gone = torch.arange(100) < 100 * share
        mode = gate.observe(torch.where(gone[:, None], away, home))
        path.append((gate.coherence, mode))
    colours = {Mode.STABLE: GREEN, Mode.CAUTIOUS: ORANGE, Mode.FREEZE: "#c53030"}
    chart = Chart("Topology: when a portfolio loses its company", (0, len(path)), (0, 1.05),
                  ("day", "coherence"))  # fmt: skip
    chart.ticks(range(0, len(path), 5), (0.25, 0.55, 0.75, 0.85, 1))
    for day, (_, mode) in enumerate(path):
        chart.box((day, 0), (day + 1, 1.05), colours[mode], 0.25)
    for level in (0.25, 0.55, 0.75, 0.85):
        chart.line([(0, level), (len(path), level)], GREY, 1, "4 3")
    chart.line([(day + 0.5, value) for day, (value, _) in enumerate(path)], INK)
    for place, mode in ((0.3, Mode.STABLE), (6.1, Mode.CAUTIOUS), (9.1, Mode.FREEZE)):
        chart.text(place, 0.04, mode.name, colours[mode])
    return chart


def linear() -> Chart:
    """Weights of one query by softmax and by three feature maps of sixteen features."""
    torch.manual_seed(8)
    centres = 1.5 * torch.randn(8, 16)

    def touches(count: int) -> Tensor:
        return centres[torch.randint(0, 8, (count,))] + 0.3 * torch.randn(count, 16)

    learnt = LinearAttention(16, 1)
    others = [LinearAttention(16, 1, feature_map=name) for name in ("random", "elu")]
    for layer in (learnt, *others):
        for part in (layer.project.query, layer.project.key):
            torch.nn.init.eye_(part.weight)
    of_the_map = [weight for name, weight in learnt.named_parameters() if name.startswith("map.")]
    optimiser = torch.optim.Adam(of_the_map, lr=0.05)
    for _ in range(200):
        rows = touches(64)
        loss = learnt.distillation_loss(rows, rows)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    keys = centres.repeat_interleave(5, 0) + 0.3 * torch.randn(40, 16)
    query = keys[12:13] + 0.1 * torch.randn(1, 16)
    with torch.no_grad():
        exact = torch.softmax(dot_score(query[None], keys[None]), -1)[0, 0]
        result = [
            linear_weights(layer.map.query(query[None]), layer.map.key(keys[None]))[0, 0]
            for layer in (learnt, *others)
        ]
    top = 1.25 * float(torch.stack([exact, *result]).max())
    chart = Chart("Linear: sixteen features in place of softmax", (0, 40), (0, top),
                  ("forty keys, five of each of eight channels", "weight"))  # fmt: skip
    chart.ticks(range(0, 41, 5), (0, 0.1, 0.2, 0.3))
    for place, weight in enumerate(exact.tolist()):
        chart.box((place + 0.1, 0), (place + 0.9, weight), GREY, 0.8)
    lines = zip(result, (BLUE, ORANGE, GREEN), ("learnt", "random", "elu + 1"), strict=True)
    chart.text(23, top * 0.94, "softmax, the bars", GREY)
    for step, (weights, colour, name) in enumerate(lines):
        off = float((weights - exact).abs().sum() / 2)
        chart.line([(p + 0.5, w) for p, w in enumerate(weights.tolist())], colour, 1.5)
        chart.text(23, top * (0.87 - 0.07 * step), f"{name}: total variation {off:.2f}", colour)
    return chart


PICTURES = {
    "elements": elements, "hyperbolic": hyperbolic, "flash": flash, "graph_rope": graph_rope,
    "cross": cross, "experts": experts, "topology": topology, "linear": linear,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        picture().save(folder / f"{name}.svg")
        print(f"{name}.svg")


if __name__ == "__main__":
    main()
