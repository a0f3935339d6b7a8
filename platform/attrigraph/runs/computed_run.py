"""The answers of a run at all levels, before anything of them is written."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.models import AUTO, resolve_touch_model
from attrigraph.domain import LEVELS
from attrigraph.graph.run_summary import keys_without_touches, summary_of
from attrigraph.graph.spend import merge_spent_on
from attrigraph.runs.daily_credit import daily_credit, digests_of
from attrigraph.runs.progress import counter
from attrigraph.spend.accounts import with_accounts

if TYPE_CHECKING:
    from collections.abc import Collection

    from neo4j import Driver

    from attrigraph.attribution.credit.touches import TouchCredit
    from attrigraph.attribution.data import EventData
    from attrigraph.domain import Attribution, Level
    from attrigraph.graph.runs import Run
    from attrigraph.runs.daily_credit import Days
    from attrigraph.runs.progress import Progress
    from attrigraph.spend.accounts import Accounts

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class ComputedRun:
    """What a run is about to write.

    Attributes:
        run: with the models that have an answer, its touch model, and its summary.
        data: its events.
        analysis: with the fitted models.
        by_level: the answers at each level.
        credit: of touches, by the touch model; None without one.
        days: credit by day of conversion.
    """

    run: Run
    data: EventData
    analysis: Analysis
    by_level: tuple[tuple[Level, Attribution], ...]
    credit: TouchCredit | None
    days: Days


def compute(run: Run, data: EventData, accounts: Accounts, progress: Progress) -> ComputedRun:
    """Answer at all levels.

    Args:
        run: before it begins.
        data: its events.
        accounts: spend by key.
        progress: called after each answer.

    Raises:
        InputError: an option does not fit the data, or no model has an answer.
        NeedsTimesError: a model or option needs times, and the data have only orders.
        ConvergenceError: no model has an answer.
        ConservationError: credits do not add up.
    """
    analysis = Analysis(data)
    on_answer = counter(progress, "fit", len(run.models) * len(LEVELS))
    answers = [analysis.attribute(run.models, level, on_answer=on_answer) for level in LEVELS]
    touch_model = _touch_model_of(run, answers[0], data.frozen)
    run = replace(run, models=tuple(answers[0].models), touch_model=touch_model)
    credit = None if touch_model is None else analysis.touch_credit(touch_model)
    by_level = tuple(
        (level, with_accounts(answer, accounts))
        for level, answer in zip(LEVELS, answers, strict=True)
    )
    days = daily_credit(analysis, data, by_level)
    n_credited = 0 if credit is None else len(credit)
    summary: dict[str, Any] = summary_of(
        [answer for _, answer in by_level], data.events, n_credited
    )
    summary["days"] = digests_of(days)
    if touch_model is not None:
        summary["touch_assumptions"] = list(analysis.fitted(touch_model).assumptions)
    return ComputedRun(replace(run, summary=summary), data, analysis, by_level, credit, days)


def write_keys(driver: Driver, computed: ComputedRun) -> None:
    """Make the nodes of keys that are credited because of spend alone."""
    events = computed.data.events
    keys = {answer.by: keys_without_touches(answer, events) for _, answer in computed.by_level}
    merge_spent_on(driver, keys)


def _touch_model_of(run: Run, answer: Attribution, frozen: Collection[str]) -> str | None:
    """The run's touch model, or if its fit failed the one of the models that have an answer."""
    failed = {failure.model for failure in answer.failed}
    if run.touch_model not in failed:
        return run.touch_model
    other = resolve_touch_model(AUTO, tuple(answer.models), frozen)
    logger.warning(f"touches have the credit of {other}, because {run.touch_model} failed")
    return other
