"""Path-level credit, on one fitted world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from attrigraph.attribution.games.coalitions import shapley_by_definition
from attrigraph.attribution.incremental import path_credit
from attrigraph.attribution.incremental.adstock import pair_touches, saturate
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, incremental
from attrigraph.attribution.incremental.path_credit import credit_path, credit_paths
from attrigraph.attribution.incremental.person_days import conversion_person_days
from attrigraph.attribution.incremental.population import population_of
from attrigraph.errors import InputError
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("unconfounded", 9, 15_000, measured_on=20_000)
HISTORIES = population_of(event_table_of(WORLD), customer_attributes_of(WORLD)).histories


@pytest.fixture(scope="module")
def found() -> Any:
    return incremental(HISTORIES, IncrementalOptions(draws=2))


def touches_of(conversion: Any) -> Any:
    person_days = conversion_person_days(HISTORIES).take(np.array([conversion]))
    return len(pair_touches(HISTORIES, person_days).touch)


def hazard_of_touches(response: Any, conversion: Any) -> Any:
    """The hazard at a conversion as a game of its touches, straight from the formula."""
    person_days = conversion_person_days(HISTORIES).take(np.array([conversion]))
    pairs = pair_touches(HISTORIES, person_days)
    columns = response.conditions.columns(HISTORIES, person_days)
    rest = response.rest(person_days.day, columns)[0]
    left = pairs.weights(response.shape.half_life)
    main = response.effects.main_of(HISTORIES.segments_of(person_days.customer))

    def hazard(sets: Any) -> Any:
        adstock = (sets * left) @ np.eye(len(HISTORIES.keys))[pairs.key]
        everything = np.ones((1, len(HISTORIES.keys)), dtype=bool)
        exposure = saturate(adstock, response.shape.saturation)
        return expit(rest + response.effects.logit(exposure, main, everything)[:, 0])

    return hazard


def of_size(low: float, high: float) -> Any:
    many = range(len(HISTORIES.converter))
    return next(c for c in many if low <= touches_of(c) <= high)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 1), (4, 12), (13, 40)])
def test_touches_and_organic_share_one_conversion(found: Any, low: float, high: float) -> None:
    path = credit_path(HISTORIES, found.response, of_size(low, high))
    assert path.baseline[0] + path.credit.sum() == pytest.approx(1.0, rel=1e-9)
    assert low <= len(path.touch) <= high
    assert (np.diff(HISTORIES.time[path.touch]) >= 0).all()
    assert (path.standard_error > 0).any() == (high > 12)


def test_a_single_touch_has_what_it_adds_to_the_chance(found: Any) -> None:
    conversion = of_size(1, 1)
    path = credit_path(HISTORIES, found.response, conversion)
    person_days = conversion_person_days(HISTORIES).take(np.array([conversion]))
    pairs = pair_touches(HISTORIES, person_days)
    exposure = pairs.exposure(found.response.shape)
    columns = found.response.conditions.columns(HISTORIES, person_days)
    rest = found.response.rest(person_days.day, columns)
    main = found.response.effects.main_of(HISTORIES.segments_of(person_days.customer))
    chance = expit(rest + (exposure * main).sum(axis=1))[0]
    assert path.chance[0] == pytest.approx(chance)
    assert path.credit[0] == pytest.approx(1 - expit(rest[0]) / chance)


def test_of_two_touches_of_a_channel_the_fresher_has_more(found: Any) -> None:
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


@pytest.mark.parametrize("n", [2, 5, 9])
def test_values_are_those_of_shapleys_own_formula(found: Any, n: int) -> None:
    conversion = of_size(n, n)
    path = credit_path(HISTORIES, found.response, conversion)
    hazard = hazard_of_touches(found.response, conversion)
    sets = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1 == 1
    values = shapley_by_definition(hazard(sets)) / hazard(sets[-1:])[0]
    np.testing.assert_allclose(path.credit, values, atol=1e-12)


def test_all_conversions_at_once_are_those_one_by_one(found: Any) -> None:
    asked = np.array([of_size(13, 40), of_size(0, 0), of_size(3, 3), of_size(12, 12)])
    together = credit_paths(HISTORIES, found.response, asked, seed=4)
    for place, conversion in enumerate(asked):
        alone = credit_path(HISTORIES, found.response, int(conversion), seed=4)
        here = together.conversion == conversion
        np.testing.assert_allclose(together.credit[here], alone.credit, atol=1e-12)
        np.testing.assert_array_equal(together.touch[here], alone.touch)
        assert together.baseline[place] == pytest.approx(alone.baseline[0])
    assert together.sampled == 1


def test_sampled_values_lie_within_their_errors_of_the_exact_ones(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversion = of_size(10, 12)
    exact = credit_path(HISTORIES, found.response, conversion)
    monkeypatch.setattr(path_credit, "EXACT_TOUCHES", 5)
    draws = [credit_path(HISTORIES, found.response, conversion, seed=seed) for seed in range(40)]
    for path in draws:
        assert path.baseline[0] + path.credit.sum() == pytest.approx(1.0, rel=1e-12)
    z = np.stack([(path.credit - exact.credit) / path.standard_error for path in draws])
    assert 0.7 < z.std() < 1.3


def test_an_unknown_conversion_is_refused(found: Any) -> None:
    with pytest.raises(InputError, match="must be a row from 0"):
        credit_path(HISTORIES, found.response, len(HISTORIES.converter))
