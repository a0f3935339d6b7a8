"""The settings of a run, as the report shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.domain import NO_TIME, Categorical
from attrigraph.runs.lineage import fingerprint
from attrigraph.runs.parameters import RunParameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import CustomerAttributes, EventTable
    from attrigraph.graph.runs import Run


def settings_of_stored(
    run: Run, events: EventTable, customers: CustomerAttributes | None, *, checked: bool
) -> Mapping[str, str]:
    """Inputs and settings of a run that the graph has.

    Args:
        run: the run.
        events: what is in the graph now.
        customers: likewise.
        checked: whether robustness was checked.
    """
    # version 0.2.0 did not read the kinds of touches, so they are not in its fingerprints
    same = run.fingerprint in (
        fingerprint(read, customers) for read in (events, _without_kinds(events))
    )
    return {
        "run": run.id,
        **settings_of(run, events, checked=checked, command="attribute"),
        "data since the run": "unchanged"
        if same
        else "CHANGED; run `attrigraph attribute` again for current credit",
    }


def settings_of(run: Run, events: EventTable, *, checked: bool, command: str) -> dict[str, str]:
    """Inputs and settings of a run, stored or not.

    Args:
        run: the run.
        events: what it read.
        checked: whether robustness was checked.
        command: the command that checks it with ``--robustness``.
    """
    journeys = RunParameters.from_json(run.parameters).journeys
    start, end = (None if at is None else f"{at:%Y-%m-%d %H:%M} UTC" for at in run.window)
    lines: dict[str, Any] = {
        "finished": "" if run.finished is None else f"{run.finished:%Y-%m-%d %H:%M:%S} UTC",
        "code": f"attrigraph {run.code_version}",
        "models": ", ".join(run.models),
        "touch-level credit": run.touch_model or "none",
        "customers": f"{len(events.customers):,}",
        "touches": f"{len(events.touches):,}",
        "events": _span(events),
        "window": "all times" if start is None and end is None else f"{start} to {end}",
        "lookback": _lookback(journeys.lookback_days, events),
        "conversions": ", ".join(journeys.conversion_kinds) or "all kinds",
        "a touch counts for": "several conversions" if journeys.reuse_touches else "one conversion",
        "repeated touches": journeys.repeats,
        "journeys of": f"each {journeys.by}",
        **_journey_rules(journeys),
        "seed": str(run.seed),
        "robustness": "checked"
        if checked
        else f"not checked; run `attrigraph {command} --robustness` to see how the decision moves",
        "data fingerprint": f"SHA-256 {run.fingerprint}",
    }
    return lines


def _journey_rules(options: JourneyOptions) -> dict[str, str]:
    """Rules of journeys that were set."""
    lookbacks = (
        f"{one.field} {one.name}: {'none' if one.days is None else f'{one.days:g} days'}"
        for one in options.lookbacks
    )
    lines = {
        "lookbacks": ", ".join(lookbacks),
        "steps": "" if options.steps is None else f"the last {options.steps}",
        "left out of journeys with other touches": ", ".join(options.dropped_channels),
        "only": ", ".join(f"{one.field}={one.value}" for one in options.only),
        "excluded": ", ".join(f"{one.field}={one.value}" for one in options.exclude),
        "days of the window in": options.zone or "",
    }
    return {name: text for name, text in lines.items() if text}


def _without_kinds(events: EventTable) -> EventTable:
    n_touches = len(events.touches)
    missing = Categorical((), np.full(n_touches, -1, np.int32))
    return replace(events, touches=replace(events.touches, kind=missing))


def _span(events: EventTable) -> str:
    times = np.concatenate([events.touches.time, events.conversions.time])
    timed = times[times != NO_TIME]
    if not len(timed):
        return "in order, without times"
    first, last = (
        datetime.fromtimestamp(int(at) / 1000, tz=UTC) for at in (timed.min(), timed.max())
    )
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _lookback(days: float | None, events: EventTable) -> str:
    if len(events.touches) and not (events.touches.time != NO_TIME).any():
        return "none: the data have no times"
    return "none" if days is None else "1 day" if days == 1 else f"{days:g} days"
