"""The use case of the report without stores: the data of the page, computed from files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.data import EventData
from attrigraph.attribution.observed.conversion_kinds import totals_by_kind
from attrigraph.errors import ConvergenceError, InputError
from attrigraph.report.data import LoadOutcome, ReportData
from attrigraph.report.kinds import KindOnPage
from attrigraph.runs.progress import counter, ignore
from attrigraph.services.accounts import accounts_for
from attrigraph.services.attribute_files import read_files
from attrigraph.services.attribute_graph import run_of
from attrigraph.services.attribution_data import choose_models, warn_about_options_without_effect
from attrigraph.services.data_health import with_health
from attrigraph.services.questions import answer_without_models, kind_of, questions_of
from attrigraph.services.report_figures import costs_of, journey_figures, levels_of
from attrigraph.services.report_settings import settings_of
from attrigraph.services.robustness import with_robustness
from attrigraph.spend.accounts import with_accounts
from attrigraph.spend.period import period_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.runs.progress import Progress
    from attrigraph.services.attribute_files import FilesRead
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.spend.accounts import Spend
    from attrigraph.staging import Source, StagingOptions

MAX_NAMES: Final = 3
"""Files that the page names as its source; it lists all of them among the loads."""


def build_file_report(
    files: Sequence[Path],
    source: Source,
    options: AttributionOptions,
    *,
    staging: StagingOptions,
    folder: Path,
    rejects: Path | None = None,
    strict: bool = False,
    kind: str | None = None,
    progress: Progress = ignore,
) -> ReportData:
    """The page of the graph on the same data and options, without a graph or an earlier run.

    Args:
        files: see ``attribute_files``.
        source: what they hold.
        options: see there; ``level``, ``touch_model`` and ``keep`` have no effect.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.
        rejects: file for rejected rows; None for none.
        strict: whether no row may be rejected.
        kind: the kind of conversion that the page is about; None for the most valuable one.
        progress: called as rows are read, and after each model.

    Raises:
        InputError: see ``attribute_files``; or no conversion is of that kind.
    """
    read = read_files(
        files,
        source,
        options,
        staging=staging,
        folder=folder,
        rejects=rejects,
        strict=strict,
        events_only=True,
        progress=progress,
    )
    questions = _questions(read, options)
    question = _of_kind(questions, kind)
    answers = _answers(question, read.spend, options, progress)
    return ReportData(
        source=_source(files),
        written=datetime.now(UTC),
        levels=answers,
        costs={one.by: costs_of(one, question.events, question.journey_options) for one in answers},
        robustness=answers[0].robustness,
        loads=(_outcome(files, read, rejects),),
        experiments=question.experiments,
        kinds=_kinds(questions, question, answers[0], read.spend, options),
        **_facts(question, answers[0], read.spend, options),
    )


def _questions(read: FilesRead, options: AttributionOptions) -> tuple[EventData, ...]:
    found = questions_of(read.data, sum_kinds=options.sum_kinds)
    return tuple(one for one in found if isinstance(one, EventData))


def _of_kind(questions: Sequence[EventData], kind: str | None) -> EventData:
    if kind is None:
        return questions[0]
    by_kind = {kind_of(one): one for one in questions}
    if kind not in by_kind:
        kinds = ", ".join(name for name in by_kind if name is not None) or "none"
        raise InputError(f"no conversion is of kind {kind!r}; the kinds are: {kinds}")
    return by_kind[kind]


def _answers(
    question: EventData, spend: Spend, options: AttributionOptions, progress: Progress
) -> tuple[Attribution, ...]:
    """The answers at all levels of the data; that of channels comes first."""
    models = choose_models(question, replace(options, level="channel"))
    warn_about_options_without_effect(question, models)
    levels = levels_of(question.events)
    on_answer = counter(progress, "fit", len(models) * len(levels))
    analysis, accounts = Analysis(question), accounts_for(question, spend)
    first, *others = (
        _with_facts(question, analysis.attribute(models, level, on_answer=on_answer), options)
        for level in levels
    )
    first = with_robustness(question, first, options, accounts, progress=progress)
    return tuple(with_accounts(answer, accounts) for answer in (first, *others))


def _with_facts(
    question: EventData, answer: Attribution, options: AttributionOptions
) -> Attribution:
    zone = options.journeys.zone or "UTC"
    return with_health(question, replace(answer, kind=kind_of(question), zone=zone))


def _kinds(
    questions: Sequence[EventData],
    shown: EventData,
    answer: Attribution,
    spend: Spend,
    options: AttributionOptions,
) -> tuple[KindOnPage, ...]:
    """All kinds of conversions in the window, with their answers by channel."""
    on_page = shown.journey_options.conversion_kinds
    by_kind = {kind_of(one): one for one in questions}
    return tuple(
        KindOnPage(
            total.kind,
            total.conversions,
            total.value,
            on_page=not on_page or total.kind in on_page,
            answer=answer
            if total.kind == answer.kind
            else _other_answer(by_kind.get(total.kind), spend, options),
        )
        for total in totals_by_kind(shown.events.conversions, shown.journey_options.window)
    )


def _other_answer(
    question: EventData | None, spend: Spend, options: AttributionOptions
) -> Attribution | None:
    """The answer by channel about a kind that the page is not about; None without a question."""
    if question is None:
        return None
    models = choose_models(question, replace(options, level="channel"))
    try:
        answer = Analysis(question).attribute(models, "channel")
    except (ConvergenceError, InputError) as error:
        return answer_without_models(question, models, "channel", error)
    return with_accounts(_with_facts(question, answer, options), accounts_for(question, spend))


def _facts(
    question: EventData, answer: Attribution, spend: Spend, options: AttributionOptions
) -> dict[str, Any]:
    """The fields of ``ReportData`` about journeys, period and settings."""
    events, rules = question.events, question.journey_options
    period = period_of(events, rules.window, rules.zone)
    run = run_of(question, tuple(answer.models), replace(options, touch_model=None, spend=spend))
    settings = settings_of(
        replace(run, finished=datetime.now(UTC)),
        events,
        checked=answer.robustness is not None,
        command="report --input FILE",
    )
    return {
        **journey_figures(events, rules),
        "period": None if period is None else period.days,
        "settings": settings,
    }


def _source(files: Sequence[Path]) -> str:
    names = [file.name for file in files]
    further = len(names) - MAX_NAMES
    if further > 0:
        return f"{', '.join(names[:MAX_NAMES])} and {further} more"
    return ", ".join(names)


def _outcome(files: Sequence[Path], read: FilesRead, rejects: Path | None) -> LoadOutcome:
    return LoadOutcome(
        files=tuple(file.name for file in files),
        finished=datetime.now(UTC),
        read=read.counts.read,
        taken=read.counts.taken,
        rejected=read.counts.rejected,
        rejects=rejects.name if rejects is not None and read.counts.rejected else None,
        notes=read.notes,
        why_rejected=read.why_rejected,
        duplicates=read.counts.duplicates,
        ignored=read.counts.ignored,
        merged=read.counts.merged,
    )
