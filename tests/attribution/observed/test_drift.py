"""Drift of weeks: values by hand, few false alarms, and alarms where something changed."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from attrigraph.attribution.observed.drift import Baseline, baseline_of, drift_of
from attrigraph.attribution.observed.weeks import Weeks

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANNELS = ("mail", "tv", None)
SETS = ((), ("tv",), ("mail", "tv"))
RATES = (0.01, 0.03, 0.05)
SHARES = (0.4, 0.5, 0.1)


def drawn(
    seed: int,
    number: int,
    *,
    rates: Sequence[float] = RATES,
    shares: Sequence[float] = SHARES,
    among_weeks: float = 0.0,
    size: int = 3000,
) -> Weeks:
    """Weeks whose conversions are Poisson, with rates that differ from week to week."""
    rng = np.random.default_rng(seed)
    customers = rng.poisson(np.multiply(size, shares), (number, 3))
    factor = np.exp(rng.normal(0, among_weeks, (number, 1)))
    conversions = rng.poisson(customers * factor * rates)
    touches = np.stack(
        [customers[:, 2], customers[:, 1] + customers[:, 2], customers[:, 0] // 9], 1
    )
    return Weeks(CHANNELS, touches, SETS, customers, conversions)


def weeks(customers: Sequence[int], conversions: Sequence[int]) -> Weeks:
    """Weeks with one set of channels, each customer touched once."""
    column = np.array([[0, count] for count in customers])
    made = np.array([[0, count] for count in conversions])
    return Weeks(("tv",), column[:, 1:], ((), ("tv",)), column, made)


def test_the_interval_of_equal_weeks_is_that_of_counts() -> None:
    baseline = baseline_of(weeks([1000] * 8, [50] * 8))
    assert baseline.rates[("tv",)] == pytest.approx(0.05)
    assert baseline.deviation == 0
    assert baseline.indices == (0.0,) * 8
    drift = drift_of(baseline, weeks([1000, 1000], [60, 60]))
    assert drift.observed == 120
    assert drift.expected == pytest.approx(100)
    half = stats.t.ppf(0.995, 7) * math.sqrt(1 / 100 + 1 / 400)
    assert drift.low == pytest.approx(1.2 - half)
    assert drift.high == pytest.approx(1.2 + half)
    assert drift.drifted == ()
    assert drift_of(baseline, weeks([1000] * 4, [90] * 4)).drifted == ("calibration",)


def test_weeks_that_differ_widen_the_interval() -> None:
    baseline = baseline_of(weeks([1000] * 8, [20, 80] * 4))
    ratios = [(made / ((400 - made) / 7) - 1) ** 2 - 7 / (400 - made) for made in (20, 80)]
    # rates are shrunk to that of all customers, which is the same for one set
    assert baseline.deviation == pytest.approx(math.sqrt(np.mean(ratios)), rel=1e-3)
    assert drift_of(baseline, weeks([1000], [80])).drifted == ()


def test_the_index_of_two_channels_is_that_of_the_formula() -> None:
    def week(tv: int, mail: int) -> Weeks:
        return Weeks(("tv", "mail"), np.array([[tv, mail]] * 6), ((),), np.ones((6, 1), int),
                     np.ones((6, 1), int))  # fmt: skip

    drift = drift_of(baseline_of(week(50, 50)), week(20, 80))
    p, q = np.array([300.5, 300.5]) / 601, np.array([120.5, 480.5]) / 601
    assert drift.index == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert drift.index_limit == 0.1
    assert "mix" in drift.drifted


@pytest.mark.parametrize("among_weeks", [0.0, 0.1])
def test_there_are_few_false_alarms(among_weeks: float) -> None:
    alarms = 0
    for seed in range(300):
        both = drawn(seed, 13 + 2, among_weeks=among_weeks)
        before, after = (
            Weeks(CHANNELS, both.touches[part], SETS, both.customers[part], both.conversions[part])
            for part in (slice(13), slice(13, 15))
        )
        alarms += bool(drift_of(baseline_of(before), after).drifted)
    # 1 % are expected by the level of the interval
    assert alarms <= stats.binom.ppf(0.999, 300, 0.01)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"rates": [0.5 * rate for rate in RATES]}, {"calibration"}),
        ({"shares": (0.4, 0.2, 0.4)}, {"mix"}),
        (
            {"rates": [2 * rate for rate in RATES], "shares": (0.4, 0.2, 0.4)},
            {"calibration", "mix"},
        ),
    ],
    ids=["rates", "mix", "both"],
)
def test_a_change_is_found(change: dict[str, Sequence[float]], found: set[str]) -> None:
    for seed in range(20):
        baseline = baseline_of(drawn(seed, 13))
        drift = drift_of(baseline, drawn(1000 + seed, 4, **change))  # type: ignore[arg-type]
        assert set(drift.drifted) == found


def test_channels_that_were_not_fitted_are_counted() -> None:
    baseline = baseline_of(weeks([1000] * 8, [50] * 8))
    later = Weeks(
        *(("radio", "tv"), np.array([[60, 940]]), ((), ("tv",), ("radio", "tv"), ("radio",))),
        customers=np.array([[0, 900, 40, 20]]),
        conversions=np.array([[0, 45, 2, 1]]),
    )
    drift = drift_of(baseline, later)
    assert drift.unknown_share == pytest.approx(0.06)
    assert drift.drifted == ("coverage",)
    assert drift.expected == pytest.approx(960 * 0.05)


def test_what_is_not_known_is_said() -> None:
    none = drift_of(baseline_of(weeks([1000] * 8, [50] * 8)), None)
    assert (none.ratio, none.reasons) == (None, ("no whole week has passed",))
    few = drift_of(baseline_of(weeks([1000] * 5, [50] * 5)), weeks([1000], [90]))
    assert few.reasons == ("5 fitted weeks are too few; 6 are needed",)
    assert (few.low, few.index, few.drifted) == (None, None, ())
    small = drift_of(baseline_of(weeks([1000] * 8, [50] * 8)), weeks([90], [20]))
    assert small.reasons == (
        "4 conversions are expected; 20 are needed",
        "there are 90 touches; 100 are needed",
    )
    assert small.drifted == ()
    never = drift_of(baseline_of(weeks([1000] * 8, [0] * 8)), weeks([1000], [9]))
    assert (never.ratio, never.low) == (None, None)


def test_a_baseline_survives_json() -> None:
    baseline = baseline_of(drawn(1, 8))
    stored = json.loads(json.dumps(baseline.to_json()))
    again = Baseline.from_json(stored)
    later = drawn(2, 3, rates=[0.02] * 3)
    assert drift_of(again, later) == drift_of(baseline, later)
