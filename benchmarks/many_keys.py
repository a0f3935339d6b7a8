"""Models over very many channels or campaigns: time grows with the data, not with keys times keys.

Journeys are random walks over keys that are all equally frequent, or of which a few have most
touches (frequencies 1, 1/2, 1/3, ...). Times hold counting, credit, intervals, data health, cost
and JSON, as for files.

    python benchmarks/many_keys.py [--keys N] [--touches N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Final

import numpy as np
from _figures import Figure, at_most, report

from attrigraph.attribution.data import PathData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.domain import PathCounts
from attrigraph.services.attribute_files import answer_of
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.spend.accounts import Spend

TOUCHES: Final = 200_000
CHANNELS: Final = 200_000
CAMPAIGNS: Final = 50_000
MEAN_TOUCHES: Final = 3.3
CONVERTING: Final = 0.2


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keys", type=int, default=CHANNELS, help="keys of the rules")
    parser.add_argument("--campaigns", type=int, default=CAMPAIGNS, help="keys of the chain")
    parser.add_argument("--touches", type=int, default=TOUCHES, help="about how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rules = simulate(options.keys, options.touches, options.seed, even=True)
    figures = [
        timed(model, f"{options.keys:,} equal keys", rules, goal_s=10)
        for model in ("linear", "shapley-simplified")
    ]
    for even, name in ((True, "equal"), (False, "unequal")):
        paths = simulate(options.campaigns, options.touches, options.seed, even=even)
        figures.append(timed("markov-1", f"{options.campaigns:,} {name} keys", paths, goal_s=60))
    return report("Very many keys", figures, as_json=options.json)


def simulate(n_keys: int, touches: int, seed: int, *, even: bool) -> PathCounts:
    """Random journeys of about so many touches over the keys, one row per journey."""
    rng = np.random.default_rng(seed)
    length = rng.geometric(1 / MEAN_TOUCHES, round(touches / MEAN_TOUCHES))
    weight = np.ones(n_keys) if even else 1 / np.arange(1, n_keys + 1)
    converted = (rng.random(len(length)) < CONVERTING).astype(np.float64)
    return PathCounts(
        keys=tuple(f"key {number}" for number in range(n_keys)),
        offsets=np.concatenate([[0], np.cumsum(length)]),
        codes=rng.choice(n_keys, int(length.sum()), p=weight / weight.sum()).astype(np.int32),
        conversions=converted,
        value=10.0 * converted,
        nulls=1.0 - converted,
    )


def timed(model: str, keys: str, paths: PathCounts, *, goal_s: float) -> Figure:
    """Seconds of one model with 200 draws, from paths to JSON."""
    start = time.perf_counter()
    options = AttributionOptions(models=(model,), model_options=ModelOptions(draws=200))
    answer = answer_of(PathData(paths, options.model_options), options, Spend())
    json.dumps(answer.to_json())
    seconds = time.perf_counter() - start
    return Figure(f"{model}, {keys}, with intervals", seconds, "s", goal=at_most(goal_s))


if __name__ == "__main__":
    sys.exit(main())
