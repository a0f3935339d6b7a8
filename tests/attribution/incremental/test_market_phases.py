"""Phases in the market, against enumeration of all paths of the chain and simulated chains."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.daily_touches import TouchRates
from attrigraph.attribution.incremental.histories import Histories
from attrigraph.attribution.incremental.intent import Intent
from attrigraph.attribution.incremental.market_phases import (
    MarketPhases,
    backward,
    find_phases,
    find_phases_among,
    forward,
)
from attrigraph.attribution.incremental.person_days import PersonDays, conversion_person_days
from attrigraph.attribution.incremental.touch_calendar import TouchCalendar

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEOPLE, DAYS = 4_000, 40
EDGES = np.arange(DAYS + 1.0)
CALENDAR = TouchCalendar(EDGES, np.repeat(EDGES[:, None], 2, axis=1))
SEARCH = np.array([0])


def phases(expected: float = 0.05) -> MarketPhases:
    rates = TouchRates(SEARCH, np.full((PEOPLE, 2), expected), CALENDAR, np.array([20.0]))
    return MarketPhases(rates, 0.1, 0.3, np.array([0.8]), np.array([6.0]))


def by_enumeration(evidence: NDArray[np.float64], known: int, day: int) -> float:
    """Probability in the market on a day given the first ``known`` days of one customer."""
    start, moves = (0.75, 0.25), ((0.9, 0.1), (0.3, 0.7))
    weight = [0.0, 0.0]
    for path in product((0, 1), repeat=len(evidence)):
        chance = start[path[0]]
        for before, after in pairwise(path):
            chance *= moves[before][after]
        seen = sum(e * state for e, state in zip(evidence[:known], path, strict=False))
        weight[path[day]] += chance * float(np.exp(seen))
    return weight[1] / sum(weight)


def test_forward_and_backward_agree_with_all_paths() -> None:
    evidence = np.random.default_rng(0).normal(size=(5, 2))
    probability, likelihood = forward(phases(), evidence)
    later = backward(phases(), evidence)
    for day, customer in product(range(5), range(2)):
        one = evidence[:, customer]
        assert probability[day, customer] == pytest.approx(by_enumeration(one, day, day))
        odds = probability / (1 - probability) * np.exp(evidence) * later
        smoothed = odds[day, customer] / (1 + odds[day, customer])
        assert smoothed == pytest.approx(by_enumeration(one, 5, day))
    never = forward(phases(), np.zeros((5, 2)))[1]
    assert never == pytest.approx(np.zeros(2), abs=1e-12)
    assert likelihood[0] != likelihood[1]


def histories(seed: int, *, ratio: float, lasting: float, effect: float = 0.0) -> Histories:
    """Search is ``ratio`` times as frequent in phases of 6 days; so are conversions by 8.

    Display follows nothing, and a display touch of the last 3 days multiplies the hazard by
    ``exp(effect)``. Conversions end nothing but the risk.
    """
    rng = np.random.default_rng(seed)
    level = np.exp(lasting * rng.standard_normal(PEOPLE))
    on = rng.random(PEOPLE) < 0.12
    alive, shown = np.ones(PEOPLE, dtype=bool), np.full(PEOPLE, -9.0)
    touches, conversions = [], []
    for day in range(DAYS):
        on = np.where(on, rng.random(PEOPLE) > 1 / 6, rng.random(PEOPLE) < 0.022)
        intent = np.where(on, ratio, 1.0)
        for key, rate in enumerate((0.05 * level * intent, np.full(PEOPLE, 0.1))):
            hit = np.repeat(np.arange(PEOPLE), rng.poisson(rate))
            touches += [(c, day + t, key) for c, t in zip(hit, rng.random(len(hit)), strict=True)]
            if key:
                shown[hit] = day + 1
        hazard = 0.002 * level * np.where(on & (ratio > 1), 8.0, 1.0)
        hazard = hazard * np.exp(effect * (day - shown < 3))
        buys = np.flatnonzero(alive & (rng.random(PEOPLE) < hazard))
        conversions += [(c, day + t) for c, t in zip(buys, rng.random(len(buys)), strict=True)]
        alive[buys] = False
    touches.sort()
    conversions.sort()
    return Histories(
        keys=("search", "display"),
        customers=PEOPLE,
        customer=np.array([c for c, _, _ in touches], dtype=np.int64),
        time=np.array([t for _, t, _ in touches]),
        key=np.array([k for _, _, k in touches], dtype=np.int64),
        converter=np.array([c for c, _ in conversions], dtype=np.int64),
        converted=np.array([t for _, t in conversions]),
        value=np.ones(len(conversions)),
        covariates=np.zeros((PEOPLE, 0)),
        days=float(DAYS),
    )


def found(sample: Histories) -> MarketPhases | None:
    rate = np.bincount(sample.key, minlength=2) / PEOPLE / DAYS
    expected = np.tile(rate, (PEOPLE, 1))
    return find_phases(sample, SEARCH, expected, CALENDAR, np.random.default_rng(0))


def test_a_chain_is_estimated_from_touches_alone() -> None:
    chain = found(histories(1, ratio=10.0, lasting=0.3))
    assert chain is not None
    assert 1 / chain.leave == pytest.approx(6.0, rel=0.3)
    assert chain.entry / (chain.entry + chain.leave) == pytest.approx(0.117, rel=0.25)
    assert chain.on[0] / chain.off[0] == pytest.approx(10.0, rel=0.25)


def test_lasting_differences_and_equal_rates_are_no_phases() -> None:
    assert found(histories(2, ratio=1.0, lasting=0.8)) is None
    assert found(histories(3, ratio=1.0, lasting=0.0)) is None


def among(sample: Histories, follows: list[bool], stops: list[bool]) -> list[int] | None:
    """Channels of the phases that are found."""
    rate = np.bincount(sample.key, minlength=2) / PEOPLE / DAYS
    expected, rng = np.tile(rate, (PEOPLE, 1)), np.random.default_rng(0)
    chain = find_phases_among(sample, np.array(follows), np.array(stops), expected, CALENDAR, rng)
    return None if chain is None else chain.channels.tolist()


def test_of_channels_that_stop_after_purchases_those_follow_phases_that_show_them() -> None:
    sample = histories(1, ratio=10.0, lasting=0.3)
    assert among(sample, [False, False], [True, True]) == [0]
    assert among(sample, [False, False], [False, True]) is None
    assert among(sample, [False, False], [False, False]) is None
    assert among(histories(2, ratio=1.0, lasting=0.8), [False, False], [True, True]) is None


def test_a_channel_that_future_touches_show_to_follow_phases_is_always_among_them() -> None:
    assert among(histories(1, ratio=10.0, lasting=0.3), [True, True], [False, False]) == [0, 1]


def person_day(time: float) -> PersonDays:
    one = np.zeros(1, dtype=np.int64)
    return PersonDays(
        one, one, np.array([time]), np.full(1, -1.0), one, np.zeros(1, bool), np.ones(1), 1
    )


def probability(times: list[float], at: float) -> float:
    """Probability of a customer who searched at these times."""
    sample = replace(
        histories(4, ratio=1.0, lasting=0.0),
        customer=np.zeros(len(times), dtype=np.int64),
        time=np.array(times),
        key=np.zeros(len(times), dtype=np.int64),
        capturing=np.ones(len(times), dtype=bool),
    )
    return float(phases().probability(sample, person_day(at))[0])


def test_only_earlier_touches_outside_the_purchase_window_are_evidence() -> None:
    before = probability([4.2], 10.6)
    assert probability([4.2, 10.7, 11.0], 10.6) == before
    assert probability([4.2, 10.59], 10.6) == before
    assert probability([4.2, 10.2], 10.6) > before + 0.2
    assert probability([4.2, 9.2], 10.6) > before + 0.1


def test_the_evidence_of_the_day_is_that_of_the_chain() -> None:
    """At the end of a day it is the filtered probability, which the chain carries to the next."""
    late = probability([4.2], np.nextafter(5.0, 0.0))
    assert probability([4.2], 5.0) == pytest.approx(0.1 + 0.6 * late)


def test_phases_are_no_effect_of_the_channel_that_follows_them() -> None:
    sample = histories(5, ratio=10.0, lasting=0.3, effect=1.0)
    credit = incremental(sample, IncrementalOptions(rows=60_000, draws=0))
    chain = credit.response.conditions.phases
    assert chain is not None
    assert chain.channels.tolist() == [0]
    search, display = credit.credit
    lasting = Intent(np.zeros((1, 2)), np.full(2, 0.5), np.full(2, 3.0), np.eye(2))
    conditions = replace(credit.response.conditions, intent=lasting)
    days = conversion_person_days(sample).take(np.arange(9))
    columns, penalty = conditions.columns(sample, days), conditions.penalty(sample)
    assert columns.shape[1] == len(penalty)
    without = replace(conditions, phases=None).columns(sample, days)
    np.testing.assert_array_equal(columns[:, -1], without[:, -1])
    assert conditions.main_penalty().tolist() == [30.0, 1.0]
    assert abs(search) < 0.1 * credit.observed
    assert display > 0.1 * credit.observed


def test_plain_intent_needs_no_phases() -> None:
    sample = histories(6, ratio=1.0, lasting=0.8)
    credit = incremental(sample, IncrementalOptions(rows=60_000, draws=0))
    assert credit.response.conditions.phases is None
