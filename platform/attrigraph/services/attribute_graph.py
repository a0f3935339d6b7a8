"""Attribution over the graph: a run for each kind of conversion, its scores written back."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from attrigraph.attribution.analysis import Analysis, of_kind
from attrigraph.attribution.data import EventData
from attrigraph.attribution.models import resolve_touch_model
from attrigraph.domain.columns import EPOCH
from attrigraph.errors import ConvergenceError, InputError
from attrigraph.graph.experiments import link_run
from attrigraph.graph.loads import seen_loads
from attrigraph.graph.published_credit import delete_left_over_credit, publish
from attrigraph.graph.run_names import check_free, name_run
from attrigraph.graph.run_summary import (
    assigned_rows,
    failed_models,
    read_attribution,
    store_robustness,
    stored_robustness,
    touch_rows,
)
from attrigraph.graph.runs import (
    JobLock,
    Run,
    acquire_job_lock,
    begin_run,
    delete_old_runs,
    finish_run,
    link_kinds,
)
from attrigraph.graph.scores import write_assigned, write_touch_credit
from attrigraph.graph.spend import (
    read_campaign_names,
    read_creative_names,
    read_currency,
    read_spend,
)
from attrigraph.graph.triggers import write_triggers
from attrigraph.log_fields import add_log_fields
from attrigraph.runs.computed_run import compute, write_keys
from attrigraph.runs.daily_credit import write_days
from attrigraph.runs.extension import Extended, extend, why_not
from attrigraph.runs.lineage import code_version, fingerprint, run_id, spend_fingerprint
from attrigraph.runs.parameters import JOB, RunParameters
from attrigraph.runs.progress import ignore
from attrigraph.runs.recording import recording
from attrigraph.runs.segment_credit import segments_of, write_segments
from attrigraph.services.accounts import accounts_for, spend_of, with_money, with_spending
from attrigraph.services.artefacts import artefacts_of, with_artefacts
from attrigraph.services.attribution_data import (
    choose_models,
    graph_data,
    warn_about_options_without_effect,
)
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.data_health import health_of
from attrigraph.services.killed_runs import clean_killed_runs, totals
from attrigraph.services.questions import answer_without_models, kind_of, questions_of
from attrigraph.services.robustness import with_robustness
from attrigraph.services.runs_of_kinds import runs_by_kind
from attrigraph.spend.accounts import Spend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neo4j import Driver

    from attrigraph.domain import Attribution, Experiment
    from attrigraph.runs.progress import Progress
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

_RECORDS_CHECKED: Final = 100


def attribute_graph(
    stores: Stores, options: AttributionOptions | None = None, *, progress: Progress = ignore
) -> Attribution:
    """Attribute the conversions of the graph, and write the scores of all levels back.

    The run's id follows from the events, the parameters and the version of the code: the same
    options on the same graph return the results that are stored. Readers see the previous run
    until the new one is complete, and also afterwards where it is not published. Each kind of
    conversion is a run of its own; that of the kind with the largest value is named and published.

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
    delete_left_over_credit(driver, JOB)
    with acquire_job_lock(driver, JOB) as lock:
        known = clean_killed_runs(stores, JOB)
        options = replace(options, spend=stored_spend(driver, options))
        seen = seen_loads(driver).number  # before anything is read
        first, *others = _graph_questions(stores, options)
        if options.segments is not None:
            segments_of(first, options.segments)  # what is wrong is known before anything is fitted
        run = _identified(run_of(first, choose_models(first, options), options, seen), known)
        add_log_fields(run=run.id)
        check_free(known.values(), options.name, run=run.id)
        extended = _extended(stores, lock, run, (first, *others), options, progress, known)
        runs: list[Run | Attribution]
        if extended is not None:
            stored, runs = extended[0], list(extended[1:])
        else:
            runs = [
                _other_run(stores, question, options, progress, known, seen) for question in others
            ]
            kept = tuple(run.id for run in runs if isinstance(run, Run))
            # the run of the first kind is published last, which ends the lock
            stored = _first_run(stores, lock, run, first, options, progress, known=known, kept=kept)
    delete_left_over_credit(driver, JOB)
    answers = [
        _stored_answer(driver, run, question, options, progress) if isinstance(run, Run) else run
        for run, question in zip(runs, others, strict=True)
    ]
    answer = _stored_answer(driver, stored, first, options, progress)
    return replace(answer, others=tuple(answers))


def stored_spend(driver: Driver, options: AttributionOptions) -> Spend:
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
    stored = Spend(
        read_spend(driver),
        read_campaign_names(driver),
        currency,
        creative_names=read_creative_names(driver),
    )
    spend = spend_of(stored, options)
    spend.costs()  # what cannot be converted is known before anything is fitted
    return spend


def _graph_questions(stores: Stores, options: AttributionOptions) -> tuple[EventData, ...]:
    known = stores.cache if options.cache else None
    artefacts = artefacts_of(stores.engine, options)
    events = graph_data(stores.driver, options, known=known)
    data = with_spending(events, spend_of(Spend(), options))
    return tuple(
        with_artefacts(one, artefacts, kind_of(one))
        for one in questions_of(data, sum_kinds=options.sum_kinds)
        if isinstance(one, EventData)
    )


def _first_run(
    stores: Stores,
    lock: JobLock,
    run: Run,
    data: EventData,
    options: AttributionOptions,
    progress: Progress,
    *,
    known: Mapping[str, Run],
    kept: tuple[str, ...],
) -> Run:
    """The finished run of the first kind; older ones are deleted, except those of ``kept``.

    Args:
        stores: the graph and Postgres.
        lock: of the job.
        run: the run, before it begins.
        data: the events of its kind.
        options: see there.
        progress: called after each model.
        known: the stored runs by id.
        kept: ids of runs of other kinds.
    """
    warn_about_options_without_effect(data, (*run.models, *filter(None, [run.touch_model])))
    publishes = not options.is_partial if options.publish is None else options.publish
    publishes = publishes or (options.publish is None and lock.current is None)

    def end(written: Run) -> None:
        link_kinds(stores.driver, (written.id, *kept))
        if options.name is not None:
            name_run(stores.driver, written.id, options.name)
        if publishes:
            publish(
                stores.driver,
                lock,
                written.id,
                finished=_end_of(written),
                summary=written.summary,
            )
        elif written.id != lock.current:
            logger.info(
                f"run {written.id} is kept and not published, so that readers of the graph see "
                f"the run before; `attrigraph runs publish {written.id}` publishes it"
            )

    def end_new(written: Run) -> None:
        readers = () if publishes else _runs_of_readers(known, lock.current)
        n_kept = options.keep * (1 + len(kept))
        delete_old_runs(stores.driver, JOB, n_kept, new=(written.id, *kept, *readers))
        if not publishes:
            _finish(stores.driver, written)
        end(written)

    stored = _finished(known, run, data)
    if stored is None:
        return _compute(stores, run, data, options, progress, end_new, kept=not publishes)
    end(stored)
    return stored


def _runs_of_readers(known: Mapping[str, Run], current: str | None) -> tuple[str, ...]:
    """Ids of the published run and of those of other kinds that belong to it."""
    published = known.get(current or "")
    if published is None:
        return ()
    siblings = runs_by_kind(known.values(), published).values()
    return (published.id, *(run.id for run in siblings))


def _other_run(
    stores: Stores,
    data: EventData,
    options: AttributionOptions,
    progress: Progress,
    known: Mapping[str, Run],
    seen: int,
) -> Run | Attribution:
    """The finished run of another kind than the first, or its answer if every model failed."""
    names = choose_models(data, options)
    run = _identified(run_of(data, names, options, seen), known)
    stored = _finished(known, run, data)
    if stored is not None:
        return stored

    def finish(written: Run) -> None:
        _finish(stores.driver, written)

    try:
        return _compute(stores, run, data, options, progress, finish, kept=True)
    except (ConvergenceError, InputError) as error:
        return answer_without_models(data, names, options.level, error)


def _finished(known: Mapping[str, Run], run: Run, data: EventData) -> Run | None:
    """The stored run with the same id, if there is one."""
    stored = known.get(run.id)
    if stored is not None:
        logger.info(f"run {stored.id} already has these results; nothing recomputed")
        for failure in failed_models(stored, "channel"):
            logger.warning(f"skipping {failure.model}{of_kind(data)}: {failure.reason}")
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


def _extended(
    stores: Stores,
    lock: JobLock,
    run: Run,
    questions: tuple[EventData, ...],
    options: AttributionOptions,
    progress: Progress,
    known: Mapping[str, Run],
) -> tuple[Run, ...] | None:
    """The published run and those of other kinds, extended; None for new or known runs."""
    if not options.extend or run.id in known:
        return None
    published = known.get(lock.current or "")
    of_kinds = {} if published is None else runs_by_kind(known.values(), published)
    found: dict[str | None, Run | None] = {None: published}
    found.update(of_kinds)
    first, *others = questions
    seen = run.seen or 0
    of_others = (run_of(one, choose_models(one, options), options, seen) for one in others)
    pairs = [
        (found.get(new.kind), new, data)
        for new, data in zip((run, *of_others), (first, *others), strict=True)
    ]
    reason = why_not(stores.driver, pairs)
    if reason is not None:
        logger.info(f"the published run is not extended, but a new one is made: {reason}")
        return None
    runs = [
        Extended(
            stored,
            replace(stored, fingerprint=new.fingerprint, parameters=new.parameters, seen=new.seen),
            data,
            accounts_for(data, spend_of(Spend(), options)),
            [line.to_json() for line in health_of(data, stores.customer_key)],
        )
        for stored, new, data in pairs
        if stored is not None
    ]
    with recording(stores.engine, uuid4(), job=JOB, parameters=run.parameters) as record:
        done = extend(stores.driver, lock, runs, progress, segments=options.segments)
        record.input_fingerprint, record.summary = done[0].fingerprint, totals(done[0])
    if options.name is not None:
        name_run(stores.driver, done[0].id, options.name)
    logger.info(
        f"run {done[0].id} is extended to the present data, as its version {done[0].version}"
    )
    return done


def _identified(run: Run, known: Mapping[str, Run]) -> Run:
    """The run with the id of a stored one of the same content, else with one that is free.

    A run that was extended has the id of the data that it was made of.
    """
    for stored in known.values():
        if _content(stored) == _content(run):
            return replace(run, id=stored.id)
    id_ = run.id
    while id_ in known:
        id_ = run_id(JOB, fingerprint=id_, parameters=run.parameters, code_version=run.code_version)
    return replace(run, id=id_)


def _content(run: Run) -> tuple[str, str, str]:
    return run.fingerprint, json.dumps(run.parameters, sort_keys=True), run.code_version


def run_of(
    data: EventData, names: tuple[str, ...], options: AttributionOptions, seen: int | None = None
) -> Run:
    """The run that these events and options make, before it begins.

    Args:
        data: the events.
        names: of the models.
        options: see there.
        seen: number of the load up to which all loads are in the data; None for files.
    """
    parameters = RunParameters(
        models=names,
        touch_model=resolve_touch_model(options.touch_model, names, data.frozen),
        journeys=data.journey_options,
        model_options=options.model_options,
        experiments=data.experiments,
        allow_old_experiments=options.allow_old_experiments,
        currency=options.currency,
        spend=spend_fingerprint(spend_of(Spend(), options)),
        segments=options.segments,
        artefacts={name: one.artefact for name, one in sorted(data.frozen.items())},
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
        seen=seen,
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
    *,
    kept: bool,
) -> Run:
    """Compute and write a run, kept or about to be published, end it by ``end``, and record it."""
    run_uuid = UUID(hex=run.id)
    with recording(stores.engine, run_uuid, job=JOB, parameters=run.parameters) as record:
        written = _write_run(stores.driver, run, data, options, progress, kept=kept)
        health = [line.to_json() for line in health_of(data, stores.customer_key)]
        written = replace(written, summary={**written.summary, "data_health": health})
        end(written)
        record.input_fingerprint, record.summary = written.fingerprint, totals(written)
    return written


def _write_run(
    driver: Driver,
    run: Run,
    data: EventData,
    options: AttributionOptions,
    progress: Progress,
    *,
    kept: bool,
) -> Run:
    """Compute all levels, then write them; nothing is written where a computation fails."""
    computed = compute(run, data, accounts_for(data, spend_of(Spend(), options)), progress)
    run, analysis, days = computed.run, computed.analysis, computed.days
    begin_run(driver, run)
    write_keys(driver, computed)
    for level, answer in computed.by_level:
        rows = assigned_rows(answer, data.events, options.journeys.window)
        write_assigned(driver, run.id, level, rows)
    write_days(driver, run.id, days)
    if options.segments is not None:
        write_segments(driver, run.id, analysis, data, computed.by_level, options.segments)
    link_run(driver, run.id, _experiments_used(analysis, run.models))
    channels = dict(computed.by_level)["channel"].models
    write_triggers(driver, run.id, {name: model.triggered for name, model in channels.items()})
    if computed.credit is not None and run.touch_model is not None:
        rows_of_touches = touch_rows(computed.credit, data.events)
        write_touch_credit(driver, run.id, run.touch_model, rows_of_touches, kept=kept)
    return replace(run, finished=datetime.now(UTC), status="done")


def _experiments_used(analysis: Analysis, models: Sequence[str]) -> tuple[Experiment, ...]:
    """The experiments that calibrated any of these models, each once."""
    used = {one.id: one for name in models for one in analysis.fitted(name).experiments}
    return tuple(used.values())


def _finish(driver: Driver, run: Run) -> None:
    finish_run(driver, run.id, finished=_end_of(run), summary=run.summary)


def _end_of(run: Run) -> datetime:
    return run.finished or datetime.now(UTC)
