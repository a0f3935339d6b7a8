"""How another spend per day widens: by hand, with costs of a part of the touches, and without."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from attrigraph.attribution.incremental.experiments.spend_change import spend_change
from attrigraph.attribution.observed.costs import EntityCost
from attrigraph.attribution.observed.spending import Spending
from attrigraph.domain import Experiment


def experiment(spend: float | None = 100.0, **target: str) -> Experiment:
    """Ten days."""
    values: dict[str, Any] = target or {"channel": "email"}
    values |= {"start": date(2026, 6, 21), "end": date(2026, 6, 30)}
    return Experiment(id="x", lift=40.0, standard_error=4.0, spend=spend, **values)


def spending(
    cost: float | None = 300.0, priced: int = 30, touches: int = 30, **tested: float
) -> Spending:
    """The costs of email over 30 days, and of its campaign, which is half of it."""
    half = None if cost is None else cost / 2
    return Spending(
        {
            "channel": {"email": EntityCost(touches, priced, cost)},
            "campaign": {"june": EntityCost(touches, priced, half)},
        },
        30,
        tested,
    )


@pytest.mark.parametrize(("spend", "factor"), [(100.0, 0.0), (300.0, 2.0), (50.0, 1.0)])
def test_the_factor_is_the_ratio_of_daily_spends_less_1(spend: float, factor: float) -> None:
    found = spend_change(experiment(spend), spending())
    assert found.factor == pytest.approx(factor)
    assert found.note is None


def test_a_campaign_has_its_own_cost() -> None:
    # 100 in 10 days against 150 in 30
    assert spend_change(experiment(campaign="june"), spending()).factor == pytest.approx(1.0)


def test_the_spend_in_the_currency_of_the_answer_counts() -> None:
    assert spend_change(experiment(), spending(x=300.0)).factor == pytest.approx(2.0)


def test_the_cost_of_a_part_is_scaled_up_and_said() -> None:
    # 10 of 30 touches cost 50, so all would cost 150 in 30 days
    found = spend_change(experiment(), spending(50.0, priced=10))
    assert found.factor == pytest.approx(1.0)
    assert found.note == (
        "the standard error of experiment 'x' is widened by its spend as if all 30 touches of email"
        " cost as much as the 10 of known cost"
    )


@pytest.mark.parametrize(
    ("stated", "known", "why"),
    [
        (100.0, spending(None, priced=0), "the cost of email in the data is not known"),
        (100.0, spending(5.0, priced=0), "the cost of email in the data is not known"),
        (100.0, spending(0.0), "email cost nothing in the data"),
        (0.0, spending(), "that is 0"),
    ],
)
def test_what_cannot_be_compared_is_said(stated: float, known: Spending, why: str) -> None:
    found = spend_change(experiment(stated), known)
    assert found.factor == 0.0
    assert found.note is not None
    assert found.note.endswith(f"is not widened by its spend, because {why}")


def test_an_experiment_without_spend_is_not_widened_by_it() -> None:
    found = spend_change(experiment(None), spending())
    assert (found.factor, found.note) == (0.0, None)
