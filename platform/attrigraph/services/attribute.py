"""Use cases of attribution: over the graph, with scores written back, and over files alone."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np

from attrigraph.attribution.multi_touch import registry
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import MODELS
from attrigraph.attribution.observed.evidence import Evidence, named_direct
from attrigraph.attribution.observed.journeys import JourneyOptions, derive
from attrigraph.attribution.observed.paths import regroup
from attrigraph.domain import LEVELS
from attrigraph.errors import AttrigraphError, InputError, StoreError
from attrigraph.graph.customer_attributes import read_customer_attributes
from attrigraph.graph.journeys import read_events
from attrigraph.graph.run_summary import assigned_rows, read_attribution, summary_of, touch_rows
from attrigraph.graph.runs import (
    Run,
    Turn,
    begin_run,
    check_keep,
    clean_unfinished,
    delete_old_runs,
    list_runs,
    take_turn,
)
from attrigraph.graph.scores import write_assigned, write_touch_credit
from attrigraph.runs.lineage import code_version, fingerprint, run_id
from attrigraph.services import inquiry
from attrigraph.services.customers import one_table
from attrigraph.services.inquiry import (
    ATTENTION,
    AUTO,
    INCREMENTAL,
    TOUCH_MODELS,
    Inquiry,
    fitting_touch_model,
)
from attrigraph.staging import StagingOptions, stage
from attrigraph.store import job_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from neo4j import Driver
    from sqlalchemy import Engine

    from attrigraph.domain import (
        Attribution,
        Categorical,
        CustomerAttributes,
        EventTable,
        Level,
        PathCounts,
    )
    from attrigraph.staging import Source, Staged
    from attrigraph.stores import Stores


logger = logging.getLogger(__name__)

JOB: Final = "attribute"
DEFAULT_KEEP: Final = 5

_SHOWN_REFUSALS: Final = 10
_LOOKED_BACK: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionOptions:
    """What is asked of attribution.

    Attributes:
        models: names of models; None asks all that the data can answer, and says which cannot.
        by: ``channel``, ``campaign`` or ``creative``.
        journeys: what counts as a journey.
        told: what models are told.
        touch_model: whose credit of single touches is written into the graph; None for none, and
            ``auto`` for ``incremental`` or ``attention`` where it is among the models, else
            ``linear``.
        keep: how many runs stay in the graph beside the new one.
        lift: CSV file of lift tests, by which the incremental model is calibrated.

    Raises:
        InputError: an unknown model, a touch model without touch-level credit, or ``keep`` < 1.
    """

    models: tuple[str, ...] | None = None
    by: Level = "channel"
    journeys: JourneyOptions = field(default_factory=JourneyOptions)
    told: ModelOptions = field(default_factory=ModelOptions)
    touch_model: str | None = AUTO
    keep: int = DEFAULT_KEEP
    lift: Path | None = None

    def __post_init__(self) -> None:
        if self.by not in LEVELS:
            raise InputError(f"by must be one of {', '.join(LEVELS)}; got {self.by!r}")
        check_keep(self.keep)
        if self.models is not None:
            inquiry.select(self.models)
        if self.touch_model is not None and self.touch_model not in (AUTO, *TOUCH_MODELS):
            inquiry.select([self.touch_model])
            raise InputError(
                f"{self.touch_model} gives no credit to single touches, so it cannot be the touch "
                f"model; models that do are {', '.join(TOUCH_MODELS)}"
            )


def attribute_graph(stores: Stores, options: AttributionOptions | None = None) -> Attribution:
    """Share out the conversions of the graph, and write the scores of all levels back.

    The run's id follows from the facts, the parameters and the version of the code: asking the
    same again about the same graph gives the answer that is there. Readers see the previous run
    until the new one is whole.

    Args:
        stores: the graph, and Postgres, which keeps the record of the run.
        options: what is asked; the answer returned is that of level ``options.by``.

    Raises:
        InputError: the graph is empty, or an option does not fit the data.
        NeedsTimesError: a model or option needs times and the graph holds only orders.
        ConservationError: credits do not add up; nothing is written.
        StoreError: another run is under way, or the graph changed while it was read.
    """
    options = options or AttributionOptions()
    driver, engine = stores.driver, stores.engine
    with take_turn(driver, JOB) as turn:
        _clean(driver, engine)
        asked = inquire_graph(driver, options)
        run = _run_of(asked, fitting_models(options, asked), options)
        known = {run.id: run for run in list_runs(driver, JOB)}.get(run.id)
        if known is None:
            with _recorded(engine, run):
                known = _write_run(driver, run, asked, options)
                delete_old_runs(driver, JOB, options.keep, new=run.id)
                _switch(turn, known)
            _record_done(engine, known)
        else:
            logger.info(f"run {run.id} already has these results; nothing recomputed")
            _switch(turn, known)
    return read_attribution(driver, known, options.by)


def attribute_files(
    files: Sequence[Path],
    source: Source,
    options: AttributionOptions | None = None,
    *,
    staging: StagingOptions,
    folder: Path,
) -> Attribution:
    """Share out the conversions of files, with no store; the same credits as through the graph.

    Args:
        files: see ``attrigraph.staging.stage``.
        source: what they hold.
        options: what is asked; ``touch_model`` and ``keep`` play no part.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.

    Raises:
        InputError: a file or an option is not what was expected.
        NeedsTimesError: a model or option needs times and the files hold only orders.
        ConservationError: credits do not add up.
    """
    options = options or AttributionOptions()
    with stage(files, source, staging, folder=folder) as staged:
        _report_staged(staged)
        return _answer_staged(staged, options)


def _clean(driver: Driver, engine: Engine) -> None:
    """Remove what killed runs left behind, and end their records; only in the job's turn."""
    left = clean_unfinished(driver, JOB)
    if left:
        logger.info(f"removed {len(left)} unfinished runs")
    done = {run.id: run for run in list_runs(driver, JOB)}
    for record in job_runs.read_runs(engine, job=JOB, limit=_LOOKED_BACK):
        if record.status != "running":
            continue
        if record.id.hex in done:  # it was killed behind the switch
            _record_done(engine, done[record.id.hex])
        else:
            job_runs.fail_run(engine, record.id, reason="killed; its scores were removed")


def inquire(
    events: EventTable, customers: CustomerAttributes | None, options: AttributionOptions
) -> Inquiry:
    """Facts as these options look at them."""
    journeys = derive(events, options.journeys)
    return Inquiry(events, journeys, options.journeys, options.told, customers, options.lift)


def inquire_graph(
    driver: Driver,
    options: AttributionOptions,
) -> Inquiry:
    """The graph's facts as these options look at them.

    Raises:
        InputError: the graph is empty.
        StoreError: it is not in the form that the loader writes.
    """
    events = read_events(driver, ids=options.touch_model is not None, kinds=False)
    logger.info(
        f"read {len(events.touches):,} touches and {len(events.conversions):,} conversions of "
        f"{len(events.customers):,} customers"
    )
    if not len(events.customers):
        raise InputError("the graph is empty; load touches and conversions into it first")
    say_absent(_occurring(events.conversions.kind), events.touches.channel.keys, options)
    return inquire(events, read_customer_attributes(driver), options)


def say_absent(
    kinds: Sequence[str], channels: Sequence[str | None], options: AttributionOptions
) -> None:
    """Tell of names that were asked for and that nothing in the data bears.

    Args:
        kinds: of the conversions that there are.
        channels: of the touches that there are.
        options: what is asked.
    """
    for kind in options.journeys.conversion_kinds:
        if kind not in kinds:
            present = ", ".join(kinds) or "none"
            logger.warning(f"no conversion is of kind {kind!r}; the kinds are: {present}")
    direct = options.told.direct_channels
    for name in direct if direct != ModelOptions().direct_channels else ():
        if not named_direct(channels, [name]).any():
            logger.warning(f"no touch is of the direct channel {name!r}")


def _occurring(column: Categorical) -> list[str]:
    return [column.keys[code] for code in np.unique(column.codes) if code >= 0]


def fitting_models(options: AttributionOptions, asked: Inquiry | None) -> tuple[str, ...]:
    """The models to ask; where none are named, those that the data can answer.

    Args:
        options: what is asked.
        asked: the facts; None where only counts of paths are known.
    """
    if options.models is not None:
        names = inquiry.select(options.models)
        if ATTENTION in names:
            logger.info("attention fits several networks, which takes minutes")
        return names
    timed = asked is not None and not np.isnan(asked.journeys.age).any()
    fitting = [INCREMENTAL] if answers_incremental(asked) else []
    for model in MODELS.values():
        if not model.by_default:
            continue
        if model.name == "position-custom" and options.told.position_weights is None:
            continue  # it is a model only once it has weights
        if model.needs_times and not timed:
            logger.info(f"skipping {model.name}: it needs the times of touches")
        elif model.needs_channels and asked is None and options.by != "channel":
            logger.info(
                f"{model.name} is left out: by {options.by} it needs more than counts of paths"
            )
        else:
            fitting.append(model.name)
    return tuple(fitting)


def answers_incremental(asked: Inquiry | None) -> bool:
    """Whether the incremental model can be asked.

    Args:
        asked: the facts; None where only counts of paths are known.
    """
    if asked is None:
        logger.info(f"skipping {INCREMENTAL}: it needs the times of touches")
        return False
    try:
        asked.refuse_incremental()
    except InputError as error:
        logger.info(f"skipping {INCREMENTAL}: {error}")
        return False
    return True


def _run_of(asked: Inquiry, names: tuple[str, ...], options: AttributionOptions) -> Run:
    """The run that these facts and options make, before it begins."""
    parameters = _parameters(names, options)
    read = fingerprint(asked.events, asked.customers)
    return Run(
        id=run_id(JOB, fingerprint=read, parameters=parameters, code_version=code_version()),
        job=JOB,
        models=names,
        parameters=parameters,
        code_version=code_version(),
        fingerprint=read,
        seed=options.told.seed,
        started=datetime.now(UTC),
        touch_model=fitting_touch_model(options.touch_model, names),
        window=_instants(options.journeys.window),
    )


def _parameters(names: tuple[str, ...], options: AttributionOptions) -> dict[str, Any]:
    """All that decides the scores, as JSON values; ``by`` does not: all levels are written."""
    return {
        "models": list(names),
        "touch_model": fitting_touch_model(options.touch_model, names),
        "journeys": _as_json(options.journeys),
        "told": _as_json(options.told),
        "lift": None if options.lift is None else _digest(options.lift),
    }


def _digest(path: Path) -> str:
    """SHA-256 of a file; what it holds decides the scores, not where it lies."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"the lift tests {path} cannot be read: {error.strerror}") from error


def _as_json(options: JourneyOptions | ModelOptions) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(options).items()
    }


def _instants(window: tuple[int, int] | None) -> tuple[datetime | None, datetime | None]:
    if window is None:
        return None, None
    start, end = (_EPOCH + timedelta(milliseconds=bound) for bound in window)
    return start, end


@contextmanager
def _recorded(engine: Engine, run: Run) -> Iterator[None]:
    """Keep a record of the run; where the block fails, with the error."""
    job_runs.begin_run(
        engine,
        UUID(hex=run.id),
        job=run.job,
        parameters=run.parameters,
        code_version=run.code_version,
    )
    try:
        yield
    except BaseException as error:
        told = str(error) if isinstance(error, AttrigraphError) else type(error).__name__
        # the error itself matters more than that it cannot be noted
        with suppress(StoreError):
            job_runs.fail_run(engine, UUID(hex=run.id), reason=told)
        raise


def _write_run(driver: Driver, run: Run, asked: Inquiry, options: AttributionOptions) -> Run:
    """Answer at all levels and write everything aside; nothing is written where an answer fails."""
    events = asked.events
    answers = [asked.answer(run.models, level) for level in LEVELS]
    credit = None if run.touch_model is None else asked.touch_credit(run.touch_model)
    begin_run(driver, run)
    for level, answer in zip(LEVELS, answers, strict=True):
        rows = assigned_rows(answer, events, options.journeys.window)
        write_assigned(driver, run.id, level, rows)
    summary = summary_of(answers, events, 0 if credit is None else len(credit))
    if credit is not None and run.touch_model is not None:
        rows_of_touches = touch_rows(credit, events)
        write_touch_credit(driver, run.id, run.touch_model, rows_of_touches)
        summary["touch_assumptions"] = list(asked.assumptions(run.touch_model))
    return replace(run, summary=summary, finished=datetime.now(UTC), status="done")


def _switch(turn: Turn, run: Run) -> None:
    turn.switch(run.id, finished=run.finished or datetime.now(UTC), summary=run.summary)


def _record_done(engine: Engine, run: Run) -> None:
    totals = {name: value for name, value in run.summary.items() if name != "levels"}
    job_runs.finish_run(engine, UUID(hex=run.id), input_fingerprint=run.fingerprint, summary=totals)


def _report_staged(staged: Staged) -> None:
    counts = staged.counts
    logger.info(
        f"read {counts.read:,} rows: {counts.accepted:,} taken, {counts.repeated:,} repeated, "
        f"{counts.refused:,} refused"
    )
    for refusal in islice(staged.refused(), _SHOWN_REFUSALS):
        logger.info(f"refused {refusal.file}:{refusal.line}: {refusal.reason}")
    for note in staged.notes:
        logger.info(note)


def _answer_staged(staged: Staged, options: AttributionOptions) -> Attribution:
    """Ask staged rows; counts of paths are asked without their journeys where none are needed."""
    counts = _path_counts(staged, options)
    if counts is not None:
        say_absent((), counts.keys, options)
        names = fitting_models(options, None)
        if not any(_needs_journeys(name, options.by) for name in names):
            evidence = Evidence(_at_level(counts, options.by))
            return registry.attribute(evidence, names, options.told, options.by)
    events = staged.events()
    if counts is None:
        say_absent(_occurring(events.conversions.kind), events.touches.channel.keys, options)
    asked = inquire(events, one_table(staged.customer_attributes()), options)
    return asked.answer(fitting_models(options, asked), options.by)


def _path_counts(staged: Staged, options: AttributionOptions) -> PathCounts | None:
    """Counts of paths, where files hold nothing else and nothing asked needs the journeys."""
    if options.journeys != JourneyOptions():
        return None
    try:
        return staged.path_counts()
    except InputError:  # the files hold events
        return None


def _needs_journeys(name: str, by: Level) -> bool:
    if name in (INCREMENTAL, ATTENTION):
        return True
    model = MODELS[name]
    return model.needs_times or (model.needs_channels and by != "channel")


def _at_level(paths: PathCounts, by: Level) -> PathCounts:
    """Paths over channels as paths over ``by``: of campaigns and creatives nothing is known.

    They come out in the order in which paths of journeys are counted, so that both ways have the
    same bootstrap draws.
    """
    if by != "channel":
        paths = replace(paths, keys=(None,), codes=np.zeros_like(paths.codes))
    return regroup(paths)
