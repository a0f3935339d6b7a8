"""The use cases of experiments: read a randomised holdout, and plan which channel to test next."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.covariates import covariates_of
from attrigraph.attribution.incremental.experiments.holdout import holdout_lift
from attrigraph.attribution.models import plan_experiments
from attrigraph.attribution.observed.conversion_kinds import kinds_by_value
from attrigraph.domain import CustomerAttributes, Experiment
from attrigraph.domain.experiment import default_id
from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.services.accounts import accounts_for, file_spend, spend_of
from attrigraph.services.attribute_graph import stored_spend
from attrigraph.services.attribution_data import check_kinds, event_data, graph_data
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.questions import most_valuable
from attrigraph.staging import stage
from attrigraph.staging.taken import check_taken, log_staged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.attribution.data import EventData
    from attrigraph.attribution.incremental.experiments.holdout import HoldoutLift
    from attrigraph.attribution.incremental.experiments.plan import Design, PlannedTest
    from attrigraph.domain import Conversions, EventTable, StringArray
    from attrigraph.spend.accounts import Spend
    from attrigraph.staging import Source, StagingOptions
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

HELD_OUT: Final = frozenset({"true", "yes", "1", "holdout", "control"})
"""Values of a holdout column, in any case of letters, of customers who were held out."""

TREATED: Final = frozenset({"false", "no", "0", "treated", "treatment", "test"})
"""Values of customers who were not."""

DAY_MS: Final = 86_400_000

PLANNED: Final = "planned experiments"


@dataclass(frozen=True, slots=True)
class Holdout:
    """Where the holdout is in the customers table, and what was tested when.

    Attributes:
        column: the column that says who was held out; customers without a value took no part.
        channel: what they were held out from.
        start: first day of the experiment; None for the day of the first event.
        end: last day, inclusive; None for the day of the last event.
        share: intended share of customers held out; None for a half.
        spend: on the channel in these days, where known.
        currency: of the spend.
        kinds: kinds of conversions that count; none for that of the largest value, which is what
            experiments calibrate.
    """

    column: str
    channel: str
    start: date | None = None
    end: date | None = None
    share: float | None = None
    spend: float | None = None
    currency: str | None = None
    kinds: tuple[str, ...] = ()


def read_holdout(
    files: Sequence[Path],
    source: Source,
    holdout: Holdout,
    *,
    staging: StagingOptions,
    folder: Path,
) -> tuple[Experiment, HoldoutLift]:
    """Lift and standard error of a randomised holdout, as an experiment.

    The lift is what the channel caused: the effect per customer, times all customers who were not
    held out. It caused nothing in the others, whose share of its touches is missing as well when
    the experiment calibrates credits.

    Args:
        files: events and the customers table.
        source: what they hold.
        holdout: where the holdout is, and what was tested.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.

    Raises:
        InputError: too many rows were rejected, there is no customers table or no such column, its
            values are not those of a holdout, or the groups are too small or of other sizes than
            intended.
    """
    with stage(files, source, staging, folder=folder) as staged:
        log_staged(staged)
        check_taken(staged, staging.max_rejected)
        events = staged.events(touch_ids=False)
        customers = CustomerAttributes.concatenate(list(staged.customer_attributes()))
    if customers is None:
        raise InputError("a holdout is read from a customers table; name it with --customers")
    if holdout.column not in customers.columns:
        raise InputError(
            f"the customers table has no column {holdout.column!r}; its columns are"
            f" {listed_names(customers.columns)}"
        )
    in_test, held_out = _groups(holdout.column, customers.columns[holdout.column])
    start, end = _dates(events, holdout)
    counts = _of_kinds(events.conversions, holdout.kinds)
    outcome = _conversions(events, customers, start, end, counts)
    others = {name: col for name, col in customers.columns.items() if name != holdout.column}
    covariates = covariates_of(CustomerAttributes(customers.customers, customers.bucket, others))
    lift = holdout_lift(
        outcome[in_test],
        held_out[in_test],
        covariates.values[in_test],
        customers=len(customers) - int(held_out.sum()),
        share=holdout.share,
    )
    experiment = Experiment(
        id=default_id(holdout.channel, start, end),
        kind="holdout",
        channel=holdout.channel,
        lift=lift.lift,
        standard_error=lift.standard_error,
        start=start,
        end=end,
        spend=holdout.spend,
        currency=holdout.currency,
        population=lift.treated + lift.held_out,
        source=f"holdout column {holdout.column}",
    )
    return experiment, lift


def _groups(name: str, column: StringArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who took part, and who was held out, ``[customers]`` each."""
    words = ["" if value is None else _word(value) for value in column]
    unknown = sorted(set(words) - HELD_OUT - TREATED - {""})
    if unknown:
        raise InputError(
            f"the column {name!r} must mark customers who were held out by one of"
            f" {', '.join(sorted(HELD_OUT))}, and the others by one of"
            f" {', '.join(sorted(TREATED))}; got {', '.join(repr(word) for word in unknown[:5])}"
        )
    return np.array([bool(word) for word in words]), np.array([word in HELD_OUT for word in words])


def _word(value: object) -> str:
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).casefold()


def _dates(events: EventTable, holdout: Holdout) -> tuple[date, date]:
    times = np.concatenate([events.touches.time, events.conversions.time])
    if len(events.conversions) == 0:
        raise InputError("a holdout needs conversions to compare, and the files hold none")
    start = holdout.start or datetime.fromtimestamp(int(times.min()) / 1000, UTC).date()
    end = holdout.end or datetime.fromtimestamp(int(times.max()) / 1000, UTC).date()
    if end < start:
        raise InputError(f"the experiment ends on {end}, before it starts on {start}")
    return start, end


def _of_kinds(conversions: Conversions, named: Sequence[str]) -> NDArray[np.bool_]:
    """Which conversions count, ``[conversions]``: those of the most valuable kind by default."""
    kinds = kinds_by_value(conversions)
    check_kinds(named, kinds)
    if not named and len(kinds) < 2:
        return np.ones(len(conversions), dtype=bool)
    if not named:
        logger.warning(
            f"the lift is of conversions of the kind {kinds[0]!r} alone; --conversion-kinds names "
            f"others: {', '.join(kinds[1:])}"
        )
    codes = [conversions.kind.keys.index(kind) for kind in named or kinds[:1] if kind in kinds]
    return np.isin(conversions.kind.codes, codes)


def _conversions(
    events: EventTable,
    customers: CustomerAttributes,
    start: date,
    end: date,
    counts: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Conversions that count of each customer from start to end, ``[customers]``."""
    first, last = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        for day in (start, end + timedelta(days=1))
    )
    conversions = events.conversions
    within = counts & (conversions.time >= first) & (conversions.time < last)
    count = np.bincount(conversions.customer[within], minlength=len(events.customers))
    by_id = dict(zip(events.customers.tolist(), count.tolist(), strict=True))
    return np.array([by_id.get(customer, 0) for customer in customers.customers], dtype=np.float64)


def plan_from_files(
    files: Sequence[Path],
    source: Source,
    design: Design,
    options: AttributionOptions | None = None,
    *,
    staging: StagingOptions,
    folder: Path,
) -> tuple[PlannedTest, ...]:
    """Channels by what an experiment on them is expected to gain, from files.

    Args:
        files: events, and the customers table, experiments and spend where there are any.
        source: what they hold.
        design: the experiment.
        options: kind of conversions, currency and rates; see there.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.

    Raises:
        InputError: too many rows were rejected, or too few conversions for the causal model.
        NeedsTimesError: events have no times.
        ConvergenceError: the model does not converge.
    """
    options = options or AttributionOptions()
    staging = replace(staging, currency=options.currency, rates=options.rates)
    with stage(files, source, staging, folder=folder) as staged:
        log_staged(staged)
        check_taken(staged, staging.max_rejected)
        customers = CustomerAttributes.concatenate(list(staged.customer_attributes()))
        events, stored = staged.events(touch_ids=False), staged.references().experiments
        spend = spend_of(file_spend(staged.references(), staged.currency), options)
    return _planned(event_data(events, customers, options, stored), design, spend)


def plan_from_graph(
    stores: Stores, design: Design, options: AttributionOptions | None = None
) -> tuple[PlannedTest, ...]:
    """The same from the graph; see ``plan_from_files``."""
    options = options or AttributionOptions()
    spend = stored_spend(stores.driver, options)
    return _planned(graph_data(stores.driver, options), design, spend)


def _planned(data: EventData, design: Design, spend: Spend) -> tuple[PlannedTest, ...]:
    question = most_valuable(data, PLANNED)
    return plan_experiments(question, design, accounts_for(question, spend).channel_costs())
