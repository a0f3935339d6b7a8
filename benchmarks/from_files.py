"""The default run from files, as a user without stores starts it.

Simulates a retailer for each number of touches, writes its files, and runs `attrigraph attribute
--input` as a process of its own with nothing but its defaults: reading, the fit of the incremental
model, every rule, 90 % intervals, and the tests of identification.

    python benchmarks/from_files.py [--touches N [N ...]] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from _command import run_command
from _figures import Figure, at_most, report
from default_run import TOUCHES_A_CUSTOMER, WORLD

from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate
from graph import log_progress

if TYPE_CHECKING:
    from _figures import Goal

MILLION: Final = 1_000_000

GOALS: Final = {MILLION: (90.0, 2000.0), 4 * MILLION: (180.0, 3000.0)}
"""Seconds and MB, by number of touches."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--touches", type=int, nargs="+", default=list(GOALS), help="about how many"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = [
        figure for touches in arguments.touches for figure in from_files(touches, arguments.seed)
    ]
    return report("The default run from files", figures, as_json=arguments.json)


def from_files(touches: int, seed: int) -> list[Figure]:
    """Time and memory of the command on files with about so many touches."""
    customers = round(touches / TOUCHES_A_CUSTOMER)
    log_progress(f"simulating a retailer with {customers:,} customers")
    with tempfile.TemporaryDirectory(prefix="attrigraph-world-") as folder:
        files = write_world(simulate(WORLD, seed, customers), Path(folder) / WORLD)
        log_progress("the run from files")
        paths = "--input", str(files["events"]), "--customers", str(files["customers"])
        cost = run_command("attribute", *paths, "--preset", "events", "--json")
    seconds, peak_mb = _goals(touches)
    name = f"{touches:,} touches of {customers:,} customers"
    return [
        Figure(f"{name}: from files to JSON", cost.seconds, "s", goal=seconds),
        Figure(f"{name}: time on processors", cost.processor_seconds, "s"),
        Figure(f"{name}: peak resident memory of the process", cost.peak_mb, "MB", goal=peak_mb),
    ]


def _goals(touches: int) -> tuple[Goal | None, Goal | None]:
    if touches not in GOALS:
        return None, None
    seconds, peak_mb = GOALS[touches]
    return at_most(seconds), at_most(peak_mb)


if __name__ == "__main__":
    sys.exit(main())
