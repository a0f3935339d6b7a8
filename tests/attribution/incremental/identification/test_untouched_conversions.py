"""Conversions that no touch of marketing precedes, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.untouched_conversions import (
    untouched_conversions,
)

HISTORIES = Histories(
    keys=("display", "direct"),
    customers=6,
    # 0 touched before, 1 after, 2 at the time, 3 between two conversions, 4 direct, 5 never
    customer=np.array([0, 1, 2, 3, 4]),
    time=np.array([1.0, 9.0, 5.0, 5.0, 1.0]),
    key=np.array([0, 0, 0, 0, 1]),
    converter=np.array([0, 1, 2, 3, 3, 4, 5]),
    converted=np.array([5.0, 5.0, 5.0, 4.0, 6.0, 5.0, 5.0]),
    value=np.ones(7),
    covariates=np.zeros((6, 0)),
    days=10.0,
)


def test_only_earlier_touches_of_the_same_person_count() -> None:
    # customers 1 and 5, and the first conversion of 3
    assert untouched_conversions(HISTORIES) == 3


def test_what_is_no_marketing_touches_nobody() -> None:
    marketing = np.array([True, False])
    assert untouched_conversions(replace(HISTORIES, marketing=marketing)) == 4
