"""Rates: of the day or the last one before it; several currencies need them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.domain import Categorical
from attrigraph.errors import InputError
from attrigraph.spend.rates import Rates, answer_currency, converted
from attrigraph.staging.rates_file import read_rates

if TYPE_CHECKING:
    from pathlib import Path

FRIDAY, SUNDAY, MONDAY = date(2026, 6, 5), date(2026, 6, 7), date(2026, 6, 8)
USD = Rates.of([("USD", FRIDAY, 0.9), ("USD", MONDAY, 0.8), ("GBP", None, 1.2)])


def test_a_day_without_a_rate_has_that_of_the_last_day_before() -> None:
    assert [USD.rate("USD", day) for day in (FRIDAY, SUNDAY, MONDAY)] == [0.9, 0.9, 0.8]
    assert USD.rate("GBP", date(1999, 1, 1)) == 1.2


def test_amounts_are_converted_each_at_its_day() -> None:
    currency = Categorical.encode(["USD", "EUR", None, "USD", "GBP"])
    days = np.array([FRIDAY, FRIDAY, FRIDAY, MONDAY, MONDAY], "datetime64[D]")
    found = converted(np.full(5, 10.0), currency, days, "EUR", USD)
    assert found.tolist() == [9.0, 10.0, 10.0, 8.0, 12.0]


@pytest.mark.parametrize(
    ("currency", "day", "message"),
    [
        ("USD", date(2026, 6, 4), "none for USD on 2026-06-04; the first is of 2026-06-05"),
        ("CHF", FRIDAY, "none for CHF on 2026-06-05; add one"),
    ],
)
def test_a_missing_rate_is_an_error(currency: str, day: date, message: str) -> None:
    with pytest.raises(InputError, match=message):
        USD.rate(currency, day)


def test_one_currency_needs_no_rates_and_a_mixture_does() -> None:
    assert answer_currency((), None, None, "costs") is None
    assert answer_currency(("EUR",), None, None, "costs") == "EUR"
    assert answer_currency(("EUR", "USD"), "EUR", USD, "costs") == "EUR"
    for stated, rates in ((None, None), ("EUR", None), (None, USD)):
        with pytest.raises(InputError, match="in EUR and USD, and an answer has one currency"):
            answer_currency(("USD", "EUR"), stated, rates, "costs")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("currency,day\nUSD,1\n", "it lacks rate"),
        ("currency,rate\n", "holds no rate"),
        ("currency,rate\nUSD,x\n", ":2: a rate must be a number"),
        ("currency,rate\nUSD,0\n", "a rate must be above 0, got 0 for USD"),
        ("currency,rate,date\nUSD,1,1.6.26\n", ":2: a rate must be a number and its date a day"),
        ("currency,rate\nUSD,1\nusd,2\n", "USD has two rates for all times"),
    ],
)
def test_a_wrong_file_of_rates_is_one_clear_error(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_rates(path)
