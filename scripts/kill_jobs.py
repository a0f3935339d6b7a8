"""Kill workers of scheduled jobs again and again, and compare the end with an undisturbed schedule.

    python scripts/kill_jobs.py [--kills 100] [--seed 1] [--lease 6]

Two workers run the windows of small data, a few days at a time. One of them is killed at a random
instant and started again, until all kills are made. Then every window must have been done once, the
scores must be those of a schedule without kills, and no process or staged file may be left. Starts
stores in homes of its own, and removes them. Exits with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "shared"))

from command_shell import ran, shell_for
from killed_loads import leftovers
from temporary_home import home_folder

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from datetime import date

    from command_shell import Shell

LONGEST: Final = 8.0
"""Seconds from the start of a worker to its kill, at most."""
SCHEDULE: Final = """
[job.load]
cron = "* * * * *"
start = {first}
catch_up = "all"
options = {{ files = ["events-*.csv"], preset = ["events"], keep_ids = true }}

[job.attribute]
cron = "* * * * *"
start = {first}
catch_up = "all"
options = {{ models = ["linear", "last"], draws = 0 }}

[job.retain]
cron = "* * * * *"
start = {first}
catch_up = "all"
options = {{ older_than = 10000 }}
"""


def main() -> int:
    """Run the series."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="seed of the instants")
    parser.add_argument("--lease", type=int, default=6, help="seconds")
    options = parser.parse_args()
    first = datetime.now(UTC).date() - timedelta(days=1 + options.kills)  # enough for all kills
    with home() as shell:
        expected = scores(shell, first, kills=0, options=options)
    with home() as shell:
        found = scores(shell, first, kills=options.kills, options=options)
        faults = left_behind(shell)
    if found != expected:
        faults.append(f"the scores are {found} and not {expected}")
    for fault in faults:
        print(fault)
    print(f"{options.kills} kills, {len(faults)} faults")
    return 1 if faults else 0


@contextmanager
def home() -> Iterator[Shell]:
    """A home with running stores, removed at the end."""
    with home_folder("attrigraph-kills-") as folder:
        shell = shell_for(folder)
        try:
            ran(shell, "up")
            yield shell
        finally:
            shell.run("down")


def scores(shell: Shell, first: date, *, kills: int, options: argparse.Namespace) -> Any:
    """Credit by channel after all windows were run, with so many kills meanwhile."""
    (shell.home / "schedule.toml").write_text(SCHEDULE.format(first=first))
    write_day(shell.home, 0)
    draw = random.Random(options.seed)
    words = ("jobs", "serve", "--lease", str(options.lease))
    workers = [shell.start(*words) for _ in range(2)]
    for number in range(kills):
        time.sleep(draw.uniform(0.5, LONGEST))
        victim = draw.randrange(2)
        end(workers[victim])
        workers[victim] = shell.start(*words)
        if number % 10 == 5:
            write_day(shell.home, 1 + number // 10)
        print(f"kill {number + 1}: {dict(Counter(state for _, state in windows(shell)))}")
    for number in range(1, 1 + -(-options.kills // 10)):
        write_day(shell.home, number)
    wait_for_rest(shell)
    for worker in workers:
        worker.terminate()
        worker.communicate(timeout=120)
    # files that came after the last window was run
    ran(shell, "jobs", "run", "load")
    ran(shell, "jobs", "run", "attribute")
    found = ran(shell, "explore", "credit_by_channel", "--param", "model=linear")["rows"]
    return [{key: row[key] for key in ("channel", "credit") if key in row} for row in found]


def write_day(folder: Path, number: int) -> None:
    """Events of one day, the same for the same number, placed at once."""
    draw = random.Random(number)
    lines = ["event_id,customer_id,timestamp,kind,channel,value"]
    for customer in range(40):
        for event in range(4):
            at = datetime(2026, 3, 1 + number % 28, 8 + event, customer, tzinfo=UTC).isoformat()
            kind = "conversion" if event == 3 else "click"
            channel = "" if event == 3 else draw.choice(["search", "mail", "social"])
            value = "10" if event == 3 else ""
            who = f"c{customer}"
            lines.append(f"{number}-{customer}-{event},{who},{at},{kind},{channel},{value}")
    part = folder / f".events-{number}.part"
    part.write_text("\n".join(lines) + "\n")
    part.rename(folder / f"events-{number:03d}.csv")


def end(worker: subprocess.Popen[str]) -> None:
    """Kill a worker; its attempts end by themselves."""
    worker.kill()
    worker.wait()
    for stream in (worker.stdout, worker.stderr):
        if stream is not None:
            stream.close()


def windows(shell: Shell) -> list[tuple[str, str]]:
    """Job and state of each window that is due, running or failed."""
    found = []
    for job in ran(shell, "jobs", "list")["jobs"]:
        for key, state in (("n_due", "due"), ("n_failed", "failed")):
            found += [(job["name"], state)] * job[key]
        found += [(job["name"], "running")] if job["lease"] else []
    return found


def wait_for_rest(shell: Shell) -> None:
    """Wait until no window is due, running or failed."""
    until = time.monotonic() + 1800
    while windows(shell):
        if time.monotonic() > until:
            raise TimeoutError(f"windows are open after half an hour: {windows(shell)}")
        time.sleep(2)


def left_behind(shell: Shell) -> list[str]:
    """What a schedule must not leave: windows done twice or never, processes, staged files."""
    faults = []
    attempts = ran(shell, "jobs", "history", "--limit", "100000")["attempts"]
    done = Counter((one["job"], one["start"]) for one in attempts if one["status"] == "done")
    latest = {(one["job"], one["start"]) for one in attempts[:2]}  # run by hand at the end
    faults += [f"{key} was done {n} times" for key, n in done.items() if n > 1 + (key in latest)]
    running = [one for one in attempts if one["status"] == "running"]
    faults += [f"an attempt is still running: {json.dumps(one)}" for one in running]
    for process in psutil.process_iter(["cmdline", "environ"]):
        words = process.info["cmdline"] or []
        own = (process.info["environ"] or {}).get("ATTRIGRAPH_HOME") == str(shell.home)
        if own and "attrigraph.jobs.attempt_process" in words:
            faults.append(f"process {process.pid} is left")
    return faults + [f"{path} is left" for path in leftovers(shell.home)]


if __name__ == "__main__":
    sys.exit(main())
