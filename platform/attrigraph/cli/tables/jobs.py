"""Jobs, windows and attempts as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrigraph.cli.tables.fitted import Column, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from sqlalchemy import Row

    from attrigraph.jobs.overview import DueWindow, JobStatus


def show_jobs(statuses: Sequence[JobStatus], *, console: Console) -> None:
    """Print at least one job, a line each."""
    found = [one.to_json() for one in statuses]
    columns = {
        "window": [one["window"] or "" for one in found],
        "schedule": [one["schedule"] for one in found],
        "zone": [one["zone"] for one in found],
        "last done": [_start(one["last_done"]) for one in found],
        "next due": [one["next_due"] for one in found],
        "state": [_state(one) for one in found],
    }
    _show(Column("job", [one["name"] for one in found]), columns, console)


def show_due(due: Sequence[DueWindow], *, console: Console) -> None:
    """Print at least one window, a line each."""
    columns = {
        "from": [one.window.start.isoformat() for one in due],
        "to (excluded)": [one.window.end.isoformat() for one in due],
        "due since": [one.due_at.isoformat() for one in due],
        "failures": [str(one.failures) for one in due],
        "waits for": [(one.waits_for or "").removeprefix("it waits for ") for one in due],
    }
    _show(Column("job", [one.job for one in due]), columns, console)


def attempt_object(row: Row[Any]) -> dict[str, Any]:
    """An attempt in ``attrigraph jobs history --json``."""
    return {
        "id": str(row.id),
        "job": row.job,
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        "status": row.status,
        "started": row.started.isoformat(),
        "finished": None if row.finished is None else row.finished.isoformat(),
        "summary": row.summary,
    }


def show_attempts(attempts: Sequence[dict[str, Any]], *, console: Console) -> None:
    """Print at least one attempt, a line each."""
    columns = {
        "from": [one["start"] for one in attempts],
        "status": [one["status"] for one in attempts],
        "started": [one["started"] for one in attempts],
        "finished": [one["finished"] or "" for one in attempts],
        "error": [str(one["summary"].get("error", "")) for one in attempts],
    }
    _show(Column("job", [one["job"] for one in attempts]), columns, console)


def _show(names: Column, columns: dict[str, list[str]], console: Console) -> None:
    shown = [Column(head, cells, justify="left") for head, cells in columns.items()]
    show_table(names, shown, console=console)


def _start(window: dict[str, str] | None) -> str:
    return "" if window is None else window["start"]


def _state(job: dict[str, Any]) -> str:
    parts = ["runs"] if job["lease"] else []
    parts += ["paused"] if job["paused"] else []
    for key, words in (("n_due", "due"), ("n_failed", "failed"), ("n_gaps", "missing")):
        if job[key]:
            parts.append(f"{job[key]} {words}")
    return ", ".join(parts)
