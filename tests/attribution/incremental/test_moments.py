"""Person-days: who is looked at when, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.moments import conversion_moments, person_days


def histories(conversions, *, customers=3, touches=(), days=4.0):
    conversions, touches = sorted(conversions), sorted(touches)
    return Histories(
        keys=("a", "b"),
        customers=customers,
        customer=np.array([c for c, _, _ in touches], dtype=np.int64),
        time=np.array([t for _, t, _ in touches], dtype=np.float64),
        key=np.array([k for _, _, k in touches], dtype=np.int64),
        converter=np.array([c for c, _ in conversions], dtype=np.int64),
        converted=np.array([t for _, t in conversions], dtype=np.float64),
        value=np.ones(len(conversions)),
        covariates=np.zeros((customers, 0)),
        days=days,
    )


def rows(moments):
    return list(
        zip(
            moments.customer.tolist(),
            moments.day.tolist(),
            moments.time.tolist(),
            moments.event.tolist(),
            strict=True,
        )
    )


def test_days_without_conversions_are_left_out_and_converting_ends_the_risk():
    moments = person_days(histories([(0, 1.5), (1, 3.0)]), np.random.default_rng(0))
    assert rows(moments) == [
        (0, 0, 1.5, True),
        (1, 0, 1.5, False),
        (1, 1, 3.0, True),
        (2, 0, 1.5, False),
        (2, 1, 3.0, False),
    ]
    assert moments.days == 2


def test_customers_stay_at_risk_where_any_converts_twice():
    moments = person_days(histories([(0, 0.5), (0, 2.5), (1, 2.25)]), np.random.default_rng(0))
    own = moments.customer == 0
    assert moments.time[own].tolist() == [0.5, 2.5]
    assert moments.since[own].tolist() == [-1.0, 0.5]
    assert moments.earlier[own].tolist() == [0, 1]
    late = (moments.customer == 1) & ~moments.event
    assert moments.time[late].tolist() == [0.5]
    assert set(moments.time[(moments.customer == 2) & (moments.day == 1)]) <= {2.25, 2.5}


def test_a_conversion_at_midnight_belongs_to_the_day_it_ends():
    moments = person_days(histories([(0, 2.0), (1, 1.25)]), np.random.default_rng(0))
    assert moments.days == 1


def test_a_sample_keeps_all_events_and_stands_for_the_rest():
    data = histories([(i, 0.5 + i % 4) for i in range(40)], customers=5000)
    everything = person_days(data, np.random.default_rng(0))
    some = person_days(data, np.random.default_rng(1), rate=0.1)
    assert some.event.sum() == 40
    assert some.weight.sum() == pytest.approx(everything.weight.sum(), rel=0.05)


def test_some_customers_have_their_own_part_of_the_moments():
    data = histories([(0, 1.5), (1, 3.0)])
    whole = rows(person_days(data, np.random.default_rng(0)))
    part = rows(person_days(data, np.random.default_rng(0), among=np.array([1, 2])))
    assert part == [row for row in whole if row[0] > 0]


def test_moments_of_conversions_stand_in_their_order():
    data = histories([(0, 1.5), (1, 3.0), (2, 3.5)])
    moments = conversion_moments(data)
    assert moments.customer.tolist() == data.converter.tolist()
    assert moments.time.tolist() == data.converted.tolist()
    assert moments.event.all()


def test_by_day_keeps_rows_together():
    moments = person_days(histories([(0, 1.5), (1, 3.0)]), np.random.default_rng(0))
    assert sorted(rows(moments.by_day())) == sorted(rows(moments))
    assert (np.diff(moments.by_day().day) >= 0).all()
