"""Attribution in memory: a million raw journeys, and order four on the bundled sample.

Times and extra memory of counting the paths and running all rules, Markov orders 1 and 2 and the
Shapley games (simplified, ordered and rate). The lower bound is one sort of a million numbers and
one ``np.bincount`` over all touches. ChannelAttribution is measured too where it is installed.

    python benchmarks/attribution.py [--journeys N] [--json]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _figures import Cost, Figure, at_most, measured, report

from attrigraph.attribution.multi_touch.markov import count_chain, removal_losses
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import MODELS, attribute
from attrigraph.attribution.multi_touch.removal_bootstrap import loss_deviations
from attrigraph.attribution.multi_touch.resamples import resampled_paths
from attrigraph.attribution.observed.evidence import Evidence
from attrigraph.attribution.observed.paths import count_paths, count_rows
from attrigraph.domain import Categorical, Journeys, PathCounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from _figures import Goal

CHANNELS = 12
MEAN_LENGTH = 4
RULES = [name for name in MODELS if not name.startswith(("markov", "shapley"))]
ASKED = [
    *RULES,
    *("markov-1", "markov-2", "shapley-simplified", "shapley-ordered", "shapley-rate"),
]
OPTIONS = ModelOptions(position_weights=(0.3, 0.4, 0.3), draws=0)
RESAMPLED = ModelOptions(position_weights=(0.3, 0.4, 0.3))
DEFAULT = [name for name, model in MODELS.items() if model.by_default]


@dataclass(frozen=True)
class Raw:
    """Journeys as they come from a store, with the channel of each touch."""

    journeys: Journeys
    channel: Categorical


def generate(n: int, seed: int = 0) -> Raw:
    """N journeys over 12 channels of unequal weight, geometric lengths of mean 4, repeats likely.

    A million of them have about 250,000 distinct paths; one in ten converts.
    """
    random = np.random.default_rng(seed)
    length = random.geometric(1 / MEAN_LENGTH, n)
    offsets = np.concatenate([[0], np.cumsum(length)])
    touches = int(offsets[-1])
    weight = 1 / np.arange(1, CHANNELS + 1)
    touch_channel = random.choice(CHANNELS, touches, p=weight / weight.sum()).astype(np.int32)
    repeats = random.random(touches) < 0.3
    repeats[offsets[:-1]] = False
    source = np.maximum.accumulate(np.where(repeats, 0, np.arange(touches)))
    converted = random.random(n) < 0.1
    gaps = random.exponential(3.0, touches)
    to_end = np.cumsum(gaps[::-1])[::-1]
    after = np.concatenate([to_end, [0.0]])[offsets[1:]]
    return Raw(
        journeys=Journeys(
            offsets=offsets,
            touch=np.arange(touches),
            customer=np.arange(n, dtype=np.int32),
            conversion=np.where(converted, np.cumsum(converted) - 1, -1),
            value=np.where(converted, random.gamma(2.0, 30.0, n), 0.0),
            age=to_end - np.repeat(after, length),
        ),
        channel=Categorical(tuple(f"channel {i}" for i in range(CHANNELS)), touch_channel[source]),
    )


def million(raw: Raw) -> list[Figure]:
    """The whole of it, the best of three runs; memory of the first, when nothing is warm."""
    n = len(raw.journeys)

    def count() -> Evidence:
        paths, path = count_paths(raw.journeys, raw.channel)
        return Evidence(paths, raw.journeys, path, raw.channel)

    counting = best_of_three(count)
    whole = best_of_three(lambda: attribute(count(), ASKED, OPTIONS))
    floor = best_of_three(lambda: bare(raw))
    evidence = count()
    goals = (at_most(1.5), at_most(400)) if n == 1_000_000 else (None, None)
    models = "all rules, markov-1 and -2, three Shapley games"
    size = f"{n:,} journeys, {len(raw.channel.codes):,} touches, {len(evidence.paths):,} paths"
    print(size, file=sys.stderr)
    return [
        Figure("counting paths", counting.seconds, "s", floor.seconds),
        Figure("counting paths, extra memory", counting.peak_mb, "MB"),
        Figure(f"counting, {models}", whole.seconds, "s", floor.seconds, goals[0]),
        Figure("the same, processor time", whole.processor_seconds, "s", floor.processor_seconds),
        Figure("the same, extra memory", whole.peak_mb, "MB", goal=goals[1]),
        *with_intervals(evidence, at_most(10.0) if n == 1_000_000 else None),
        *single_models(evidence),
    ]


def with_intervals(evidence: Evidence, goal: Goal | None) -> list[Figure]:
    """All default models, markov-3 and -4 among them, without and with draws."""
    with measured() as without:
        attribute(evidence, DEFAULT, OPTIONS)
    with measured() as cost:
        attribute(evidence, DEFAULT, RESAMPLED)
    models = f"all {len(DEFAULT)} default models on counted paths"
    return [
        Figure(f"{models}, no intervals", without.seconds, "s"),
        Figure(f"{models}, intervals of 200 draws", cost.seconds, "s", without.seconds, goal),
        Figure(f"{models}, intervals, processor time", cost.processor_seconds, "s"),
        Figure(f"{models}, intervals, extra memory", cost.peak_mb, "MB"),
    ]


def best_of_three(work: Callable[[], object]) -> Cost:
    costs = []
    for _ in range(3):
        with measured() as cost:
            work()
        costs.append(cost)
    return Cost(
        seconds=min(cost.seconds for cost in costs),
        peak_mb=costs[0].peak_mb,
        processor_seconds=min(cost.processor_seconds for cost in costs),
    )


def bare(raw: Raw) -> None:
    """The floor: the touches counted by channel, and one integer a journey sorted."""
    np.bincount(raw.channel.codes[raw.journeys.touch])
    np.argsort(raw.journeys.value)


def single_models(evidence: Evidence) -> list[Figure]:
    """Each model alone: time and extra memory, and its time with intervals."""
    figures = []
    for name in [*ASKED, "markov-3", "markov-4", "markov-auto"]:
        with measured() as cost:
            attribute(evidence, [name], OPTIONS)
        with measured() as resampled:
            attribute(evidence, [name], RESAMPLED)
        figures += [
            Figure(f"{name} alone, on counted paths", cost.seconds, "s"),
            Figure(f"{name} alone, extra memory", cost.peak_mb, "MB"),
            Figure(f"{name} alone, with intervals", resampled.seconds, "s", cost.seconds),
            Figure(f"{name} alone, with intervals, extra memory", resampled.peak_mb, "MB"),
        ]
    return figures


def read_sample() -> PathCounts:
    sample = resources.files("attrigraph") / "samples" / "pathdata.csv.gz"
    with sample.open("rb") as raw, gzip.open(raw, "rt", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    counted = [row["path"].split(" > ") for row in rows]
    keys = sorted({key for path in counted for key in path})
    code = {key: i for i, key in enumerate(keys)}
    columns = ("total_conversions", "total_conversion_value", "total_null")
    return count_rows(
        tuple(keys),
        np.cumsum([0, *map(len, counted)]),
        np.array([code[key] for path in counted for key in path], np.int32),
        *(np.array([float(row[name]) for row in rows]) for name in columns),
    )[0]


def order_four() -> Figure:
    paths = read_sample()
    removal_losses(paths, 4)
    with measured() as cost:
        removal_losses(paths, 4)
    return Figure("markov-4 on the sample", cost.seconds, "s", goal=at_most(0.2))


def many_keys() -> list[Figure]:
    """Orders 1 and 2 over 400 campaigns of very unequal size."""
    random = np.random.default_rng(2)
    n, keys = 300_000, 400
    length = random.geometric(1 / MEAN_LENGTH, n)
    weight = 1 / np.arange(1, keys + 1)
    codes = random.choice(keys, int(length.sum()), p=weight / weight.sum()).astype(np.int32)
    converted = (random.random(n) < 0.1).astype(float)
    paths, _ = count_rows(
        tuple(f"campaign {i}" for i in range(keys)),
        np.concatenate([[0], np.cumsum(length)]),
        codes,
        converted,
        converted,
        1 - converted,
    )
    figures = []
    for order in (1, 2):
        with measured() as cost:
            removal_losses(paths, order)
        figures.append(Figure(f"markov-{order}, 400 keys, 300,000 journeys", cost.seconds, "s"))
    resampled = resampled_paths(Evidence(paths), RESAMPLED.draws, 0)
    for order in (1, 2):
        counted = count_chain(paths, order)
        with measured() as cost:
            loss_deviations(counted, resampled)
        name = f"markov-{order}, the same, what intervals add"
        figures.append(Figure(name, cost.processor_seconds, "s of processor"))
    return figures


def channel_attribution(raw: Raw) -> list[Figure]:
    """The same orders 1 and 2 and its three rules by ChannelAttribution, where it is installed."""
    if importlib.util.find_spec("ChannelAttribution") is None:
        print("ChannelAttribution is not installed: no reference", file=sys.stderr)
        return []
    import ChannelAttribution  # type: ignore[import-not-found]
    import pandas as pd

    paths, _ = count_paths(raw.journeys, raw.channel)
    names = np.array([key.replace(" ", "_") for key in map(str, paths.keys)], dtype=object)[
        paths.codes
    ]
    text = [
        " > ".join(names[a:b]) for a, b in zip(paths.offsets[:-1], paths.offsets[1:], strict=True)
    ]
    frame = pd.DataFrame({"path": text, "conversions": paths.conversions, "nulls": paths.nulls})
    with measured() as cost:
        ChannelAttribution.heuristic_models(frame, "path", "conversions")
        for order in (1, 2):
            ChannelAttribution.markov_model(
                frame, "path", "conversions", var_null="nulls", order=order
            )
    with measured() as ours:
        attribute(Evidence(paths), ["first", "last", "linear", "markov-1", "markov-2"], OPTIONS)
    name = "3 rules, orders 1 and 2 on counted paths, against ChannelAttribution"
    return [Figure(name, ours.seconds, "s", cost.seconds)]


def file_to_json(raw: Raw) -> Figure:
    """The command as a whole process: a file of raw paths in, one JSON object out."""
    command = [str(Path(sys.executable).with_name("attrigraph")), "attribute", "--preset", "paths"]
    models = ",".join(name for name in ASKED if name != "time-decay")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paths.csv"
        write_paths(raw, path)
        arguments = [*command, "--models", models, "--position-weights", "3,1,2", "--json"]
        begin = time.perf_counter()
        done = subprocess.run([*arguments, "--input", str(path)], check=True, capture_output=True)
        seconds = time.perf_counter() - begin
    assert json.loads(done.stdout)["observed"]["journeys"] == len(raw.journeys)
    return Figure("the same models, from a CSV file to JSON", seconds, "s", goal=at_most(10.0))


def write_paths(raw: Raw, path: Path) -> None:
    """Raw journeys as a file of the preset ``paths``, one line a journey."""
    names, offsets = np.array(raw.channel.keys, dtype=object), raw.journeys.offsets
    channel = names[raw.channel.codes]
    with path.open("w", encoding="utf-8") as file:
        file.write("path,total_conversions,total_conversion_value,total_null\n")
        for j, (converted, value) in enumerate(
            zip(raw.journeys.converted.tolist(), raw.journeys.value.tolist(), strict=True)
        ):
            counted = " > ".join(channel[offsets[j] : offsets[j + 1]])
            file.write(f"{counted},{converted:d},{value},{not converted:d}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--journeys", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true", help="print rows for programs")
    arguments = parser.parse_args()
    raw = generate(arguments.journeys)
    figures = [
        *million(raw),
        file_to_json(raw),
        order_four(),
        *many_keys(),
        *channel_attribution(raw),
    ]
    return report("Attribution in memory", figures, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
