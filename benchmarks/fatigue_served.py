"""What is served of fatigue, against simulated truth: intervals, probabilities and losses; speed.

The network is fitted and calibrated on 70 % of the campaigns as in ``fatigue.py``, and asked of the
others at ages of 6 to 14 days. The true loss is that against what the law of the world expects of a
creative of the channel and audience that is launched the next day, in its first week.
Replacements are compared at the number that a threshold of ad tools asks for, by the true loss of
those replaced.

    python benchmarks/fatigue_served.py [--worlds NAME ...] [--seeds N ...] [--json]
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, fields
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from _figures import Figure, at_least, at_most, report

from attrigraph.fatigue.baselines.exponential import fit_shrunk_exponential
from attrigraph.fatigue.baselines.thresholds import DropThreshold, FrequencyThreshold
from attrigraph.fatigue.calibration import LEVEL, calibrate
from attrigraph.fatigue.curve import SOON
from attrigraph.fatigue.forecast import forecast_units
from attrigraph.fatigue.frequency import remaining
from attrigraph.fatigue.learning import LearningSettings, fit_model
from attrigraph.fatigue.money import (
    FRESH_DAYS,
    click_values,
    fresh_rates,
    fresh_ratio,
    losses_of,
)
from attrigraph.fatigue.split import CALIBRATE
from attrigraph.fatigue.trained import curves_of, outcomes_of
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS
from attrigraph.worlds.fatigue.truth import true_days
from fatigue import TEST, Case, case_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.fatigue.baselines.baseline import Baseline, Example
    from attrigraph.fatigue.forecast import UnitForecasts
    from attrigraph.worlds.fatigue.simulation import FatigueWorld

    Floats = NDArray[np.float64]

MEAN_RATE = np.exp(0.5**2 / 2)
"""Mean first rate of creatives over the median."""

MEAN_FREQUENCY = np.exp((0.7**2 + 0.25**2) / 2)
"""Mean impressions per person and day over the median."""

GROUP = 200
"""Units of a group whose coverage is printed."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Units that were asked, and the truth ``[n]`` each.

    Attributes:
        days: true days left.
        label: observed days left; NaN where they were not seen to the end.
        predicted: days left.
        low: lower end of their interval.
        high: upper end.
        probability: of being tired within seven days.
        loss: predicted, of a week, at a value of 1 a click.
        loss_low: lower end of its interval.
        loss_high: upper end.
        true_loss: the same in truth; NaN where it is not known.
        frequency: days left by the threshold of frequency.
        drop: by that of the click rate.
        channel: number.
        people: of the audience.
    """

    days: Floats
    label: Floats
    predicted: Floats
    low: Floats
    high: Floats
    probability: Floats
    loss: Floats
    loss_low: Floats
    loss_high: Floats
    true_loss: Floats
    frequency: Floats
    drop: Floats
    channel: Floats
    people: Floats

    @classmethod
    def concatenate(cls, parts: list[Asked]) -> Asked:
        """Units of several days or seeds."""
        return cls(
            **{
                one.name: np.concatenate([getattr(part, one.name) for part in parts])
                for one in fields(cls)
            }
        )


def asked_units(name: str, seed: int) -> tuple[Asked, float]:
    """Units of test campaigns, and the seconds of training."""
    case = case_of(name, seed)
    base = fit_shrunk_exponential(case.examples)
    begin = perf_counter()
    model = fit_model(case.panel, case.examples, case.part, base, LearningSettings(seed=seed))
    seconds = perf_counter() - begin
    outcomes = outcomes_of(model, case.panel, case.examples, case.part == CALIBRATE)
    known = [example.panel for example in case.examples]
    ratio = fresh_ratio(case.panel, known, case.part != TEST)
    calibration = calibrate(outcomes, fresh_ratio=ratio)
    rules = FrequencyThreshold(), DropThreshold()
    parts = []
    for example in case.asked:
        rows = np.flatnonzero(example.learn)
        found = forecast_units(
            *curves_of(model, example.panel, example.snapshot, rows), calibration
        )
        parts.append(_asked(case, example, rows, found, rules))
    return Asked.concatenate(parts), seconds


def fresh_truth(world: FatigueWorld, day: int) -> Floats:
    """Expected clicks per impression of a creative launched the next day ``[units]``.

    In its first week, in the channel and audience of each unit: of the usual first rate, frequency
    and wear-in, with what units there have seen of creatives that resemble them, and tire by. NaN
    where worlds decay otherwise than by exposure.
    """
    spec = world.spec
    if spec.wear != "exponential" or spec.calendar:
        return np.full(len(world.creative), np.nan)
    own = remaining(world.impressions / world.reach[world.audience][:, None], spec.forgetting)
    age = np.arange(FRESH_DAYS)
    seen = MEAN_FREQUENCY * spec.median_frequency * (1 + age)
    spilled = (world.exposure - own)[:, day + 1 : day + 1 + FRESH_DAYS]
    new = 1 - spec.wear_in * np.exp(-age / spec.wear_in_days)
    worn = np.exp(-speeds(world)[:, None] * (spilled + seen))
    rate = MEAN_RATE * spec.median_rate * (new * worn).mean(axis=1)
    pair = world.channel[world.campaign[world.creative]] * spec.audiences + world.audience
    return np.asarray((np.bincount(pair, rate) / np.maximum(np.bincount(pair), 1))[pair])


def speeds(world: FatigueWorld) -> Floats:
    """By how much log rates fall per exposure ``[units]``, from two days of their true rates."""
    spec, rows = world.spec, np.arange(len(world.creative))
    age = np.arange(spec.days) - world.launch[:, None]
    new = 1 - spec.wear_in * np.exp(-np.maximum(age, 0) / spec.wear_in_days)
    log = np.log(np.where(age >= 0, world.own_rate, 1) / new)
    first = world.launch
    fallen = log[:, -1] - log[rows, first]
    return np.asarray(-fallen / (world.exposure[:, -1] - world.exposure[rows, first]))


def _asked(
    case: Case,
    example: Example,
    rows: NDArray[np.int64],
    found: UnitForecasts,
    rules: tuple[Baseline, Baseline],
) -> Asked:
    world, panel, history = case.world, example.panel, example.panel.history
    units, day = found.snapshot.units, history.days - 1
    fresh_rate = fresh_rates(panel, units, found.calibration)
    values = click_values(panel, units, fresh_rate, value_per_click=1.0)
    losses = losses_of(panel, found, fresh_rate, values)
    ahead = world.own_rate[units, day + 1 : day + 1 + SOON].mean(axis=1)
    labels, fresh = example.labels, fresh_truth(world, day)
    return Asked(
        days=true_days(world, units, np.full(len(units), day)),
        label=np.where(labels.complete, labels.days, np.nan)[rows],
        predicted=found.days,
        low=found.low,
        high=found.high,
        probability=found.probability,
        loss=losses.per_week,
        loss_low=losses.low,
        loss_high=losses.high,
        true_loss=SOON * losses.planned * (fresh[units] - ahead),
        frequency=rules[0].predict(example.snapshot, panel).days[rows],
        drop=rules[1].predict(example.snapshot, panel).days[rows],
        channel=history.channel[units].astype(float),
        people=panel.audiences.people[history.audience[units]],
    )


def figures_of(name: str, asked: Asked, seconds: list[float]) -> Iterator[Figure]:
    """Figures of all units of a world."""
    known = np.isfinite(asked.label)
    inside = (asked.label >= asked.low - 1e-9) & (asked.label <= asked.high + 1e-9)
    yield Figure(f"{name}: units", float(len(known)), "units")
    coverage = float(inside[known].mean())
    yield Figure(f"{name}: coverage of labels less {LEVEL}", abs(coverage - LEVEL), "",
                 goal=at_most(0.05))  # fmt: skip
    small = asked.people < np.median(asked.people)
    groups = {f"channel {number:g}": asked.channel == number for number in np.unique(asked.channel)}
    groups |= {"small audiences": small, "large audiences": ~small}
    for group, rows in groups.items():
        if (rows & known).sum() >= GROUP:
            off = abs(float(inside[rows & known].mean()) - LEVEL)
            yield Figure(f"{name}: the same, {group}", off, "", goal=at_most(0.1))
    error = np.abs(asked.predicted - asked.days)
    order = np.argsort(asked.high - asked.low, kind="stable")
    quarter = len(order) // 4
    sure, unsure = error[order[:quarter]].mean(), error[order[-quarter:]].mean()
    yield Figure(f"{name}: error of the surest quarter", float(sure), "days", float(unsure),
                 at_most(0.5, of_reference=True))  # fmt: skip
    tired = asked.days <= SOON
    brier = float(((asked.probability - tired) ** 2).mean())
    yield Figure(f"{name}: Brier score of tired in 7 days", brier, "",
                 float(tired.mean() * (1 - tired.mean())))  # fmt: skip
    if np.isfinite(asked.true_loss).all():
        yield from figures_of_losses(name, asked)
    yield Figure(f"{name}: training", float(np.mean(seconds)), "s", goal=at_most(60))


def figures_of_losses(name: str, asked: Asked) -> Iterator[Figure]:
    """Figures of losses against those of truth."""
    predicted, true = float(asked.loss.sum()), float(asked.true_loss.sum())
    yield Figure(f"{name}: sum of losses over the truth less 1", abs(predicted / true - 1), "",
                 goal=at_most(0.1))  # fmt: skip
    inside = (asked.true_loss >= asked.loss_low) & (asked.true_loss <= asked.loss_high)
    off = abs(float(inside.mean()) - LEVEL)
    yield Figure(f"{name}: coverage of losses less {LEVEL}", off, "", goal=at_most(0.1))
    for rule, days in (("frequency", asked.frequency), ("click rate", asked.drop)):
        chosen = days <= 0
        count = int(chosen.sum())
        saved = float(asked.true_loss[np.argsort(-asked.loss)[:count]].sum())
        by_rule = float(asked.true_loss[chosen].sum())
        yield Figure(f"{name}: saved by {count} replacements, against {rule}", saved, "clicks",
                     by_rule, at_least(1.25, of_reference=True))  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="+", choices=FATIGUE_WORLDS, default=["fatigue-spill"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for world in arguments.worlds:
        parts, seconds = zip(*(asked_units(world, seed) for seed in arguments.seeds), strict=True)
        figures += figures_of(world, Asked.concatenate(list(parts)), list(seconds))
    return report("Fatigue as it is served", figures, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
