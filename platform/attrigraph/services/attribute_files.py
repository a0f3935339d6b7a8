"""Attribution over files or data in memory, without a store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.data import EventData, PathData
from attrigraph.attribution.models import MODELS, select
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import CustomerAttributes
from attrigraph.errors import InputError, RejectedRowsError
from attrigraph.quantities import counted
from attrigraph.runs.progress import counter, ignore
from attrigraph.services.accounts import (
    accounts_for,
    file_spend,
    spend_of,
    with_money,
    with_spending,
)
from attrigraph.services.attribution_data import (
    choose_models,
    event_data,
    of_accounts,
    warn_about_options_without_effect,
    warn_about_unknown_names,
)
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.data_health import with_health
from attrigraph.services.questions import answer_each, kind_of, questions_of
from attrigraph.services.robustness import with_robustness
from attrigraph.spend.campaign_names import campaign_names
from attrigraph.staging import StagingOptions, stage
from attrigraph.staging.rejects import check_not_an_input, write_rejects
from attrigraph.staging.taken import check_conversions, log_and_check, why_rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.attribution.data import Data
    from attrigraph.domain import Attribution, PathCounts
    from attrigraph.runs.progress import Progress
    from attrigraph.spend.accounts import Spend
    from attrigraph.staging import Source, Staged
    from attrigraph.staging.staged import StagedCounts


@dataclass(frozen=True, slots=True, eq=False)
class FilesRead:
    """What was read of files.

    Attributes:
        data: their events, or counts of paths, with the options of journeys and models.
        spend: what was spent, by the files or the options.
        counts: what became of the rows.
        notes: sentences about what a reader may not expect.
        why_rejected: of each file with rejected rows, how many and why most of them.
    """

    data: Data
    spend: Spend
    counts: StagedCounts
    notes: tuple[str, ...]
    why_rejected: tuple[str, ...] = ()


def attribute_files(
    files: Sequence[Path],
    source: Source,
    options: AttributionOptions | None = None,
    *,
    staging: StagingOptions,
    folder: Path,
    rejects: Path | None = None,
    strict: bool = False,
    progress: Progress = ignore,
) -> Attribution:
    """Attribute the conversions of files, without a store; the same credits as by the graph.

    Args:
        files: see ``attrigraph.staging.stage``.
        source: what they hold.
        options: see there; ``touch_model`` and ``keep`` have no effect.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.
        rejects: file for rejected rows; None for none.
        strict: whether no row may be rejected.
        progress: called as rows are read, and after each model.

    Raises:
        InputError: a file or an option is not what was expected; no row was taken or is a
            conversion, or more of a file were rejected than ``staging`` allows.
        RejectedRowsError: rows were rejected, and ``strict``.
        NeedsTimesError: a model or option needs times and the files hold only orders.
        ConservationError: credits do not add up.
    """
    options = options or AttributionOptions()
    read = read_files(
        files,
        source,
        options,
        staging=staging,
        folder=folder,
        rejects=rejects,
        strict=strict,
        progress=progress,
    )
    return answer_of(read.data, options, read.spend, progress=progress)


def read_files(
    files: Sequence[Path],
    source: Source,
    options: AttributionOptions,
    *,
    staging: StagingOptions,
    folder: Path,
    rejects: Path | None = None,
    strict: bool = False,
    events_only: bool = False,
    progress: Progress = ignore,
) -> FilesRead:
    """What files hold, for models.

    Args:
        files: see ``attribute_files``, as for all arguments but ``events_only``.
        source: what they hold.
        options: what is computed from them.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.
        rejects: file for rejected rows; None for none.
        strict: whether no row may be rejected.
        events_only: whether counts of paths become journeys, as in the graph.
        progress: called as rows are read.

    Raises:
        InputError: see ``attribute_files``.
        RejectedRowsError: rows were rejected, and ``strict``.
    """
    staging = replace(staging, currency=options.currency, rates=options.rates)
    check_not_an_input(rejects, files)

    def on_rows(rows: int) -> None:
        progress("read", rows, None)

    with stage(files, source, staging, folder=folder, on_rows=on_rows) as staged:
        progress("read", staged.counts.read, staged.counts.read)
        if rejects is not None:
            write_rejects(rejects, staged.rejected())
        log_and_check(staged, staging.max_rejected)
        if strict and (rejected := staged.counts.rejected):
            raise RejectedRowsError(f"{counted(rejected, 'row')} rejected, and none may be")
        _check_converts(staged)
        data = _staged_data(staged, options, events_only=events_only)
        spend = spend_of(file_spend(staged.references(), staged.currency), options)
        spend.costs()  # what cannot be converted is known before anything is fitted
        if isinstance(data, EventData):
            data = with_spending(data, spend)
        # the staged rows, up to a gigabyte, are no longer in memory while models are fitted
        notes = (*staged.notes, *staged.refund_notes())
        return FilesRead(data, spend, staged.counts, notes, why_rejected(staged))


def _check_converts(staged: Staged) -> None:
    """Raise an InputError if no row of the files is a conversion, or all were rejected."""
    counts = staged.counts
    check_conversions(staged, counts.conversions)
    if not counts.conversions:
        raise InputError(
            f"the files hold {counted(counts.touches, 'touch')} and no conversion, so there is "
            "nothing to credit; name the events that are conversions with --conversion-events, or "
            "give them the kind conversion:NAME in a mapping"
        )


def _staged_data(staged: Staged, options: AttributionOptions, *, events_only: bool) -> Data:
    """Staged rows for models; counts of paths without their journeys where those are enough."""
    counts = None if events_only else _path_counts(staged, options)
    named = select(options.models or tuple(MODELS))
    if counts is not None and (
        options.models is None or not any(model.needs_events(options.level) for model in named)
    ):
        warn_about_unknown_names((), counts.keys, options)
        return PathData(counts, options.model_options)
    customers = CustomerAttributes.concatenate(list(staged.customer_attributes()))
    of_account = options.journeys.by == "account"
    events = staged.events(touch_ids=of_account)
    check_conversions(staged, len(events.conversions))
    if of_account:
        events, customers = of_accounts(events, customers, staged.accounts())
    references = staged.references()
    return event_data(
        events,
        customers,
        options,
        references.experiments,
        lambda: _campaign_names(spend_of(file_spend(references, staged.currency), options)),
    )


def _campaign_names(spend: Spend) -> dict[str, str]:
    return campaign_names(spend.days, spend.campaign_names)


def _path_counts(staged: Staged, options: AttributionOptions) -> PathCounts | None:
    """Counts of paths, where files hold nothing else and no option needs the journeys."""
    if replace(options.journeys, zone=None) != JourneyOptions():
        return None
    try:
        return staged.path_counts()
    except InputError:  # the files hold events
        return None


def answer_of(
    data: Data, options: AttributionOptions, spend: Spend, *, progress: Progress = ignore
) -> Attribution:
    """The credits of data in memory, for each kind of conversion.

    Raises:
        InputError: an option does not fit the data, or no model has an answer.
        ConvergenceError: no model has an answer.
        ConservationError: credits do not add up.
    """
    zone = options.journeys.zone or "UTC"

    def names(question: Data) -> tuple[str, ...]:
        return choose_models(question, options)

    def answer(question: Data) -> Attribution:
        models = names(question)
        if question is questions[0]:
            warn_about_options_without_effect(question, models)
        on_answer = counter(progress, "fit", len(models))
        credited = Analysis(question).attribute(models, options.level, on_answer=on_answer)
        credited = with_health(question, replace(credited, kind=kind_of(question), zone=zone))
        accounts = accounts_for(question, spend)
        credited = with_robustness(question, credited, options, accounts, progress=progress)
        return with_money(question, credited, accounts)

    questions = questions_of(data, sum_kinds=options.sum_kinds)
    return answer_each(questions, answer, names, options.level)
