"""Events for models: from files or the graph, with the options of an attribution applied."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from attrigraph.attribution.analysis import (
    applicable_models,
    options_without_effect,
    requested_models,
)
from attrigraph.attribution.data import EventData
from attrigraph.attribution.models import MODELS
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.subset import names_left_out, subset, with_campaign_ids
from attrigraph.domain.accounts import attributes_by_account, by_account
from attrigraph.domain.channel_names import are_named
from attrigraph.domain.columns import EPOCH, NO_TIME
from attrigraph.domain.near_names import near_names
from attrigraph.errors import InputError
from attrigraph.graph.accounts import read_accounts
from attrigraph.graph.customer_attributes import read_customer_attributes
from attrigraph.graph.experiments import read_experiments
from attrigraph.graph.facts import read_known_events
from attrigraph.graph.journeys import count_cancelled, read_events
from attrigraph.graph.spend import read_campaign_names, read_spend
from attrigraph.quantities import counted, enumerated
from attrigraph.spend.campaign_names import campaign_names
from attrigraph.staging.taken import all_cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neo4j import Driver

    from attrigraph.attribution.data import Data
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Categorical, CustomerAttributes, EventTable, Experiment
    from attrigraph.domain.accounts import ContactAccounts
    from attrigraph.graph.facts import FactsCache
    from attrigraph.services.attribution_options import AttributionOptions

logger = logging.getLogger(__name__)


def event_data(
    events: EventTable,
    customers: CustomerAttributes | None,
    options: AttributionOptions,
    stored: tuple[Experiment, ...] = (),
    campaign_names: Callable[[], Mapping[str, str]] = dict,
) -> EventData:
    """Events with these options, and the experiments stored with them unless options name others.

    The log names options that match nothing in them, and a window without conversions.

    Args:
        events: all events.
        customers: attributes of customers; None if none are known.
        options: see there.
        stored: experiments that are stored with them.
        campaign_names: gives names of campaigns by id, if an option needs them.

    Raises:
        InputError: kinds of conversions are named, and none of them occurs, or a condition holds
            for nothing.
    """
    warn_about_unknown_names(
        _occurring(events.conversions.kind), events.touches.channel.keys, options
    )
    rules = _with_campaign_ids(options.journeys, events, campaign_names)
    _warn_about_window(events, rules.window)
    taken, customers = subset(events, customers, only=rules.only, exclude=rules.exclude)
    return EventData(
        taken,
        rules,
        _never_crediting(options.model_options, rules.dropped_channels),
        customers,
        stored if options.experiments is None else options.experiments,
        options.allow_old_experiments,
        leave_out_experiments=options.experiments is None,
        left_out=names_left_out(events, taken, (*rules.only, *rules.exclude)),
    )


def _with_campaign_ids(
    rules: JourneyOptions, events: EventTable, names: Callable[[], Mapping[str, str]]
) -> JourneyOptions:
    """The rules with ids of campaigns in the place of their names."""
    if all(one.field != "campaign" for one in (*rules.only, *rules.exclude)):
        return rules
    ids, known = set(_occurring(events.touches.campaign)), names()
    return replace(
        rules,
        only=with_campaign_ids(rules.only, ids, known),
        exclude=with_campaign_ids(rules.exclude, ids, known),
    )


def graph_data(
    driver: Driver, options: AttributionOptions, *, known: FactsCache | None = None
) -> EventData:
    """The graph's events with these options.

    Args:
        driver: an open driver.
        options: see there.
        known: files of events, which are not read again; None to read all.

    Raises:
        InputError: the graph is empty, or has no conversion that was kept, or none of the named
            kinds.
        StoreError: it is not in the form that the loader writes.
    """
    ids = options.touch_model is not None
    events, customers = graph_events(driver, options.journeys, ids=ids, known=known)
    logger.info(
        f"read {counted(len(events.touches), 'touch')} and "
        f"{counted(len(events.conversions), 'conversion')} of "
        f"{counted(len(events.customers), 'customer')}"
    )
    if not len(events.customers):
        raise InputError("the graph is empty; load touches and conversions into it first")
    if not len(events.conversions):
        cancelled = count_cancelled(driver)
        if cancelled:
            raise InputError(all_cancelled(cancelled))
        raise InputError(
            f"the graph holds {counted(len(events.touches), 'touch')} and no conversion, so there "
            "is nothing to credit; load conversions, or load the files again with "
            "--conversion-events that names the events that are conversions"
        )
    stored = read_experiments(driver) if options.experiments is None else ()
    return event_data(events, customers, options, stored, lambda: _campaign_names(driver))


def _campaign_names(driver: Driver) -> dict[str, str]:
    return campaign_names(read_spend(driver), read_campaign_names(driver))


def graph_events(
    driver: Driver, journeys: JourneyOptions, *, ids: bool, known: FactsCache | None = None
) -> tuple[EventTable, CustomerAttributes | None]:
    """The graph's events and attributes, of contacts or of accounts.

    Args:
        driver: an open driver.
        journeys: whose journeys they are.
        ids: whether to read ids of touches.
        known: see ``graph_data``.

    Raises:
        InputError: journeys of accounts are wanted, and the graph has none.
        StoreError: it is not in the form that the loader writes.
    """
    if journeys.by == "contact":
        with ThreadPoolExecutor(1, thread_name_prefix="read-customers") as pool:
            customers = pool.submit(read_customer_attributes, driver)
            if known is None:
                events = read_events(driver, ids=ids)
            else:
                events = read_known_events(driver, known, ids=ids)
            return events, customers.result()
    # ids decide between touches of contacts at one instant
    events = read_events(driver) if known is None else read_known_events(driver, known)
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


def _never_crediting(options: ModelOptions, channels: Sequence[str]) -> ModelOptions:
    """The options, with channels that causal models never credit added to those there are."""
    known = are_named(channels, options.not_marketing)
    added = [name for name, is_known in zip(channels, known, strict=True) if not is_known]
    return replace(options, not_marketing=(*options.not_marketing, *added)) if added else options


def choose_models(data: Data, options: AttributionOptions) -> tuple[str, ...]:
    """The models to run: those named, else the default ones that the data support.

    With parameters of earlier fits models that would be fitted to the data are no default.
    """
    if options.models is not None:
        return requested_models(options.models)
    names = applicable_models(data, options.level)
    if not data.frozen:
        return names
    fitted = [name for name in names if MODELS[name].can_freeze or MODELS[name].incremental]
    left_out = [name for name in fitted if name not in data.frozen]
    if left_out:
        logger.info(
            f"not fitted to the data, as parameters of earlier fits are used: "
            f"{enumerated(left_out)}; name them with --models to run them"
        )
    return tuple(name for name in MODELS if name in data.frozen or name in {*names} - {*left_out})


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
    check_kinds(options.journeys.conversion_kinds, kinds)
    usual, models = ModelOptions(), options.model_options
    present = [channel for channel in channels if channel is not None]
    if models.direct_channels != usual.direct_channels:
        _warn_about_channels("direct channel", models.direct_channels, present)
    if models.not_marketing != usual.not_marketing:
        _warn_about_channels("channel that is no marketing", models.not_marketing, present)
        never = (*models.not_marketing, *options.journeys.dropped_channels)
        _warn_about_unlisted(never, present)


def _warn_about_channels(meaning: str, names: Sequence[str], present: Sequence[str]) -> None:
    """Log the names that no touch has."""
    for name in names:
        if not are_named(present, [name]).any():
            logger.warning(f"no touch is of the {meaning} {name!r}; {near_names(name, present)}")


def _warn_about_unlisted(names: Sequence[str], present: Sequence[str]) -> None:
    """Log channels that causal models never credit unless other names take the place of theirs."""
    is_usual = are_named(present, ModelOptions().not_marketing)
    is_listed = are_named(present, names)
    unlisted = [name for name, found in zip(present, is_usual & ~is_listed, strict=True) if found]
    if unlisted:
        logger.warning(
            "the channels named as no marketing take the place of the usual list, so causal models"
            f" may credit {enumerated(unlisted)}; name them too if no marketing pays for them"
        )


def check_kinds(named: Sequence[str], kinds: Sequence[str]) -> None:
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


def _warn_about_window(events: EventTable, window: tuple[int, int] | None) -> None:
    """Log that no conversion is in the window, with the days of those there are."""
    times = events.conversions.time[events.conversions.time != NO_TIME]
    if window is None or not len(times) or ((times >= window[0]) & (times < window[1])).any():
        return
    days = (EPOCH + timedelta(milliseconds=int(time)) for time in (times.min(), times.max()))
    first, last = (f"{day:%Y-%m-%d}" for day in days)
    logger.warning(f"no conversion is in the window; those in the data are of {first} to {last}")


def _occurring(column: Categorical) -> list[str]:
    return [column.keys[code] for code in np.unique(column.codes) if code >= 0]
