"""Amounts of events: one currency by itself, several by rates, and never without them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.spend.rates import Rates
from attrigraph.staging import preset

if TYPE_CHECKING:
    from tests.staging.conftest import Reasons, Stage, Write

HEAD = "event_id,customer_id,timestamp,kind,channel,cost,value,refunded,currency\n"
TOUCH = "t,a,2026-06-01T09:00Z,click,tv,2,,,usd\n"
DOLLARS = "x,a,2026-06-02T23:30-02:00,conversion,,,100,10,USD\n"
EUROS = "y,b,2026-06-02T09:00Z,conversion,,,50,,EUR\n"
UNKNOWN = "z,c,2026-06-02T09:00Z,conversion,,,7,,\n"
RATES = Rates.of([("USD", date(2026, 6, 1), 0.9), ("USD", date(2026, 6, 3), 0.8)])


def test_one_currency_is_that_of_the_answer(staged: Stage, write: Write) -> None:
    result = staged(write("e.csv", HEAD + TOUCH + DOLLARS + UNKNOWN), source="events")
    assert result.currency == "USD"
    assert result.events().conversions.value.tolist() == [90.0, 7.0]
    assert staged(write("n.csv", HEAD + UNKNOWN), source="events").currency is None


def test_amounts_are_converted_at_the_rate_of_their_day(staged: Stage, write: Write) -> None:
    files = write("e.csv", HEAD + TOUCH + DOLLARS + EUROS + UNKNOWN)
    result = staged(files, source="events", currency="EUR", rates=RATES)
    events = result.events()
    assert result.currency == "EUR"
    assert events.touches.cost.tolist() == pytest.approx([1.8])
    assert sorted(events.conversions.value.tolist()) == pytest.approx([7.0, 50.0, 80.0 - 8.0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "amounts of events are in EUR and USD, and an answer has one currency; give --curr"),
        ({"currency": "EUR"}, "has one currency, EUR; give --rates FILE to convert them"),
        ({"currency": "EUR", "rates": Rates.of([("GBP", None, 1.0)])}, "none for USD on 2026-06"),
    ],
)
def test_a_mixture_needs_rates(
    options: dict[str, object], message: str, staged: Stage, write: Write
) -> None:
    with pytest.raises(InputError, match=message):
        staged(write("e.csv", HEAD + DOLLARS + EUROS), source="events", **options)


def test_refunds_need_a_currency_where_values_are_converted(staged: Stage, write: Write) -> None:
    events = write("e.csv", HEAD + DOLLARS)
    refunds = write("r.csv", "order_id,amount,timestamp,currency\nx,20,2026-06-04T09:00Z,USD\n")
    source = preset("events", "refunds")
    result = staged(events, refunds, source=source, currency="EUR", rates=RATES)
    assert result.events().conversions.value.tolist() == pytest.approx([80.0 - 16.0])
    nameless = write("n.csv", "order_id,amount\nx,20\n")
    with pytest.raises(InputError, match="a refund has no currency, and values are converted"):
        staged(events, nameless, source=source, currency="EUR", rates=RATES)


def test_a_wrong_code_is_rejected(staged: Stage, write: Write, reasons: Reasons) -> None:
    result = staged(write("e.csv", HEAD + DOLLARS.replace("USD", "Dollar")), source="events")
    assert reasons(result) == [(2, "bad-currency")]
