"""The use cases of experiments: read a randomised holdout, and plan which channel to test next."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.attribution.incremental.covariates import covariates_of
from attrigraph.attribution.incremental.experiments.holdout import holdout_lift
from attrigraph.attribution.incremental.experiments.plan import by_gain
from attrigraph.attribution.models import plan_experiments
from attrigraph.attribution.observed.conversion_kinds import kinds_by_value
from attrigraph.domain import CustomerAttributes, Experiment
from attrigraph.domain.event_span import time_span
from attrigraph.domain.experiment import default_id
from attrigraph.domain.near_names import near_names
from attrigraph.domain.zones import day_at, midnight, zone_or_utc
from attrigraph.errors import InputError
from attrigraph.escaping import listed_names
from attrigraph.planning.measure_next import values_of_tests
from attrigraph.quantities import counted
from attrigraph.services.accounts import file_spend, spend_of, with_spending
from attrigraph.services.attribute_graph import stored_spend
from attrigraph.services.attribution_data import check_kinds, event_data, graph_data
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.questions import most_valuable
from attrigraph.staging import stage
from attrigraph.staging.taken import log_and_check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, tzinfo
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.attribution.data import EventData
    from attrigraph.attribution.incremental.experiments.holdout import HoldoutLift
    from attrigraph.attribution.incremental.experiments.plan import Design, PlannedTest
    from attrigraph.domain import Conversions, EventTable, StringArray, Touches
    from attrigraph.planning.request import PlanRequest
    from attrigraph.spend.accounts import Spend
    from attrigraph.staging import Source, StagingOptions
    from attrigraph.stores import Stores

logger = logging.getLogger(__name__)

HELD_OUT: Final = frozenset({"true", "yes", "1", "holdout", "control"})
"""Values of a holdout column, in any case of letters, of customers who were held out."""

TREATED: Final = frozenset({"false", "no", "0", "treated", "treatment", "test"})
"""Values of customers who were not."""

PLANNED: Final = "planned experiments"


@dataclass(frozen=True, slots=True)
class Holdout:
    """Where the holdout is in the customers table, and what was tested when.

    Attributes:
        column: the column that says who was held out; customers without a value took no part.
        channel: what they were held out from.
        start: first day of the experiment, in the zone of the files, else UTC; None for the day
            of the first event.
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
            values are not those of a holdout, the channel has no touches in the dates, or the
            groups are too small or of other sizes than intended.
    """
    zone = zone_or_utc(staging.zone)
    with stage(files, source, staging, folder=folder) as staged:
        log_and_check(staged, staging.max_rejected)
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
    start, end = _dates(events, holdout, zone)
    dates = midnight(start, zone), midnight(end + timedelta(days=1), zone)
    touched = _touched(events, customers, holdout.channel, (start, end), dates)
    _warn_about_reach(holdout.channel, touched[in_test & ~held_out], touched[in_test & held_out])
    _warn_about_others(events, customers)
    outcome = _conversions(events, customers, dates, _of_kinds(events.conversions, holdout.kinds))
    if not outcome[in_test].any():
        raise InputError(
            f"no customer in the experiment converted from {start} to {end}, so there is nothing "
            "to compare; check the dates and --conversion-kinds"
        )
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


def _dates(events: EventTable, holdout: Holdout, zone: tzinfo) -> tuple[date, date]:
    """First and last day of the experiment.

    Raises:
        InputError: there are no conversions, or the experiment has no day in the data.
    """
    span = time_span(events)
    if len(events.conversions) == 0 or span is None:
        raise InputError("a holdout needs conversions with times to compare, and there are none")
    first, last = (day_at(time, zone) for time in span)
    start, end = holdout.start or first, holdout.end or last
    ran = f"the experiment ran from {start} to {end}, and the data are of {first} to {last}"
    if end < start:
        raise InputError(f"the experiment ends on {end}, before it starts on {start}")
    if end < first or last < start:
        raise InputError(f"{ran}; give files of its dates, or its dates with --from and --to")
    if start < first or last < end:
        logger.warning(f"{ran}: conversions on days that are not in the data are not in the lift")
    return start, end


def _touched(
    events: EventTable,
    customers: CustomerAttributes,
    channel: str,
    days: tuple[date, date],
    dates: tuple[int, int],
) -> NDArray[np.bool_]:
    """Which customers the channel touched in the dates, ``[customers]``.

    Raises:
        InputError: it touched nobody.
    """
    touches = events.touches
    row = {customer: place for place, customer in enumerate(events.customers.tolist())}
    of_channel = _of_channel(touches, channel)
    within = of_channel & (touches.time >= dates[0]) & (touches.time < dates[1])
    if not within.any():
        raise InputError(
            f"no touch is of the channel {channel!r} from {days[0]} to {days[1]}, so nothing was "
            "withheld in these days; give the days of the experiment with --from and --to"
        )
    is_touched = np.append(np.bincount(touches.customer[within], minlength=len(row)) > 0, False)
    return is_touched[[row.get(customer, -1) for customer in customers.customers]]


def _of_channel(touches: Touches, channel: str) -> NDArray[np.bool_]:
    """Which touches are of a channel, ``[touches]``; at least one is.

    Raises:
        InputError: none is.
    """
    column = touches.channel
    names = [column.keys[code] for code in np.unique(column.codes) if code >= 0]
    if channel not in names:
        raise InputError(f"no touch is of the channel {channel!r}; {near_names(channel, names)}")
    return np.asarray(column.codes == column.keys.index(channel))


def _warn_about_reach(
    channel: str, treated: NDArray[np.bool_], held_out: NDArray[np.bool_]
) -> None:
    """Log that customers were touched from whom the channel was withheld."""
    if not held_out.any() or not len(treated):
        return
    logger.warning(
        f"{channel} touched {held_out.mean():.1%} of the customers who were held out, and "
        f"{treated.mean():.1%} of the others; the lift is of the difference alone"
    )


def _warn_about_others(events: EventTable, customers: CustomerAttributes) -> None:
    """Log that customers with events are not in the table."""
    missing = len(set(events.customers.tolist()) - set(customers.customers.tolist()))
    if missing:
        logger.warning(
            f"{counted(missing, 'customer')} with events and not in the customers table, who are "
            "not in the lift"
        )


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
    dates: tuple[int, int],
    counts: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Conversions that count of each customer in the dates, ``[customers]``."""
    conversions = events.conversions
    within = counts & (conversions.time >= dates[0]) & (conversions.time < dates[1])
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
    budget: PlanRequest | None = None,
) -> tuple[PlannedTest, ...]:
    """Channels by what an experiment on them is expected to gain, from files.

    Args:
        files: events, and the customers table, experiments and spend where there are any.
        source: what they hold.
        design: the experiment.
        options: kind of conversions, currency and rates; see there.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.
        budget: a plan of a budget, whose value experiments should raise; None for the decision to
            keep or to stop each channel.

    Raises:
        InputError: too many rows were rejected, too few conversions for the causal model, or the
            plan of the budget has no draws, or none of the channels.
        NeedsTimesError: events have no times.
        ConvergenceError: the model does not converge.
    """
    options = options or AttributionOptions()
    staging = replace(staging, currency=options.currency, rates=options.rates)
    with stage(files, source, staging, folder=folder) as staged:
        log_and_check(staged, staging.max_rejected)
        customers = CustomerAttributes.concatenate(list(staged.customer_attributes()))
        events, stored = staged.events(touch_ids=False), staged.references().experiments
        spend = spend_of(file_spend(staged.references(), staged.currency), options)
    return _planned(event_data(events, customers, options, stored), design, spend, budget)


def plan_from_graph(
    stores: Stores,
    design: Design,
    options: AttributionOptions | None = None,
    *,
    budget: PlanRequest | None = None,
) -> tuple[PlannedTest, ...]:
    """The same from the graph; see ``plan_from_files``."""
    options = options or AttributionOptions()
    spend = stored_spend(stores.driver, options)
    return _planned(graph_data(stores.driver, options), design, spend, budget)


def _planned(
    data: EventData, design: Design, spend: Spend, budget: PlanRequest | None
) -> tuple[PlannedTest, ...]:
    planned = plan_experiments(most_valuable(with_spending(data, spend), PLANNED), design)
    return planned if budget is None else for_budget(planned, budget)


def for_budget(planned: Sequence[PlannedTest], budget: PlanRequest) -> tuple[PlannedTest, ...]:
    """The tests with what each adds to the value of a plan of a budget, as their gain.

    Args:
        planned: tests of channels.
        budget: its campaigns are channels by name; others cannot be tested.

    Raises:
        InputError: the plan has none of the channels, or its curves have no draws.
    """
    known = {campaign.id for campaign in budget.campaigns}
    resolved = {one.channel: one.resolved for one in planned if one.channel in known}
    if not resolved:
        raise InputError(
            f"the plan of the budget has none of the channels {_channels(planned)}; its campaigns "
            f"are {listed_names(sorted(known))}"
        )
    gains = {one.campaign: one.value for one in values_of_tests(budget, resolved)}
    return by_gain(replace(one, gain=gains.get(one.channel)) for one in planned)


def _channels(planned: Sequence[PlannedTest]) -> str:
    return listed_names([one.channel for one in planned])
