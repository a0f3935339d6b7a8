"""Several models fitted to bootstrap samples of the users."""

from dataclasses import replace

import numpy as np
import pytest

from gnn.ensemble import Ensemble, fit_ensemble, in_bag
from gnn.errors import NotConvergedError
from gnn.journeys import JourneyColumns, Vocabulary
from planted_journeys import SMALL, converting, random_journeys


@pytest.fixture(scope="module")
def journeys() -> JourneyColumns:
    """Journeys of 1,500 users with two each; channel 0 works."""
    made = random_journeys(3000, 1)
    effect = np.bincount(made.journey, 1.5 * (made.channel == 0), len(made))
    made, _ = converting(
        replace(made, user=np.arange(3000) // 2), (-2.0 + effect).astype(np.float64), 2
    )
    return made


@pytest.fixture(scope="module")
def ensemble(journeys: JourneyColumns) -> Ensemble:
    return fit_ensemble(journeys, Vocabulary(3), SMALL, members=3, seed=5)


def test_members_differ_and_each_beats_the_rate_on_journeys_not_learnt_from(
    ensemble: Ensemble, journeys: JourneyColumns
) -> None:
    probabilities = [member.probabilities(journeys) for member in ensemble.members]
    assert np.abs(probabilities[0] - probabilities[1]).max() > 1e-3
    assert all(member.losses[member.best] < member.losses[0] for member in ensemble.members)


def test_out_of_bag_is_the_mean_of_the_members_that_have_not_met_the_user(
    ensemble: Ensemble, journeys: JourneyColumns
) -> None:
    probabilities = np.array([member.probabilities(journeys) for member in ensemble.members])
    met = np.array(
        [np.random.default_rng([5, k]).poisson(1.0, 1500)[journeys.user] > 0 for k in range(3)]
    )
    never = met.all(axis=0)
    assert never.any()
    assert np.isnan(ensemble.out_of_bag[never]).all()
    total = np.where(met, 0.0, probabilities).sum(axis=0)[~never]
    expected = total / (~met).sum(axis=0)[~never]
    assert np.allclose(ensemble.out_of_bag[~never], expected, atol=1e-6)


def test_journeys_of_a_user_are_drawn_together_and_weighted(journeys: JourneyColumns) -> None:
    drawn = np.repeat(np.array([0, 2, 1] * 500), 2)
    bag = in_bag(journeys, drawn)
    assert np.array_equal(bag.user, journeys.user[drawn > 0])
    assert np.array_equal(bag.weight, journeys.weight[drawn > 0] * drawn[drawn > 0])


def test_the_same_seed_gives_the_same_models(ensemble: Ensemble, journeys: JourneyColumns) -> None:
    again = fit_ensemble(journeys, Vocabulary(3), SMALL, members=3, seed=5)
    # threads add up in an order of their own, so the last digits differ
    assert np.allclose(again.out_of_bag, ensemble.out_of_bag, rtol=1e-3, equal_nan=True)


def test_one_member_is_no_ensemble(journeys: JourneyColumns) -> None:
    with pytest.raises(ValueError, match="members must be at least 2, got 1"):
        fit_ensemble(journeys, Vocabulary(3), SMALL, members=1)


def test_a_member_that_does_not_settle_is_no_ensemble(journeys: JourneyColumns) -> None:
    with pytest.raises(NotConvergedError):
        fit_ensemble(journeys, Vocabulary(3), replace(SMALL, max_epochs=1), members=2)
