"""Fitting: planted worlds in which order and time matter, calibration, ends and refusals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gnn.errors import NotConvergedError
from gnn.journeys import JourneyColumns, Vocabulary
from gnn.splits import by_user
from gnn.training import FittedModel, TrainingSettings, choose_device, drop_touches, fit
from planted_journeys import SMALL, converting, cross_entropy, journeys_of, random_journeys

World = tuple[FittedModel, JourneyColumns, NDArray[np.float64], NDArray[np.int64]]
"""A fitted model, its journeys, their true probabilities and the rows of the test."""


def fitted_to(
    journeys: JourneyColumns, settings: TrainingSettings = SMALL
) -> tuple[FittedModel, NDArray[np.int64]]:
    split = by_user(journeys.user)
    made = fit(
        journeys.select(split.train), journeys.select(split.validation), Vocabulary(3), settings
    )
    return made, split.test


@pytest.fixture(scope="module")
def decaying() -> World:
    """Channel 0 works for a few days, channel 1 half as much, channel 2 not at all."""
    journeys = random_journeys(12_000, 1, covariates=1)
    effect = np.array([2.0, 1.0, 0.0])[journeys.channel] * 2 ** (-journeys.days / 5)
    total = np.bincount(journeys.journey, effect, len(journeys))
    known = journeys.covariates[:, 0]
    made, chance = converting(journeys, -2.0 + 0.7 * known + total, 2)
    model, test = fitted_to(made)
    return model, made, chance, test


def test_what_can_be_known_of_a_decaying_world_is_learnt(decaying: World) -> None:
    model, journeys, chance, test = decaying
    result = model.probabilities(journeys.select(test))
    best = cross_entropy(chance[test], chance[test])
    base = cross_entropy(chance[test], np.full(len(test), chance.mean()))
    assert cross_entropy(chance[test], result) < best + 0.12 * (base - best)


def test_chances_sum_to_conversions(decaying: World) -> None:
    model, journeys, chance, _ = decaying
    held = journeys.select(by_user(journeys.user).validation)
    assert model.probabilities(held).sum() == pytest.approx(held.conversions, rel=1e-4)
    assert model.probabilities(journeys).sum() == pytest.approx(chance.sum(), rel=0.06)


def test_a_recent_touch_is_worth_more_than_an_old_one(decaying: World) -> None:
    model, *_ = decaying
    result = model.probabilities(
        journeys_of([(0, 25.0)], [(0, 1.0)], [(2, 1.0)], [], covariates=np.zeros((4, 1)))
    )
    assert result[1] > result[0] + 0.15
    assert abs(result[2] - result[3]) < 0.05


def test_nothing_is_dropped_once_fitted(decaying: World) -> None:
    model, journeys, *_ = decaying
    assert not model.model.training
    once = model.probabilities(journeys)
    assert np.array_equal(once, model.probabilities(journeys))


def test_batches_do_not_change_chances(decaying: World) -> None:
    model, journeys, *_ = decaying
    some = journeys.select(np.arange(200))
    result = model.probabilities(some, batch_size=7)
    assert np.allclose(result, model.probabilities(some), atol=1e-6)


def test_the_state_with_the_least_loss_is_kept(decaying: World) -> None:
    model, *_ = decaying
    assert model.losses[model.best] <= min(model.losses) + SMALL.min_gain


def test_order_is_learnt_where_nothing_else_differs() -> None:
    rng = np.random.default_rng(3)
    first = rng.integers(0, 2, 6000)
    days = np.sort(30 * rng.random((6000, 2)))[:, ::-1]
    touches = [
        [(int(a), float(d)), (int(1 - a), float(e))] for a, (d, e) in zip(first, days, strict=True)
    ]
    journeys, chance = converting(journeys_of(*touches), np.where(first == 0, 0.5, -2.0), 4)
    model, test = fitted_to(journeys)
    result = model.probabilities(journeys.select(test))
    assert cross_entropy(chance[test], result) < cross_entropy(chance[test], chance[test]) + 0.02


def test_where_nothing_matters_the_rate_is_predicted() -> None:
    journeys = random_journeys(3000, 5)
    made, _ = converting(journeys, np.full(3000, -1.5), 6)
    model, test = fitted_to(made)
    assert model.probabilities(made.select(test)).std() < 0.03


def test_weights_replace_omitted_journeys() -> None:
    journeys = random_journeys(6000, 7)
    made, _ = converting(journeys, np.full(6000, -1.5), 8)
    kept = np.flatnonzero(made.converted | (np.arange(6000) % 4 == 0))
    sampled = made.select(kept)
    sampled = replace(sampled, weight=np.where(sampled.converted, 1.0, 4.0))
    model, _ = fitted_to(sampled)
    assert model.probabilities(made).mean() == pytest.approx(made.converted.mean(), rel=0.12)


def test_the_seed_decides_everything_and_the_callers_generator_is_left_alone() -> None:
    made, _ = converting(random_journeys(1000, 9), np.full(1000, -1.0), 1)
    before = torch.random.get_rng_state()
    one, same, other = (
        fitted_to(made, replace(SMALL, seed=seed))[0].probabilities(made) for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.random.get_rng_state())
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_touches_are_dropped_at_the_set_rate() -> None:
    journeys = random_journeys(2000, 1, mean=5)
    left = drop_touches(journeys, 0.15, np.random.default_rng(0))
    assert len(left.days) / len(journeys.days) == pytest.approx(0.85, abs=0.02)
    assert drop_touches(journeys, 0.0, np.random.default_rng(0)) is journeys


def test_a_fit_that_is_not_over_is_an_error() -> None:
    made, _ = converting(random_journeys(1000, 9), np.full(1000, -1.0), 1)
    with pytest.raises(NotConvergedError, match="still falling after 2 epochs"):
        fitted_to(made, replace(SMALL, max_epochs=2))


def test_a_loss_that_leaves_the_numbers_is_an_error() -> None:
    made, _ = converting(random_journeys(1000, 9, covariates=1), np.full(1000, -1.0), 1)
    made = replace(made, covariates=made.covariates * 1e300)
    with (
        np.errstate(over="ignore"),
        pytest.raises(NotConvergedError, match="held-out loss became nan"),
    ):
        fitted_to(made)


def test_users_in_both_parts_are_errors() -> None:
    made, _ = converting(random_journeys(500, 9), np.full(500, 0.0), 1)
    with pytest.raises(ValueError, match="users must be in one part only, got 500"):
        fit(made, made, Vocabulary(3), SMALL)


def test_too_few_conversions_are_errors() -> None:
    with pytest.raises(ValueError, match="needs at least 20 journeys that convert"):
        fitted_to(random_journeys(500, 9))


def test_codes_outside_the_vocabulary_are_errors(decaying: World) -> None:
    model, *_ = decaying
    with pytest.raises(ValueError, match="channel codes must be below 3"):
        model.probabilities(journeys_of([(3, 1.0)], covariates=np.zeros((1, 1))))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"touch_dropout": 1.0}, "touch_dropout"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"cuts": -1}, "cuts"),
        ({"max_epochs": 0}, "max_epochs"),
    ],
)
def test_settings_out_of_range_are_errors(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainingSettings(**settings)


def test_a_named_device_is_taken() -> None:
    assert choose_device("cpu").type == "cpu"
    assert choose_device(None).type == ("cuda" if torch.cuda.is_available() else "cpu")
