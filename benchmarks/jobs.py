"""Scheduled jobs: a worker that has nothing to do, decisions over years of windows, one window.

    python benchmarks/jobs.py [--seconds N] [--json]

An idle worker is watched for as long as asked for. A decision is made over three years of daily
windows of three jobs. One window of `retain` on an empty graph is run by `attrigraph jobs run`,
against the same command by itself.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
from _command import COMMAND, run_command
from _figures import Figure, at_most, report
from _stores import stores
from sqlalchemy import text

from attrigraph.jobs.dispatch import dispatch
from attrigraph.jobs.registry import JOBS
from attrigraph.jobs.schedule import read_schedule
from attrigraph.store import job_windows

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

DAYS: Final = 3 * 365
ROUNDS: Final = 5
SETTLE: Final = """
UPDATE job_window SET state = 'done', finished = now(), owner = NULL, lease_until = NULL
"""
SCHEDULE: Final = """
[job.load]
start = {first}
options = {{ files = ["none/*.csv"], preset = ["events"] }}
[job.attribute]
start = {first}
catch_up = "all"
[job.retain]
start = {first}
options = {{ older_than = 10000 }}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="that an idle worker is watched")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="attrigraph-bench-") as folder,
        stores(Path(folder) / "home") as (opened, settings),
    ):
        figures = [
            *window_figures(settings),
            *decision_figures(opened, settings),
            *idle_figures(settings, arguments.seconds),
        ]
    return report("Scheduled jobs", figures, as_json=arguments.json)


def window_figures(settings: Settings) -> list[Figure]:
    """One window by its job, and what the job does by its command."""
    write_schedule(settings, days=2)
    home = ("--home", str(settings.home))
    command = ("retain", "--older-than", "10000", "--yes", *home)
    whole, bare = (
        statistics.median(run_command(*words).seconds for _ in range(ROUNDS))
        for words in (("jobs", "run", "retain", *home), command)
    )
    return [Figure("one window of retain, from the command to its end", whole, "s", bare)]


def decision_figures(opened: Stores, settings: Settings) -> list[Figure]:
    """What a worker decides where nothing is due, and where years are owed."""
    write_schedule(settings, days=DAYS)
    schedule = read_schedule(settings.home, JOBS)

    def decide() -> float:
        start = time.perf_counter()
        dispatch(opened.engine, schedule, owner="bench", lease=timedelta(seconds=60), slots=1)
        return time.perf_counter() - start

    first = decide()
    with opened.engine.begin() as connection:
        connection.execute(text(SETTLE))
    settled = statistics.median(decide() for _ in range(ROUNDS))
    look = statistics.median(timed_look(opened) for _ in range(20))
    n_windows = len(job_windows.read_windows(opened.engine))
    return [
        Figure("windows", float(n_windows), "windows"),
        Figure("first decision, which adds them", first, "s"),
        Figure("a decision when all are done", settled * 1000, "ms"),
        Figure("a look at whether any is open", look * 1000, "ms"),
    ]


def timed_look(opened: Stores) -> float:
    start = time.perf_counter()
    job_windows.has_open_windows(opened.engine)
    return time.perf_counter() - start


def idle_figures(settings: Settings, seconds: int) -> list[Figure]:
    """A worker without anything to do."""
    words = ("jobs", "serve", "--home", str(settings.home))
    worker = subprocess.Popen([sys.executable, "-c", COMMAND, *words], stderr=subprocess.DEVNULL)
    try:
        process = psutil.Process(worker.pid)
        time.sleep(10)  # until it has started
        used, start, peak = sum(process.cpu_times()[:2]), time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            time.sleep(1)
            peak = max(peak, process.memory_info().rss)
        share = (sum(process.cpu_times()[:2]) - used) / (time.perf_counter() - start)
    finally:
        worker.terminate()
        worker.wait(60)
    return [
        Figure(f"idle for {seconds} s: share of a core", 100 * share, "%", goal=at_most(1)),
        Figure("idle: resident memory at most", peak / 1e6, "MB", goal=at_most(120)),
    ]


def write_schedule(settings: Settings, *, days: int) -> None:
    first = datetime.now(UTC).date() - timedelta(days=days)
    (settings.home / "schedule.toml").write_text(SCHEDULE.format(first=first))


if __name__ == "__main__":
    sys.exit(main())
