"""The spend of experiments in the currency of the answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from attrigraph.domain import Experiment
from attrigraph.errors import InputError
from attrigraph.spend.accounts import Spend
from attrigraph.spend.experiment_spend import experiment_spend
from attrigraph.spend.rates import Rates


def experiment(name: str, spend: float | None = 100.0, currency: str | None = None) -> Experiment:
    """On 1 and 2 June."""
    values: dict[str, Any] = {"lift": 1.0, "standard_error": 1.0, "channel": "tv"}
    values |= {"start": date(2026, 6, 1), "end": date(2026, 6, 2)}
    return Experiment(id=name, spend=spend, currency=currency, **values)


def test_one_currency_needs_no_rates() -> None:
    experiments = [experiment("a", 7.0, "EUR"), experiment("b", 9.0), experiment("c", None, "USD")]
    assert experiment_spend(experiments, Spend()) == {"a": 7.0, "b": 9.0}
    assert experiment_spend(experiments, Spend(currency="EUR")) == {"a": 7.0, "b": 9.0}


def test_the_rate_is_the_mean_of_the_days() -> None:
    rates = Rates.of([("USD", date(2026, 6, 1), 0.5), ("USD", date(2026, 6, 2), 0.7)])
    spend = Spend(currency="EUR", rates=rates)
    assert experiment_spend([experiment("a", 10.0, "USD")], spend) == pytest.approx({"a": 6.0})


@pytest.mark.parametrize(
    ("currencies", "spend", "message"),
    [
        (("EUR", "USD"), Spend(), "costs of experiments are in EUR and USD.*--currency CODE and"),
        (("USD",), Spend(currency="EUR"), r"are in USD.*one currency, EUR; give --rates FILE"),
        (
            ("USD",),
            Spend(currency="EUR", rates=Rates.of([("USD", date(2026, 6, 2), 0.5)])),
            "none for USD on 2026-06-01; the first is of 2026-06-02",
        ),
    ],
)
def test_a_mixture_without_rates_is_refused(
    currencies: tuple[str, ...], spend: Spend, message: str
) -> None:
    experiments = [experiment(code, currency=code) for code in currencies]
    with pytest.raises(InputError, match=message):
        experiment_spend(experiments, spend)
