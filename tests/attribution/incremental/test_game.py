"""The attribution game: against the definition of survival, brute force, and differences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.games.coalitions import shapley_values
from attrigraph.attribution.incremental.game import Effects, Scene, coalitions_of, play

PAIRS = np.array([(0, 1), (0, 2), (1, 2)])
EFFECTS = Effects(
    np.array([0.9, -0.4, 0.6]), PAIRS, np.array([0.5, 0.0, -0.7]), np.array([[0.3, 0.0, -0.6]])
)


def scene(seed: int = 0, journeys: Any = 5, days: int = 4) -> Any:
    rng = np.random.default_rng(seed)
    journey = np.repeat(np.arange(journeys), days)
    rest = rng.normal(-2.0, 0.5, len(journey))
    exposure = rng.uniform(0, 1, (len(journey), 3))
    main = EFFECTS.main_of(rng.integers(0, 2, (len(journey), 1)).astype(float))
    return Scene(journey, rest, exposure, main)


def test_values_weight_hazards_by_the_survival_that_each_coalition_has() -> None:
    one = scene(journeys=1)
    table = play(one, EFFECTS, coalitions_of(3, np.random.default_rng(0)))
    before = np.cumsum(table.chance, axis=0) - table.chance
    survival = np.exp(-before)  # of each coalition
    observed = survival[:, -1]
    expected = (survival * table.chance / observed[:, None]).sum(axis=0)
    assert table.share.sum(axis=0) == pytest.approx(expected, rel=1e-12)


def test_where_conversions_do_not_end_the_risk_values_are_sums_of_hazards() -> None:
    table = play(
        replace(scene(), dependence=0.0), EFFECTS, coalitions_of(3, np.random.default_rng(0))
    )
    assert (table.share == table.chance).all()


def test_channels_that_are_no_players_always_run_and_get_no_credit() -> None:
    players = np.array([True, False, True])
    coalitions = coalitions_of(3, np.random.default_rng(0), players)
    value = play(scene(), EFFECTS, coalitions).share.sum(axis=0)
    credit = value @ coalitions.weights
    assert coalitions.running[:, 1].all()
    assert credit[1] == 0
    assert credit.sum() == pytest.approx(value[-1] - value[0], rel=1e-12)
    assert (coalitions.running[coalitions.leave_one_out][0] == [False, True, True]).all()
    assert coalitions.leave_one_out[1] == len(value) - 1


def test_with_all_channels_values_are_the_fitted_chances() -> None:
    table = play(scene(), EFFECTS, coalitions_of(3, np.random.default_rng(0)))
    assert table.share[:, -1] == pytest.approx(table.chance[:, -1], rel=1e-12)


def test_weights_give_the_shapley_values_of_the_machinery() -> None:
    coalitions = coalitions_of(3, np.random.default_rng(0))
    value = play(scene(), EFFECTS, coalitions).share.sum(axis=0)
    assert value @ coalitions.weights == pytest.approx(shapley_values(value), abs=1e-12)


def test_lacking_names_the_coalitions_without_one_channel() -> None:
    for keys in (3, 11):
        coalitions = coalitions_of(keys, np.random.default_rng(0))
        assert (coalitions.running[coalitions.leave_one_out] == ~np.eye(keys, dtype=bool)).all()
        assert not coalitions.running[0].any()
        assert coalitions.running[-1].all()


def test_sampled_coalitions_are_efficient_and_near_additive_effects() -> None:
    rng = np.random.default_rng(3)
    keys = 12
    coalitions = coalitions_of(keys, rng)
    assert not coalitions.exact
    main = rng.uniform(0, 0.3, keys)
    no_pairs = np.zeros((0, 2), dtype=np.int64)
    effects = Effects(main, no_pairs, np.zeros(0), np.zeros((0, keys)))
    exposure = rng.uniform(0, 1, (50, keys))
    many = Scene(np.arange(50), np.full(50, -3.0), exposure, np.tile(main, (50, 1)))
    value = play(many, effects, coalitions).share.sum(axis=0)
    phi = value @ coalitions.weights
    assert phi.sum() == pytest.approx(value[-1] - value[0], rel=1e-12)
    lost = value[-1] - value[coalitions.leave_one_out]
    assert np.corrcoef(phi, lost)[0, 1] > 0.99


@pytest.mark.parametrize("days", [1, 4])
@pytest.mark.parametrize("dependence", [1.0, 0.4])
def test_slopes_are_derivatives_of_the_values(days: int, dependence: float) -> None:
    coalitions = coalitions_of(3, np.random.default_rng(0))
    here = replace(scene(journeys=3, days=days), dependence=dependence)
    own, whole = play(here, EFFECTS, coalitions).slope()
    step = 1e-6
    for row in range(len(here.rest)):
        shift = np.zeros(len(here.rest))
        shift[row] = step
        up = play(replace(here, rest=here.rest + shift), EFFECTS, coalitions).share.sum(axis=0)
        down = play(replace(here, rest=here.rest - shift), EFFECTS, coalitions).share.sum(axis=0)
        numeric = (up - down) / (2 * step)
        assert own[row] + whole[row] == pytest.approx(numeric, abs=1e-7)
