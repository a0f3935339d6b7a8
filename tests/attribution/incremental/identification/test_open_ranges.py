"""Intervals of credits that are not identified reach from nothing to what the reason allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.identification.open_ranges import (
    Limits,
    preceded_by,
    with_open_ranges,
)
from attrigraph.domain import Amount, Categorical, Credit

LINE = Credit(
    "search", 40.0, 400.0, low=30.0, high=50.0, value_low=300.0, value_high=500.0,
    chance_low=35.0, chance_high=45.0, identified=False, captured=Amount(100.0, 900.0),
)  # fmt: skip

LIMITS = Limits(
    preceded={"search": Amount(300.0, 3000.0), "social": Amount(200.0, 2000.0)},
    before_phases={"search": Amount(80.0, 800.0)},
    partners={"search": ("social",), "social": ("search",)},
)


def ends(*reasons: str, line: Credit = LINE, limits: Limits = LIMITS) -> tuple[object, ...]:
    social = Credit("social", 5.0, 50.0, low=-10.0, high=20.0, value_low=-100.0, value_high=200.0)
    found, _ = with_open_ranges([replace(line, reasons=reasons), social], limits)
    return found.low, found.high, found.value_low, found.value_high


@pytest.mark.parametrize(
    ("reasons", "most"),
    [
        (("moment-of-purchase",), (150.0, 1400.0)),
        (("future-touches",), (80.0, 800.0)),
        (("stops-after-purchase",), (80.0, 800.0)),
        (("collinear",), (70.0, 700.0)),
        (("mutual-triggers",), (70.0, 700.0)),
        (("unknown-population",), (300.0, 3000.0)),
        (("moment-of-purchase", "short-lived-ids"), (300.0, 3000.0)),
        (("moment-of-purchase", "future-touches"), (150.0, 1400.0)),
    ],
)
def test_a_reason_has_its_own_limit(reasons: tuple[str, ...], most: tuple[float, float]) -> None:
    assert ends(*reasons) == (0.0, most[0], 0.0, most[1])


def test_an_interval_is_never_made_narrower() -> None:
    wide = replace(LINE, low=-400.0, high=400.0, value_low=-4000.0, value_high=4000.0)
    assert ends("unknown-population", line=wide) == (-400.0, 400.0, -4000.0, 4000.0)


def test_an_interval_below_zero_reaches_zero() -> None:
    below = replace(LINE, low=-90.0, high=-60.0, value_low=-900.0, value_high=-600.0)
    limits = replace(LIMITS, before_phases={"search": Amount(-5.0, -50.0)})
    assert ends("future-touches", line=below, limits=limits) == (-90.0, 0.0, -900.0, 0.0)


def test_what_its_touches_preceded_limits_every_reason() -> None:
    limits = replace(LIMITS, preceded={"search": Amount(120.0, 5000.0)})
    assert ends("moment-of-purchase", limits=limits) == (0.0, 120.0, 0.0, 1400.0)


def test_an_identified_channel_and_what_is_no_marketing_keep_theirs() -> None:
    assert ends() == (30.0, 50.0, 300.0, 500.0)
    assert ends("not-marketing") == (30.0, 50.0, 300.0, 500.0)


def test_a_credit_without_intervals_has_none_afterwards() -> None:
    line = replace(LINE, low=None, high=None, value_low=None, value_high=None)
    assert ends("unknown-population", line=line) == (None, None, None, None)


def test_without_a_known_partner_a_pair_is_limited_by_what_it_preceded() -> None:
    assert ends("collinear", limits=replace(LIMITS, partners={})) == (0.0, 300.0, 0.0, 3000.0)


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (Amount(45.0, 450.0), (-15.0, 70.0, -150.0, 700.0)),
        (Amount(-25.0, -250.0), (0.0, 95.0, 0.0, 950.0)),
    ],
)
def test_a_pair_may_have_triggered_nothing(
    moved: Amount, expected: tuple[float, float, float, float]
) -> None:
    limits = replace(LIMITS, moved={"search": moved})
    assert ends("collinear", limits=limits) == expected
    # who triggered whom is no question where the sum is not all that is known
    assert ends("unknown-population", limits=limits) == (0.0, 300.0, 0.0, 3000.0)
    assert ends(limits=limits) == (30.0, 50.0, 300.0, 500.0)


def test_one_of_a_pair_may_have_prevented_what_the_other_caused_beyond_their_sum() -> None:
    both = (("social", Amount(-40.0, -400.0), Amount(75.0, 750.0)),)
    limits = replace(LIMITS, sums={"search": both})
    # of a sum of -40 to 75 the other one has -10 to 20
    assert ends("collinear", limits=limits) == (-60.0, 85.0, -600.0, 850.0)
    limited = replace(limits, preceded={"search": Amount(80.0, 800.0)})
    assert ends("collinear", limits=limited) == (-60.0, 80.0, -600.0, 800.0)


def test_a_conversion_counts_once_for_each_name_that_preceded_it() -> None:
    # customer 0: a, a, b, conversion, c, conversion; customer 1: conversion alone
    histories = Histories(
        keys=("x",),
        customers=2,
        customer=np.array([0, 0, 0, 0]),
        time=np.array([1.0, 2.0, 3.0, 5.0]),
        key=np.zeros(4, dtype=np.int64),
        converter=np.array([0, 0, 1]),
        converted=np.array([4.0, 6.0, 6.0]),
        value=np.array([10.0, 100.0, 1000.0]),
        covariates=np.zeros((2, 0)),
        days=7.0,
    )
    names = Categorical(("a", "b"), np.array([0, 0, 1, -1], dtype=np.int32))
    touch = np.arange(4)
    assert preceded_by(histories, names, touch) == {
        "a": Amount(2, 110.0), "b": Amount(2, 110.0), None: Amount(1, 100.0)
    }  # fmt: skip
    assert preceded_by(replace(histories, lookback=2.0), names, touch) == {
        "a": Amount(1, 10.0), "b": Amount(1, 10.0), None: Amount(1, 100.0)
    }  # fmt: skip
    own = replace(histories, own_lookback=np.array([1.0, 1.0, 1.0, 5.0]))
    assert preceded_by(own, names, touch) == {
        "a": Amount(0, 0.0), "b": Amount(1, 10.0), None: Amount(1, 100.0)
    }  # fmt: skip
