"""Captured parts: the remainder of a conversion, in equal parts of the touches in its window."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from attrigraph.attribution.credit.touches import TouchCredit
from attrigraph.attribution.incremental.captured import (
    CapturedTouches,
    captured_by,
    captured_touches,
    with_captured,
)
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.path_credit import PathCredits
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.attribution.incremental.purchase_window import window_touches
from attrigraph.domain import Amount, Categorical

if TYPE_CHECKING:
    from attrigraph.attribution.incremental.population import Population

MINUTE = 1 / 1440


def histories_of(ages: list[float], capturing: list[bool] | None) -> Histories:
    """One customer who buys for 40 at day 5, with touches so many minutes before."""
    count = len(ages)
    return Histories(
        keys=("ads", "visit"),
        customers=2,
        customer=np.zeros(count, dtype=np.int64),
        time=5.0 - np.array(ages) * MINUTE,
        key=np.arange(count) % 2,
        converter=np.array([0]),
        converted=np.array([5.0]),
        value=np.array([40.0]),
        covariates=np.zeros((2, 0)),
        days=10.0,
        capturing=None if capturing is None else np.array(capturing),
    )


@pytest.mark.parametrize(
    ("ages", "capturing", "expected"),
    [
        # the last hour
        ([300, 59, 5], [True, True, True], [1, 2]),
        # the session goes on for longer: gaps of at most 30 minutes
        ([500, 100, 75, 50, 25], [True] * 5, [1, 2, 3, 4]),
        # a session that has ended is no part of it
        ([130, 110, 90], [True] * 3, []),
        # what happens to a customer is no act of the customer
        ([55, 5], [False, True], [1]),
        ([55, 5], None, []),
    ],
)
def test_the_window_is_the_last_hour_and_the_session(
    ages: list[float], capturing: list[bool] | None, expected: list[int]
) -> None:
    histories = histories_of(ages, capturing)
    window = window_touches(histories, conversion_person_days(histories))
    assert window.touch.tolist() == expected
    assert set(window.row.tolist()) <= {0}


def test_the_remainder_is_split_equally_and_summed_by_name() -> None:
    histories = histories_of([300, 59, 5], [True, True, True])
    paths = PathCredits(
        touch=np.array([0]),
        conversion=np.array([0]),
        credit=np.array([0.2]),
        standard_error=np.zeros(1),
        left=np.ones(1),
        baseline=np.array([0.8]),
        chance=np.array([0.1]),
    )
    captured = captured_touches(histories, paths.baseline, credited=0.2)
    assert captured.conversions == pytest.approx([0.4, 0.4])
    assert captured.value == pytest.approx([16.0, 16.0])
    group = Categorical.encode(["ads", None, "ads"])
    found = captured_by(captured, group, np.array([0, 1, 2]))
    assert found == {None: Amount(0.4, 16.0), "ads": Amount(0.4, 16.0)}


@pytest.mark.parametrize(
    ("credited", "captured"), [(-3.0, 0.8), (0.0, 0.8), (0.2, 0.8), (0.6, 0.4), (1.5, 0.0)]
)
def test_credit_and_captured_parts_are_at_most_what_was_observed(
    credited: float, captured: float
) -> None:
    """One conversion, of which its older touches left 0.8; credit is the model's expectation."""
    histories = histories_of([300, 59, 5], [True, True, True])
    found = captured_touches(histories, np.array([0.8]), credited)
    assert found.conversions.sum() == pytest.approx(captured)
    assert found.value.sum() == pytest.approx(captured * 40)


def test_touch_credit_has_credit_and_captured_part_of_a_pair_in_one_row() -> None:
    """Rows of the event table are those of the histories plus ten."""
    credit = TouchCredit(
        touch=np.array([12, 11, 13]),
        conversion=np.array([11, 10, 10]),
        credit=np.array([0.5, 0.25, -0.5]),
        value=np.array([5.0, 2.5, -5.0]),
    )
    captured = CapturedTouches(
        touch=np.array([4, 3]),
        conversion=np.array([1, 0]),
        conversions=np.array([0.25, 0.75]),
        value=np.array([2.5, 7.5]),
    )
    population = cast(
        "Population", SimpleNamespace(touch=np.arange(10, 20), conversion=np.arange(10, 15))
    )
    found = with_captured(credit, captured, population)
    columns = (found.conversion, found.touch, found.credit, found.value, found.captured)
    rows = list(zip(*(column.tolist() for column in columns if column is not None), strict=True))
    assert rows == [
        (10, 11, 0.25, 2.5, 0.0),
        (10, 13, -0.5, -5.0, 0.75),
        (11, 12, 0.5, 5.0, 0.0),
        (11, 14, 0.0, 0.0, 0.25),
    ]


def visits(seed: int) -> Histories:
    """Visits that cause nothing, none of them in the last two hours before a purchase."""
    rng = np.random.default_rng(seed)
    people, days = 3_000, 30.0
    customer = np.repeat(np.arange(people), rng.poisson(3 * rng.gamma(1.0, 1.0, people)))
    time = rng.uniform(0, days, len(customer))
    converter = np.arange(0, people, 8)
    bought = np.full(people, np.inf)
    bought[converter] = rng.uniform(5, days, len(converter))
    early = np.abs(time - bought[customer]) > 120 * MINUTE
    customer, time = customer[early], time[early]
    order = np.lexsort((time, customer))
    return Histories(
        keys=("visit",),
        customers=people,
        customer=customer[order],
        time=time[order],
        key=np.zeros(len(order), dtype=np.int64),
        converter=converter,
        converted=bought[converter],
        value=np.ones(len(converter)),
        covariates=np.zeros((people, 0)),
        days=days,
        capturing=np.ones(len(order), dtype=bool),
    )


def with_visits_in_order_to_buy(histories: Histories) -> Histories:
    """Each purchase comes five minutes after one more visit."""
    customer = np.concatenate([histories.customer, histories.converter])
    time = np.concatenate([histories.time, histories.converted - 5 * MINUTE])
    order = np.lexsort((time, customer))
    return replace(
        histories,
        customer=customer[order],
        time=time[order],
        key=np.zeros(len(order), dtype=np.int64),
        capturing=np.ones(len(order), dtype=bool),
    )


def test_visits_in_order_to_buy_do_not_change_what_earlier_ones_caused() -> None:
    """Compared with others who visit at that moment, buyers would have visited seldom before."""
    options = IncrementalOptions(rows=20_000, draws=0)
    before = visits(1)
    without, found = (
        incremental(one, options) for one in (before, with_visits_in_order_to_buy(before))
    )
    assert found.credit == pytest.approx(without.credit, rel=1e-9)
    assert abs(float(found.credit[0])) < 0.1 * found.observed
