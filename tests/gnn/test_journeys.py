"""Journeys as columns: validation, selection, and removed touches."""

from typing import Any

import numpy as np
import pytest

from gnn.journeys import UNKNOWN, Vocabulary, journey_columns
from planted_journeys import journeys_of, random_journeys


def test_journeys_may_be_selected_in_any_order_and_often() -> None:
    journeys = journeys_of([(0, 5), (1, 2)], [], [(2, 9)], converted=[True, False, False])
    some = journeys.select(np.array([2, 0, 1, 0]))
    assert some.offsets.tolist() == [0, 1, 3, 3, 5]
    assert some.channel.tolist() == [2, 0, 1, 0, 1]
    assert some.days.tolist() == [9, 5, 2, 5, 2]
    assert some.converted.tolist() == [False, True, False, True]
    assert some.user.tolist() == [2, 0, 1, 0]


def test_journeys_stay_when_all_their_touches_go() -> None:
    journeys = journeys_of([(0, 5), (1, 2)], [(2, 9)])
    left = journeys.with_touches(np.array([False, True, False]))
    assert left.offsets.tolist() == [0, 1, 1]
    assert left.channel.tolist() == [1]
    assert len(left) == 2


def test_keeping_everything_changes_nothing() -> None:
    journeys = random_journeys(50, 1)
    same = journeys.with_touches(np.ones(len(journeys.days), bool))
    assert np.array_equal(same.offsets, journeys.offsets)
    assert np.array_equal(same.days, journeys.days)


def test_codes_that_are_not_given_are_unknown() -> None:
    assert journeys_of([(0, 1)]).campaign.tolist() == [UNKNOWN]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": [0, 1]}, r"offsets must have shape \(3,\), got \(2,\)"),
        ({"offsets": [0, 2, 1]}, "offsets must rise from 0 to the number of touches, 3"),
        ({"days": [1.0, 2.0, 3.0]}, "oldest first, got rising days in journey 0"),
        ({"days": [2.0, -1.0, 3.0]}, "at least 0, got -1.0"),
        ({"days": [2.0, np.nan, 3.0]}, "finite days"),
        ({"channel": [0, 1]}, r"channel must have shape \(3,\)"),
        ({"channel": [0, 1, -2]}, "channel codes must be at least -1, got -2"),
        ({"channel": [0.0, 1.0, 2.0]}, "channel must hold whole numbers"),
        ({"covariates": [[1.0], [np.nan]]}, "covariates must be finite"),
        ({"covariates": [1.0, 2.0]}, r"covariates must have shape \(2, p\)"),
        ({"weight": [1.0, 0.0]}, "weights must be finite and above 0"),
        ({"user": [1]}, r"user must have shape \(2,\)"),
    ],
)
def test_arrays_that_do_not_match_are_errors(change: dict[str, Any], message: str) -> None:
    arguments = {
        "offsets": [0, 2, 3],
        "days": [2.0, 1.0, 3.0],
        "channel": [0, 1, 2],
        "converted": [True, False],
    } | change
    with pytest.raises(ValueError, match=message):
        journey_columns(**{name: np.array(array) for name, array in arguments.items()})


def test_a_mask_of_another_shape_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"mask must be bool of shape \(1,\)"):
        journeys_of([(0, 1)]).with_touches(np.array([True, True]))


def test_a_vocabulary_of_negative_size_is_an_error() -> None:
    with pytest.raises(ValueError, match="sizes must be at least 0"):
        Vocabulary(-1)
