"""Touches in an interval around person-days, counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.touches_between import touches_between
from attrigraph.attribution.incremental.person_days import PersonDays

TOUCHES = [(0, 1.0, 0), (0, 2.0, 1), (0, 2.5, 0), (1, 0.0, 1), (1, 10.0, 0)]
SAMPLE = Histories(
    keys=("a", "b"),
    customers=3,
    customer=np.array([c for c, _, _ in TOUCHES], dtype=np.int64),
    time=np.array([t for _, t, _ in TOUCHES]),
    key=np.array([k for _, _, k in TOUCHES], dtype=np.int64),
    converter=np.zeros(0, dtype=np.int64),
    converted=np.zeros(0),
    value=np.zeros(0),
    covariates=np.zeros((3, 0)),
    days=10.0,
)


def person_days(*rows: Any) -> PersonDays:
    """Rows of customer and time."""
    m = len(rows)
    return PersonDays(
        np.array([c for c, _ in rows], dtype=np.int64),
        np.zeros(m, dtype=np.int64),
        np.array([t for _, t in rows], dtype=np.float64),
        np.full(m, -1.0),
        np.zeros(m, dtype=np.int64),
        np.zeros(m, dtype=bool),
        np.ones(m),
        1,
    )


@pytest.mark.parametrize(
    ("row", "begin", "end", "expected"),
    [
        ((0, 2.0), -1.0, 0.0, [1, 0]),
        ((0, 2.0), 0.0, 0.5, [0, 1]),
        ((0, 2.0), 0.0, 0.6, [1, 1]),
        ((0, 1.0), -50.0, 50.0, [2, 1]),
        ((1, 5.0), -50.0, 50.0, [1, 1]),
        ((2, 5.0), -50.0, 50.0, [0, 0]),
        ((0, 9.5), 0.1, 3.0, [0, 0]),
    ],
)
def test_the_interval_is_closed_at_its_begin_and_stays_within_the_customer(
    row: Any, begin: float, end: float, expected: Any
) -> None:
    assert touches_between(SAMPLE, person_days(row), begin, end).tolist() == [expected]
