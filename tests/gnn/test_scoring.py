"""Games of journeys and the credit that comes of them."""

import numpy as np
import pytest
import torch

from attrigraph.attribution.games.coalitions import (
    along,
    sample,
    shapley_by_definition,
    shapley_values,
)
from gnn.calibration import Calibration
from gnn.journeys import UNKNOWN, Vocabulary, journey_columns
from gnn.model import ConversionModel, ModelSettings
from gnn.scoring import (
    Game,
    Solver,
    channel_credit,
    coalition_values,
    masked_probabilities,
    player_credit,
    touch_credit,
    touch_game,
)
from gnn.training import FittedModel
from planted_journeys import journeys_of, random_journeys


def walked(game: Game, players: int) -> np.ndarray:
    return sample(along(game), players, seed=0, permutations=64, tolerance=0.0).values


SOLVER = Solver(shapley_values, walked)


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


def test_touch_credit_adds_up_in_each_journey(fitted: FittedModel) -> None:
    journeys = random_journeys(60, 1)
    result = touch_credit(fitted, journeys, SOLVER)
    total = np.bincount(result.journey, result.credit, len(journeys))
    assert np.allclose(total, result.chance_all - result.chance_none, atol=1e-12)
    assert np.allclose(result.chance_all, fitted.probabilities(journeys), atol=1e-6)
    assert np.array_equal(result.player, np.arange(len(journeys.days)))
    assert np.array_equal(result.journey, journeys.journey)


def test_touch_credit_is_shapleys_own_formula(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (1, 4), (2, 1)], [(0, 3)])
    game = touch_game(fitted, journeys, 0)
    sets = (np.arange(8)[:, None] >> np.arange(3)) & 1 == 1
    expected = shapley_by_definition(game(sets))
    result = touch_credit(fitted, journeys, SOLVER)
    assert np.allclose(result.credit[:3], expected, atol=1e-6)


def test_a_long_journey_is_sampled_and_still_adds_up(fitted: FittedModel) -> None:
    long = [(i % 3, 20.0 - i) for i in range(14)]
    result = touch_credit(fitted, journeys_of(long, [(0, 1)]), SOLVER)
    assert result.credit[:14].sum() == pytest.approx(
        result.chance_all[0] - result.chance_none[0], abs=1e-6
    )
    assert result.credit[14] == pytest.approx(result.chance_all[1] - result.chance_none[1])


def test_sampling_comes_near_the_exact_credit(fitted: FittedModel) -> None:
    journeys = journeys_of([(i % 3, 20.0 - i) for i in range(9)])
    game = touch_game(fitted, journeys, 0)
    exact = touch_credit(fitted, journeys, SOLVER).credit
    assert np.abs(walked(game, 9) - exact).max() < 0.2 * np.abs(exact).max()


def test_channel_credit_summed_over_journeys_is_the_game_of_all_journeys(
    fitted: FittedModel,
) -> None:
    journeys = random_journeys(80, 2)
    result = channel_credit(fitted, journeys, SOLVER)
    by_channel = np.bincount(result.player, result.credit, 3)
    running = (np.arange(8)[:, None] >> np.arange(3)) & 1 == 1
    assert np.allclose(
        by_channel, shapley_values(coalition_values(fitted, journeys, running)), atol=1e-5
    )


def test_weights_count_in_the_value_of_coalitions(fitted: FittedModel) -> None:
    journeys = random_journeys(10, 3)
    double = journey_columns(
        journeys.offsets,
        journeys.days,
        journeys.channel,
        journeys.converted,
        weight=np.full(10, 2.0),
    )
    running = np.array([[True, False, True]])
    one, two = (coalition_values(fitted, some, running)[0] for some in (journeys, double))
    assert two == pytest.approx(2 * one)


def test_touches_of_unknown_channels_run_always(fitted: FittedModel) -> None:
    journeys = journeys_of([(UNKNOWN, 3.0)])
    off, on = coalition_values(fitted, journeys, np.array([[False] * 3, [True] * 3]))
    assert off == on == pytest.approx(fitted.probabilities(journeys)[0])
    assert channel_credit(fitted, journeys, SOLVER).player.tolist() == [UNKNOWN]


def test_equal_touches_at_one_time_get_equal_credit(fitted: FittedModel) -> None:
    result = touch_credit(fitted, journeys_of([(0, 5), (1, 2), (1, 2)]), SOLVER)
    assert result.credit[1] == pytest.approx(result.credit[2], abs=1e-6)


def test_a_masked_touch_has_never_been_there(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (1, 4), (2, 1)], [(1, 2)])
    present = np.array([True, False, True, True, True, False])
    result = masked_probabilities(fitted, journeys, np.array([0, 0]), present)
    bare = fitted.probabilities(journeys_of([(0, 9), (2, 1)], [(0, 9), (1, 4)]))
    assert np.allclose(result, bare, atol=1e-6)


def test_journeys_without_touches_have_no_credit(fitted: FittedModel) -> None:
    result = touch_credit(fitted, journeys_of([], []), SOLVER)
    assert len(result.credit) == 0
    assert np.array_equal(result.chance_all, result.chance_none)


def test_any_grouping_of_touches_may_play(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (1, 4), (2, 1)])
    result = player_credit(fitted, journeys, np.array([7, 7, 4]), SOLVER)
    assert result.player.tolist() == [4, 7]
    assert result.credit.sum() == pytest.approx(result.chance_all[0] - result.chance_none[0])


def test_shapes_that_do_not_fit_are_errors(fitted: FittedModel) -> None:
    journeys = journeys_of([(0, 9), (1, 4)])
    with pytest.raises(ValueError, match=r"sets must have shape \(m, 2\)"):
        touch_game(fitted, journeys, 0)(np.ones((1, 3), bool))
    with pytest.raises(ValueError, match=r"running must have shape \(coalitions, 3\)"):
        coalition_values(fitted, journeys, np.ones((1, 2), bool))
    with pytest.raises(ValueError, match=r"player must have shape \(2,\)"):
        player_credit(fitted, journeys, np.array([1]), SOLVER)
