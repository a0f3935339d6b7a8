"""Touches of the last hour: counted by hand, and told apart from effects of a few hours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.purchase_moment import (
    excess_in_last_hour,
    is_purchase_moment,
)
from attrigraph.attribution.incremental.person_days import sample_person_days

CUSTOMERS = 4_000
HOUR = 1 / 24


def histories(touches: Any, conversions: Any, customers: int = CUSTOMERS) -> Histories:
    touches, conversions = sorted(touches), sorted(conversions)
    return Histories(
        keys=("brand search", "display"),
        customers=customers,
        customer=np.array([c for c, _, _ in touches], dtype=np.int64),
        time=np.array([t for _, t, _ in touches], dtype=np.float64),
        key=np.array([k for _, _, k in touches], dtype=np.int64),
        converter=np.array([c for c, _ in conversions], dtype=np.int64),
        converted=np.array([t for _, t in conversions], dtype=np.float64),
        value=np.ones(len(conversions)),
        covariates=np.zeros((customers, 0)),
        days=20.0,
    )


def test_the_ratio_is_that_of_shares_with_a_touch_within_the_hour() -> None:
    # Two of three conversions have a brand touch in the last hour; of the nine controls one has.
    conversions = [(0, 5.5), (1, 5.5), (2, 5.5)]
    touches = [
        *((c, 5.5 - 0.5 * HOUR, 0) for c in (0, 1, 7)),
        (2, 5.5 - 1.5 * HOUR, 0),
        (3, 5.5 + 0.5 * HOUR, 0),
        *((c, 5.5 - 0.9 * HOUR, 1) for c in (0, 8)),
    ]
    sample = histories(touches, conversions, customers=12)
    person_days = sample_person_days(sample, np.random.default_rng(0))
    ratio, z = excess_in_last_hour(sample, person_days)
    assert ratio == pytest.approx([(2.5 / 4) / (1.5 / 10), (1.5 / 4) / (1.5 / 10)])
    error = np.sqrt((1 - 2.5 / 4) / 2.5 + (1 - 1.5 / 10) / 1.5)
    assert z[0] == pytest.approx(np.log(ratio[0]) / error)


def test_searches_on_the_way_to_the_purchase_are_told_apart_from_ordinary_touches() -> None:
    rng = np.random.default_rng(3)
    count = 8_000
    touches = list(
        zip(
            rng.integers(0, CUSTOMERS, count).tolist(),
            rng.uniform(0, 20, count).tolist(),
            rng.integers(0, 2, count).tolist(),
            strict=True,
        )
    )
    buyers = rng.choice(CUSTOMERS, 300, replace=False).tolist()
    conversions = [(c, float(t)) for c, t in zip(buyers, rng.uniform(1, 20, 300), strict=True)]
    searches = [(c, t - 0.2 * HOUR, 0) for c, t in conversions[:150]]
    sample = histories(touches + searches, conversions)
    ratio, z = excess_in_last_hour(sample, sample_person_days(sample, rng))
    assert is_purchase_moment(ratio, z).tolist() == [True, False]
    without = histories(touches, conversions)
    assert not is_purchase_moment(
        *excess_in_last_hour(without, sample_person_days(without, rng))
    ).any()


def test_an_effect_of_one_hour_is_not_a_purchase_moment() -> None:
    # Such an effect gave a ratio of 36 with z 15.7 in a simulated world.
    assert not is_purchase_moment(np.array([36.0]), np.array([15.7]))[0]
    assert is_purchase_moment(np.array([1_700.0]), np.array([35.0]))[0]
