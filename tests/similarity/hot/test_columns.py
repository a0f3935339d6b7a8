"""Conditions on arrays of metadata have the same meaning as on each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from attrigraph.similarity.filters import (
    And,
    Compare,
    Condition,
    Exists,
    In,
    Not,
    Or,
    matches,
    parse_filter,
)
from attrigraph.similarity.hot.columns import Columns

if TYPE_CHECKING:
    from attrigraph.similarity.filters import Value

FIELDS = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(
    st.sampled_from(["", "a", "b", "ä", "z", "\U0001d4b3", "\uffff"]),
    st.sampled_from([-1, 0, 0.5, 1, 1e300]),
    st.booleans(),
)
OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        st.builds(Compare, FIELDS, OPERATORS, VALUES),
        st.builds(In, FIELDS, st.lists(VALUES, max_size=3).map(tuple)),
        st.builds(Exists, FIELDS),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(
    condition=CONDITIONS,
    metadata=st.lists(st.dictionaries(FIELDS, VALUES, max_size=3), max_size=12),
)
def test_arrays_match_as_rows_do(condition: Condition, metadata: list[dict[str, Value]]) -> None:
    mask = Columns(metadata).mask(condition)
    assert mask.tolist() == [matches(condition, row) for row in metadata]


def test_missing_values_are_unknown() -> None:
    columns = Columns([{"x": 1.0}, {"x": 3.0}, {}])
    assert columns.mask(parse_filter("x > 2")).tolist() == [False, True, False]
    assert columns.mask(parse_filter("not x > 2")).tolist() == [True, False, False]
    assert columns.mask(parse_filter("x not exists")).tolist() == [False, False, True]
