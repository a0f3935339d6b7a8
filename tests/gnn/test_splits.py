"""Splits by user and by time."""

import numpy as np
import pytest

from gnn.splits import by_time, by_user, user_uniform


def test_no_user_is_in_two_parts_and_no_row_is_lost() -> None:
    user = np.random.default_rng(0).integers(0, 3000, 10_000)
    split = by_user(user, seed=3)
    parts = [set(user[rows].tolist()) for rows in (split.train, split.validation, split.test)]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    rows = np.concatenate([split.train, split.validation, split.test])
    assert np.array_equal(np.sort(rows), np.arange(10_000))


def test_parts_have_about_the_requested_size() -> None:
    split = by_user(np.arange(20_000), validation=0.1, test=0.3)
    assert len(split.validation) / 20_000 == pytest.approx(0.1, abs=0.01)
    assert len(split.test) / 20_000 == pytest.approx(0.3, abs=0.01)


def test_a_user_falls_in_the_same_part_whoever_else_is_there() -> None:
    user = np.arange(1000)
    assert np.array_equal(user_uniform(user, 5)[::7], user_uniform(user[::7], 5))


def test_other_seeds_give_other_parts() -> None:
    one, other = (set(by_user(np.arange(1000), seed=seed).test.tolist()) for seed in (0, 1))
    assert 0.1 < len(one & other) / len(one) < 0.35


def test_user_numbers_are_spread_evenly() -> None:
    counts, _ = np.histogram(user_uniform(np.arange(100_000), 0), 10, (0, 1))
    assert np.abs(counts - 10_000).max() < 500


def test_without_a_test_part_all_rows_are_learnt_from_or_held_out() -> None:
    split = by_user(np.arange(500), test=0.0)
    assert len(split.test) == 0
    assert len(split.train) + len(split.validation) == 500


@pytest.mark.parametrize("shares", [(0.0, 0.2), (0.6, 0.4), (0.5, -0.1)])
def test_shares_out_of_range_are_errors(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="shares of validation and test"):
        by_user(np.arange(10), validation=shares[0], test=shares[1])


def test_too_few_users_for_a_part_are_errors() -> None:
    with pytest.raises(ValueError, match="part of the split is empty"):
        by_user(np.zeros(10, int))


def test_parts_in_time_share_neither_time_nor_users() -> None:
    begin = np.array([0.0, 1, 4, 5, 6, 8, 9, 9])
    end = np.array([1.0, 5, 6, 6, 9, 9, 10, 10])
    user = np.array([0, 1, 2, 0, 3, 4, 2, 5])
    split = by_time(begin, end, user, validation_from=4, test_from=8)
    assert split.train.tolist() == [0]
    assert split.validation.tolist() == [2]  # row 3 is a user learnt from, 1 and 4 span a moment
    assert split.test.tolist() == [5, 7]  # row 6 is a user of the validation part


def test_moments_out_of_order_are_errors() -> None:
    at = np.arange(5.0)
    with pytest.raises(ValueError, match="test_from must not be before"):
        by_time(at, at, np.arange(5), validation_from=3, test_from=2)


def test_a_moment_that_leaves_a_part_empty_is_an_error() -> None:
    at = np.arange(5.0)
    with pytest.raises(ValueError, match="test part of the split is empty"):
        by_time(at, at, np.arange(5), validation_from=2, test_from=9)
