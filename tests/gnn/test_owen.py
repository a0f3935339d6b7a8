"""Touches within their channels: sums, agreement with Owen's formula, and what needs no drawing."""

from itertools import combinations, permutations

import numpy as np
import pytest
import torch

from attrigraph.attribution.games.coalitions import shapley_values
from gnn.calibration import Calibration
from gnn.journeys import UNKNOWN, JourneyColumns, Vocabulary, journey_columns
from gnn.model import ConversionModel, ModelSettings
from gnn.owen import owen_touch_credit
from gnn.scoring import Game, Solver, channel_credit, touch_game
from gnn.training import FittedModel
from planted_journeys import journeys_of, random_journeys


def unsampled(game: Game, players: int) -> np.ndarray:
    raise AssertionError("no journey here has so many channels")


SOLVER = Solver(shapley_values, unsampled)


@pytest.fixture(scope="module")
def fitted() -> FittedModel:
    """A model with parameters drawn at random: credit must add up for any model."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = ConversionModel(Vocabulary(3), 0, ModelSettings(dim=16, heads=2, hidden=8))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
    return FittedModel(model.eval(), Calibration(-1.0, 0.5), (), 0, torch.device("cpu"))


def owen(
    fitted: FittedModel, journeys: JourneyColumns, pairs: int = 1, seed: int = 0
) -> np.ndarray:
    channels = channel_credit(fitted, journeys, SOLVER)
    return owen_touch_credit(fitted, journeys, channels, pairs=pairs, seed=seed)


def by_definition(fitted: FittedModel, journeys: JourneyColumns) -> np.ndarray:
    """Owen's value of each touch of the first journey: mean over all orders that keep channels."""
    game, channel = touch_game(fitted, journeys, 0), journeys.channel
    unions = [np.flatnonzero(channel == c).tolist() for c in np.unique(channel)]
    value = {
        frozenset(s): float(game(np.isin(np.arange(len(channel)), s)[None])[0])
        for size in range(len(channel) + 1)
        for s in map(list, combinations(range(len(channel)), size))
    }
    orders = [
        [touch for part in walk for touch in part]
        for arranged in permutations(unions)
        for walk in _inner(arranged)
    ]
    gain = np.zeros(len(channel))
    for order in orders:
        for at, touch in enumerate(order):
            gain[touch] += value[frozenset(order[: at + 1])] - value[frozenset(order[:at])]
    return gain / len(orders)


def _inner(unions: tuple[list[int], ...]) -> list[list[tuple[int, ...]]]:
    if not unions:
        return [[]]
    return [[first, *rest] for first in permutations(unions[0]) for rest in _inner(unions[1:])]


def test_touches_of_a_channel_sum_to_its_credit_in_each_journey(fitted: FittedModel) -> None:
    journeys = random_journeys(60, 3, mean=5.0)
    channels = channel_credit(fitted, journeys, SOLVER)
    credit = owen_touch_credit(fitted, journeys, channels)
    total = np.bincount(journeys.journey * 3 + journeys.channel, credit, 180)
    arguments = np.bincount(channels.journey * 3 + channels.player, channels.credit, 180)
    assert np.allclose(total, arguments, atol=1e-15)


def test_many_orders_come_near_owens_own_formula(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (1, 7), (0, 4), (2, 3), (1, 2), (0, 1)])
    expected = by_definition(fitted, journeys)
    result = owen(fitted, journeys, pairs=300)
    assert np.abs(result - expected).max() < 0.03 * np.abs(expected).max()


def test_single_orders_are_unbiased(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (1, 7), (0, 4), (1, 2)])
    expected = by_definition(fitted, journeys)
    drawn = np.array([owen(fitted, journeys, seed=seed) for seed in range(200)])
    error = drawn.std(axis=0) / 200**0.5
    assert (np.abs(drawn.mean(axis=0) - expected) < 4 * error + 1e-7).all()


def test_an_only_touch_has_all_of_its_channel(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (2, 4)], [(1, 3)], [])
    channels = channel_credit(fitted, journeys, SOLVER)
    assert np.array_equal(owen_touch_credit(fitted, journeys, channels), channels.credit)


def test_touches_of_the_unknown_channel_are_a_union(fitted: FittedModel) -> None:
    journeys = journey_columns(
        np.array([0, 3]), np.array([5.0, 3.0, 1.0]), np.array([UNKNOWN, 1, UNKNOWN]), np.ones(1)
    )
    channels = channel_credit(fitted, journeys, SOLVER)
    credit = owen_touch_credit(fitted, journeys, channels)
    assert credit[[0, 2]].sum() == pytest.approx(channels.credit[0], abs=1e-15)
    assert credit[1] == channels.credit[1]


def test_some_journeys_of_the_channel_credit_are_those_journeys_alone(fitted: FittedModel) -> None:
    journeys = random_journeys(30, 4)
    rows = np.array([2, 3, 11, 29])
    some = channel_credit(fitted, journeys, SOLVER).of_journeys(rows)
    own = channel_credit(fitted, journeys.select(rows), SOLVER)
    assert np.array_equal(some.journey, own.journey)
    assert np.array_equal(some.player, own.player)
    assert np.allclose(some.credit, own.credit, atol=1e-6)
    assert np.allclose(some.chance_all, own.chance_all, atol=1e-6)


def test_no_pairs_is_an_error(fitted: FittedModel) -> None:
    with pytest.raises(ValueError, match="pairs must be at least 1, got 0"):
        owen(fitted, journeys_of([(0, 1)]), pairs=0)
