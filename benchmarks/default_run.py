"""The default run over a retailer of a million touches, as a user starts it.

Simulates the retailer's world, with about the requested number of touches, loads its events,
customers and tables into stores of a home of its own, which is removed at the end, and then

* runs `attrigraph attribute` as a process of its own with nothing but its defaults: reading, the
  fit of the incremental model, every rule, 90 % intervals on all credits, channels, campaigns and
  creatives, the credit of single touches, the checks, and writing all of it back;
* reads the credit of one conversion, over random conversions, as `attrigraph explain` does.

    python benchmarks/default_run.py [--touches N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from _command import run_command
from _figures import Figure, at_most, report

from attrigraph import bootstrap
from attrigraph.services.load import LoadOptions, load
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate
from graph import explaining, home, log_progress

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

WORLD: Final = "retailer"
TOUCHES_A_CUSTOMER: Final = 8.78
TABLES: Final = ("events", "customers", "campaigns", "creatives", "audiences")
MILLION: Final = 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--touches", type=int, default=MILLION, help="about how many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with home() as settings:
        with bootstrap.open_stores(settings) as stores:
            touches = fill(stores, round(arguments.touches / TOUCHES_A_CUSTOMER), arguments.seed)
        figures = default_run(settings, touches)
        with bootstrap.open_stores(settings) as stores:
            figures += explaining(stores, arguments.seed)
    return report(f"The default run, {touches:,} touches", figures, as_json=arguments.json)


def fill(stores: Stores, customers: int, seed: int) -> int:
    """Load a retailer's world; returns how many touches it has."""
    log_progress(f"simulating and loading a retailer with {customers:,} customers")
    with tempfile.TemporaryDirectory(prefix="attrigraph-world-") as folder:
        files = write_world(simulate(WORLD, seed, customers), Path(folder) / WORLD)
        done = load(
            [files[name] for name in TABLES],
            preset(*TABLES),
            LoadOptions(staging=StagingOptions(keep_ids=True), mode="bulk"),
            stores,
        )
    assert done.events is not None, "only a dry run writes no events"
    return done.events.touches


def default_run(settings: Settings, touches: int) -> list[Figure]:
    """Seconds and memory of the command, its interpreter's start included."""
    log_progress("the default run")
    cost = run_command("attribute", "--home", str(settings.home), "--json")
    at_size = touches >= MILLION * 0.99
    return [
        Figure(
            "default run: read, fit, credit of all models with intervals, write back",
            *(cost.seconds, "s"),
            goal=at_most(60) if at_size else None,
        ),
        Figure("default run: time on processors", cost.processor_seconds, "s"),
        Figure(
            "default run: peak resident memory of the process",
            *(cost.peak_mb, "MB"),
            goal=at_most(2000) if at_size else None,
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
