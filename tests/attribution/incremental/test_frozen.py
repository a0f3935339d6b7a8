"""The frozen response: credit by hand, laws, and independence of other journeys to the last bit."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.incremental.frozen import FrozenResponse, Shares
from attrigraph.attribution.observed.path_steps import PathSteps
from attrigraph.domain import Categorical

MINUTE = 1 / 1440
RESPONSE = FrozenResponse(
    keys=("a", "b", "shop"),
    rest=-4.0,
    main=np.array([1.0, -0.5, 2.0]),
    joint=np.array([[0, 0.25, 0.0], [0, 0, 0], [0, 0, 0]]),
    half_life=np.array([2.0, 5.0, 1.0]),
    saturation=np.array([1.5, 0.7, 1.0]),
    remainder=np.array([-0.1, 0.5, 0.0]),
    marketing=np.array([True, True, False]),
    at_purchase=np.array([False, True, False]),
    part_captured=0.5,
    delayed=False,
    reasons=(("a", ("few",)),),
    notes=(),
    assumptions=("one",),
)
A, B, SHOP, UNKNOWN = range(4)

Touch = tuple[int, float, str]
"""Channel, age in days, kind."""


def shares(journeys: list[list[Touch]], response: FrozenResponse = RESPONSE) -> Shares:
    touches = [touch for journey in journeys for touch in journey]
    steps = PathSteps(
        np.append(0, np.cumsum([len(one) for one in journeys])).astype(np.int64),
        np.array([code for code, _, _ in touches], np.int32),
        len(response.keys) + 1,
        age=np.array([age for _, age, _ in touches], np.float64),
    )
    return response.shares(steps, Categorical.encode([kind for _, _, kind in touches]))


def test_one_touch_has_what_the_hazard_rises_by_it() -> None:
    found = shares([[(A, 2.0, "email")]])
    exposure = 1 - math.exp(-1.5 * 0.5)
    share = 1 - expit(-4) / expit(-4 + exposure)
    assert found.credit.tolist() == [pytest.approx(share * 0.9)]
    assert found.captured.tolist() == [0]


def test_a_delayed_effect_is_largest_after_its_half_life() -> None:
    found = shares([[(A, 2.0, "email")]], replace(RESPONSE, delayed=True))
    share = 1 - expit(-4) / expit(-4 + 1 - math.exp(-1.5))
    assert found.credit.tolist() == [pytest.approx(share * 0.9)]


def test_two_touches_have_their_shapley_values_and_what_is_no_marketing_none() -> None:
    found = shares([[(A, 0.0, "email"), (SHOP, 0.0, "view")]])
    a, shop = 1 - math.exp(-1.5), 2 * (1 - math.exp(-1))
    none, with_a, with_shop, both = expit(np.array([-4, -4 + a, -4 + shop, -4 + a + shop]))
    share = ((with_a - none) + (both - with_shop)) / 2 / both
    assert found.credit.tolist() == [pytest.approx(share * 0.9), 0]


def test_harm_is_moved_by_its_size() -> None:
    response = replace(RESPONSE, at_purchase=np.zeros(3, bool))
    found = shares([[(B, 0.0, "email"), (UNKNOWN, 0.0, "email")]], response)
    share = 1 - expit(-4) / expit(-4 - 0.5 * (1 - math.exp(-0.7)))
    assert share < 0
    assert found.credit.tolist() == [pytest.approx(share - 0.5 * share), 0]


def test_acts_of_the_session_that_buys_capture_and_cause_nothing() -> None:
    session = [(A, minutes * MINUTE, "click") for minutes in (90, 65, 40, 15)]
    found = shares([[(A, 1.0, "click"), *session]])
    alone = shares([[(A, 1.0, "click")]])
    assert found.credit.tolist() == [alone.credit[0], 0, 0, 0, 0]
    rest = 1 - alone.credit[0] / 0.9
    assert found.captured.tolist() == pytest.approx([0, *[0.5 * rest / 4] * 4])


def test_an_exposure_just_before_causes_unless_its_channel_belongs_to_purchases() -> None:
    found = shares([[(A, 5 * MINUTE, "email")], [(B, 5 * MINUTE, "email")]])
    assert found.credit[0] > 0
    assert found.credit[1] == 0
    assert found.captured.tolist() == [0, 0.5]


def test_credit_is_that_of_the_journey_alone_to_the_last_bit() -> None:
    draw = np.random.default_rng(3)
    journeys = [
        [
            (int(draw.integers(4)), float(age), str(draw.choice(["email", "click"])))
            for age in np.sort(draw.exponential(2, draw.integers(0, 15)))[::-1]
        ]
        for _ in range(200)
    ]
    together = shares(journeys)
    alone = [shares([journey]) for journey in journeys]
    assert together.credit.tolist() == [x for one in alone for x in one.credit.tolist()]
    assert together.captured.tolist() == [x for one in alone for x in one.captured.tolist()]


def test_json_keeps_every_bit() -> None:
    again = FrozenResponse.from_json(json.loads(json.dumps(RESPONSE.to_json())))
    assert again.to_json() == RESPONSE.to_json()
    journey = [[(A, 1 / 3, "email"), (B, 0.1, "click")]]
    assert shares(journey, again).credit.tolist() == shares(journey).credit.tolist()


def test_no_journeys_have_no_shares() -> None:
    assert len(shares([[]]).credit) == 0
