"""Use cases of attribution: over the graph, with scores written back, and over files alone."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np

from attrigraph.attribution.analysis import (
    Analysis,
    applicable_models,
    options_without_effect,
    requested_models,
)
from attrigraph.attribution.data import EventData, PathData
from attrigraph.attribution.models import (
    AUTO,
    MODELS,
    check_touch_model,
    resolve_touch_model,
    select,
)
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.evidence import named_direct
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.subset import names_left_out, subset
from attrigraph.domain import LEVELS, CustomerAttributes
from attrigraph.domain.accounts import attributes_by_account, by_account
from attrigraph.domain.columns import EPOCH
from attrigraph.domain.near_names import near_names
from attrigraph.errors import ConvergenceError, InputError, RejectedRowsError
from attrigraph.graph.accounts import read_accounts
from attrigraph.graph.customer_attributes import read_customer_attributes
from attrigraph.graph.experiments import link_run, read_experiments
from attrigraph.graph.journeys import read_events
from attrigraph.graph.run_summary import (
    assigned_rows,
    failed_models,
    keys_without_touches,
    read_attribution,
    store_robustness,
    stored_robustness,
    summary_of,
    touch_rows,
)
from attrigraph.graph.runs import (
    JobLock,
    Run,
    acquire_job_lock,
    begin_run,
    check_keep,
    clean_unfinished,
    delete_old_runs,
    finish_run,
    list_runs,
)
from attrigraph.graph.scores import write_assigned, write_touch_credit
from attrigraph.graph.spend import (
    merge_spent_on,
    read_campaign_names,
    read_currency,
    read_spend,
)
from attrigraph.graph.triggers import write_triggers
from attrigraph.quantities import counted
from attrigraph.runs.lineage import code_version, fingerprint, run_id, spend_fingerprint
from attrigraph.runs.parameters import RunParameters
from attrigraph.runs.progress import ignore
from attrigraph.runs.recording import recording
from attrigraph.services.accounts import (
    accounts_for,
    channel_costs,
    file_spend,
    spend_of,
    with_money,
)
from attrigraph.services.data_health import health_of, with_health
from attrigraph.services.questions import (
    answer_each,
    answer_without_models,
    kind_of,
    questions_of,
)
from attrigraph.services.robustness import check_robustness
from attrigraph.spend.accounts import Spend, with_accounts
from attrigraph.spend.rates import check_currency
from attrigraph.staging import StagingOptions, stage
from attrigraph.staging.rejects import check_not_an_input, write_rejects
from attrigraph.staging.taken import check_taken
from attrigraph.store import job_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.data import Data
    from attrigraph.domain import (
        Attribution,
        Categorical,
        EventTable,
        Experiment,
        Level,
        PathCounts,
    )
    from attrigraph.domain.accounts import ContactAccounts
    from attrigraph.runs.progress import Progress
    from attrigraph.spend.accounts import Accounts
    from attrigraph.spend.rates import Rates
    from attrigraph.staging import Source, Staged
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

JOB: Final = "attribute"
DEFAULT_KEEP: Final = 5

_MAX_SHOWN_REJECTIONS: Final = 10
_RECORDS_CHECKED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionOptions:
    """Options of an attribution.

    Attributes:
        models: names of models; None for every default model that the data support.
        level: ``channel``, ``campaign`` or ``creative``.
        journeys: what counts as a journey.
        model_options: options of the models.
        touch_model: whose credit of single touches is written into the graph; None for none, and
            ``auto`` for the first causal model among the models, else ``linear``.
        keep: number of earlier runs to keep in the graph.
        experiments: measured lifts that calibrate causal models; None for those that are stored
            with the data, as far as they fit them.
        allow_old_experiments: whether experiments outside the dates of the data are used.
        robustness: whether to check how the decision between channels moves with data and choices;
            takes about seven more fits.
        sum_kinds: whether conversions of all kinds are one question; else each kind has journeys
            and credit of its own.
        currency: code of the currency of the answer; None for that of the spend.
        rates: exchange rates into it; None for none.
        spend: what was spent; None for what is stored with the data.

    Raises:
        InputError: an unknown model, a touch model without touch-level credit, ``keep`` < 1,
            ``robustness`` at another level than ``channel``, or a currency that is no code.
    """

    models: tuple[str, ...] | None = None
    level: Level = "channel"
    journeys: JourneyOptions = field(default_factory=JourneyOptions)
    model_options: ModelOptions = field(default_factory=ModelOptions)
    touch_model: str | None = AUTO
    keep: int = DEFAULT_KEEP
    experiments: tuple[Experiment, ...] | None = None
    allow_old_experiments: bool = False
    robustness: bool = False
    sum_kinds: bool = False
    currency: str | None = None
    rates: Rates | None = None
    spend: Spend | None = None

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise InputError(f"the level must be one of {', '.join(LEVELS)}; got {self.level!r}")
        check_keep(self.keep)
        if self.models is not None:
            select(self.models)
        check_touch_model(self.touch_model)
        if self.robustness and self.level != "channel":
            raise InputError(f"robustness compares channels, got the level {self.level!r}")
        check_currency(self.currency)


def attribute_graph(
    stores: Stores, options: AttributionOptions | None = None, *, progress: Progress = ignore
) -> Attribution:
    """Attribute the conversions of the graph, and write the scores of all levels back.

    The run's id follows from the events, the parameters and the version of the code: the same
    options on the same graph return the results that are stored. Readers see the previous run
    until the new one is complete. Each kind of conversion is a run of its own; readers see that of
    the kind with the largest value.

    Args:
        stores: the graph, and Postgres, which keeps the record of the run.
        options: see there; the answer returned is that of ``options.level``.
        progress: called after each model.

    Raises:
        InputError: the graph is empty, or an option does not fit the data.
        NeedsTimesError: a model or option needs times and the graph holds only orders.
        ConservationError: credits do not add up; nothing is written.
        StoreError: another run is in progress, or the graph changed while it was read.
    """
    options = options or AttributionOptions()
    driver = stores.driver
    with acquire_job_lock(driver, JOB) as lock:
        known = _clean(stores)
        options = replace(options, spend=_stored_spend(driver, options))
        first, *others = _graph_questions(driver, options)
        runs = [_other_run(stores, question, options, progress, known) for question in others]
        kept = tuple(run.id for run in runs if isinstance(run, Run))
        # the run of the first kind is published last, which ends the lock
        stored = _current_run(stores, lock, first, options, progress, known=known, kept=kept)
    answers = [
        _stored_answer(driver, run, question, options, progress) if isinstance(run, Run) else run
        for run, question in zip(runs, others, strict=True)
    ]
    answer = _stored_answer(driver, stored, first, options, progress)
    return replace(answer, others=tuple(answers))


def _stored_spend(driver: Driver, options: AttributionOptions) -> Spend:
    """The spend in the graph, unless the options have another.

    Raises:
        InputError: it is in several currencies, a rate is missing, or the graph's values are in
            another currency than the options name.
    """
    currency = read_currency(driver)
    if currency is not None and options.currency not in (None, currency):
        raise InputError(
            f"the values in the graph are in {currency}, and the answer would be in "
            f"{options.currency}; leave out --currency, or load the data in {options.currency}"
        )
    stored = Spend(read_spend(driver), read_campaign_names(driver), currency)
    spend = spend_of(stored, options)
    spend.costs()  # what cannot be converted is known before anything is fitted
    return spend


def _current_run(
    stores: Stores,
    lock: JobLock,
    data: EventData,
    options: AttributionOptions,
    progress: Progress,
    *,
    known: Mapping[str, Run],
    kept: tuple[str, ...],
) -> Run:
    """The run that readers see from now on; older ones are deleted, except those of ``kept``.

    Args:
        stores: the graph and Postgres.
        lock: of the job.
        data: the events of the kind that readers see.
        options: see there.
        progress: called after each model.
        known: the stored runs by id.
        kept: ids of runs of other kinds.
    """
    run = _run_of(data, choose_models(data, options), options)
    warn_about_options_without_effect(data, (*run.models, *filter(None, [run.touch_model])))
    stored = _finished(known, run)
    if stored is not None:
        _publish(lock, stored)
        return stored

    def publish(written: Run) -> None:
        n_kept = options.keep * (1 + len(kept))
        delete_old_runs(stores.driver, JOB, n_kept, new=(written.id, *kept))
        _publish(lock, written)

    return _compute(stores, run, data, options, progress, publish)


def _graph_questions(driver: Driver, options: AttributionOptions) -> tuple[EventData, ...]:
    data = graph_data(driver, options)
    return tuple(
        one for one in questions_of(data, sum_kinds=options.sum_kinds) if isinstance(one, EventData)
    )


def _other_run(
    stores: Stores,
    data: EventData,
    options: AttributionOptions,
    progress: Progress,
    known: Mapping[str, Run],
) -> Run | Attribution:
    """The finished run of another kind than the first, or its answer if every model failed."""
    names = choose_models(data, options)
    run = _run_of(data, names, options)
    stored = _finished(known, run)
    if stored is not None:
        return stored

    def finish(written: Run) -> None:
        finish_run(stores.driver, written.id, finished=_end_of(written), summary=written.summary)

    try:
        return _compute(stores, run, data, options, progress, finish)
    except (ConvergenceError, InputError) as error:
        return answer_without_models(data, names, options.level, error)


def _finished(known: Mapping[str, Run], run: Run) -> Run | None:
    """The stored run with the same id, if there is one."""
    stored = known.get(run.id)
    if stored is not None:
        logger.info(f"run {stored.id} already has these results; nothing recomputed")
        for failure in failed_models(stored, "channel"):
            logger.warning(f"{failure.model} is left out: {failure.reason}")
    return stored


def _stored_answer(
    driver: Driver, run: Run, data: EventData, options: AttributionOptions, progress: Progress
) -> Attribution:
    """The results of a run, with the spend on channels and, if requested, robustness.

    The robustness is stored with the run: it is computed once, and the report shows it.
    """
    accounts = accounts_for(data, spend_of(Spend(), options))
    answer = read_attribution(driver, run, options.level)
    known = stored_robustness(run) if options.robustness else None
    if known is not None:
        answer = replace(answer, robustness=known)
    elif options.robustness:
        answer = with_robustness(data, answer, options, accounts, progress=progress)
        if answer.robustness is not None:
            store_robustness(driver, run, answer.robustness)
    return with_money(data, answer, accounts)


def with_robustness(
    data: Data,
    answer: Attribution,
    options: AttributionOptions,
    accounts: Accounts,
    *,
    progress: Progress = ignore,
) -> Attribution:
    """The answer with the robustness of its decision, if the options ask for it."""
    if not options.robustness:
        return answer
    done = count(1)
    robustness = check_robustness(
        data,
        answer,
        costs=channel_costs(accounts),
        on_check=lambda: progress("check", next(done), None),
    )
    return replace(answer, robustness=robustness)


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
    staging = replace(staging, currency=options.currency, rates=options.rates)
    check_not_an_input(rejects, files)

    def on_rows(rows: int) -> None:
        progress("read", rows, None)

    with stage(files, source, staging, folder=folder, on_rows=on_rows) as staged:
        progress("read", staged.counts.read, staged.counts.read)
        log_staged(staged)
        if rejects is not None:
            write_rejects(rejects, staged.rejected())
        check_taken(staged, staging.max_rejected)
        if strict and (rejected := staged.counts.rejected):
            raise RejectedRowsError(f"{counted(rejected, 'row')} rejected, and none may be")
        _check_converts(staged)
        data = _staged_data(staged, options)
        spend = spend_of(file_spend(staged.references(), staged.currency), options)
        spend.costs()  # what cannot be converted is known before anything is fitted
    # the staged rows, up to a gigabyte, are no longer in memory while models are fitted
    return answer_of(data, options, spend, progress=progress)


def _check_converts(staged: Staged) -> None:
    """Raise an InputError if no row of the files is a conversion."""
    counts = staged.counts
    if not counts.conversions:
        raise InputError(
            f"the files hold {counted(counts.touches, 'touch')} and no conversion, so there is "
            "nothing to credit; name the events that are conversions with --conversion-events, or "
            "give them the kind conversion:NAME in a mapping"
        )


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
        on_answer = _model_counter(progress, len(models))
        credited = Analysis(question).attribute(models, options.level, on_answer=on_answer)
        credited = with_health(question, replace(credited, kind=kind_of(question), zone=zone))
        accounts = accounts_for(question, spend)
        credited = with_robustness(question, credited, options, accounts, progress=progress)
        return with_money(question, credited, accounts)

    questions = questions_of(data, sum_kinds=options.sum_kinds)
    return answer_each(questions, answer, names, options.level)


def _model_counter(progress: Progress, total: int) -> Callable[[], None]:
    """What to call after each model, so that ``progress`` sees how many of them are done."""
    done = count(1)
    progress("fit", 0, total)
    return lambda: progress("fit", next(done), total)


def event_data(
    events: EventTable,
    customers: CustomerAttributes | None,
    options: AttributionOptions,
    stored: tuple[Experiment, ...] = (),
) -> EventData:
    """Events with these options, and the experiments stored with them unless options name others.

    The log names options that match nothing in them.

    Raises:
        InputError: kinds of conversions are named, and none of them occurs.
    """
    warn_about_unknown_names(
        _occurring(events.conversions.kind), events.touches.channel.keys, options
    )
    rules = options.journeys
    taken, customers = subset(events, customers, only=rules.only, exclude=rules.exclude)
    return EventData(
        taken,
        options.journeys,
        _never_crediting(options.model_options, rules.dropped_channels),
        customers,
        stored if options.experiments is None else options.experiments,
        options.allow_old_experiments,
        leave_out_experiments=options.experiments is None,
        left_out=names_left_out(events, taken, (*rules.only, *rules.exclude)),
    )


def graph_data(driver: Driver, options: AttributionOptions) -> EventData:
    """The graph's events with these options.

    Raises:
        InputError: the graph is empty, or has no conversion of the named kinds.
        StoreError: it is not in the form that the loader writes.
    """
    ids = options.touch_model is not None
    events, customers = graph_events(driver, options.journeys, ids=ids)
    logger.info(
        f"read {counted(len(events.touches), 'touch')} and "
        f"{counted(len(events.conversions), 'conversion')} of "
        f"{counted(len(events.customers), 'customer')}"
    )
    if not len(events.customers):
        raise InputError("the graph is empty; load touches and conversions into it first")
    stored = read_experiments(driver) if options.experiments is None else ()
    return event_data(events, customers, options, stored)


def graph_events(
    driver: Driver, journeys: JourneyOptions, *, ids: bool
) -> tuple[EventTable, CustomerAttributes | None]:
    """The graph's events and attributes, of contacts or of accounts.

    Args:
        driver: an open driver.
        journeys: whose journeys they are.
        ids: whether to read ids of touches.

    Raises:
        InputError: journeys of accounts are wanted, and the graph has none.
        StoreError: it is not in the form that the loader writes.
    """
    if journeys.by == "contact":
        return read_events(driver, ids=ids), read_customer_attributes(driver)
    events = read_events(driver)  # ids decide between touches of contacts at one instant
    return of_accounts(events, read_customer_attributes(driver), read_accounts(driver))


def of_accounts(
    events: EventTable, customers: CustomerAttributes | None, accounts: ContactAccounts
) -> tuple[EventTable, CustomerAttributes | None]:
    """Events and attributes of accounts in the place of those of contacts.

    The log counts contacts with several accounts, which stay by themselves.

    Raises:
        InputError: no contact has an account.
    """
    if not len(accounts):
        raise InputError(
            "journeys of accounts need contacts with an account, and none has one; give a column "
            "account_id in the events or the table of customers"
        )
    certain = accounts.certain()
    mixed = len(set(accounts.customers.tolist())) - len(certain)
    if mixed:
        logger.warning(
            f"{counted(mixed, 'contact')} with several accounts, which have journeys of their own"
        )
    return by_account(events, accounts), attributes_by_account(customers, accounts)


def choose_models(data: Data, options: AttributionOptions) -> tuple[str, ...]:
    """The models to run: those named, else the default ones that the data support."""
    if options.models is None:
        return applicable_models(data, options.level)
    return requested_models(options.models)


def _never_crediting(options: ModelOptions, channels: Sequence[str]) -> ModelOptions:
    """The options, with channels that causal models never credit added to those there are."""
    known = {name.casefold() for name in options.not_marketing}
    added = [name for name in channels if name.casefold() not in known]
    return replace(options, not_marketing=(*options.not_marketing, *added)) if added else options


def warn_about_unknown_names(
    kinds: Sequence[str], channels: Sequence[str | None], options: AttributionOptions
) -> None:
    """Log the names in options that nothing in the data has.

    Args:
        kinds: kinds of the conversions.
        channels: channels of the touches.
        options: what the names are options of.

    Raises:
        InputError: no conversion is of a named kind.
    """
    _check_kinds(options.journeys.conversion_kinds, kinds)
    direct = options.model_options.direct_channels
    for name in direct if direct != ModelOptions().direct_channels else ():
        if not named_direct(channels, [name]).any():
            known = [channel for channel in channels if channel is not None]
            logger.warning(f"no touch is of the direct channel {name!r}; {near_names(name, known)}")


def _check_kinds(named: Sequence[str], kinds: Sequence[str]) -> None:
    """Log the named kinds that do not occur.

    Raises:
        InputError: none of them occurs.
    """
    unknown = [kind for kind in named if kind not in kinds]
    present = ", ".join(kinds) or "none"
    if named and len(unknown) == len(named):
        listed = " or ".join(map(repr, unknown))
        raise InputError(f"no conversion is of kind {listed}; the kinds are: {present}")
    for kind in unknown:
        logger.warning(f"no conversion is of kind {kind!r}; the kinds are: {present}")


def warn_about_options_without_effect(data: Data, names: Sequence[str]) -> None:
    """Log the options that none of the models that run reads."""
    for sentence in options_without_effect(data, names):
        logger.warning(sentence)


def _occurring(column: Categorical) -> list[str]:
    return [column.keys[code] for code in np.unique(column.codes) if code >= 0]


def _clean(stores: Stores) -> dict[str, Run]:
    """Remove what killed runs left behind, and end their records; only while holding the lock.

    Returns:
        The runs that are stored, by id; while the lock is held there are no others.
    """
    left = clean_unfinished(stores.driver, JOB)
    if left:
        logger.info(f"removed {counted(len(left), 'unfinished run')}")
    done = {run.id: run for run in list_runs(stores.driver, JOB)}
    for record in job_runs.read_runs(stores.engine, job=JOB, limit=_RECORDS_CHECKED):
        if record.status != "running":
            continue
        if run := done.get(record.id.hex):  # it was killed after it was published
            job_runs.finish_run(
                stores.engine, record.id, input_fingerprint=run.fingerprint, summary=_totals(run)
            )
        else:
            reason = "killed; its scores were removed"
            job_runs.fail_run(stores.engine, record.id, reason=reason)
    return done


def _run_of(data: EventData, names: tuple[str, ...], options: AttributionOptions) -> Run:
    """The run that these events and options make, before it begins."""
    parameters = RunParameters(
        models=names,
        touch_model=resolve_touch_model(options.touch_model, names),
        journeys=data.journey_options,
        model_options=options.model_options,
        experiments=data.experiments,
        allow_old_experiments=options.allow_old_experiments,
        currency=options.currency,
        spend=spend_fingerprint(spend_of(Spend(), options)),
    )
    stored, read = parameters.to_json(), fingerprint(data.events, data.customers)
    return Run(
        id=run_id(JOB, fingerprint=read, parameters=stored, code_version=code_version()),
        job=JOB,
        models=names,
        parameters=stored,
        code_version=code_version(),
        fingerprint=read,
        seed=options.model_options.seed,
        started=datetime.now(UTC),
        touch_model=parameters.touch_model,
        window=_instants(options.journeys.window),
        kind=kind_of(data),
    )


def _instants(window: tuple[int, int] | None) -> tuple[datetime | None, datetime | None]:
    if window is None:
        return None, None
    start, end = (EPOCH + timedelta(milliseconds=bound) for bound in window)
    return start, end


def _compute(
    stores: Stores,
    run: Run,
    data: EventData,
    options: AttributionOptions,
    progress: Progress,
    end: Callable[[Run], None],
) -> Run:
    """Compute and write a run, end it by ``end``, and record it."""
    run_uuid = UUID(hex=run.id)
    with recording(stores.engine, run_uuid, job=JOB, parameters=run.parameters) as record:
        written = _write_run(stores.driver, run, data, options, progress)
        health = [line.to_json() for line in health_of(data, stores.customer_key)]
        written = replace(written, summary={**written.summary, "data_health": health})
        end(written)
        record.input_fingerprint, record.summary = written.fingerprint, _totals(written)
    return written


def _write_run(
    driver: Driver, run: Run, data: EventData, options: AttributionOptions, progress: Progress
) -> Run:
    """Compute all levels, then write them; nothing is written where a computation fails."""
    analysis, events = Analysis(data), data.events
    on_answer = _model_counter(progress, len(run.models) * len(LEVELS))
    answers = [analysis.attribute(run.models, level, on_answer=on_answer) for level in LEVELS]
    run = replace(
        run,
        models=tuple(answers[0].models),
        touch_model=_touch_model_of(run, answers[0]),
    )
    credit = None if run.touch_model is None else analysis.touch_credit(run.touch_model)
    accounts = accounts_for(data, spend_of(Spend(), options))
    answers = [with_accounts(answer, accounts) for answer in answers]
    begin_run(driver, run)
    merge_spent_on(driver, {answer.by: keys_without_touches(answer, events) for answer in answers})
    for level, answer in zip(LEVELS, answers, strict=True):
        write_assigned(
            driver, run.id, level, assigned_rows(answer, events, options.journeys.window)
        )
    link_run(driver, run.id, _experiments_used(analysis, run.models))
    channels = answers[LEVELS.index("channel")].models
    write_triggers(driver, run.id, {name: model.triggered for name, model in channels.items()})
    summary = summary_of(answers, events, 0 if credit is None else len(credit))
    if credit is not None and run.touch_model is not None:
        write_touch_credit(driver, run.id, run.touch_model, touch_rows(credit, events))
        summary["touch_assumptions"] = list(analysis.fitted(run.touch_model).assumptions)
    return replace(run, summary=summary, finished=datetime.now(UTC), status="done")


def _experiments_used(analysis: Analysis, models: Sequence[str]) -> tuple[Experiment, ...]:
    """The experiments that calibrated any of these models, each once."""
    used = {one.id: one for name in models for one in analysis.fitted(name).experiments}
    return tuple(used.values())


def _touch_model_of(run: Run, answer: Attribution) -> str | None:
    """The run's touch model, or if its fit failed the one of the models that have an answer."""
    failed = {failure.model for failure in answer.failed}
    if run.touch_model not in failed:
        return run.touch_model
    other = resolve_touch_model(AUTO, tuple(answer.models))
    logger.warning(f"touches have the credit of {other}, because {run.touch_model} failed")
    return other


def _publish(lock: JobLock, run: Run) -> None:
    lock.publish(run.id, finished=_end_of(run), summary=run.summary)


def _end_of(run: Run) -> datetime:
    return run.finished or datetime.now(UTC)


def _totals(run: Run) -> dict[str, object]:
    return {name: value for name, value in run.summary.items() if name not in ("levels", "spend")}


def log_staged(staged: Staged) -> None:
    """Log what became of the rows of files or frames."""
    counts = staged.counts
    left = {"ignored": counts.ignored, "merged into another row": counts.merged}
    some = "".join(f"{number:,} {what}, " for what, number in left.items() if number)
    logger.info(
        f"read {counted(counts.read, 'row')}: {counts.taken:,} taken, "
        f"{counted(counts.duplicates, 'duplicate')}, {some}{counts.rejected:,} rejected"
    )
    for rejected in islice(staged.rejected(), _MAX_SHOWN_REJECTIONS):
        logger.warning(f"rejected {Path(rejected.file).name}:{rejected.line}: {rejected.reason}")
    for note in (*staged.notes, *staged.refund_notes()):
        logger.warning(note)


def _staged_data(staged: Staged, options: AttributionOptions) -> Data:
    """Staged rows for models; counts of paths without their journeys where those are enough."""
    counts = _path_counts(staged, options)
    named = select(options.models or tuple(MODELS))
    if counts is not None and (
        options.models is None or not any(model.needs_events(options.level) for model in named)
    ):
        warn_about_unknown_names((), counts.keys, options)
        return PathData(counts, options.model_options)
    customers = CustomerAttributes.concatenate(list(staged.customer_attributes()))
    of_account = options.journeys.by == "account"
    events = staged.events(touch_ids=of_account)
    if of_account:
        events, customers = of_accounts(events, customers, staged.accounts())
    return event_data(events, customers, options, staged.references().experiments)


def _path_counts(staged: Staged, options: AttributionOptions) -> PathCounts | None:
    """Counts of paths, where files hold nothing else and no option needs the journeys."""
    if replace(options.journeys, zone=None) != JourneyOptions():
        return None
    try:
        return staged.path_counts()
    except InputError:  # the files hold events
        return None
