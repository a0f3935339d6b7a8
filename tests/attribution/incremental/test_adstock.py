"""Exposure: decayed sums by hand, and derivatives by differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.adstock import (
    ResponseShape,
    pair_all_touches,
    pair_touches,
)
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.person_days import PersonDays

DATA = Histories(
    keys=("a", "b"),
    customers=2,
    customer=np.array([0, 0, 0, 1]),
    time=np.array([1.0, 2.0, 5.0, 0.5]),
    key=np.array([0, 1, 0, 0]),
    converter=np.array([0]),
    converted=np.array([3.0]),
    value=np.ones(1),
    covariates=np.zeros((2, 0)),
    days=6.0,
)


def looked_at(customer: Any, time: Any, since: Any) -> PersonDays:
    n = len(customer)
    return PersonDays(
        np.array(customer),
        np.zeros(n, dtype=np.int64),
        np.array(time),
        np.array(since),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=bool),
        np.ones(n),
        1,
    )


def test_strength_halves_with_each_half_life() -> None:
    pairs = pair_touches(DATA, looked_at([0, 1], [3.0, 2.5], [-1.0, -1.0]))
    adstock = pairs.adstock(np.array([2.0, 1.0]))
    assert adstock == pytest.approx(np.array([[0.5, 0.5], [0.5, 0.0]]))


def test_a_touch_at_the_very_moment_comes_after_it() -> None:
    pairs = pair_touches(DATA, looked_at([0], [2.0], [-1.0]))
    assert pairs.counts().tolist() == [[1.0, 0.0]]


def test_every_conversion_leaves_a_share_of_the_effect_of_earlier_touches() -> None:
    data = replace(
        DATA,
        time=np.array([1.0, 2.5, 3.0, 0.5]),
        converter=np.array([0, 0]),
        converted=np.array([2.0, 3.0]),
        value=np.ones(2),
        days=6.0,
    )
    # the third touch is at the very time of the second conversion, and so comes after it
    assert data.n_converted_before.tolist() == [0, 1, 2, 0]
    row = replace(looked_at([0], [5.0], [3.0]), earlier=np.array([2]))
    pairs = pair_touches(data, row, carry_over=0.5)
    by_hand = 0.25 * 2**-4.0 + 2**-2.0, 0.5 * 2**-2.5
    assert pairs.adstock(np.ones(2)) == pytest.approx(np.array([by_hand]))
    gradient = (pairs.adstock(np.exp([1e-6, 1e-6])) - pairs.adstock(np.ones(2))) / 1e-6
    assert pairs.adstock_gradient(np.ones(2)) == pytest.approx(gradient, rel=1e-5)
    assert pairs.take(pairs.key == 1).adstock(np.ones(2))[0, 1] == pytest.approx(by_hand[1])
    warm = replace(data, converted_before=np.array([1.0, -1.0]), warm_up=1.0)
    assert warm.n_converted_before.tolist() == [1, 2, 3, 0]


def test_a_new_journey_begins_after_a_conversion_unless_the_whole_past_is_asked_for() -> None:
    person_days = looked_at([0], [6.0], [3.0])
    assert pair_touches(DATA, person_days).counts().tolist() == [[1.0, 0.0]]
    assert pair_touches(DATA, person_days, carry_over=1.0).counts().tolist() == [[2.0, 1.0]]


def test_touches_older_than_the_lookback_do_not_act_but_are_known() -> None:
    person_days = looked_at([0, 1], [4.0, 2.5], [-1.0, -1.0])
    limited = replace(DATA, lookback=2.0)
    assert pair_touches(DATA, person_days).counts().tolist() == [[1.0, 1.0], [1.0, 0.0]]
    assert pair_touches(limited, person_days).counts().tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert pair_all_touches(limited, person_days).counts().tolist() == [[1.0, 1.0], [1.0, 0.0]]


def test_each_touch_acts_within_its_own_lookback() -> None:
    # the touches of customer 0 are on days 1, 2 and 5, that of customer 1 on day 0.5
    own = np.array([2.0, np.inf, 0.5, 1.5])
    limited = replace(DATA, own_lookback=own)
    person_days = looked_at([0, 0, 0, 1, 1], [3.0, 3.5, 5.6, 2.0, 2.1], [-1.0] * 5)
    assert pair_touches(limited, person_days).counts().tolist() == [
        [1.0, 1.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]
    ]  # fmt: skip
    assert pair_all_touches(limited, person_days).counts()[:, 0].tolist() == [1, 1, 2, 1, 1]
    shorter = pair_touches(replace(limited, lookback=1.25), person_days).counts()
    assert shorter[:, 1].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_touch_exactly_a_lookback_ago_acts_although_days_are_rounded() -> None:
    hours = np.arange(1, 400)
    touched = np.sort(hours * 7 / 24 + 1 / 3)
    everyone = np.arange(len(hours))
    data = replace(
        DATA,
        customers=len(hours),
        customer=everyone,
        time=touched,
        key=np.zeros(len(hours), dtype=np.int64),
        days=150.0,
        lookback=11 / 24,
    )
    person_days = looked_at(everyone, touched + 11 / 24, np.full(len(hours), -1.0))
    assert pair_touches(data, person_days).counts()[:, 0].tolist() == [1.0] * len(hours)
    own = replace(data, lookback=2.0, own_lookback=np.full(len(hours), 11 / 24))
    assert pair_touches(own, person_days).counts()[:, 0].tolist() == [1.0] * len(hours)


def test_the_lookback_and_the_last_conversion_both_limit() -> None:
    person_days = looked_at([0, 0], [6.0, 6.0], [-1.0, 1.5])
    limited = replace(DATA, lookback=4.5)
    touches = pair_touches(limited, person_days).counts().tolist()
    assert touches == [[1.0, 1.0], [1.0, 1.0]]
    touches = pair_touches(limited, person_days, carry_over=1.0).counts().tolist()
    assert touches == [[1.0, 1.0], [1.0, 1.0]]
    assert pair_touches(replace(DATA, lookback=1.5), person_days).counts().tolist() == [
        [1.0, 0.0],
        [1.0, 0.0],
    ]


def test_fading_is_the_derivative_in_log_half_life() -> None:
    pairs = pair_touches(DATA, looked_at([0, 1], [5.5, 4.0], [-1.0, -1.0]))
    life, step = np.array([3.0, 4.0]), 1e-6
    up, down = pairs.adstock(life * np.exp(step)), pairs.adstock(life * np.exp(-step))
    assert pairs.adstock_gradient(life) == pytest.approx((up - down) / (2 * step), abs=1e-8)


def test_exposure_by_hand() -> None:
    pairs = pair_touches(DATA, looked_at([0, 1], [3.0, 2.5], [-1.0, -1.0]))
    exposure = pairs.exposure(ResponseShape(np.array([2.0, 1.0]), np.array([1.5, 4.0])))
    expected = 1 - np.exp([[-0.75, -2.0], [-0.75, 0.0]])
    assert exposure == pytest.approx(expected)


def test_bends_are_the_derivatives_in_log_half_life_and_log_saturation() -> None:
    pairs = pair_touches(DATA, looked_at([0, 1], [5.5, 4.0], [-1.0, -1.0]))
    shape, step = np.array([[3.0, 4.0], [1.5, 0.7]]), 1e-6
    numeric = []
    for part in range(2):
        factor = np.ones((2, 1))
        factor[part] = np.exp(step)
        up, down = (
            pairs.exposure(ResponseShape(*moved)) for moved in (shape * factor, shape / factor)
        )
        numeric.append((up - down) / (2 * step))
    main = np.array([2.0, -1.0])
    exposure, gradient = pairs.exposure_and_gradient(ResponseShape(*shape), main)
    assert exposure == pytest.approx(pairs.exposure(ResponseShape(*shape)))
    assert gradient == pytest.approx(np.hstack(numeric) * np.tile(main, 2), abs=1e-8)
