"""One day of late touches over many: a run that is extended, against a run of everything.

A home of its own is made, with a real Neo4j and a real Postgres, and filled with the customers of
`benchmarks/graph.py`. Everything is attributed by six models; then touches of known customers, a
hundredth of all, are loaded as the increment of a day: seven tenths are of the last day, and three
tenths come up to 20 days late:

* the run of everything: as a new run, which reads all events and writes all credit;
* the increment of the second such day: the published run is extended; its credit is compared with
  that of all events, read and computed again, and must be equal to the last bit;
* the same question again, of which nothing is computed.

Both are measured on a server that has planned their statements before.

    python benchmarks/increments.py [--touches N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from _figures import Figure, at_most, report

from attrigraph import bootstrap
from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.data import EventData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.domain import EventTable, string_array
from attrigraph.domain.event_slices import event_slices, rows_of
from attrigraph.graph.ingest import ingest_batch
from attrigraph.graph.journeys import read_events
from attrigraph.graph.loads import begin_load, end_load
from attrigraph.graph.runs import current_run
from attrigraph.runs.parameters import JOB
from attrigraph.services.attribute_graph import attribute_graph
from attrigraph.services.attribution_options import AttributionOptions
from graph import DAY, fill, home, log_progress

if TYPE_CHECKING:
    from attrigraph.domain import Attribution
    from attrigraph.stores import Stores

MODELS: Final = ("first", "last", "linear", "time-decay", "position-u", "markov-1")
OPTIONS: Final = AttributionOptions(models=MODELS, model_options=ModelOptions(draws=200))
BATCH: Final = 5000
LATE: Final = 0.3
"""Share of the touches of a delivery that are not of its day."""
LATEST: Final = 20
"""Days by which they are late at most."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--touches", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with home() as settings, bootstrap.open_stores(settings) as stores:
        log_progress(f"loading {arguments.touches:,} touches")
        load = begin_load(stores.driver, "load")
        fill(stores, arguments.touches, arguments.seed)
        end_load(stores.driver, load)
        # the server plans its statements in a run of another question
        timed(stores, replace(OPTIONS, model_options=ModelOptions(draws=200, seed=9)))
        whole, _ = timed(stores, replace(OPTIONS, cache=False))
        for day in (1, 2):
            deliver(stores, arguments.touches // 100, arguments.seed + day)
            increment, answer = timed(stores, replace(OPTIONS, extend=True))
        check(stores, answer)
        again, _ = timed(stores, replace(OPTIONS, extend=True))
    figures = [
        Figure("a run of everything", whole, "s"),
        Figure(
            f"an increment of {arguments.touches // 100:,} touches",
            increment,
            "s",
            whole,
            at_most(0.15, of_reference=True),
        ),
        Figure("nothing new", again, "s", whole, at_most(2)),
    ]
    return report(f"Increments, {arguments.touches:,} touches", figures, as_json=arguments.json)


def timed(stores: Stores, options: AttributionOptions) -> tuple[float, Attribution]:
    start = time.perf_counter()
    answer = attribute_graph(stores, options)
    return time.perf_counter() - start, answer


def deliver(stores: Stores, count: int, seed: int) -> None:
    """Load the touches of a day."""
    load = begin_load(stores.driver, "load")
    for part in event_slices(late_touches(stores, count, seed), BATCH):
        ingest_batch(stores.driver, part, load=load)
    end_load(stores.driver, load)


def late_touches(stores: Stores, count: int, seed: int) -> EventTable:
    """Copies of touches of the last days, up to an hour later, with ids of their own."""
    rng = np.random.default_rng(seed)
    events = read_events(stores.driver)
    age = events.touches.time.max() - events.touches.time
    late = rng.random(count) < LATE
    recent = rng.choice(np.flatnonzero(age < DAY), count)
    earlier = rng.choice(np.flatnonzero(age < LATEST * DAY), count)
    rows = np.sort(np.where(late, earlier, recent))
    touches = rows_of(events.touches, rows)
    moved = touches.time + rng.integers(1, DAY // 24, count)
    order = np.lexsort((moved, touches.customer))
    customers, customer = np.unique(touches.customer[order], return_inverse=True)
    copies = replace(
        rows_of(touches, order),
        id=string_array([f"late {seed} {number}" for number in range(count)]),
        time=moved[order],
        customer=customer.astype(np.int32),
    )
    nothing = rows_of(events.conversions, np.zeros(0, np.int64))
    return EventTable(events.customers[customers], events.bucket[customers], copies, nothing)


def check(stores: Stores, answer: Attribution) -> None:
    """Check that the extended run has the credit of all events."""
    run = current_run(stores.driver, JOB)
    assert run is not None
    assert run.version == 3, "the run was not extended"
    data = EventData(read_events(stores.driver), OPTIONS.journeys, OPTIONS.model_options)
    expected = Analysis(data).attribute(MODELS, "channel")
    for name, model in expected.models.items():
        found = {line.key: line for line in answer.models[name].credits}
        for line in model.credits:
            same = found[line.key].conversions == line.conversions
            assert same, f"{name}: {line.key} has other credit"
            assert found[line.key].value == line.value, f"{name}: {line.key} has other value"


if __name__ == "__main__":
    raise SystemExit(main())
