"""From files to journeys: reading events with all checks, beside the bare form in DuckDB.

The bare form reads the same Parquet file, codes channels and campaigns, sorts by customer and time
and fetches the columns. Ours also checks every row, makes pseudonyms and orders ties. The same
events are then read with two ids each (a browser, and a user after the login), which are joined,
and with sessions. Each is a process of its own, and its time on processors is given too, since
other programs do not lengthen it.

With ``--rules`` the command `attrigraph attribute --input` gives the credits of rules instead, and
its peak memory is measured.

    python benchmarks/reading.py [--events N] [--rules] [--json]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from _command import run_command
from _figures import Figure, at_most, report

from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS: Final = 4_000_000
EVENTS_A_CUSTOMER: Final = 5
BROWSERS_A_USER: Final = 3
KEY: Final = b"a key of at least thirty-two bytes!"
RULES: Final = "first,last,linear,position-u"

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
    parser.add_argument("--rules", action="store_true", help="the command, and its memory")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--read", nargs=2, metavar=("FORM", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        return read_once(*arguments.read)
    with tempfile.TemporaryDirectory(prefix="attrigraph-reading-") as name:
        measure = rules if arguments.rules else reading
        figures = measure(arguments.events, Path(name))
    return report(f"Reading {arguments.events:,} events", figures, as_json=arguments.json)


def make_files(events: int, folder: Path) -> tuple[Path, Path]:
    """The events of so many rows, and the same with ids of users."""
    plain, linked = folder / "plain.parquet", folder / "linked.parquet"
    browsers = events // EVENTS_A_CUSTOMER
    for statement in MAKE.format(plain=plain, linked=linked).split(";"):
        sizes = {"events": events, "browsers": browsers, "users": browsers // BROWSERS_A_USER}
        used = {name: size for name, size in sizes.items() if f"${name}" in statement}
        duckdb.connect().execute(statement, used).fetchall()
    return plain, linked


def reading(events: int, folder: Path) -> list[Figure]:
    plain, linked = make_files(events, folder)
    bare, checked = in_own_process("bare", plain), in_own_process("plain", plain)
    joined, sessions = in_own_process("plain", linked), in_own_process("sessions", plain)
    name = "events of a Parquet file, checked and ordered"
    goal = at_most(2.5, of_reference=True)
    return [
        Figure(name, checked[0], "s", reference=bare[0], goal=goal),
        Figure(f"{name}: time on processors", checked[1], "s", reference=bare[1]),
        Figure(
            f"the same, {events // EVENTS_A_CUSTOMER:,} browsers joined with users",
            joined[0],
            "s",
            reference=checked[0],
            goal=at_most(1.3, of_reference=True),
        ),
        Figure("the same, visits joined into sessions", sessions[0], "s", reference=checked[0]),
    ]


def rules(events: int, folder: Path) -> list[Figure]:
    plain, _ = make_files(events, folder)
    options = ["--preset", "events", "--draws", "0", "--models", RULES, "--json"]
    cost = run_command("attribute", "--input", str(plain), *options)
    return [
        Figure("from a file to the credits of four rules", cost.seconds, "s"),
        Figure("time on processors", cost.processor_seconds, "s"),
        Figure("peak resident memory of the process", cost.peak_mb, "MB", goal=at_most(1200.0)),
    ]


def in_own_process(form: str, path: Path) -> tuple[float, float]:
    """Seconds on the clock and on processors of one way to read."""
    command = [sys.executable, __file__, "--read", form, str(path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    clock, processors = map(float, printed.split())
    return clock, processors


def read_once(form: str, path: str) -> int:
    """Read a file in this process, and print its seconds on the clock and on processors."""
    read: Callable[[Path], None] = bare if form == "bare" else staged_with(form == "sessions")
    start, before = time.perf_counter(), time.process_time()
    read(Path(path))
    print(time.perf_counter() - start, time.process_time() - before)
    return 0


def bare(path: Path) -> None:
    database = duckdb.connect(config={"threads": 2})
    database.execute(BARE, {"path": str(path)}).fetchnumpy()


def staged_with(sessions: bool) -> Callable[[Path], None]:
    options = StagingOptions(customer_key=KEY, threads=2)

    def read(path: Path) -> None:
        own = replace(options, sessions=True) if sessions else options
        with stage([path], preset("events"), own, folder=path.parent / "staged") as staged:
            staged.events(touch_ids=False)  # as `attribute --input` reads them

    return read


if __name__ == "__main__":
    sys.exit(main())
