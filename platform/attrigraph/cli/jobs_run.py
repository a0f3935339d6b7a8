"""``attrigraph jobs run``: windows of a job, one after the other, until each has ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.errors import ExitCode, InputError
from attrigraph.messages import print_messages
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.jobs.attempt import Ended
    from attrigraph.jobs.job import Job
    from attrigraph.jobs.schedule import Entry, Schedule
    from attrigraph.jobs.windows import Window


@click.command("run", cls=Command)
@click.argument("job")
@click.option("--from", "first", metavar="DAY", help="The first day.")
@click.option("--to", "last", metavar="DAY", help="The day after the last.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    job: str,
    first: str | None,
    last: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Run JOB now, for the windows of a period, or for the latest window that has ended.

    What a window waits for, and whether its inputs changed, does not count. A job that is not in
    the schedule runs with its defaults. The command ends at the first window that fails, with the
    exit code of the command that failed.
    """
    from attrigraph import bootstrap
    from attrigraph.jobs.by_hand import claim_window, named_windows
    from attrigraph.jobs.worker import Timing, Worker

    begin, end = day_of(first, "--from"), day_of(last, "--to")
    settings = settings_of(home)
    entry = _entry(settings.home, job)
    timing = Timing()
    results: list[dict[str, Any]] = []
    code: int = ExitCode.DONE
    with bootstrap.open_postgres(settings) as engine:
        worker = Worker(engine, {}, settings.home, timing=timing)
        for window in named_windows(entry, begin, end, now=datetime.now(UTC)):
            claimed = claim_window(engine, entry, window, owner=worker.name, lease=timing.lease)
            ended = worker.run_claimed(claimed)
            results.append(_result(window, ended))
            if ended is None or ended.error is not None:
                code = ExitCode.FAILED if ended is None else ended.exit_code
                break
    if as_json:
        print_json({"job": job, "windows": results})
    if code:
        print_messages(f"Error: {job}: {results[-1]['error']}")
        context.exit(code)
    if not as_json:
        print_messages(f"{job}: {counted(len(results), 'window')} done")


def known_job(name: str) -> Job:
    """The job of a name.

    Raises:
        InputError: there is none.
    """
    from attrigraph.jobs.registry import JOBS

    if name not in JOBS:
        raise InputError(f"there is no job {name!r}; there are {', '.join(JOBS)}")
    return JOBS[name]


def scheduled_entry(schedule: Schedule, name: str) -> Entry:
    """What the schedule has of a job.

    Raises:
        InputError: there is no such job, or the schedule does not name it.
    """
    known_job(name)
    if name not in schedule:
        raise InputError(f"the job {name!r} is not in schedule.toml; add [job.{name}]")
    return schedule[name]


def _entry(home: Path, name: str) -> Entry:
    """What the schedule has of a job, or its defaults."""
    from attrigraph.jobs.registry import JOBS
    from attrigraph.jobs.schedule import default_entry, read_schedule
    from attrigraph.local.home import SCHEDULE

    job = known_job(name)
    schedule = read_schedule(home, JOBS) if (home / SCHEDULE).exists() else {}
    return schedule[name] if name in schedule else default_entry(job)


def _result(window: Window, ended: Ended | None) -> dict[str, Any]:
    """One window in the answer for programs."""
    if ended is None:
        error: str | None = "the window was lost to another worker, or given back"
        return {**window.to_json(), "state": "lost", "error": error, "summary": {}}
    state = "done" if ended.error is None else "failed"
    return {
        **window.to_json(),
        "state": state,
        "error": ended.error,
        "summary": dict(ended.summary),
    }
