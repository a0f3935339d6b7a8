"""From files to journeys: reading events with all checks, beside the bare form in DuckDB.

The bare form reads the same Parquet file, codes channels and campaigns, sorts by customer and time
and fetches the columns. Ours also checks every row, makes pseudonyms and ids, and orders ties. The
same events are then read with two ids each (a browser, and a user after the login), which are
joined, and with sessions.

    python benchmarks/reading.py [--events N] [--seed N] [--json]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from _figures import Figure, at_most, report

from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from collections.abc import Sequence

EVENTS: Final = 1_000_000
EVENTS_A_CUSTOMER: Final = 5
BROWSERS_A_USER: Final = 3
KEY: Final = b"a key of at least thirty-two bytes!"

MAKE: Final = """
COPY (
    SELECT 'browser-' || (hash(i, 1) % $browsers)::VARCHAR AS customer_id,
        make_timestamptz(1790000000000000 + (hash(i, 2) % 5184000000000)::BIGINT) AS timestamp,
        CASE WHEN hash(i, 3) % 50 = 0 THEN 'conversion' ELSE 'visit' END AS kind,
        CASE WHEN kind = 'visit' THEN 'channel ' || (hash(i, 4) % 12)::VARCHAR END AS channel,
        CASE WHEN kind = 'visit' THEN 'campaign ' || (hash(i, 5) % 60)::VARCHAR END AS campaign,
        CASE WHEN kind = 'conversion' THEN (hash(i, 6) % 20000) / 100 END AS value
    FROM range($events) AS t(i)) TO '{plain}' (FORMAT parquet);
COPY (
    SELECT *, CASE WHEN hash(customer_id, timestamp) % 20 = 0
        THEN 'user-' || (hash(customer_id) % $users)::VARCHAR END AS user_id
    FROM '{plain}') TO '{linked}' (FORMAT parquet)
"""

BARE: Final = """
SELECT hash(customer_id) AS customer, epoch_ms(timestamp) AS time, kind, channels.code AS channel,
    campaigns.code AS campaign, value
FROM read_parquet($path) AS events
LEFT JOIN (SELECT channel, row_number() OVER () AS code
    FROM (SELECT DISTINCT channel FROM read_parquet($path))) AS channels USING (channel)
LEFT JOIN (SELECT campaign, row_number() OVER () AS code
    FROM (SELECT DISTINCT campaign FROM read_parquet($path))) AS campaigns USING (campaign)
ORDER BY customer, time
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attrigraph-reading-") as name:
        figures = measure(arguments.events, Path(name))
    return report(f"Reading {arguments.events:,} events", figures, as_json=arguments.json)


def measure(events: int, folder: Path) -> list[Figure]:
    plain, linked = folder / "plain.parquet", folder / "linked.parquet"
    browsers = events // EVENTS_A_CUSTOMER
    for statement in MAKE.format(plain=plain, linked=linked).split(";"):
        sizes = {"events": events, "browsers": browsers, "users": browsers // BROWSERS_A_USER}
        used = {name: size for name, size in sizes.items() if f"${name}" in statement}
        duckdb.connect().execute(statement, used).fetchall()
    options = StagingOptions(customer_key=KEY, threads=2)
    bare, plainly = seconds_bare(plain), seconds([plain], options, folder)
    return [
        Figure(
            "events of a Parquet file, checked and ordered",
            plainly,
            "s",
            reference=bare,
            goal=at_most(2.5, of_reference=True),
        ),
        Figure(
            f"the same, {browsers:,} browsers joined with users",
            seconds([linked], options, folder),
            "s",
            reference=plainly,
            goal=at_most(1.3, of_reference=True),
        ),
        Figure(
            "the same, visits joined into sessions",
            seconds([plain], replace(options, sessions=True), folder),
            "s",
            reference=plainly,
        ),
    ]


def seconds_bare(path: Path) -> float:
    start = time.perf_counter()
    database = duckdb.connect(config={"threads": 2})
    database.execute(BARE, {"path": str(path)}).fetchnumpy()
    return time.perf_counter() - start


def seconds(files: Sequence[Path], options: StagingOptions, folder: Path) -> float:
    start = time.perf_counter()
    with stage(files, preset("events"), options, folder=folder / "staged") as staged:
        staged.events()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
