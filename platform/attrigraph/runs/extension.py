"""Extension of the published run to the facts that loads brought since, in one transaction.

The answers are computed of all facts, as those of a new run are; what is spared is the reading of
customers who did not change, and the writing of credit that is as it was. Of credit of touches that
of the changed customers is replaced, by an index; of credit by day that of the days whose digest
differs; totals and segments are few, and are written again. Readers see all of it at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.models import MODELS
from attrigraph.graph.loads import count_changed, list_changed
from attrigraph.graph.run_summary import assigned_rows, touch_rows
from attrigraph.graph.scores import write_assigned, write_touch_credit
from attrigraph.runs.computed_run import compute, write_keys
from attrigraph.runs.daily_credit import changed_days, replace_days
from attrigraph.runs.segment_credit import write_segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.data import EventData
    from attrigraph.graph.runs import JobLock, Run
    from attrigraph.runs.computed_run import ComputedRun
    from attrigraph.runs.progress import Progress
    from attrigraph.spend.accounts import Accounts

MAX_SHARE: Final = 0.2
"""Share of the customers up to whose change a run is extended; a new run is quicker beyond it."""


@dataclass(frozen=True, slots=True, eq=False)
class Extended:
    """A run and the newer data that it is about to be of.

    Attributes:
        stored: the run as it is.
        run: with the fingerprint and parameters of the newer data.
        data: these.
        accounts: their spend.
        health: lines on their health, as JSON values.
    """

    stored: Run
    run: Run
    data: EventData
    accounts: Accounts
    health: Sequence[Mapping[str, Any]]


def why_not(
    driver: Driver,
    pairs: Sequence[tuple[Run | None, Run, EventData]],
) -> str | None:
    """Why runs cannot be extended; None if they can.

    Args:
        driver: an open driver.
        pairs: of each question the stored run (None for none), that of the newer data, and these.
    """
    if pairs[0][0] is None or not pairs[0][0].current:
        return "the kind of conversions with the largest value is another"
    for stored, run, data in pairs:
        reason = _why_not(stored, run, data)
        if reason is not None:
            return reason
        assert stored is not None
        assert stored.seen is not None
        if count_changed(driver, stored.seen) > MAX_SHARE * len(data.events.customers):
            return f"more than {MAX_SHARE:.0%} of the customers changed"
    return None


def _why_not(stored: Run | None, run: Run, data: EventData) -> str | None:
    if stored is None:
        return "there is none that answers the same question"
    if stored.pinned:
        return "it is pinned"
    if stored.code_version != run.code_version:
        return "another version of the code made it"
    if _question(stored.parameters) != _question(run.parameters):
        return "it has other options, or other models fit the data now"
    if stored.seen is None or "days" not in stored.summary:
        return "it does not know which loads are in its data"
    if stored.models != run.models:
        return "a model failed when it was made"
    fitted = [name for name in run.models if name not in data.frozen and MODELS[name].incremental]
    if fitted:
        return f"{fitted[0]} is fitted to all data, so that the credit of everybody changes"
    rules = data.journey_options
    if rules.only or rules.exclude or rules.by != "contact":
        return "journeys of accounts, --only and --exclude depend on more than the customer's facts"
    return None


def _question(parameters: Mapping[str, Any]) -> str:
    """The parameters without the spend, which may grow with the data."""
    return json.dumps({**parameters, "spend": None}, sort_keys=True)


def extend(
    driver: Driver,
    lock: JobLock,
    runs: Sequence[Extended],
    progress: Progress,
    *,
    segments: str | None,
) -> tuple[Run, ...]:
    """Extend runs of several kinds of conversions, of which the first is published.

    Args:
        driver: an open driver.
        lock: of the job; it is released.
        runs: to extend.
        progress: called after each answer.
        segments: the attribute of customers by which credit is also written; None for none.

    Returns:
        The runs as they are stored now.

    Raises:
        StoreError: the graph changed while it was read; nothing is written.
    """
    computed = [_computed(one, progress) for one in runs]
    for one in computed:
        write_keys(driver, one)
    done = tuple(
        _write(lock, one.stored, new, list_changed(driver, one.stored.seen or 0), segments)
        for one, new in zip(runs, computed, strict=True)
    )
    lock.commit()
    return done


def _computed(extended: Extended, progress: Progress) -> ComputedRun:
    computed = compute(extended.run, extended.data, extended.accounts, progress)
    summary = {**computed.run.summary, "data_health": list(extended.health)}
    return replace(computed, run=replace(computed.run, summary=summary))


def _write(
    lock: JobLock,
    stored: Run,
    computed: ComputedRun,
    changed: Sequence[str],
    segments: str | None,
) -> Run:
    """Replace what differs, in the transaction of the lock."""
    transaction, data, run = lock.transaction, computed.data, computed.run
    lock.write("scores/clear_assigned", {"run": run.id})
    for level, answer in computed.by_level:
        rows = assigned_rows(answer, data.events, data.journey_options.window)
        write_assigned(transaction, run.id, level, rows)
    if segments is not None:
        write_segments(transaction, run.id, computed.analysis, data, computed.by_level, segments)
    before, now = stored.summary["days"], run.summary["days"]
    for level, by_model in computed.days.items():
        days = changed_days(before.get(level, {}), now[level])
        replace_days(transaction, run.id, level, by_model, days=days)
    if computed.credit is not None and run.touch_model is not None:
        lock.write("scores/clear_credit", {"run": run.id, "customers": list(changed)})
        rows_of_touches = touch_rows(_of_customers(computed, changed), data.events)
        kept = run.id != lock.current
        write_touch_credit(transaction, run.id, run.touch_model, rows_of_touches, kept=kept)
    return replace(run, version=lock.extend(run))


def _of_customers(computed: ComputedRun, customers: Sequence[str]) -> TouchCredit:
    """The credit for conversions of some customers."""
    credit, events = computed.credit, computed.data.events
    assert credit is not None
    among = set(customers)
    taken = np.array([name in among for name in events.customers.tolist()], bool)
    rows = np.flatnonzero(taken[events.conversions.customer[credit.conversion]])
    return TouchCredit(
        credit.touch[rows],
        credit.conversion[rows],
        credit.credit[rows],
        credit.value[rows],
        None if credit.captured is None else credit.captured[rows],
    )
