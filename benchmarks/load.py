"""Loading: online against a bare script, the same file again, and in bulk.

Starts stores in a home of its own and removes them at the end. Touches are seeded: 5 per customer,
12 channels, 50 campaigns, 400 creatives by a Zipf law, 16-character random ids, in random order; a
quarter of the customers convert.

The bare script sends the columns of the loader, made beforehand, with the statements of the loader,
from two threads, to a server that is as cold as the loader's was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
from _figures import Figure, at_least, at_most, report
from _stores import stores

from attrigraph.domain import NO_TIME
from attrigraph.graph.catalogue import query
from attrigraph.graph.columns import conversion_columns, touch_columns
from attrigraph.graph.history import content_of_conversions, content_of_touches
from attrigraph.graph.ingest import BATCH, WRITERS
from attrigraph.graph.references import write_references
from attrigraph.graph.relink import converted
from attrigraph.services.load import LoadOptions, load
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from attrigraph.domain import EventTable
    from attrigraph.services.load import LoadReport
    from attrigraph.stores import Stores

STAGING = StagingOptions(keep_ids=True)
Work = list[tuple[str, dict[str, Any]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print rows for programs")
    parser.add_argument("--touches", type=int, default=1_000_000, help="of the online load")
    parser.add_argument(
        "--bulk-touches", type=int, default=None, help="default: four times as many"
    )
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="attrigraph-bench-"))
    folder.chmod(0o711)  # Postgres may run as another user
    try:
        figures = [
            *online_figures(folder, arguments.touches),
            *bulk_figures(folder, arguments.bulk_touches or 4 * arguments.touches),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report("Loading, from file to graph", figures, as_json=arguments.json)


def online_figures(folder: Path, touches: int) -> list[Figure]:
    file = write_events(folder / "online.csv", touches)
    bare = bare_seconds(folder, file)
    with stores(folder / "loader") as (opened, _):
        first = run(opened, file, mode="online")
        again = run(opened, file, mode="online")
    assert first.events is not None
    assert again.events is not None
    assert (first.events.touches, again.events.present_touches) == (touches, touches)
    return [
        Figure(
            f"online, {touches:,} touches from a cold server, file to graph",
            first.seconds,
            "s",
            reference=bare,
            goal=at_most(1.25, of_reference=True),
        ),
        Figure("online, rate", touches / first.seconds, "touches/s", reference=touches / bare),
        Figure("the same file again", touches / again.seconds, "touches/s", goal=at_least(80_000)),
    ]


def bulk_figures(folder: Path, touches: int) -> list[Figure]:
    file = write_events(folder / "bulk.csv", touches)
    with stores(folder / "bulk") as (opened, _):
        done = load(
            [file],
            preset("events"),
            LoadOptions(staging=STAGING, mode="bulk"),
            opened,
        )
    assert done.events is not None
    assert done.events.touches == touches
    return [
        Figure(
            f"bulk, {touches:,} touches, all in",
            touches / done.seconds,
            "touches/s",
            goal=at_least(30_000),
        )
    ]


def run(opened: Stores, file: Path, **more: Any) -> LoadReport:
    return load(
        [file],
        preset("events"),
        LoadOptions(staging=STAGING, **more),
        opened,
    )


def bare_seconds(folder: Path, file: Path) -> float:
    """Two threads send prepared columns to a cold server."""
    with stage([file], preset("events"), STAGING, folder=folder / "bare-staging") as staged:
        parts = [
            [statements(events) for events in staged.batches(touches=BATCH, part=n, parts=WRITERS)]
            for n in range(WRITERS)
        ]
        references = staged.references()
    with stores(folder / "bare") as (opened, _):
        write_references(opened.driver, references)
        begun = time.perf_counter()
        with ThreadPoolExecutor(WRITERS) as threads:
            for _ in threads.map(lambda part: send(opened, part), parts):
                pass
        return time.perf_counter() - begun


def send(opened: Stores, batches: list[Work]) -> None:
    def work(transaction: Any, batch: Work) -> None:
        for name, parameters in batch:
            transaction.run(query(name).text, parameters, load=1).consume()

    with opened.driver.session(database=DATABASE) as session:
        for batch in batches:
            session.execute_write(work, batch)


def statements(events: EventTable) -> Work:
    """What the loader sends for a batch of customers that the graph does not know."""
    runs = np.unique(events.touches.customer, return_index=True)[1]
    links = converted(
        content_of_touches(events.touches).events, content_of_conversions(events.conversions).events
    )
    start, end, delta = zip(*links.values(), strict=True) if links else ((), (), ())
    return [
        (
            "ingest/claim_customers",
            {"customer": events.customers.tolist(), "bucket": events.bucket},
        ),
        ("ingest/create_touches", touch_columns(events.touches, events.customers, runs)),
        ("ingest/create_conversions", conversion_columns(events.conversions, events.customers)),
        (
            "ingest/link_conversions",
            {"from": list(start), "to": list(end), "delta": list(delta)},
        ),
    ]


def write_events(path: Path, touches: int) -> Path:
    """A file of preset ``events`` with so many touches, made by DuckDB from seeded columns."""
    draw = np.random.default_rng(7)
    customers = max(touches // 5, 1)
    start = np.datetime64("2026-01-01", "ms").astype(np.int64)
    share = draw.random(touches)
    creative = np.where(share < 0.6, np.minimum(draw.zipf(1.3, touches) - 1, 399), -1)
    campaign = np.where(creative >= 0, creative % 50, draw.integers(0, 50, touches))
    campaign = np.where(share < 0.85, campaign, -1)
    columns = {
        "id": draw.integers(0, 2**63, touches),
        "customer": draw.integers(0, customers, touches),
        "time": start + draw.integers(0, 90 * 86_400_000, touches),
        "kind": draw.integers(0, 3, touches),
        "channel": draw.integers(0, 12, touches),
        "campaign": campaign,
        "creative": creative,
        "cost": draw.random(touches).round(4),
    }
    buyers = np.flatnonzero(draw.random(customers) < 0.25)
    sales = {
        "customer": buyers,
        "time": start + draw.integers(0, 90 * 86_400_000, len(buyers)),
        "value": (draw.random(len(buyers)) * 100).round(2),
    }
    assert NO_TIME not in columns["time"]
    with duckdb.connect() as database:
        database.register("touch", columns)
        database.register("sale", sales)
        database.execute(
            """
            COPY (
                SELECT printf('%016x', id) AS event_id, hash(customer) AS customer_id,
                    strftime(make_timestamp(time * 1000), '%Y-%m-%dT%H:%M:%S.%gZ') AS timestamp,
                    ['impression', 'click', 'visit'][kind + 1] AS kind,
                    printf('channel %d', channel) AS channel,
                    CASE WHEN campaign >= 0 THEN printf('campaign %d', campaign) END AS campaign,
                    CASE WHEN creative >= 0 THEN printf('creative %d', creative) END AS creative,
                    cost, NULL AS value
                FROM touch
                UNION ALL
                SELECT printf('sale %d', customer), hash(customer),
                    strftime(make_timestamp(time * 1000), '%Y-%m-%dT%H:%M:%S.%gZ'), 'conversion',
                    NULL, NULL, NULL, NULL, value
                FROM sale
            ) TO $path (FORMAT csv)""",
            {"path": str(path)},
        )
    return path


if __name__ == "__main__":
    sys.exit(main())
