"""Conversion rates under drift: losses of adapters on a log, and what the health gate finds.

Losses are cumulative ones under the guard, as multiples of the frozen model's, of the second half
of 180 simulated days of 12 campaigns. Modes are of the 60 days after something happens to 40
campaigns.

    python benchmarks/conversion_rates.py [--seeds N ...] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from _figures import Figure, at_most, report

from attrigraph.adaptation.health_gate import health_of
from attrigraph.adaptation.kinds import KINDS
from attrigraph.adaptation.prequential import replay
from attrigraph.adaptation.rate_cases import RATE_LOSS, rate_adapter, rate_case
from attrigraph.adaptation.rate_model import fit_rate_model

# the histories of the tests
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from rate_histories import DRIFTS, FAULTS, rate_history

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 180


def ratio(drift: str, kind: str, seed: int) -> float:
    """Loss of an adapter as a multiple of the frozen model's."""
    rates = rate_history(drift, seed=seed, campaigns=12, days=DAYS)
    model = fit_rate_model(rates.between(0, DAYS // 2))
    cases = [rate_case(model, rates, day) for day in range(DAYS // 2, DAYS)]
    return replay(cases, rate_adapter(model, kind), RATE_LOSS, max_loss=model.max_loss).ratio


def modes(event: str, seed: int) -> Counter[str]:
    """Days by the mode of the gate."""
    rates = rate_history(event, seed=seed, days=DAYS)
    found = (health_of(rates.between(0, day + 1)) for day in range(DAYS * 2 // 3, DAYS))
    return Counter(health.mode for health in found if health is not None)


def figures(seeds: list[int]) -> Iterator[Figure]:
    for drift in DRIFTS:
        for kind in KINDS:
            mean = statistics.mean(ratio(drift, kind, seed) for seed in seeds)
            goal = at_most(1.06) if drift == "none" else at_most(1.0)
            yield Figure(f"{drift}: {kind}", mean, "x frozen", goal=goal)
    for event in (*DRIFTS, *FAULTS):
        days = sum((modes(event, seed) for seed in seeds), Counter[str]())
        for mode in ("stable", "cautious", "freeze"):
            yield Figure(f"{event}: {mode}", days[mode] / len(seeds), "days of 60")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    return report("Conversion rates", list(figures(arguments.seeds)), as_json=arguments.json)


if __name__ == "__main__":
    sys.exit(main())
