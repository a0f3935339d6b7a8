"""The graph as attribution uses it: read back, one customer looked up, credited, and all of it.

A home of its own is made, with a real Neo4j and a real Postgres, filled with seeded customers (five
touches each on average, 12 channels, 50 campaigns and 400 creatives, a few of which serve most
touches; a quarter of the customers converts), and removed at the end. Each figure is compared with
a bare form that is measured in the same run:

* journeys read back: events read with two readers and journeys derived from them, against a bare
  reader that fetches the same columns of the same rows and makes nothing of them;
* one customer's journey: the median over random customers, against a bare statement;
* credit of touches: written with two writers, against a bare statement over batches of 10,000 rows
  grouped by conversion;
* the whole run: `attrigraph attribute` as a process of its own, with all multi-touch models, three
  levels, write-back and the start of the interpreter;
* the credit of one conversion: what `attrigraph explain` reads, over random conversions, against
  a bare statement that reads its credits alone.

    python benchmarks/graph.py [--touches N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from _command import run_command
from _figures import Figure, at_least, at_most, report

from attrigraph import bootstrap
from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.data import EventData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import MODELS
from attrigraph.attribution.observed.journeys import JourneyOptions, derive
from attrigraph.domain import (
    Campaign,
    Categorical,
    Conversions,
    Creative,
    CreativeDays,
    EventTable,
    References,
    Touches,
)
from attrigraph.graph.catalogue import query
from attrigraph.graph.customers import journey_of
from attrigraph.graph.ingest import ingest
from attrigraph.graph.journeys import read_events, read_steps
from attrigraph.graph.references import write_references
from attrigraph.graph.run_summary import touch_rows
from attrigraph.graph.runs import Run, begin_run, delete_run
from attrigraph.graph.scores import write_touch_credit
from attrigraph.local import stack
from attrigraph.services.explain import explain_conversion
from attrigraph.settings import DATABASE, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

CHANNELS: Final = tuple(f"channel {i:02d}" for i in range(12))
CAMPAIGNS: Final = tuple(f"campaign {i:02d}" for i in range(50))
CREATIVES: Final = tuple(f"creative {i:03d}" for i in range(400))
START: Final = 1_767_225_600_000  # 2026-01-01, epoch milliseconds
DAY: Final = 86_400_000

BARE_READ: Final = """
MATCH (c:Customer) WHERE $lo <= c.bucket < $hi
MATCH (c)-[:TOUCHED]->(t:Touchpoint)-[:SERVED]->(s)
RETURN collect(c.id) AS customer, collect(t.timestamp.epochMillis) AS ts,
  collect(coalesce(t.channel, '')) AS channel, collect(coalesce(s.id, s.name)) AS served
"""
BARE_CONVERSIONS: Final = """
MATCH (c:Customer) WHERE $lo <= c.bucket < $hi
MATCH (c)-[:MADE]->(v:Conversion)
RETURN collect(c.id) AS customer, collect(v.id) AS id, collect(v.timestamp.epochMillis) AS ts,
  collect(v.value) AS value
"""
THREE_COLUMNS: Final = """
MATCH (c:Customer) WHERE $lo <= c.bucket < $hi
MATCH (c)-[:TOUCHED]->(t:Touchpoint)-[:SERVED]->(s)
RETURN collect(c.id) AS customer, collect(t.timestamp.epochMillis) AS ts,
  collect(coalesce(s.id, s.name)) AS served
"""
BARE_CREDIT: Final = """
MATCH (:Active {job: 'attribute'})-[:CURRENT]->(r)
WITH r.id AS run
MATCH (v:Conversion {id: $conversion})<-[x:CREDITED]-(t)
USING INDEX v:Conversion(id)
WHERE x.run = run
RETURN collect([t.id, t.timestamp.epochMillis, t.channel, x.credit]) AS credited
"""
CONVERSIONS: Final = "MATCH (v:Conversion) RETURN v.id AS id ORDER BY id"
BARE_CUSTOMER: Final = """
MATCH (c:Customer {id: $customer})-[:TOUCHED]->(t)
OPTIONAL MATCH (t)-[:SERVED]->(s)
OPTIONAL MATCH (c)-[:MADE]->(v)
RETURN collect(DISTINCT [t.id, t.timestamp.epochMillis, t.kind, t.channel, t.cost,
  coalesce(s.id, s.name)]) AS touches,
  collect(DISTINCT [v.id, v.timestamp.epochMillis, v.value]) AS made
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--touches", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with home() as settings, bootstrap.open_stores(settings) as stores:
        log_progress(f"loading {arguments.touches:,} touches")
        fill(stores, arguments.touches, arguments.seed)
        figures = [
            *reading(stores),
            *looking_up(stores, arguments.seed),
            *crediting(stores),
            *whole_run(settings, arguments.touches),
            *explaining(stores, arguments.seed),
        ]
    return report(f"The graph, {arguments.touches:,} touches", figures, as_json=arguments.json)


def log_progress(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


@contextmanager
def home() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="attrigraph-bench-") as folder:
        Path(folder).chmod(0o711)
        settings = read_settings(home=Path(folder) / "home", docker=False)
        try:
            stack.up(settings)
            bootstrap.migrate(settings)
            yield settings
        finally:
            stack.down(settings)
            postgres = settings.home / "postgres"
            if postgres.is_symlink():
                subprocess.run(["rm", "-rf", str(postgres.resolve())], check=True)


def fill(stores: Stores, touches: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    nothing = np.zeros(0)
    write_references(
        stores.driver,
        References(
            channels=CHANNELS,
            campaigns=tuple(Campaign(name) for name in CAMPAIGNS),
            creatives=tuple(
                Creative(name, campaign=CAMPAIGNS[i % len(CAMPAIGNS)])
                for i, name in enumerate(CREATIVES)
            ),
            elements=(),
            audiences=(),
            has_element=(),
            runs_on=tuple((name, CHANNELS[i % 12]) for i, name in enumerate(CAMPAIGNS)),
            targets=(),
            shown_to=(),
            creative_days=CreativeDays(
                Categorical((), np.zeros(0, np.int32)),
                Categorical((), np.zeros(0, np.int32)),
                np.zeros(0, "datetime64[D]"),
                *(nothing, nothing, nothing, nothing, nothing),
                *[Categorical((), np.zeros(0, np.int32))] * 4,
            ),
        ),
    )
    batches = [int(rng.integers(2**62)) for _ in range(-(-touches // 5000))]
    parts = [batches[i::2] for i in range(2)]

    def write(seeds: list[int]) -> None:
        for _ in ingest(stores.driver, (events_from_objects(1000, one) for one in seeds)):
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, parts))


def events_from_objects(customers: int, seed: int) -> EventTable:
    """Some customers of their own with their touches and conversions, in order."""
    rng = np.random.default_rng(seed)
    names = [f"{number:016x}" for number in rng.integers(2**62, size=customers)]
    bucket = np.array([zlib.crc32(name.encode()) % 1024 for name in names], np.int32)
    order = np.lexsort((np.array(names), bucket))
    count = rng.poisson(5, customers)
    n = int(count.sum())
    customer = np.repeat(np.arange(customers), count).astype(np.int32)
    at = START + rng.integers(60 * DAY, size=n)
    at = at[np.lexsort((at, customer))]
    creative = np.minimum((rng.pareto(1.0, n) * 5).astype(np.int32), 399)
    campaign, channel = creative % 50, creative % 50 % 12
    known = rng.random(n)
    made = np.flatnonzero(rng.random(customers) < 0.25)
    cost = np.where(rng.random(n) < 0.7, rng.random(n).round(3), np.nan)
    return EventTable(
        customers=texts([names[i] for i in order]),
        bucket=bucket[order],
        touches=Touches(
            id=texts([f"{number:016x}" for number in rng.integers(2**62, size=n)]),
            customer=customer,
            time=at,
            nanosecond=np.zeros(n, np.int32),
            position=np.zeros(n, np.int32),
            kind=Categorical(("impression",), np.zeros(n, np.int32)),
            channel=Categorical(CHANNELS, channel.astype(np.int32)),
            campaign=Categorical(CAMPAIGNS, np.where(known < 0.85, campaign, -1).astype(np.int32)),
            creative=Categorical(CREATIVES, np.where(known < 0.6, creative, -1).astype(np.int32)),
            cost=cost,
        ),
        conversions=Conversions(
            id=texts([f"{number:016x}" for number in rng.integers(2**62, size=len(made))]),
            customer=made.astype(np.int32),
            time=START + 10 * DAY + rng.integers(55 * DAY, size=len(made)),
            nanosecond=np.zeros(len(made), np.int32),
            position=np.zeros(len(made), np.int32),
            kind=Categorical(("purchase",), np.zeros(len(made), np.int32)),
            value=rng.gamma(2, 20, len(made)).round(2),
        ),
    )


def texts(values: list[str]) -> Any:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def best_of(times: int, *works: Callable[[], Any]) -> list[float]:
    """The least seconds of each work, all measured in turns."""
    seconds = [float("inf")] * len(works)
    for _ in range(times):
        for i, work in enumerate(works):
            start = time.perf_counter()
            work()
            seconds[i] = min(seconds[i], time.perf_counter() - start)
    return seconds


def reading(stores: Stores) -> list[Figure]:
    log_progress("reading")
    n = len(read_steps(stores.driver).touches)
    width = max(1, 1024 * 40_000 // max(n, 40_000))

    def bare(*statements: str) -> None:
        def fetch(low: int) -> None:
            for statement in statements:
                stores.driver.execute_query(
                    statement,
                    {"lo": low, "hi": low + width},
                    database_=DATABASE,
                    routing_="r",
                )

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(fetch, range(0, 1024, width)))

    ours, full, same, three = best_of(
        4,
        lambda: derive(read_steps(stores.driver), JourneyOptions()),
        lambda: read_events(stores.driver, kinds=False),
        lambda: bare(BARE_READ, BARE_CONVERSIONS),
        lambda: bare(THREE_COLUMNS),
    )
    return [
        Figure(
            "journeys read back and derived, two readers",
            *(ours, "s", same, at_most(1.25, of_reference=True)),
        ),
        Figure("the same, rate", n / ours, "touches/s", n / same),
        Figure("the same, against three columns only", ours, "s", three),
        Figure("facts with ids, positions and costs", n / full, "touches/s", n / same),
    ]


def looking_up(stores: Stores, seed: int) -> list[Figure]:
    log_progress("looking up customers")
    ids = list(read_steps(stores.driver).customers)
    chosen = random.Random(seed).sample(ids, min(2000, len(ids)))

    def median(look: Callable[[str], Any]) -> float:
        taken = []
        for customer in chosen:
            start = time.perf_counter()
            look(customer)
            taken.append(time.perf_counter() - start)
        return sorted(taken)[len(taken) // 2] * 1000

    def bare(customer: str) -> None:
        stores.driver.execute_query(
            BARE_CUSTOMER, customer=customer, database_=DATABASE, routing_="r"
        )

    median(bare)  # warms both caches
    ours, reference = median(lambda one: journey_of(stores.driver, one)), median(bare)
    return [Figure("one customer's journey, p50", ours, "ms", reference, at_most(1.5))]


def crediting(stores: Stores) -> list[Figure]:
    log_progress("crediting touches")
    events = read_events(stores.driver, kinds=False)
    data = EventData(events, JourneyOptions(lookback_days=None), ModelOptions(draws=0))
    credit = touch_rows(Analysis(data).touch_credit("linear"), events)
    run = Run(
        *("f" * 32, "benchmark", ("linear",), {}, "0", "f", 0, datetime.now(UTC), "linear"),
    )

    def bare() -> None:
        low = 0
        with stores.driver.session(database=DATABASE) as session:
            while low < len(credit.conversion):
                high = max(low + 1, int(np.searchsorted(credit.first, credit.first[low] + 10_000)))
                start, end = credit.first[low], credit.first[min(high, len(credit.first) - 1)]
                columns = {
                    "run": run.id,
                    "model": "linear",
                    "conversion": credit.conversion[low:high].tolist(),
                    "first": (credit.first[low : high + 1] - start).tolist(),
                    "touch": credit.touch[start:end].tolist(),
                    "credit": credit.credit[start:end],
                    "value": credit.value[start:end],
                    "captured": None,
                }
                session.execute_write(
                    lambda tx, rows: tx.run(query("scores/credit_touches").text, rows).consume(),
                    columns,
                )
                low = high

    def cleaned(work: Callable[[], None]) -> float:
        begin_run(stores.driver, run)
        [seconds] = best_of(1, work)
        delete_run(stores.driver, run.id)
        return seconds

    ours, reference = [], []
    for _ in range(2):
        reference.append(cleaned(bare))
        ours.append(cleaned(lambda: write_touch_credit(stores.driver, run.id, "linear", credit)))
    n = len(credit)
    return [
        Figure(
            "credit of touches written, two writers",
            *(n / min(ours), "touches/s", n / min(reference), at_least(25_000)),
        )
    ]


def whole_run(settings: Settings, touches: int) -> list[Figure]:
    log_progress("the whole run")
    models = ",".join(name for name in MODELS if name != "position-custom")
    cost = run_command("attribute", "--home", str(settings.home), "--json", "--models", models)
    at_size = touches >= 1_000_000
    return [
        Figure(
            "whole run: read, all sharing models, three levels, write back",
            *(cost.seconds, "s"),
            goal=at_most(60) if at_size else None,
        ),
        Figure(
            "whole run: peak resident memory of the process",
            *(cost.peak_mb, "MB"),
            goal=at_most(1500) if at_size else None,
        ),
    ]


def explaining(stores: Stores, seed: int) -> list[Figure]:
    """The credit of one conversion by the current run, with a new read of the graph for each."""
    log_progress("explaining conversions")
    records = stores.driver.execute_query(CONVERSIONS, database_=DATABASE).records
    ids = [record["id"] for record in records]
    chosen = random.Random(seed).sample(ids, min(2000, len(ids)))

    def milliseconds(work: Callable[[str], Any]) -> list[float]:
        taken = []
        for conversion in chosen:
            start = time.perf_counter()
            work(conversion)
            taken.append((time.perf_counter() - start) * 1000)
        return sorted(taken)

    def bare(conversion: str) -> None:
        stores.driver.execute_query(
            BARE_CREDIT, conversion=conversion, database_=DATABASE, routing_="r"
        )

    milliseconds(bare)  # warms both caches
    ours = milliseconds(lambda one: explain_conversion(stores, one))
    reference = milliseconds(bare)
    half, most = len(ours) // 2, len(ours) * 95 // 100
    name = "credit of one conversion, graph read included"
    return [
        Figure(f"{name}, p50", ours[half], "ms", reference[half], at_most(20)),
        Figure(f"{name}, p95", ours[most], "ms", reference[most]),
    ]


if __name__ == "__main__":
    sys.exit(main())
