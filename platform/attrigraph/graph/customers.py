"""Point reads: what happened with one customer, and what led to one conversion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from attrigraph.domain import NO_TIME, Conversion, Touchpoint
from attrigraph.errors import InputError
from attrigraph.graph.catalogue import query
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Collection

    from neo4j import Driver, ManagedTransaction

DEFAULT_LOOKBACK_DAYS: Final = 30.0

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


def journey_of(driver: Driver, customer_id: str) -> CustomerJourney:
    """What happened with one customer.

    Raises:
        InputError: the graph has no such customer.
    """
    with driver.session(database=DATABASE) as session:
        return session.execute_read(_customer, customer_id)


def journey_of_conversion(
    driver: Driver,
    conversion_id: str,
    *,
    lookback_days: float | None = DEFAULT_LOOKBACK_DAYS,
    also: Collection[str] = (),
) -> ConversionJourney:
    """The touches that lead to one conversion.

    They are the customer's touches before it, after the previous conversion, and no older than
    the lookback: the same that ``attrigraph.attribution.observed.journeys`` derives for it.

    Args:
        driver: an open driver.
        conversion_id: id of the conversion.
        lookback_days: in days; None for no limit. Where only the order is known there is none.
        also: ids of touches of the customer that belong to it whenever they were.

    Raises:
        InputError: the graph has no such conversion.
    """

    def read(tx: ManagedTransaction) -> CustomerJourney:
        found = tx.run(
            query("journeys/find_conversion").text, {"conversion": conversion_id}
        ).single()
        if found is None:
            raise InputError(f"the graph has no conversion with the id {conversion_id!r}")
        return _customer(tx, found["customer"])

    with driver.session(database=DATABASE) as session:
        journey = session.execute_read(read)
    return _leading_to(journey, conversion_id, lookback_days, also)


def _customer(tx: ManagedTransaction, customer_id: str) -> CustomerJourney:
    record = tx.run(query("journeys/read_customer").text, {"customer": customer_id}).single()
    if record is None:
        raise InputError(f"the graph has no customer with the id {customer_id!r}")
    touches = [_touch(customer_id, *columns) for columns in record["touches"]]
    conversions = [_conversion(customer_id, *columns) for columns in record["conversions"]]
    return CustomerJourney(
        customer_id,
        tuple(sorted(touches, key=_order)),
        tuple(sorted(conversions, key=_order)),
    )


def _leading_to(
    journey: CustomerJourney,
    conversion_id: str,
    lookback_days: float | None,
    also: Collection[str],
) -> ConversionJourney:
    place = [conversion.id for conversion in journey.conversions].index(conversion_id)
    conversion = journey.conversions[place]
    end = _order(conversion)[:2]
    start = _order(journey.conversions[place - 1])[:2] if place else (NO_TIME, NO_TIME)
    horizon = _horizon(conversion.timestamp, lookback_days)
    touches = (
        touch
        for touch in journey.touches
        if touch.id in also or (start <= _order(touch)[:2] < end and _order(touch)[0] >= horizon)
    )
    return ConversionJourney(conversion, tuple(touches))


def _horizon(end: datetime | None, lookback_days: float | None) -> int:
    if end is None or lookback_days is None:
        return NO_TIME
    return _milliseconds(end) - round(lookback_days * 86_400_000)


def _order(event: Touchpoint | Conversion) -> tuple[int, int, str]:
    time = NO_TIME if event.timestamp is None else _milliseconds(event.timestamp)
    return time, event.position, event.id


def _touch(
    customer_id: str,
    id: str,  # noqa: A002 - the field's name
    time: int | None,
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
        timestamp=_instant(time),
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
    position: int | None,
    kind: str | None,
    value: float | None,
) -> Conversion:
    return Conversion(
        id=id,
        customer_id=customer_id,
        timestamp=_instant(time),
        value=value or 0.0,
        kind=kind or "",
        position=position or 0,
    )


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)


def _milliseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(milliseconds=1)
