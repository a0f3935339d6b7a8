"""The campaign tree: reconstruction, what it adds to text with a control, and exact search.

The tree has four children per node and depth 4: 341 nodes, 1,252 pairs of a node and an ancestor.
Each side of the reconstruction is tuned over four rates and two scales on one seed; the best
setting is measured on others. Texts are simulated: 16 dimensions hold the place in the tree, 48 of
the same spread do not, and there is noise in all 384. Real texts are the 200 briefs of the tests in
a tree of five sectors with four themes each. One thread.

    python benchmarks/hierarchy.py [--parts PART ...] [--seeds N ...] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from _figures import Figure, at_least, at_most, report

from attrigraph.similarity.embedders.embedder import embedder_named
from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.evaluation import evaluate_hierarchy
from attrigraph.similarity.hyperbolic.learning import learn_disc, learn_hierarchy
from attrigraph.similarity.hyperbolic.texts import Texts
from attrigraph.similarity.hyperbolic.tree import Tree
from gnn.hierarchy.loss import euclidean_distance, hyperbolic_distance
from gnn.hierarchy.reconstruction import mean_average_precision
from gnn.hierarchy.training import HierarchySettings, fit_hierarchy

# the trees and texts of the tests
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from campaign_briefs import read_briefs
from noisy_texts import noisy_texts
from regular_trees import all_distances, regular_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.similarity.hyperbolic.encoder import TextEncoder

RATES = (0.01, 0.03, 0.1, 0.3)
SCALES = (1.0, 3.0)
DIMENSIONS = 5
SECTORS = {
    "care": ("gym membership", "running shoes", "nurse recruitment", "disaster relief"),
    "family": ("baby gear", "school supplies", "home office furniture", "pet food"),
    "finance": ("electric cars", "rooftop solar", "home insurance", "student bank account"),
    "food": ("meal kits", "wine club", "loyalty programme", "skin care"),
    "leisure": ("beach holidays", "streaming series", "video game", "language course"),
}
"""Of the themes of the briefs; an account has all of them."""

ROWS = (20_000, 1_000_000)
ROUNDS = 20
ABOVE_0 = at_least(1e-9)
TREE = regular_tree(4, 4)


def reconstruction(rate: float, scale: float, seed: int, *, hyperbolic: bool) -> float:
    """Mean average precision of the ancestors."""
    settings = HierarchySettings(
        dimensions=DIMENSIONS,
        scale=scale,
        learning_rate=rate,
        radius_weight=0.1 if hyperbolic else 0.0,
        max_radius=8.0 if hyperbolic else 1e6,
        seed=seed,
    )
    distance = hyperbolic_distance if hyperbolic else euclidean_distance
    found = fit_hierarchy(TREE.pairs, len(TREE), settings, distance=distance).tangents
    flat = np.linalg.norm(found[:, None] - found, axis=-1)
    return mean_average_precision(all_distances(found) if hyperbolic else flat, TREE.pairs)


def tuned(seeds: list[int], *, hyperbolic: bool) -> float:
    """Mean over seeds at the setting that is best on seed 0."""
    rate, scale = max(
        product(RATES, SCALES),
        key=lambda pair: reconstruction(pair[0], pair[1], 0, hyperbolic=hyperbolic),
    )
    side = "hyperbolic" if hyperbolic else "Euclidean"
    values = [reconstruction(rate, scale, seed, hyperbolic=hyperbolic) for seed in seeds]
    print(f"{side}: rate {rate:g}, scale {scale:g}: {np.round(values, 3)}", file=sys.stderr)
    return statistics.mean(values)


def reconstruction_figures(seeds: list[int]) -> Iterator[Figure]:
    flat = tuned(seeds, hyperbolic=False)
    found = tuned(seeds, hyperbolic=True)
    name = f"reconstruction in {DIMENSIONS} dimensions"
    yield Figure(name, found, "MAP", goal=at_least(0.95))
    yield Figure(f"{name}, reference Euclidean", found, "MAP", flat, at_least(2, of_reference=True))
    disc = all_distances(learn_disc(TREE).tangents)
    yield Figure("reconstruction of a picture", mean_average_precision(disc, TREE.pairs), "MAP")


def learn(tree: Tree, texts: Texts) -> TextEncoder:
    return learn_hierarchy(tree, texts).encoder


def gain_figures(seeds: list[int]) -> Iterator[Figure]:
    for seed in seeds:
        yield from gain_of(f"texts of seed {seed}", TREE, noisy_texts(TREE, seed=seed))


def brief_figures(_: list[int]) -> Iterator[Figure]:
    """Real texts; of those hashed, nothing is expected."""
    briefs = read_briefs()
    ids = tuple(f"brief {number}" for number in range(len(briefs.texts)))
    themes = [(theme, sector) for sector, below in SECTORS.items() for theme in below]
    sectors = [(sector, "account") for sector in SECTORS]
    campaigns = zip(ids, briefs.themes.tolist(), strict=True)
    tree = Tree.from_rows([("account", None), *sectors, *themes, *campaigns])
    for name in ("text", "hashing"):
        vectors = embedder_named(name).embed(briefs.texts).astype(np.float64)
        yield from gain_of(f"briefs by {name}", tree, Texts(ids, vectors), expected=name == "text")


def gain_of(name: str, tree: Tree, texts: Texts, *, expected: bool = True) -> Iterator[Figure]:
    evaluation = evaluate_hierarchy(tree, texts, learn)
    print(f"{name}: {evaluation.verdict()}", file=sys.stderr)
    gain, control = evaluation.gain, evaluation.control
    yield Figure(
        f"{name}: held-out campaigns, reference text alone", gain.blended, "nDCG@10", gain.text
    )
    yield Figure(
        f"{name}: gain, lower end", gain.low, "nDCG@10", goal=ABOVE_0 if expected else None
    )
    yield Figure(f"{name}: gain, upper end", gain.high, "nDCG@10")
    yield Figure(f"{name}: permuted, lower end", control.low, "nDCG@10", goal=at_most(0))
    yield Figure(f"{name}: permuted, upper end", control.high, "nDCG@10")


def search_figures(_: list[int]) -> Iterator[Figure]:
    """The quickest of some searches beside the bare matrix product."""
    for n in ROWS:
        tangents = np.random.default_rng(0).normal(size=(n, 10))
        index = Positions(tuple(map(str, range(n))), tangents)
        bare = quickest_ms(partial(np.matmul, index.points, index.points[0]))
        found = quickest_ms(partial(index.nearest, tangents[0], 10))
        yield Figure(f"10 nearest of {n:,}", found, "ms", bare)


def quickest_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


PARTS = {
    "reconstruction": reconstruction_figures,
    "gain": gain_figures,
    "briefs": brief_figures,
    "search": search_figures,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    figures = [figure for part in arguments.parts for figure in PARTS[part](arguments.seeds)]
    return report("The campaign tree", figures, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
