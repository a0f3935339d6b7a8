"""The use case of the report: collects the data of the page on a run of the graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.conversion_kinds import totals_by_kind
from attrigraph.attribution.observed.subset import subset
from attrigraph.errors import InputError
from attrigraph.graph.run_names import chosen_run
from attrigraph.graph.run_summary import read_attribution, stored_robustness
from attrigraph.graph.runs import list_runs
from attrigraph.graph.spend import read_campaign_names, read_creative_names, read_spend
from attrigraph.report.changes import EarlierRun
from attrigraph.report.data import LoadOutcome, ReportData
from attrigraph.report.kinds import KindOnPage
from attrigraph.runs.parameters import JOB, RunParameters
from attrigraph.services.attribution_data import graph_events
from attrigraph.services.report_figures import costs_of, journey_figures, levels_of
from attrigraph.services.report_settings import settings_of_stored
from attrigraph.services.run_differences import run_differences
from attrigraph.services.runs_of_kinds import run_of_kind, runs_by_kind
from attrigraph.spend.accounts import with_names
from attrigraph.spend.campaign_names import campaign_names
from attrigraph.spend.period import period_of
from attrigraph.store.job_runs import read_runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import Driver

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Attribution, EventTable, Level
    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores

MAX_LOADS: Final = 5


def build_report(
    stores: Stores, *, kind: str | None = None, run_key: str | None = None
) -> ReportData:
    """The results of an attribution of the graph, with statistics of its journeys.

    Args:
        stores: the graph.
        kind: the kind of conversion that the page is about; None for that of the run, which
            is the most valuable one unless another was chosen.
        run_key: id or name of the run; None for the published one.

    Raises:
        InputError: no such run, or none on this kind.
    """
    driver = stores.driver
    current = chosen_run(driver, JOB, run_key)
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
    period = period_of(events, options.window, options.zone)
    robustness = stored_robustness(run)
    answers = tuple(_stored_answer(driver, run, level) for level in levels_of(events))
    return ReportData(
        source="the graph",
        written=datetime.now(UTC),
        levels=answers,
        **journey_figures(events, options),
        costs={answer.by: costs_of(answer, events, options) for answer in answers},
        settings=settings_of_stored(run, events, customers, checked=robustness is not None),
        robustness=robustness,
        period=None if period is None else period.days,
        earlier=_earlier(stores, run),
        loads=_loads(stores),
        experiments=parameters.experiments,
        kinds=_kinds(stores, events, options, siblings),
    )


def _stored_answer(driver: Driver, run: Run, level: Level) -> Attribution:
    answer = replace(read_attribution(driver, run, level), kind=run.kind)
    if level == "channel":
        return answer
    names = {
        "campaign": campaign_names(read_spend(driver), read_campaign_names(driver)),
        "creative": read_creative_names(driver),
    }
    return with_names(answer, names)


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
            why_rejected=tuple(record.summary.get("why_rejected", ())),
            duplicates=record.summary["rows"].get("duplicates", 0),
            ignored=record.summary["rows"].get("ignored", 0),
            merged=record.summary["rows"].get("merged", 0),
        )
        for record in records
        if record.finished is not None and "rows" in record.summary
    )


def _name(path: str | None) -> str | None:
    return None if path is None else Path(path).name
