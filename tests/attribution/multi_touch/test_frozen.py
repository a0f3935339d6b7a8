"""Path models with frozen parameters: shares by hand, laws, and independence of other journeys."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.attribution.data import FrozenModel, PathData
from attrigraph.attribution.incremental.frozen import FrozenResponse
from attrigraph.attribution.models import MODELS, fit, freeze
from attrigraph.attribution.multi_touch.frozen import frozen_from_json, recoded
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.path_steps import path_steps
from attrigraph.attribution.observed.paths import count_rows
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.attribution.multi_touch.frozen import FrozenPaths
    from attrigraph.domain import PathCounts

Row = tuple[str, int, int]
"""A path such as ``a b``, how often it converted, and how often not."""

FITTED: list[Row] = [("a", 2, 2), ("b", 1, 3), ("a b", 3, 1), ("c", 0, 4)]
FREEZABLE = [name for name, model in MODELS.items() if model.can_freeze and not model.incremental]
NO_DRAWS = ModelOptions(draws=0)


def counted(rows: list[Row]) -> PathCounts:
    keys = tuple(sorted({key for path, _, _ in rows for key in path.split()}))
    codes = [[keys.index(key) for key in path.split()] for path, _, _ in rows]
    offsets = np.append(0, np.cumsum([len(path) for path in codes]))
    flat = np.array([code for path in codes for code in path], np.int32)
    conversions, nulls = np.array([row[1:] for row in rows], float).T
    return count_rows(keys, offsets, flat, conversions, 10 * conversions, nulls)[0]


def frozen(name: str, rows: list[Row]) -> FrozenPaths:
    by_level = freeze(name, PathData(counted(rows), NO_DRAWS))
    assert not isinstance(by_level, FrozenResponse)
    return by_level["channel"]


def shares(parameters: FrozenPaths, path: str) -> list[float]:
    """The share of each touch of a path that converted once."""
    keys = tuple(sorted(set(path.split())))
    offsets = np.array([0, len(path.split())])
    codes = np.array([keys.index(key) for key in path.split()], np.int32)
    one = count_rows(keys, offsets, codes, np.ones(1), np.ones(1), np.zeros(1))[0]
    steps = recoded(path_steps(one), one.keys, parameters.keys)
    return [float(share) for share in parameters.shares(steps)]


def test_removal_effects_divide_a_conversion_among_its_own_keys() -> None:
    # 16 journeys, 6 convert: 8 come to a, of which 5 convert; 8 to b, of which 4 convert
    parameters = frozen("markov-1", [("a", 2, 2), ("b", 1, 3), ("a b", 3, 1), ("c", 0, 4)])
    # from a: 2/8 convert, 4/8 go to b; from b: 4/8 convert; removal of a loses 8 (1/4 + 1/2 1/2)
    assert dict(zip(parameters.keys, parameters.to_json()["weight"], strict=True)) == pytest.approx(
        {"a": 8 * (1 / 4 + 1 / 2 * 1 / 2), "b": 8 * 1 / 2, "c": 0}
    )
    assert shares(parameters, "a b") == [pytest.approx(1 / 2), pytest.approx(1 / 2)]
    assert shares(parameters, "a b a") == pytest.approx([1 / 4, 1 / 2, 1 / 4])
    assert shares(parameters, "b b") == [0.5, 0.5]


def test_the_rate_game_divides_a_conversion_by_its_shapley_values() -> None:
    parameters = frozen("shapley-rate", FITTED)
    # v(a) = 2/4, v(b) = 1/4, v(ab) = (2 + 1 + 3) / 12 = 1/2
    a = (1 / 2 + (1 / 2 - 1 / 4)) / 2
    b = (1 / 4 + (1 / 2 - 1 / 2)) / 2
    assert shares(parameters, "a b") == pytest.approx([a / (1 / 2), b / (1 / 2)])
    assert shares(parameters, "b a a") == pytest.approx([2 * b, a, a])
    assert shares(parameters, "a") == [1]


@pytest.mark.parametrize("name", FREEZABLE)
def test_keys_that_were_not_fitted_have_no_share(name: str) -> None:
    parameters = frozen(name, FITTED)
    with_new, without = shares(parameters, "a new b"), shares(parameters, "a b")
    assert with_new == [without[0], 0, without[1]]
    assert shares(parameters, "new") == [0]
    assert shares(parameters, "c c") == [0, 0]  # it never converted


@pytest.mark.parametrize("name", FREEZABLE)
def test_credit_and_baseline_add_up_and_notes_name_what_is_unknown(name: str) -> None:
    model = FrozenModel("f00d", (0, 86_400_000), {"channel": frozen(name, FITTED)})
    now = counted([("a b", 5, 0), ("new a", 2, 1), ("new", 3, 0), ("c", 1, 0)])
    answer = fit(name, replace(PathData(now, NO_DRAWS), frozen={name: model})).credits("channel")
    assert math.fsum(line.conversions for line in answer.credits) == pytest.approx(7)
    assert answer.baseline.conversions == 4
    assert answer.baseline.value == 40
    assert {line.key: line.conversions for line in answer.credits}["new"] == 0
    assert (
        "artefact f00d, fitted to 1970-01-01T00:00:00Z to 1970-01-02T00:00:00Z" in answer.notes[0]
    )
    assert "no credit: 'new'; fit again" in answer.notes[1]
    assert answer.notes[2].startswith("4 conversions of journeys of which the fit knows nothing")


paths = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(" ".join),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("name", FREEZABLE)
@given(rows=paths, others=paths)
def test_shares_are_those_of_the_journey_alone_whatever_others_there_are(
    name: str, rows: list[Row], others: list[Row]
) -> None:
    parameters = frozen(name, rows)
    together = counted([*((path, 1, 0) for path, _, _ in others), ("a b c d e", 1, 0)])
    steps = recoded(path_steps(together), together.keys, parameters.keys)
    found = parameters.shares(steps)
    for row, start in enumerate(together.offsets[:-1]):
        end = together.offsets[row + 1]
        path = " ".join(str(together.keys[code]) for code in together.codes[start:end])
        assert found[start:end].tolist() == shares(parameters, path)
    total = np.bincount(steps.row, found)
    assert (np.isclose(total, 1) | (total == 0)).all()


@given(rows=paths, path=st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
def test_the_rate_game_agrees_with_its_definition(rows: list[Row], path: list[str]) -> None:
    def value(coalition: frozenset[str]) -> float:
        within = [row for row in rows if coalition.issuperset(row[0].split())]
        n = sum(converted + nulls for _, converted, nulls in within)
        return sum(converted for _, converted, _ in within) / n if n else 0.0

    orders = list(permutations(path))
    phi = dict.fromkeys(path, 0.0)
    for order in orders:
        for place, key in enumerate(order):
            before = frozenset(order[:place])
            phi[key] += (value(before | {key}) - value(before)) / len(orders)
    all_keys = value(frozenset(path))
    expected = [phi[key] / all_keys if all_keys else 0.0 for key in path]
    assert shares(frozen("shapley-rate", rows), " ".join(path)) == pytest.approx(expected)


def test_many_keys_are_sampled_and_shares_still_add_up() -> None:
    names = [f"k{number:02}" for number in range(24)]
    rows = [(name, 1, 1) for name in names] + [(" ".join(names), 5, 1)]
    found = shares(frozen("shapley-rate", rows), " ".join(names))
    assert sum(found) == pytest.approx(1)
    assert found == shares(frozen("shapley-rate", rows), " ".join(names))


@pytest.mark.parametrize("name", FREEZABLE)
def test_parameters_come_back_to_the_bit(name: str) -> None:
    parameters = frozen(name, FITTED)
    again = frozen_from_json(parameters.to_json())
    assert again.to_json() == parameters.to_json()
    assert shares(again, "a b") == shares(parameters, "a b")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("linear", "linear has no parameters: its credit follows from each journey alone"),
        ("shapley-simplified", "has no parameters"),
        ("attention", "attention is fitted to whole histories, which cannot be frozen yet"),
        ("markov-9", "no model is called 'markov-9'"),
    ],
)
def test_models_that_cannot_be_frozen_are_refused(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        frozen(name, FITTED)
