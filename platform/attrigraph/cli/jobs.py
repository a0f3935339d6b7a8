"""``attrigraph jobs``: scheduled jobs, what they owe, and what became of it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_lines, stdout_console
from attrigraph.cli.jobs_run import command as run_command
from attrigraph.cli.jobs_serve import command as serve_command
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.messages import print_messages
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from attrigraph.jobs.schedule import Schedule


@click.group("jobs", no_args_is_help=False)
def command() -> None:
    """Run scheduled jobs, and show what is due, failed or missing.

    Jobs and their times are in schedule.toml of the home.
    """


@command.command("list", cls=Command)
@home_option
@json_option
def list_command(home: Path | None, as_json: bool) -> None:
    """List the jobs of the schedule, with what each of them owes."""
    from attrigraph.cli.tables.jobs import show_jobs
    from attrigraph.jobs.overview import job_statuses

    with _scheduled(home) as (engine, schedule):
        statuses = job_statuses(engine, schedule)
    if as_json:
        print_json({"jobs": [one.to_json() for one in statuses]})
    elif statuses:
        show_jobs(statuses, console=stdout_console())
    else:
        print_messages("schedule.toml names no job")


@command.command("due", cls=Command)
@home_option
@json_option
def due_command(home: Path | None, as_json: bool) -> None:
    """List the windows that are to be run, and what they wait for."""
    from attrigraph.cli.tables.jobs import show_due
    from attrigraph.jobs.overview import job_statuses

    with _scheduled(home) as (engine, schedule):
        due = [window for one in job_statuses(engine, schedule) for window in one.due]
    if as_json:
        print_json({"due": [one.to_json() for one in due]})
    elif due:
        show_due(due, console=stdout_console())
    else:
        print_messages("nothing is due")


@command.command("status", cls=Command)
@home_option
@json_option
def status_command(home: Path | None, as_json: bool) -> None:
    """Show what runs, and the windows that failed or are missing before later ones."""
    from attrigraph.jobs.overview import job_statuses

    with _scheduled(home) as (engine, schedule):
        statuses = job_statuses(engine, schedule)
    found = [
        one.to_json()
        | {
            "gaps": [window.to_json() for window in one.gaps],
            "failed": [window.to_json() for window in one.failed],
        }
        for one in statuses
    ]
    if as_json:
        print_json({"jobs": found})
        return
    lines = [line for one in found for line in _status_lines(one)]
    print_lines(*(lines or ["nothing runs, and nothing failed or is missing"]))


def _status_lines(job: dict[str, Any]) -> Iterator[str]:
    name, lease = job["name"], job["lease"]
    if lease is not None:
        yield f"{name} {lease['start']} runs on {lease['owner']}, until {lease['until']} at least"
    for kind, words in (("failed", "failed"), ("gaps", "is missing before later ones")):
        for window in job[kind]:
            yield f"{name} {window['start']} {words}"
    if job["paused"]:
        yield f"{name} is paused"


@command.command("history", cls=Command)
@click.argument("job", required=False)
@click.option(
    "--limit", type=click.IntRange(1), default=20, help="Number of attempts. Default: 20."
)
@home_option
@json_option
def history_command(job: str | None, limit: int, home: Path | None, as_json: bool) -> None:
    """List the newest attempts, of all jobs or of JOB."""
    from attrigraph.cli.jobs_run import known_job
    from attrigraph.cli.tables.jobs import attempt_object, show_attempts
    from attrigraph.store.job_windows import read_attempts

    if job is not None:
        known_job(job)
    with _postgres(home) as engine:
        attempts = [attempt_object(row) for row in read_attempts(engine, job=job, limit=limit)]
    if as_json:
        print_json({"attempts": attempts})
    elif attempts:
        show_attempts(attempts, console=stdout_console())
    else:
        print_messages("no attempts yet")


@command.command("backfill", cls=Command)
@click.argument("job")
@click.option("--from", "first", metavar="DAY", required=True, help="The first day.")
@click.option("--to", "last", metavar="DAY", required=True, help="The day after the last.")
@home_option
@json_option
def backfill_command(job: str, first: str, last: str, home: Path | None, as_json: bool) -> None:
    """Make all windows of JOB in a period due again, for workers to run."""
    from attrigraph.cli.jobs_run import scheduled_entry
    from attrigraph.jobs.by_hand import request_windows

    begin, end = day_of(first, "--from"), day_of(last, "--to")
    with _scheduled(home) as (engine, schedule):
        n = request_windows(engine, scheduled_entry(schedule, job), begin, end)
    if as_json:
        print_json({"job": job, "due": n})
    else:
        print_messages(f"{counted(n, 'window')} of {job} due; `attrigraph jobs serve` runs them")


@command.command("pause", cls=Command)
@click.argument("job")
@click.option("--off", is_flag=True, help="Begin its windows again.")
@home_option
@json_option
def pause_command(job: str, off: bool, home: Path | None, as_json: bool) -> None:
    """Begin no window of JOB any more; what is due stays due."""
    from attrigraph.cli.jobs_run import scheduled_entry
    from attrigraph.store.job_windows import pause

    with _scheduled(home) as (engine, schedule):
        scheduled_entry(schedule, job)
        pause(engine, job, paused=not off)
    if as_json:
        print_json({"job": job, "paused": not off})
    else:
        print_messages(f"{job} is {'not ' if off else ''}paused")


@command.command("graph", cls=Command)
@click.option(
    "--svg",
    type=OutputFile(),
    metavar="FILE",
    help="Also draw it as a picture.",
)
@home_option
@json_option
def graph_command(svg: Path | None, home: Path | None, as_json: bool) -> None:
    """Show which jobs wait for which, by level, and the chain that takes longest."""
    from attrigraph.jobs.graph import critical_path, job_levels
    from attrigraph.jobs.overview import mean_seconds

    with _scheduled(home) as (engine, schedule):
        seconds = mean_seconds(engine, schedule)
    inputs = {name: entry.inputs for name, entry in schedule.items()}
    levels = job_levels(inputs)
    path, total = critical_path(inputs, seconds)
    if svg is not None:
        from attrigraph.report.job_picture import draw_jobs

        write_page(svg, draw_jobs(levels, inputs, path, seconds))
    if as_json:
        jobs = [
            {
                "name": name,
                "level": level,
                "inputs": list(inputs[name]),
                "seconds": seconds.get(name),
            }
            for name, level in levels.items()
        ]
        print_json({"jobs": jobs, "critical_path": path, "seconds": total})
        return
    lines = []
    for name, level in sorted(levels.items(), key=lambda item: item[1]):
        waits = f" after {', '.join(inputs[name])}" if inputs[name] else ""
        took = f", {seconds[name]:.1f} s" if name in seconds else ""
        lines.append(f"level {level}: {name}{waits}{took}")
    print_lines(*lines, f"longest chain: {' -> '.join(path)}, {total:.1f} s")


command.add_command(run_command)
command.add_command(serve_command)


@contextmanager
def _postgres(home: Path | None) -> Iterator[Engine]:
    from attrigraph import bootstrap

    with bootstrap.open_postgres(settings_of(home)) as engine:
        yield engine


@contextmanager
def _scheduled(home: Path | None) -> Iterator[tuple[Engine, Schedule]]:
    """Postgres, and the schedule of the home."""
    from attrigraph.jobs.registry import JOBS
    from attrigraph.jobs.schedule import read_schedule

    schedule = read_schedule(settings_of(home).home, JOBS)
    with _postgres(home) as engine:
        yield engine, schedule
