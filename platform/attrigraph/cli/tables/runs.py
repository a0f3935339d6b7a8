"""Stored runs as tables for people, and as objects for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import Console

    from attrigraph.graph.runs import Run
    from attrigraph.services.compared_runs import RunComparison

_MODELS_SHOWN: Final = 3


def run_object(run: Run) -> dict[str, Any]:
    """A run in the list of ``attrigraph runs list --json``."""
    start, end = run.window
    return {
        "id": run.id,
        "name": run.name,
        "published": run.current,
        "pinned": run.pinned,
        "started": run.started.isoformat(),
        "finished": None if run.finished is None else run.finished.isoformat(),
        "window": [None if at is None else at.isoformat() for at in (start, end)],
        "lookback_days": _lookback(run),
        "kind": run.kind,
        "models": list(run.models),
        "touch_model": run.touch_model,
    }


def run_details(run: Run) -> dict[str, Any]:
    """The object that ``attrigraph runs show --json`` prints."""
    return run_object(run) | {
        "code_version": run.code_version,
        "fingerprint": run.fingerprint,
        "seed": run.seed,
        "observed": run.summary.get("observed"),
        "currency": run.summary.get("currency"),
        "customers": run.summary.get("customers"),
        "touches": run.summary.get("touches"),
        "credited_touches": run.summary.get("credited_touches"),
        "parameters": dict(run.parameters),
    }


def show_runs(runs: Sequence[Run], *, console: Console) -> None:
    """Print at least one run, a line each."""
    columns = {
        "name": [run.name or "" for run in runs],
        "state": [_state(run) for run in runs],
        "started": [_time(run.started) for run in runs],
        "window": [_window(run) for run in runs],
        "kind": [run.kind or "" for run in runs],
        "models": [_models(run) for run in runs],
    }
    shown = [Column(head, cells, justify="left") for head, cells in columns.items()]
    show_table(Column("run", [run.id for run in runs]), shown, console=console)


def show_details(run: Run, *, console: Console) -> None:
    """Print what a run is about, a line per property."""
    observed = run.summary.get("observed") or {}
    lines = {
        "run": run.id,
        "name": run.name,
        "state": _state(run),
        "started": _time(run.started),
        "finished": None if run.finished is None else _time(run.finished),
        "window": _window(run),
        "lookback in days": _lookback(run),
        "kind of conversion": run.kind,
        "models": ", ".join(run.models),
        "credit of touches": run.touch_model,
        "code": run.code_version,
        "data": run.fingerprint,
        "seed": run.seed,
        "journeys": observed.get("journeys"),
        "conversions": observed.get("conversions"),
        "value": observed.get("value"),
        "currency": run.summary.get("currency"),
        "customers": run.summary.get("customers"),
        "touches": run.summary.get("touches"),
    }
    for name, value in lines.items():
        if value is not None and value != "":
            print_sentence(f"{name}: {value}", console=console)


def show_comparison(found: RunComparison, model: str, *, console: Console, top: int | None) -> None:
    """Print what differs between two runs, and one model's credit in both.

    Args:
        found: the comparison.
        model: name of a model that both runs have.
        console: what to print on.
        top: number of rows; None for all.
    """
    differences = ", ".join(found.differences) or "nothing"
    print_sentence(f"different in the two runs: {differences}", console=console)
    changes, rest = found.changes[model][:top], len(found.changes[model][top:]) if top else 0
    baseline = found.baselines[model]
    rows = [*changes, baseline]
    names = ["unknown" if one.key is None else one.key for one in changes]
    columns = {
        "before": [f"{one.before.conversions:,.2f}" for one in rows],
        "after": [f"{one.after.conversions:,.2f}" for one in rows],
        "change": [f"{one.conversions:+,.2f}" for one in rows],
        "change of value": [f"{one.value:+,.2f}" for one in rows],
    }
    shown = [Column(head, cells) for head, cells in columns.items()]
    title = f"{found.level} ({model})"
    ends = {len(changes) - 1}
    show_table(Column(title, [*names, "baseline"]), shown, console=console, ends=ends)
    if rest:
        print_sentence(f"{counted(rest, 'smaller change')} not shown (--all)", console=console)


def _state(run: Run) -> str:
    published = "published" if run.current else "kept"
    return f"{published}, pinned" if run.pinned else published


def _models(run: Run) -> str:
    models = run.models
    few = len(models) <= _MODELS_SHOWN
    return ", ".join(models) if few else counted(len(models), "model")


def _window(run: Run) -> str:
    start, end = ("" if at is None else _time(at) for at in run.window)
    return f"{start}..{end}" if start or end else ""


def _lookback(run: Run) -> float | None:
    days: float | None = run.parameters.get("journeys", {}).get("lookback_days")
    return days


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"
