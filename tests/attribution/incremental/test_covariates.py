"""Facts about customers become columns, each kind in its way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental.covariates import covariates_of
from attrigraph.domain import CustomerAttributes


def made(**columns: Any) -> Any:
    n = len(next(iter(columns.values())))
    arrays = {}
    for name, column in columns.items():
        arrays[name] = np.empty(n, dtype=object)
        arrays[name][:] = column
    people = np.array([str(i) for i in range(n)], dtype=object)
    return covariates_of(CustomerAttributes(people, np.zeros(n, dtype=np.int32), arrays))


def test_numbers_are_scaled_and_squared() -> None:
    found = made(age=[20, 30, 40, 50])
    assert found.names == ("age", "age squared")
    assert found.values.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert found.values.std(axis=0) == pytest.approx([1, 1])


def test_a_missing_number_takes_the_mean_and_is_marked() -> None:
    found = made(age=[20.0, None, 40.0, 60.0])
    assert found.names == ("age", "age squared", "age is missing")
    assert found.values[1].tolist() == [0.0, 0.0, 1.0]


def test_truth_values_and_dates() -> None:
    day = dt.date(2024, 1, 1)
    found = made(loyal=[True, False, True], since=[day, day, day.replace(day=9)])
    assert found.names == ("loyal", "since")
    assert found.values[:, 0].tolist() == [1.0, 0.0, 1.0]


def test_words_are_compared_with_the_most_frequent_one() -> None:
    found = made(region=["north"] * 5 + ["south"] * 3 + [None] * 2)
    assert found.names == ("region = south", "region = missing")
    assert found.values.sum(axis=0).tolist() == [3.0, 2.0]


def test_rare_words_share_a_column_and_it_is_said() -> None:
    found = made(city=["a"] * 500 + ["b"] * 300 + ["c", "d"])
    assert found.names == ("city = b", "city = other")
    assert found.notes == ("2 rare categories of the customer attribute 'city' share one column",)


def test_a_skewed_number_enters_by_its_rank_and_it_is_said() -> None:
    found = made(spent=np.exp(3 * np.random.default_rng(0).standard_normal(500)).tolist())
    assert "enters by its rank" in found.notes[0]
    assert np.abs(found.values[:, 0]).max() < 4


def test_a_fact_that_is_the_same_for_all_is_left_out_and_it_is_said() -> None:
    found = made(country=["x", "x"], age=[1, 2])
    assert found.names == ("age",)
    assert found.notes == ("the customer attribute 'country' is constant and is left out",)
