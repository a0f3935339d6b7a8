"""Sizes of audiences against draws at random, and exposure that is left by hand."""

from __future__ import annotations

import numpy as np
import pytest

from attrigraph.fatigue.frequency import USUAL_FREQUENCY, audience_sizes, remaining
from fatigue_histories import history, small_history, small_world


def test_reach_gives_the_size_that_it_has_by_hand() -> None:
    # 1000 people, of whom n impressions at random reach 1000 (1 - e^(-n / 1000))
    impressions = np.array([[500.0, 2000.0]])
    sizes = audience_sizes(history(impressions, reach=1000 * -np.expm1(-impressions / 1000)))
    assert sizes.people == pytest.approx([1000])
    assert not sizes.estimated.any()


def test_sizes_of_a_world_are_found() -> None:
    sizes = audience_sizes(small_history())
    assert not sizes.estimated.any()
    assert sizes.people == pytest.approx(small_world().reach, rel=0.05)


def test_an_audience_without_reach_has_the_frequency_of_others() -> None:
    impressions = np.array([[500.0, 500.0], [2000.0, 2000.0]])
    reach = np.stack([1000 * -np.expm1(-impressions[0] / 1000), [np.nan, np.nan]])
    sizes = audience_sizes(history(impressions, reach=reach, audience=[0, 1]))
    assert sizes.people == pytest.approx([1000, 4000])
    assert sizes.estimated.tolist() == [False, True]


@pytest.mark.parametrize(
    "reach",
    [None, [[300.0, 300.0]], [[0.0, 0.0]]],
    ids=["no reach", "nobody twice", "nobody"],
)
def test_without_any_reach_that_says_it_the_usual_frequency_is_taken(
    reach: list[list[float]] | None,
) -> None:
    sizes = audience_sizes(history([[300.0, 300.0]], reach=reach))
    assert sizes.people == pytest.approx([300 / USUAL_FREQUENCY])
    assert sizes.estimated.all()


def test_an_audience_that_saw_nothing_has_a_size() -> None:
    assert audience_sizes(history([[0.0, 0.0]])).people.tolist() == [1.0]


def test_people_seen_several_times_on_a_day_bound_the_size() -> None:
    """Impressions without end reach everybody."""
    sizes = audience_sizes(history([[1e7, 1e7]], reach=[[50.0, 50.0]]))
    assert sizes.people == pytest.approx([50], rel=1e-3)


def test_exposure_that_is_left_by_hand() -> None:
    left = remaining(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]), forgetting=0.5)
    assert left.tolist() == [[1.0, 0.5, 2.25], [0.0, 0.0, 0.0]]
