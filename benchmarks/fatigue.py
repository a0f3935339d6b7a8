"""Forecasts of fatigue against the truth of simulated worlds: the network and all baselines.

Campaigns are split: 40 % to fit on, 10 % to end the fit of the network, 20 % for intervals, which
nothing here uses, and 30 % to test on. Units are asked on days nine apart, so that each is asked
once at an age of 6 to 14 days. Methods learn from eight other days, at ages of 2 to 40 days; errors
are those of true curves and days. Figures are means over seeds.

    python benchmarks/fatigue.py [--worlds NAME ...] [--seeds N ...] [--baselines] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from _figures import Figure, Goal, at_least, at_most, report

from attrigraph.fatigue.baselines.baseline import Baseline, Example, Forecast
from attrigraph.fatigue.baselines.catalogue import BASELINES
from attrigraph.fatigue.baselines.exponential import fit_shrunk_exponential
from attrigraph.fatigue.curve import DAYS_AHEAD, days_remaining
from attrigraph.fatigue.frequency import exposure_ahead
from attrigraph.fatigue.labels import labels_of
from attrigraph.fatigue.learning import LearningSettings, fit_model
from attrigraph.fatigue.metrics import Errors, errors_of
from attrigraph.fatigue.panel import Panel, panel_of
from attrigraph.fatigue.snapshot import snapshot_of
from attrigraph.fatigue.split import CALIBRATE, FIT, STOP
from attrigraph.fatigue.targets import targets_of
from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS, OTHER_FORMS
from attrigraph.worlds.fatigue.history import history_of
from attrigraph.worlds.fatigue.simulation import FatigueWorld, simulate_fatigue
from attrigraph.worlds.fatigue.truth import true_days, true_log_ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

DAYS_TO_ASK = range(8, 79, 9)
DAYS_TO_LEARN = np.linspace(12, 95, 8).astype(int).tolist()
TEST_AGES = (6, 14)
LEARNING_AGES = (2, 40)
TEST = 3
ENDS = (0.4, 0.5, 0.7)
"""Shares of campaigns up to ``FIT``, ``STOP`` and ``CALIBRATE``; others are ``TEST``."""

NETWORK = "graph network"
HEAD = "head without graph"
ORACLE = "oracle"
BOOSTING = "boosting"
WITH_NEIGHBOURS = "boosting with neighbours"
EXPONENTIAL = "exponential"
WITHOUT_SPILL = "fatigue-no-spill"


@dataclass(frozen=True, eq=False)
class Case:
    """A world with what was known on some days of it.

    Attributes:
        world: the world.
        panel: of all its days.
        part: of each campaign.
        examples: days to learn from.
        asked: days on which units are asked, those that ``learn`` chooses.
    """

    world: FatigueWorld
    panel: Panel
    part: Integers
    examples: list[Example]
    asked: list[Example]

    def errors(self, forecast: Callable[[Example], Forecast]) -> Errors:
        """Errors of forecasts of all units that are asked."""
        parts = [(forecast(example), example.learn) for example in self.asked]
        days, log_ratio = self._truth()
        curves = [part.log_ratio[rows] for part, rows in parts if part.log_ratio is not None]
        all_days = np.concatenate([part.days[rows] for part, rows in parts])
        return errors_of(
            Forecast(all_days, np.concatenate(curves) if curves else None), days, log_ratio
        )

    def _truth(self) -> tuple[Floats, Floats]:
        days, curves = [], []
        for example in self.asked:
            units = example.snapshot.units[example.learn]
            day = np.full(len(units), example.panel.history.days - 1)
            days.append(true_days(self.world, units, day))
            curves.append(true_log_ratio(self.world, units, day)[:, DAYS_AHEAD.astype(int)])
        return np.concatenate(days), np.concatenate(curves)


def case_of(name: str, seed: int) -> Case:
    world = simulate_fatigue(FATIGUE_WORLDS[name], seed)
    panel = panel_of(history_of(world))
    count = len(panel.history.campaigns)
    place = np.random.default_rng(seed + 1000).permutation(count) / count
    part = np.array([FIT, STOP, CALIBRATE, TEST])[np.searchsorted(ENDS, place, side="right")]
    learning, tested = np.isin(part, (FIT, STOP)), part == TEST
    return Case(
        world,
        panel,
        part,
        [example_of(panel, day, learning, LEARNING_AGES) for day in DAYS_TO_LEARN],
        [example_of(panel, day, tested, TEST_AGES) for day in DAYS_TO_ASK],
    )


def example_of(
    panel: Panel, day: int, campaigns: NDArray[np.bool_], ages: tuple[int, int]
) -> Example:
    """What was known on a day, with the units of some campaigns at some ages."""
    history = panel.history
    known = panel_of(history.until(day))
    snapshot = snapshot_of(known)
    labels = labels_of(targets_of(panel, snapshot.units, day), snapshot)
    age = day - panel.launch[snapshot.units]
    chosen = campaigns[history.campaign_of_unit[snapshot.units]]
    return Example(known, snapshot, labels, chosen & (age >= ages[0]) & (age <= ages[1]))


def with_curve(log_ratio: Floats) -> Forecast:
    return Forecast(days_remaining(log_ratio, DAYS_AHEAD), log_ratio)


def predicted(model: Baseline, example: Example) -> Forecast:
    return model.predict(example.snapshot, example.panel)


def network_errors(case: Case, *, uses_graph: bool, seed: int) -> Errors:
    settings = LearningSettings(seed=seed, uses_graph=uses_graph)
    base = fit_shrunk_exponential(case.examples, uses_graph=uses_graph)
    model = fit_model(case.panel, case.examples, case.part, base, settings)
    return case.errors(lambda one: with_curve(model.forecast(one.panel, one.snapshot).log_ratio))


def oracle(world: FatigueWorld, example: Example) -> Forecast:
    """The true decay per exposure and the true rates so far, at constant pressure."""
    spec, units, panel = world.spec, example.snapshot.units, example.panel
    day = panel.history.days - 1
    age = np.arange(spec.days) - world.launch[units, None]
    learnt = 1 - spec.wear_in * np.exp(-np.maximum(age, 0) / spec.wear_in_days)
    rate = np.where(age >= 0, world.own_rate[units], 1) / learnt
    end, rows = world.launch[units] + 1, np.arange(len(units))
    exposure = world.exposure[units]
    fallen = np.log(rate[:, day] / rate[rows, end])
    slope = fallen / np.maximum(exposure[:, day] - exposure[rows, end], 1e-12)
    frequency = panel.frequency_ahead + spec.spill * panel.spill_frequency_ahead
    ahead = exposure_ahead(exposure[:, day], frequency[units], DAYS_AHEAD)
    peak = world.own_rate[units, : day + 1].max(axis=1)
    now = np.log(world.own_rate[units, day] / peak)
    log_ratio = now[:, None] + slope[:, None] * (ahead - ahead[:, :1])
    return with_curve(np.minimum.accumulate(np.minimum(log_ratio, 0), axis=1))


def errors_by_method(name: str, seed: int, *, baselines_only: bool) -> dict[str, Errors]:
    case = case_of(name, seed)
    found = {}
    for method, fit in BASELINES.items():
        model = fit(case.examples)
        found[method] = case.errors(partial(predicted, model))
    if not baselines_only:
        found[HEAD] = network_errors(case, uses_graph=False, seed=seed)
        found[NETWORK] = network_errors(case, uses_graph=True, seed=seed)
    if case.world.spec.wear == "exponential" and name not in OTHER_FORMS:
        found[ORACLE] = case.errors(lambda one: oracle(case.world, one))
    return found


def figures_of(world: str, errors: dict[str, list[Errors]]) -> Iterator[Figure]:
    def mean(method: str, field: str) -> float | None:
        values = [getattr(one, field) for one in errors.get(method, ())]
        return statistics.mean(values) if values and None not in values else None

    for method in errors:
        reference, goal = compared(world, method, {each: mean(each, "days") for each in errors})
        days = mean(method, "days")
        assert days is not None
        yield Figure(f"{world}: {method}", days, "days MAE", reference, goal)
        for field, unit in (
            ("bias", "days bias"),
            ("concordance", "C-index"),
            ("auc_soon", "AUC"),
            ("score", "score MAE"),
            ("curve", "curve MAE"),
        ):
            value = mean(method, field)
            if value is not None:
                yield Figure(f"{world}: {method}", value, unit)
    if NETWORK in errors and world not in OTHER_FORMS:
        yield from goals(world, mean)


def compared(
    world: str, method: str, days: dict[str, float | None]
) -> tuple[float | None, Goal | None]:
    """What the days of a method are compared with, and its goal."""
    if method != NETWORK:
        return days[BOOSTING], None
    if world in OTHER_FORMS:
        rivals = [value for name, value in days.items() if name in BASELINES and value is not None]
        return min(rivals), at_most(1.05, of_reference=True)
    if world == WITHOUT_SPILL:
        return days[HEAD], at_most(1.03, of_reference=True)
    return days[BOOSTING], at_most(0.85, of_reference=True)


def goals(world: str, mean: Callable[[str, str], float | None]) -> Iterator[Figure]:
    """Further goals of the network."""
    days, concordance, curve = (mean(NETWORK, field) for field in ("days", "concordance", "curve"))
    assert days is not None
    assert concordance is not None
    assert curve is not None
    name = f"{world}: {NETWORK}, against"
    if world != WITHOUT_SPILL:
        goal = at_most(0.9, of_reference=True)
        yield Figure(f"{name} {HEAD}", days, "days MAE", mean(HEAD, "days"), goal)
    rival = mean(WITH_NEIGHBOURS, "concordance")
    assert rival is not None
    yield Figure(f"{name} {WITH_NEIGHBOURS}", concordance - rival, "C-index", goal=at_least(-0.01))
    goal = at_most(0.8, of_reference=True)
    yield Figure(f"{name} {EXPONENTIAL}", curve, "curve MAE", mean(EXPONENTIAL, "curve"), goal)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="+", choices=FATIGUE_WORLDS, default=["fatigue-spill"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--baselines", action="store_true", help="leave the network out")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    for world in arguments.worlds:
        errors: defaultdict[str, list[Errors]] = defaultdict(list)
        for seed in arguments.seeds:
            found = errors_by_method(world, seed, baselines_only=arguments.baselines)
            for method, one in found.items():
                errors[method].append(one)
        figures += figures_of(world, errors)
    return report("Fatigue", figures, as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
