"""Path-level credit and the two checks, on one fitted world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.checks import double_machine_learning, inverse_propensity
from attrigraph.attribution.exposure import reach, saturate
from attrigraph.attribution.incremental import IncrementalOptions, gather_evidence, incremental
from attrigraph.attribution.moments import conversion_moments
from attrigraph.attribution.path_credit import credit_path
from attrigraph.attribution.population import population_of
from attrigraph.errors import InputError
from attrigraph.worlds.as_facts import customer_facts_of, facts_of
from attrigraph.worlds.world import simulate

WORLD = simulate("unconfounded", 9, 15_000, measured_on=20_000)
HISTORIES = population_of(facts_of(WORLD), customer_facts_of(WORLD)).histories


@pytest.fixture(scope="module")
def found():
    return incremental(HISTORIES, IncrementalOptions(draws=2))


def touches_of(conversion):
    moments = conversion_moments(HISTORIES).take(np.array([conversion]))
    return len(reach(HISTORIES, moments).touch)


def of_size(low, high):
    many = range(len(HISTORIES.converter))
    return next(c for c in many if low <= touches_of(c) <= high)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 1), (4, 12), (13, 40)])
def test_touches_and_organic_share_one_conversion(found, low, high):
    path = credit_path(HISTORIES, found.response, of_size(low, high))
    assert path.organic + path.credit.sum() == pytest.approx(1.0, rel=1e-9)
    assert low <= len(path.touch) <= high
    assert (np.diff(HISTORIES.time[path.touch]) >= 0).all()
    assert (path.standard_error > 0).any() == (high > 12)


def test_a_single_touch_has_what_it_adds_to_the_chance(found):
    conversion = of_size(1, 1)
    path = credit_path(HISTORIES, found.response, conversion)
    moments = conversion_moments(HISTORIES).take(np.array([conversion]))
    reached = reach(HISTORIES, moments)
    exposure = saturate(reached.strength(found.response.half_life))
    columns = found.response.conditions.columns(HISTORIES, moments)
    rest = found.response.rest(moments.day, columns)
    chance = expit(rest + exposure @ found.response.effects.main)[0]
    assert path.chance == pytest.approx(chance)
    assert path.credit[0] == pytest.approx(1 - expit(rest[0]) / chance)


def test_of_two_touches_of_a_channel_the_fresher_has_more(found):
    first = int(HISTORIES.converter[of_size(1, 1)])
    own = np.flatnonzero(HISTORIES.customer == first)
    key = int(np.argmax(found.response.effects.main))
    time = np.array([2.0, 29.0])
    twice = replace(
        HISTORIES,
        customer=np.insert(np.delete(HISTORIES.customer, own), own[0], [first, first]),
        time=np.insert(np.delete(HISTORIES.time, own), own[0], time),
        key=np.insert(np.delete(HISTORIES.key, own), own[0], [key, key]),
    )
    path = credit_path(twice, found.response, of_size(1, 1))
    assert path.credit[1] > path.credit[0] > 0


def test_an_unknown_conversion_is_refused(found):
    with pytest.raises(InputError, match="must be a row from 0"):
        credit_path(HISTORIES, found.response, len(HISTORIES.converter))


def test_both_checks_find_the_removal_value_where_nothing_confounds(found):
    rng = np.random.default_rng(0)
    evidence = gather_evidence(HISTORIES, found.response.conditions, rng, 300_000)
    video = WORLD.spec.names.index("video")
    truth = WORLD.truth.removal[video]
    for check in (
        double_machine_learning(evidence, found.response, video),
        inverse_propensity(evidence, video),
    ):
        assert 0 < check.standard_error < 0.3 * truth
        assert abs(check.removal - truth) < 3.5 * check.standard_error + 0.1 * truth
        assert check.clipped < 0.05
