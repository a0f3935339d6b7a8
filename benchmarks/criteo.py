"""Conversion models on held-out users of Criteo's journeys, against simple baselines.

The data are yours to bring, and are not part of this project: a folder with ``journeys.csv[.gz]``
(journey_id, user_id, converted, touches) and ``touchpoints.csv[.gz]`` (journey_id, position,
campaign, timestamp_s), such as the journeys of Criteo's attribution data (Diemert et al. 2017) that
were published with CausalMTA. The ten campaigns serve as channels.

One fifth of the users is held out. Every model is fitted to the other users alone and judged on the
held-out ones: log-loss in nats, AUC, and the sum of chances over conversions. The time a touch
lies back counts from the journey's last touch, because the data hold no time of conversion. The
leak probe is the AUC of one number: how often the user's earlier journeys converted. Where it is
far from .5, a random split of rows would flatter any model that can recognise users. It is the
reference of every AUC, over the same held-out journeys.

These journeys were prepared so that the shape of some gives the outcome away: in the published
training part every journey longer than 7 days converts and none of several campaigns does. So all
models are measured twice: on all journeys, and on the comparable ones, of one campaign within 7
days. Figures on all journeys show how well a model finds such rules, not what advertising does.

    python benchmarks/criteo.py --data DIR [--users N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import io
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _figures import Figure, report

from gnn.calibration import log_loss
from gnn.journeys import JourneyColumns, Vocabulary, journey_columns
from gnn.splits import by_user
from gnn.training import TrainingSettings, fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

HALF_LIVES = (0.1, 0.5, 2.0, 7.0, 30.0)
"""Days; the decayed exposures that the transparent model reads."""

RIDGE = 1.0


def opened(folder: Path, name: str) -> io.TextIOBase:
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    if packed.exists():
        return io.TextIOWrapper(gzip.open(packed), encoding="utf-8", newline="")
    if plain.exists():
        return plain.open(encoding="utf-8", newline="")
    raise SystemExit(f"expected {packed} or {plain}; neither is there")


def columns_of(folder: Path, name: str, wanted: tuple[str, ...]) -> NDArray[np.int64]:
    """Whole-number columns of a file, ``[rows, columns]``."""
    with opened(folder, name) as lines:
        head = next(csv.reader(lines))
        missing = set(wanted) - set(head)
        if missing:
            raise SystemExit(f"{name}: expected columns {wanted}, missing {sorted(missing)}")
        columns = [head.index(column) for column in wanted]
        return np.loadtxt(lines, dtype=np.int64, delimiter=",", usecols=columns, ndmin=2)


def journeys_of(folder: Path) -> tuple[JourneyColumns, Scores]:
    """The journeys, and when the last touch of each was, seconds."""
    journey = columns_of(folder, "journeys", ("journey_id", "user_id", "converted"))
    touch = columns_of(folder, "touchpoints", ("journey_id", "position", "campaign", "timestamp_s"))
    journey = journey[np.argsort(journey[:, 0])]
    touch = touch[np.lexsort((touch[:, 1], touch[:, 0]))]
    owner = np.searchsorted(journey[:, 0], touch[:, 0])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(journey)))])
    last = touch[offsets[1:] - 1, 3]
    days = (last[owner] - touch[:, 3]) / 86_400
    journeys = journey_columns(offsets, days, touch[:, 2], journey[:, 2] == 1, user=journey[:, 1])
    return journeys, last.astype(np.float64)


def area(scores: Scores, converted: NDArray[np.bool_]) -> float:
    """AUC: the chance that a converting journey has a higher score; ties count half."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    ones = int(converted.sum())
    zeros = len(converted) - ones
    return float((rank[converted].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def logistic(features: Scores, converted: NDArray[np.bool_], others: Scores) -> Scores:
    """Ridge logistic regression by Newton's method, predicted for other rows."""
    centre, scale = features.mean(0), np.maximum(features.std(0), 1e-9)

    def design(rows: Scores) -> Scores:
        return np.column_stack([np.ones(len(rows)), (rows - centre) / scale])

    x, beta = design(features), np.zeros(features.shape[1] + 1)
    penalty = np.full(len(beta), RIDGE)
    penalty[0] = 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ beta)))
        step = np.linalg.solve(
            (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty),
            x.T @ (p - converted) + penalty * beta,
        )
        beta -= step
        if np.abs(step).max() < 1e-8:
            return np.asarray(1 / (1 + np.exp(-(design(others) @ beta))))
    raise SystemExit("the logistic regression did not settle")


def per_channel(journeys: JourneyColumns, weight: Scores, channels: int) -> Scores:
    """Sums of a weight of touches, ``[journeys, channels]``."""
    cell = journeys.journey * channels + journeys.channel
    sums: Scores = np.bincount(cell, weight, len(journeys) * channels).astype(float)
    return sums.reshape(-1, channels)


def presence(journeys: JourneyColumns, channels: int) -> Scores:
    return (per_channel(journeys, np.ones(len(journeys.days)), channels) > 0).astype(float)


def last_campaign(journeys: JourneyColumns, channels: int) -> Scores:
    return np.eye(channels)[journeys.channel[journeys.offsets[1:] - 1]]


def decayed(journeys: JourneyColumns, channels: int) -> Scores:
    """Saturated exposures at several half-lives, their pairs at one, and plain shape."""
    strength = [
        per_channel(journeys, 2.0 ** (-journeys.days / life), channels) for life in HALF_LIVES
    ]
    exposure = [1 - np.exp(-1.5 * s) for s in strength]
    one, other = np.triu_indices(channels, 1)
    middle = exposure[2]
    return np.column_stack([*exposure, middle[:, one] * middle[:, other], shape(journeys)])


def shape(journeys: JourneyColumns) -> Scores:
    """Touches, span and gaps: log scales, ``[journeys, 6]``."""
    first, last = journeys.offsets[:-1], journeys.offsets[1:] - 1
    gap = np.where(
        np.diff(journeys.journey, prepend=-1) == 0, -np.diff(journeys.days, prepend=0), np.nan
    )
    gap = np.log1p(1440 * gap)
    inner = np.where(np.isnan(gap), 0, gap)
    total = np.bincount(journeys.journey, inner, len(journeys))
    count = journeys.touches
    return np.column_stack(
        [
            np.log(count),
            np.log1p(1440 * journeys.days[first]),
            inner[last],
            inner[np.minimum(first + 1, last)],
            total / np.maximum(count - 1, 1),
            np.log1p(1440 * journeys.days[np.maximum(last - 2, first)]),
        ]
    )


def boosted_features(journeys: JourneyColumns, channels: int) -> Scores:
    """Counts, times and gaps of all campaigns, the first and the last ones: what trees can use."""
    ones = np.ones(len(journeys.days))
    last = journeys.offsets[1:] - 1
    newest = np.full((len(journeys), channels), np.nan)
    oldest = np.full((len(journeys), channels), np.nan)
    newest[journeys.journey, journeys.channel] = journeys.days
    oldest[journeys.journey[::-1], journeys.channel[::-1]] = journeys.days[::-1]
    return np.column_stack(
        [
            per_channel(journeys, ones, channels),
            newest,
            oldest,
            journeys.channel[last],
            journeys.channel[np.maximum(last - 1, journeys.offsets[:-1])],
            journeys.channel[journeys.offsets[:-1]],
            shape(journeys),
        ]
    )


def boosting(fitted: JourneyColumns, others: JourneyColumns, channels: int, seed: int) -> Scores:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=400, early_stopping=True, random_state=seed
    )
    model.fit(boosted_features(fitted, channels), fitted.converted)
    return np.asarray(model.predict_proba(boosted_features(others, channels))[:, 1])


@dataclass(frozen=True)
class Parts:
    """Journeys to fit, to stop by, and of held-out users; the leak probe over the last."""

    train: JourneyColumns
    validation: JourneyColumns
    test: JourneyColumns
    both: JourneyColumns
    channels: int
    seed: int
    leak: float


def parts_of(journeys: JourneyColumns, end: Scores, seed: int) -> Parts:
    split = by_user(journeys.user, validation=0.12, test=0.2, seed=seed)
    past = past_rate(journeys.user, end, journeys.converted)
    both = np.sort(np.concatenate([split.train, split.validation]))
    return Parts(
        journeys.select(split.train),
        journeys.select(split.validation),
        journeys.select(split.test),
        journeys.select(both),
        int(journeys.channel.max()) + 1,
        seed,
        area(past[split.test], journeys.converted[split.test]),
    )


def attention(parts: Parts) -> Scores:
    settings = TrainingSettings(seed=parts.seed)
    fitted = fit(
        parts.train,
        parts.validation,
        Vocabulary(parts.channels),
        settings,
        on_epoch=lambda epoch, loss: print(f"epoch {epoch}: {loss:.5f}", file=sys.stderr),
    )
    return fitted.probabilities(parts.test)


def models_of(parts: Parts) -> dict[str, Callable[[], Scores]]:
    both, test, channels = parts.both, parts.test, parts.channels
    rate = both.conversions / len(both)

    def by(features: Callable[[JourneyColumns, int], Scores]) -> Callable[[], Scores]:
        return lambda: logistic(features(both, channels), both.converted, features(test, channels))

    models: dict[str, Callable[[], Scores]] = {
        "base rate": lambda: np.full(len(test), rate),
        "last campaign": by(last_campaign),
        "logistic presence": by(presence),
        "transparent: decayed exposures": by(decayed),
        "attention": lambda: attention(parts),
    }
    if importlib.util.find_spec("sklearn"):
        models["gradient boosting with time"] = lambda: boosting(both, test, channels, parts.seed)
    else:
        print("gradient boosting left out: scikit-learn is not installed", file=sys.stderr)
    return models


def past_rate(user: NDArray[np.int64], end: Scores, converted: NDArray[np.bool_]) -> Scores:
    """Share of each user's earlier journeys that converted; the mean of all where there is none."""
    order = np.lexsort((end, user))
    fresh = np.diff(user[order], prepend=-1) != 0
    place = np.arange(len(user))
    earlier = place - np.maximum.accumulate(np.where(fresh, place, 0))
    before: NDArray[np.int64] = np.cumsum(converted[order]) - converted[order]
    before -= np.maximum.accumulate(np.where(fresh, before, 0))
    rate = np.full(len(user), converted.mean())
    rate[order[earlier > 0]] = (before / np.maximum(earlier, 1))[earlier > 0]
    return rate


def comparable(journeys: JourneyColumns) -> NDArray[np.int64]:
    """Rows of journeys of one campaign within a week: outside of these all end alike."""
    first = journeys.offsets[:-1]
    same = journeys.channel == journeys.channel[first][journeys.journey]
    one = np.bincount(journeys.journey, same, len(journeys)) == journeys.touches
    return np.flatnonzero(one & (journeys.days[first] <= 7))


def figures_of(journeys: JourneyColumns, end: Scores, seed: int, which: str) -> list[Figure]:
    parts = parts_of(journeys, end, seed)
    test = parts.test
    figures, floor = [], None
    for name, model in models_of(parts).items():
        start = time.perf_counter()
        scores = model()
        seconds = time.perf_counter() - start
        loss = log_loss(test.converted, scores, test.weight)
        floor = loss if floor is None else floor
        figures += [
            Figure(f"{which}: {name}: held-out log-loss", loss, "nats", floor),
            Figure(
                f"{which}: {name}: held-out AUC", area(scores, test.converted), "AUC", parts.leak
            ),
            Figure(f"{which}: {name}: sum of p", scores.sum() / test.conversions, "of conversions"),
            Figure(f"{which}: {name}: fit and score", seconds, "s"),
        ]
        print(f"{which}: {name}: {loss:.5f} nats, {seconds:.0f} s", file=sys.stderr)
    error = test.conversions**-0.5
    figures.append(Figure(f"{which}: standard error of a sum of p", error, "of conversions"))
    return figures


def probes_of(journeys: JourneyColumns, end: Scores) -> list[Figure]:
    """What in the data tells the outcome without any model."""
    rate = past_rate(journeys.user, end, journeys.converted)
    user, count = np.unique(journeys.user, return_counts=True)
    several = np.isin(journeys.user, user[count > 1])
    long = journeys.days[journeys.offsets[:-1]] > 7
    mixed = np.setdiff1d(np.flatnonzero(~long), comparable(journeys))
    return [
        Figure("leak probe: user's own past rate", area(rate, journeys.converted), "AUC"),
        Figure(
            f"leak probe among the {several.sum():,} journeys of users with several",
            area(rate[several], journeys.converted[several]),
            "AUC",
        ),
        Figure("journeys longer than 7 days that convert", journeys.converted[long].mean(), "of"),
        Figure(
            "journeys of several campaigns that convert", journeys.converted[mixed].mean(), "of"
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the journeys")
    parser.add_argument("--users", type=int, help="maximum number of users, a random sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    journeys, end = journeys_of(arguments.data)
    if arguments.users is not None:
        users = np.unique(journeys.user)
        some = np.random.default_rng(arguments.seed).permutation(users)[: arguments.users]
        rows = np.flatnonzero(np.isin(journeys.user, some))
        journeys, end = journeys.select(rows), end[rows]
    figures = probes_of(journeys, end)
    figures += figures_of(journeys, end, arguments.seed, "all")
    alike = comparable(journeys)
    figures += figures_of(journeys.select(alike), end[alike], arguments.seed, "comparable")
    title = f"Held-out users of {len(journeys):,} journeys, {journeys.converted.mean():.2%} convert"
    return report(title, figures, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
