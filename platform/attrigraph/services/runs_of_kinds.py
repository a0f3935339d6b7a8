"""The runs that one command makes: a run per kind of conversion, which differ in the kind alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.graph.runs import Run

_PER_KIND: Final = ("models", "touch_model", "experiments")
"""Parameters that may differ by kind: data of a kind decide what can be fitted to it."""


def runs_by_kind(runs: Iterable[Run], current: Run) -> dict[str, Run]:
    """The runs that the command made which made the current one, by kind of conversion.

    Where that is not stored: the newest finished run of each kind on the data, and with the
    parameters, of the current.

    Args:
        runs: all runs, newest first.
        current: it is itself among the result, unless it sums several kinds, which gives none.
    """
    if current.kind is None:
        return {}
    found = {current.kind: current}
    for run in runs:
        if run.kind is not None and run.status == "done" and _belongs(run, current):
            found.setdefault(run.kind, run)
    return found


def run_of_kind(runs: dict[str, Run], current: Run, kind: str | None) -> Run:
    """The run of a kind; the current one if no kind is named.

    Raises:
        InputError: the kind has no such run.
    """
    if kind is None:
        return current
    if kind in runs:
        return runs[kind]
    if current.kind is None:
        raise InputError(
            f"the current run {current.id} is not about one kind of conversion, so there is no "
            f"credit of the kind {kind!r} alone; run `attrigraph attribute` without --sum-kinds"
        )
    raise InputError(
        f"there is no credit of conversions of the kind {kind!r} on the data of the current run, "
        f"only of: {', '.join(runs)}; run `attrigraph attribute` for all kinds, or with "
        "--conversion-kinds"
    )


def _belongs(run: Run, current: Run) -> bool:
    if current.others is not None:
        return run.id in current.others
    return _question(run) == _question(current)


def _question(run: Run) -> tuple[Any, ...]:
    """What runs of several kinds have in common."""
    stored = {name: value for name, value in run.parameters.items() if name not in _PER_KIND}
    journeys = {**stored.get("journeys", {}), "conversion_kinds": None}
    return run.fingerprint, run.code_version, {**stored, "journeys": journeys}
