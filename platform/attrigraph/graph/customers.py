"""Point reads: the events of one customer, and the journey of one conversion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from neo4j import RoutingControl

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.touch_limits import lookback_of
from attrigraph.attribution.observed.touch_rules import trimmed_path
from attrigraph.domain import NO_TIME, Conversion, Touchpoint
from attrigraph.domain.order import tie_hash
from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from neo4j import Driver, ManagedTransaction

    Order = tuple[int, int, int, int, str]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CustomerJourney:
    """All touches and conversions of one customer, each oldest first."""

    customer_id: str
    touches: tuple[Touchpoint, ...]
    conversions: tuple[Conversion, ...]


@dataclass(frozen=True, slots=True)
class ConversionJourney:
    """One conversion and the touches that lead to it, oldest first; there may be none."""

    conversion: Conversion
    touches: tuple[Touchpoint, ...]


@dataclass(frozen=True, slots=True)
class _Events:
    """Touches and conversions by their place in time, both sorted by it."""

    customer: str
    touches: Mapping[Order, Touchpoint]
    conversions: Mapping[Order, Conversion]


def journey_of(driver: Driver, customer_id: str) -> CustomerJourney:
    """The touches and conversions of one customer.

    Raises:
        InputError: the customer does not exist in the graph.
    """
    with driver.session(database=DATABASE) as session:
        return session.execute_read(_customer, customer_id)


def journey_of_conversion(
    driver: Driver,
    conversion_id: str,
    *,
    rules: JourneyOptions | None = None,
    also: Collection[str] = (),
) -> ConversionJourney:
    """The journey of one conversion.

    Its touches are those that ``attrigraph.attribution.observed.journeys`` derives by the rules,
    of channels and campaigns that the rules take.

    Args:
        driver: an open driver.
        conversion_id: id of the conversion.
        rules: what counts as a journey; the default rules for None. Without times there is no
            lookback.
        also: ids of touches of the customer that are included whatever the rules.

    Raises:
        InputError: the conversion does not exist in the graph.
    """
    rules = JourneyOptions() if rules is None else rules

    def read(tx: ManagedTransaction) -> _Events:
        events = _events_of(tx, conversion=conversion_id)
        if events is None:
            raise InputError(f"the graph has no conversion with the id {conversion_id!r}")
        return _events_of_account(tx, events) if rules.by == "account" else events

    with driver.session(database=DATABASE) as session:
        return _journey(session.execute_read(read), conversion_id, rules, also)


def names_of_touches(driver: Driver, touches: Sequence[Touchpoint]) -> dict[str, Mapping[str, str]]:
    """Names of the campaigns and creatives of touches, by level and id, where they have one."""
    parameters = {
        "campaigns": [touch.campaign for touch in touches if touch.campaign is not None],
        "creatives": [touch.creative for touch in touches if touch.creative is not None],
    }
    (record,) = driver.execute_query(
        query("journeys/read_names").text,
        parameters,
        database_=DATABASE,
        routing_=RoutingControl.READ,
    ).records
    return {"campaign": dict(record["campaigns"]), "creative": dict(record["creatives"])}


def _journey(
    events: _Events, conversion_id: str, rules: JourneyOptions, also: Collection[str]
) -> ConversionJourney:
    kinds = rules.conversion_kinds
    ending = {
        order: conversion
        for order, conversion in events.conversions.items()
        if conversion.id == conversion_id or not kinds or conversion.kind in kinds
    }
    start, end = _ends_of(ending, conversion_id)
    start = (NO_TIME, 0, 0) if rules.reuse_touches else start
    kept = {touch.id for touch in trimmed_path(_leading(events.touches, start, end, rules), rules)}
    touches = (one for one in events.touches.values() if one.id in kept or one.id in also)
    return ConversionJourney(ending[end], tuple(touches))


def _customer(tx: ManagedTransaction, customer_id: str) -> CustomerJourney:
    events = _events_of(tx, customer=customer_id)
    if events is None:
        raise InputError(f"the graph has no customer with the id {customer_id!r}")
    return CustomerJourney(
        customer_id, tuple(events.touches.values()), tuple(events.conversions.values())
    )


def _events_of(
    tx: ManagedTransaction, *, customer: str | None = None, conversion: str | None = None
) -> _Events | None:
    """The events of a customer, or of the customer of a conversion; None if there is none."""
    parameters = {"customer": customer, "conversion": conversion}
    record = tx.run(query("journeys/read_customer").text, parameters).single()
    if record is None:
        return None
    owner = record["customer"]
    touches = {_order(*columns): _touch(owner, *columns) for columns in record["touches"]}
    conversions = {
        _order(*columns): _conversion(owner, *columns) for columns in record["conversions"]
    }
    return _Events(owner, dict(sorted(touches.items())), dict(sorted(conversions.items())))


def _events_of_account(tx: ManagedTransaction, own: _Events) -> _Events:
    """The events of all contacts of a customer's account."""
    record = tx.run(query("journeys/read_colleagues").text, {"customer": own.customer}).single()
    contacts = () if record is None else record["customers"]
    others = (_events_of(tx, customer=contact) for contact in contacts if contact != own.customer)
    events = [own, *(other for other in others if other is not None)]
    touches = {order: touch for one in events for order, touch in one.touches.items()}
    conversions = {order: made for one in events for order, made in one.conversions.items()}
    return _Events(own.customer, dict(sorted(touches.items())), dict(sorted(conversions.items())))


def _order(
    name: str, time: int | None, nanosecond: int | None, position: int | None, *_: object
) -> Order:
    """Time, nanosecond, position, tie hash and id: the order of ``attrigraph.domain.order``."""
    instant = (NO_TIME, 0) if time is None else (time, nanosecond or 0)
    return *instant, position or 0, int(tie_hash([name])[0]), name


def _ends_of(
    conversions: Mapping[Order, Conversion], conversion_id: str
) -> tuple[tuple[int, int, int], Order]:
    """Where the journey of a conversion starts, at the previous conversion, and where it ends."""
    start = (NO_TIME, 0, 0)
    for end, conversion in conversions.items():
        if conversion.id == conversion_id:
            break
        start = end[:3]
    return start, end


def _leading(
    touches: Mapping[Order, Touchpoint],
    start: tuple[int, int, int],
    end: Order,
    rules: JourneyOptions,
) -> list[Touchpoint]:
    """The touches from start to end, each at most as old as its own lookback."""

    def is_within(order: Order, touch: Touchpoint) -> bool:
        days = lookback_of(touch, rules.lookback_days, rules.lookbacks)
        if days is None or end[0] == NO_TIME:
            return True
        return order[:2] >= (end[0] - round(days * 86_400_000), end[1])

    return [
        touch
        for order, touch in touches.items()
        if start <= order[:3] < end[:3] and is_within(order, touch)
    ]


def _touch(
    customer_id: str,
    id: str,  # noqa: A002 - the field's name
    time: int | None,
    nanosecond: int | None,
    position: int | None,
    kind: str | None,
    channel: str | None,
    campaign: str | None,
    creative: str | None,
    cost: float | None,
) -> Touchpoint:
    return Touchpoint(
        id=id,
        customer_id=customer_id,
        timestamp=_instant(time, nanosecond),
        channel=channel,
        campaign=campaign,
        creative=creative,
        kind=kind or "",
        cost=cost,
        position=position or 0,
    )


def _conversion(
    customer_id: str,
    id: str,  # noqa: A002 - the field's name
    time: int | None,
    nanosecond: int | None,
    position: int | None,
    kind: str | None,
    value: float | None,
) -> Conversion:
    return Conversion(
        id=id,
        customer_id=customer_id,
        timestamp=_instant(time, nanosecond),
        value=value or 0.0,
        kind=kind or "",
        position=position or 0,
    )


def _instant(milliseconds: int | None, nanosecond: int | None) -> datetime | None:
    """A datetime, which knows no more than microseconds."""
    if milliseconds is None:
        return None
    return _EPOCH + timedelta(milliseconds=milliseconds, microseconds=(nanosecond or 0) // 1000)
