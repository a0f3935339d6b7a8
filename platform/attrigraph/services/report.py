"""The use case of the report: collects the data of the page on the graph's current run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.observed import summary
from attrigraph.attribution.observed.conversion_kinds import totals_by_kind
from attrigraph.attribution.observed.costs import cost_by_entity
from attrigraph.attribution.observed.evidence import gather
from attrigraph.attribution.observed.journeys import derive
from attrigraph.attribution.observed.subset import subset
from attrigraph.domain import LEVELS, NO_TIME, Categorical
from attrigraph.errors import InputError
from attrigraph.graph.run_summary import read_attribution, stored_robustness
from attrigraph.graph.runs import current_run, list_runs
from attrigraph.report.changes import EarlierRun
from attrigraph.report.data import LoadOutcome, ReportData
from attrigraph.report.kinds import KindOnPage
from attrigraph.runs.lineage import fingerprint
from attrigraph.runs.parameters import RunParameters
from attrigraph.services.attribute_graph import JOB
from attrigraph.services.attribution_data import graph_events
from attrigraph.services.run_differences import run_differences
from attrigraph.services.runs_of_kinds import run_of_kind, runs_by_kind
from attrigraph.spend.period import period_of
from attrigraph.store.job_runs import read_runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Attribution, CustomerAttributes, EventTable
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores

TOP_PATHS: Final = 20
SANKEY_STEPS: Final = 4
SANKEY_KEYS: Final = 6
MAX_LOADS: Final = 5


def build_report(stores: Stores, *, kind: str | None = None) -> ReportData:
    """The results of the graph's current attribution, with statistics of its journeys.

    Args:
        stores: the graph.
        kind: the kind of conversion that the page is about; None for that of the current run,
            which is the most valuable one.

    Raises:
        InputError: no attribution has run on this graph yet, or not on this kind.
    """
    driver = stores.driver
    current = current_run(driver, JOB)
    if current is None:
        raise InputError(
            "no attribution has run on this graph yet; run `attrigraph attribute` first"
        )
    siblings = runs_by_kind(list_runs(driver, JOB), current)
    run = run_of_kind(siblings, current, kind)
    parameters = RunParameters.from_json(run.parameters)
    options = parameters.journeys
    events, customers = graph_events(driver, options, ids=run.touch_model is not None)
    events, customers = subset(events, customers, only=options.only, exclude=options.exclude)
    journeys = derive(events, options)
    paths = gather(events, journeys, "channel", repeats=options.repeats).paths
    converting, others = summary.journeys_by_length(paths)
    levels = [
        level for level in LEVELS if level == "channel" or getattr(events.touches, level).keys
    ]
    period = period_of(events, options.window)
    answers = tuple(
        replace(read_attribution(driver, run, level), kind=run.kind) for level in levels
    )
    return ReportData(
        source="the graph",
        written=datetime.now(UTC),
        levels=answers,
        top_paths=summary.top_paths(paths, TOP_PATHS),
        converting_by_length=converting,
        others_by_length=others,
        days_to_conversion=summary.days_to_conversion(journeys),
        flows=summary.flows(paths, steps=SANKEY_STEPS, keys=SANKEY_KEYS),
        costs={answer.by: _costs(answer, events, options) for answer in answers},
        settings=_settings(run, events, customers),
        robustness=stored_robustness(run),
        period=None if period is None else period.days,
        earlier=_earlier(stores, run),
        loads=_loads(stores),
        experiments=parameters.experiments,
        kinds=_kinds(stores, events, options, siblings),
    )


def _kinds(
    stores: Stores,
    events: EventTable,
    options: JourneyOptions,
    runs: Mapping[str, Run],
) -> tuple[KindOnPage, ...]:
    """All kinds of conversions in the window, with the answers of their runs."""
    on_page = options.conversion_kinds
    return tuple(
        KindOnPage(
            total.kind,
            total.conversions,
            total.value,
            on_page=not on_page or total.kind in on_page,
            answer=read_attribution(stores.driver, runs[total.kind], "channel")
            if total.kind in runs
            else None,
        )
        for total in totals_by_kind(events.conversions, options.window)
    )


def _earlier(stores: Stores, run: Run) -> EarlierRun | None:
    """The newest run before this one that is about the same kind of conversions."""
    for other in list_runs(stores.driver, JOB):
        is_before = other.finished is not None and other.started < run.started
        if is_before and other.status == "done" and other.kind == run.kind and other.id != run.id:
            assert other.finished is not None
            answer = read_attribution(stores.driver, other, "channel")
            return EarlierRun(answer, other.finished, run_differences(run, other))
    return None


def _loads(stores: Stores) -> tuple[LoadOutcome, ...]:
    """What became of the rows of the latest loads."""
    records = read_runs(stores.engine, job="load", limit=MAX_LOADS)
    return tuple(
        LoadOutcome(
            files=tuple(Path(file).name for file in record.parameters.get("files", ())),
            finished=record.finished,
            read=record.summary["rows"].get("read", 0),
            taken=record.summary["rows"].get("taken", 0),
            # records of earlier versions have other names for it
            rejected=record.summary.get("rejected", 0),
            rejects=_name(record.summary.get("rejects")),
            notes=tuple(record.summary.get("notes", ())),
        )
        for record in records
        if record.finished is not None and "rows" in record.summary
    )


def _name(path: str | None) -> str | None:
    return None if path is None else Path(path).name


def _costs(
    answer: Attribution, events: EventTable, options: JourneyOptions
) -> Mapping[str | None, float]:
    """Known costs of the keys of an answer; runs of earlier versions have those of touches."""
    credits = [credit for model in answer.models.values() for credit in model.credits]
    if any(credit.returns is not None for credit in credits):
        known = ((one.key, one.returns.cost) for one in credits if one.returns is not None)
        return {key: cost for key, cost in known if cost is not None}
    costs = cost_by_entity(events, answer.by, options.window)
    return {key: entity.cost for key, entity in costs.items() if entity.cost is not None}


def _settings(
    run: Run, events: EventTable, customers: CustomerAttributes | None
) -> Mapping[str, str]:
    """The run's inputs and settings, as the page shows them."""
    journeys = RunParameters.from_json(run.parameters).journeys
    start, end = (None if at is None else f"{at:%Y-%m-%d %H:%M} UTC" for at in run.window)
    # version 0.2.0 did not read the kinds of touches, so they are not in its fingerprints
    same = run.fingerprint in (
        fingerprint(read, customers) for read in (events, _without_kinds(events))
    )
    lines: dict[str, Any] = {
        "run": run.id,
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
        if stored_robustness(run)
        else "not checked; run `attrigraph attribute --robustness` to see how the decision moves",
        "data fingerprint": f"SHA-256 {run.fingerprint}",
        "data since the run": "unchanged"
        if same
        else "CHANGED; run `attrigraph attribute` again for current credit",
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
    if not (events.touches.time != NO_TIME).any():
        return "none: the data have no times"
    return "none" if days is None else "1 day" if days == 1 else f"{days:g} days"
