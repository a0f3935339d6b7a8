"""Cost and return in answers: spend matched with the touches of the data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attrigraph.attribution.data import EventData, PathData
from attrigraph.attribution.observed.costs import EntityCost
from attrigraph.attribution.observed.spend import media_spend
from attrigraph.attribution.observed.spending import TESTED_LEVELS, Spending, dates_of
from attrigraph.attribution.observed.subset import CUSTOMER
from attrigraph.domain.zones import zone_or_utc
from attrigraph.quantities import counted
from attrigraph.spend.accounts import Spend, accounts_of, with_accounts
from attrigraph.spend.experiment_spend import experiment_spend
from attrigraph.spend.left_out import without_left_out
from attrigraph.spend.period import period_of
from attrigraph.spend.touch_groups import NO_GROUPS, event_groups, has_costs, path_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.attribution.data import Data
    from attrigraph.domain import Attribution, References
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.spend.accounts import Accounts
    from attrigraph.spend.costs import LevelCosts


def file_spend(references: References, currency: str | None = None) -> Spend:
    """The spend among files, of which events have amounts in that currency."""
    campaigns = {one.id: one.name for one in references.campaigns if one.name is not None}
    creatives = {one.id: one.name for one in references.creatives if one.name is not None}
    return Spend(references.spend, campaigns, currency, creative_names=creatives)


def spend_of(stored: Spend, options: AttributionOptions) -> Spend:
    """The spend of the options, else what is stored with the data; in the options' currency."""
    spend = stored if options.spend is None else options.spend
    campaigns = {**stored.campaign_names, **spend.campaign_names}
    creatives = {**stored.creative_names, **spend.creative_names}
    currency = options.currency or stored.currency or spend.currency
    return Spend(spend.days, campaigns, currency, options.rates, creatives)


def accounts_for(data: Data, spend: Spend) -> Accounts:
    """Spend matched with the touches of the data.

    Raises:
        InputError: the spend is in several currencies, or a rate is missing.
    """
    if isinstance(data, EventData):
        events, rules = data.events, data.journey_options
        period = period_of(events, rules.window, rules.zone)
        priced = len(spend.days) or has_costs(events)
        groups = event_groups(events, period) if priced else NO_GROUPS
        days = without_left_out(spend.days, data.left_out, groups, spend.campaign_names)
        notes = _notes_on_parts(len(spend.days), len(spend.days) - len(days), data)
        accounts = accounts_of(replace(spend, days=days), groups, period)
        return replace(accounts, notes=(*accounts.notes, *notes))
    assert isinstance(data, PathData)
    return accounts_of(spend, path_groups(data.paths), None)


def _notes_on_parts(n_rows: int, n_left_out: int, data: EventData) -> Iterator[str]:
    """What is said of spend where the data are a part of those for which it was spent."""
    if n_left_out:
        rows = counted(n_left_out, "daily row")
        yield f"{rows} of spend on what --only or --exclude leaves out, not counted"
    rules = data.journey_options
    if n_rows and any(one.field.startswith(CUSTOMER) for one in (*rules.only, *rules.exclude)):
        yield (
            "spend is on all customers, and --only or --exclude leaves some of them out: returns "
            "are those of a part on the cost of all"
        )


def with_money(data: Data, answer: Attribution, accounts: Accounts) -> Attribution:
    """The answer with cost and return, and with the spend on channels.

    Counts of paths have no dates and so no spend per day.
    """
    answer = with_accounts(answer, accounts)
    if not isinstance(data, EventData):
        return answer
    spend = media_spend(
        data.events,
        data.journey_options.window,
        data.experiments,
        allow_outside=data.allow_old_experiments,
        spending=data.spending,
        zone=zone_or_utc(data.journey_options.zone),
    )
    return replace(answer, spend=spend)


def with_spending(data: EventData, spend: Spend) -> EventData:
    """The data with what is known of spend, in the currency of the answer.

    Raises:
        InputError: the spend, or that of experiments, is in several currencies, or a rate is
            missing.
    """
    zone, window = zone_or_utc(data.journey_options.zone), data.journey_options.window
    dates = dates_of(data.events, window, zone)
    if dates is None:
        return data
    accounts = accounts_for(data, spend)
    costs = {level: known_costs(accounts.costs(level)) for level in TESTED_LEVELS}
    used = [one for one in data.experiments if data.allow_old_experiments or one.overlaps(*dates)]
    tested = experiment_spend(used, spend)
    return replace(data, spending=Spending(costs, (dates[1] - dates[0]).days + 1, tested))


def known_costs(costs: LevelCosts) -> dict[str, EntityCost]:
    """Costs by key, of the keys with a name."""
    return {
        key: EntityCost(round(one.touches), one.known, one.cost)
        for key, one in costs.keys.items()
        if key is not None
    }
