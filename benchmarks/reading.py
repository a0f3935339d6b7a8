"""From files to journeys: reading events with all checks, beside the bare form in DuckDB.

The bare form reads the same Parquet file, codes channels and campaigns, sorts by customer and time
and fetches the columns. Ours also checks every row, makes pseudonyms and orders ties. A quarter as
many events are then read with 300,000 ids of browsers and users, which are joined, beside as many
ids that are not, and with sessions. Each is a process of its own, the two of a pair in turns and
the quickest of several rounds counts. Time on processors is given too, since other programs
lengthen it less.

At last the command `attrigraph attribute --input` gives the credits of rules for two and a half
times as many events, and its peak memory is measured.

    python benchmarks/reading.py [--events N] [--rounds N] [--part NAME] [--json]
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
from _figures import Figure, Goal, at_most, report

from attrigraph.staging import StagingOptions, preset, stage

if TYPE_CHECKING:
    from collections.abc import Callable

Times = tuple[float, float]
"""Seconds on the clock and on processors."""

EVENTS: Final = 4_000_000
EVENTS_A_CUSTOMER: Final = 5
ROUNDS: Final = 3
IDS_AN_EVENT: Final = 0.3
BROWSERS_A_USER: Final = 3
"""Of the events whose ids are joined: 300,000 ids of 1,000,000 events."""
KEY: Final = b"a key of at least thirty-two bytes!"
RULES: Final = "first,last,linear,position-u"

PLAIN: Final = """
COPY (
    SELECT 'browser-' || (hash(i, 1) % $browsers)::VARCHAR AS customer_id,
        make_timestamptz(1790000000000000 + (hash(i, 2) % 5184000000000)::BIGINT) AS timestamp,
        CASE WHEN hash(i, 3) % 50 = 0 THEN 'conversion' ELSE 'visit' END AS kind,
        CASE WHEN kind = 'visit' THEN 'channel ' || (hash(i, 4) % 12)::VARCHAR END AS channel,
        CASE WHEN kind = 'visit' THEN 'campaign ' || (hash(i, 5) % 60)::VARCHAR END AS campaign,
        CASE WHEN kind = 'conversion' THEN (hash(i, 6) % 20000) / 100 END AS value
    FROM range($events) AS t(i)) TO '{plain}' (FORMAT parquet)
"""

LINKED: Final = """
COPY (
    SELECT *, CASE WHEN hash(customer_id, timestamp) % 5 = 0
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
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--part", choices=PARTS, help="measure this alone")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--read", nargs=2, metavar=("FORM", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        return read_once(*arguments.read)
    figures = []
    for name, measure in PARTS.items():
        if arguments.part in (None, name):
            with tempfile.TemporaryDirectory(prefix="attrigraph-reading-") as folder:
                figures += measure(arguments.events, arguments.rounds, Path(folder))
    return report(f"Reading {arguments.events:,} events", figures, as_json=arguments.json)


def make_plain(events: int, folder: Path, browsers: int, name: str = "plain") -> Path:
    """A file of so many events of so many customers."""
    plain = folder / f"{name}.parquet"
    sizes = {"events": events, "browsers": browsers}
    duckdb.connect().execute(PLAIN.format(plain=plain), sizes).fetchall()
    return plain


def checked(events: int, rounds: int, folder: Path) -> list[Figure]:
    plain = make_plain(events, folder, events // EVENTS_A_CUSTOMER)
    bare_form, ours = in_turns(rounds, ("bare", plain), ("plain", plain))
    name = f"{events:,} events of a Parquet file, checked and ordered"
    return compared(name, ours, bare_form, at_most(2.5, of_reference=True))


def joined(events: int, rounds: int, folder: Path) -> list[Figure]:
    events //= 4
    ids = round(events * IDS_AN_EVENT)
    users = ids // (BROWSERS_A_USER + 1)
    separate = make_plain(events, folder, ids)
    browsers, linked = (
        make_plain(events, folder, ids - users, "browsers"),
        folder / "linked.parquet",
    )
    sql = LINKED.format(plain=browsers, linked=linked)
    duckdb.connect().execute(sql, {"users": users}).fetchall()
    apart, together = in_turns(rounds, ("plain", separate), ("plain", linked))
    name = f"{events:,} events with {ids:,} ids joined"
    return compared(name, together, apart, at_most(1.3, of_reference=True))


def in_sessions(events: int, rounds: int, folder: Path) -> list[Figure]:
    events //= 4
    plain = make_plain(events, folder, events // EVENTS_A_CUSTOMER)
    apart, together = in_turns(rounds, ("plain", plain), ("sessions", plain))
    return compared(f"{events:,} events, visits joined into sessions", together, apart)


def rules(events: int, _: int, folder: Path) -> list[Figure]:
    events = events * 5 // 2
    plain = make_plain(events, folder, events // EVENTS_A_CUSTOMER)
    options = ["--preset", "events", "--draws", "0", "--models", RULES, "--json"]
    cost = run_command("attribute", "--input", str(plain), *options)
    name = f"{events:,} events to the credits of four rules"
    return [
        Figure(name, cost.seconds, "s"),
        Figure(f"{name}: time on processors", cost.processor_seconds, "s"),
        Figure(f"{name}: peak memory", cost.peak_mb, "MB", goal=at_most(1200.0)),
    ]


PARTS: Final = {"checked": checked, "joined": joined, "sessions": in_sessions, "rules": rules}
"""What can be measured; each takes the number of events, of rounds, and a folder."""


def compared(name: str, ours: Times, reference: Times, goal: Goal | None = None) -> list[Figure]:
    """The figures of one way to read beside another."""
    return [
        Figure(name, ours[0], "s", reference=reference[0], goal=goal),
        Figure(f"{name}: time on processors", ours[1], "s", reference=reference[1]),
    ]


def in_turns(rounds: int, *ways: tuple[str, Path]) -> list[Times]:
    """The quickest of some rounds of each way to read, on the clock and on processors."""
    times = [[in_own_process(*way) for way in ways] for _ in range(rounds)]
    return [
        (min(clock for clock, _ in of_way), min(busy for _, busy in of_way))
        for of_way in zip(*times, strict=True)
    ]


def in_own_process(form: str, path: Path) -> Times:
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
