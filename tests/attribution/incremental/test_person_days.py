"""Person-days: who is looked at when, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.person_days import (
    conversion_person_days,
    sample_person_days,
)


def histories(conversions: Any, *, customers: Any = 3, touches: Any = (), days: float = 4.0) -> Any:
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


def rows(person_days: Any) -> Any:
    return list(
        zip(
            person_days.customer.tolist(),
            person_days.day.tolist(),
            person_days.time.tolist(),
            person_days.event.tolist(),
            strict=True,
        )
    )


def test_days_without_conversions_are_left_out_and_converting_ends_the_risk() -> None:
    person_days = sample_person_days(histories([(0, 1.5), (1, 3.0)]), np.random.default_rng(0))
    assert rows(person_days) == [
        (0, 0, 1.5, True),
        (1, 0, 1.5, False),
        (1, 1, 3.0, True),
        (2, 0, 1.5, False),
        (2, 1, 3.0, False),
    ]
    assert person_days.days == 2


def test_customers_stay_at_risk_where_any_converts_twice() -> None:
    person_days = sample_person_days(
        histories([(0, 0.5), (0, 2.5), (1, 2.25)]), np.random.default_rng(0)
    )
    own = person_days.customer == 0
    assert person_days.time[own].tolist() == [0.5, 2.5]
    assert person_days.since[own].tolist() == [-1.0, 0.5]
    assert person_days.earlier[own].tolist() == [0, 1]
    late = (person_days.customer == 1) & ~person_days.event
    assert person_days.time[late].tolist() == [0.5]
    assert set(person_days.time[(person_days.customer == 2) & (person_days.day == 1)]) <= {
        2.25,
        2.5,
    }


def test_a_conversion_at_midnight_belongs_to_the_day_it_ends() -> None:
    person_days = sample_person_days(histories([(0, 2.0), (1, 1.25)]), np.random.default_rng(0))
    assert person_days.days == 1


def test_a_sample_keeps_all_events_and_stands_for_the_rest() -> None:
    data = histories([(i, 0.5 + i % 4) for i in range(40)], customers=5000)
    everything = sample_person_days(data, np.random.default_rng(0))
    some = sample_person_days(data, np.random.default_rng(1), rate=0.1)
    assert some.event.sum() == 40
    assert some.weight.sum() == pytest.approx(everything.weight.sum(), rel=0.05)


def test_some_customers_have_their_own_part_of_the_moments() -> None:
    data = histories([(0, 1.5), (1, 3.0)])
    whole = rows(sample_person_days(data, np.random.default_rng(0)))
    part = rows(sample_person_days(data, np.random.default_rng(0), among=np.array([1, 2])))
    assert part == [row for row in whole if row[0] > 0]


def test_moments_of_conversions_stand_in_their_order() -> None:
    data = histories([(0, 1.5), (1, 3.0), (2, 3.5)])
    person_days = conversion_person_days(data)
    assert person_days.customer.tolist() == data.converter.tolist()
    assert person_days.time.tolist() == data.converted.tolist()
    assert person_days.event.all()


def test_by_day_keeps_rows_together() -> None:
    person_days = sample_person_days(histories([(0, 1.5), (1, 3.0)]), np.random.default_rng(0))
    assert sorted(rows(person_days.by_day())) == sorted(rows(person_days))
    assert (np.diff(person_days.by_day().day) >= 0).all()
