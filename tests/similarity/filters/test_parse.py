"""The language of filters: what it means, and one sentence for what is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.errors import InputError
from attrigraph.similarity.filters import (
    And,
    Compare,
    Condition,
    Exists,
    FieldType,
    In,
    Not,
    Or,
    Value,
    check_fields,
    matches,
    parse_filter,
)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("market = 'de'", Compare("market", "=", "de")),
        ("budget>=1_0", None),
        ("budget >= 10.5", Compare("budget", ">=", 10.5)),
        (
            "budget between -1 and 2e3",
            And((Compare("budget", ">=", -1.0), Compare("budget", "<=", 2e3))),
        ),
        ("market IN ('de', \"fr\")", In("market", ("de", "fr"))),
        ("market not in ('de')", Not(In("market", ("de",)))),
        (
            "active = true and not paused exists",
            And((Compare("active", "=", True), Not(Exists("paused")))),
        ),
        ("paused not exists", Not(Exists("paused"))),
        ("`odd ``name` != 'it''s'", Compare("odd `name", "!=", "it's")),
        (
            "a = 1 or b = 2 and c = 3",
            Or((Compare("a", "=", 1.0), And((Compare("b", "=", 2.0), Compare("c", "=", 3.0))))),
        ),
        (
            "(a = 1 or b = 2) and not (c = 3)",
            And(
                (Or((Compare("a", "=", 1.0), Compare("b", "=", 2.0))), Not(Compare("c", "=", 3.0)))
            ),
        ),
    ],
)
def test_a_text_states_a_condition(text: str, condition: Condition | None) -> None:
    if condition is None:
        with pytest.raises(InputError):
            parse_filter(text)
    else:
        assert parse_filter(text) == condition


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs the name of a field in column 1, got its end"),
        ("market", "needs =, .* in column 7, got its end"),
        ("market = ", "needs a number, true, false or a text in quotes in column 9, got its end"),
        ("market = de", "needs a number, .* in column 10, got 'de'"),
        ("market = 'de' fr = 1", "needs 'and', 'or' or the end in column 15, got 'fr'"),
        ("market in ()", "needs a number, .* in column 12, got '\\)'"),
        ("(market = 1", "needs '\\)' in column 12, got its end"),
        ("market = 'de", "cannot be read from column 10 on"),
        ("market = 1; drop table x", "cannot be read from column 11 on"),
        ("a = 1e999", "must be text, a finite number or a boolean"),
        ("not " * 60 + "a = 1", "more than 50 levels"),
        ("a = '\x00'", "a character that Postgres cannot hold"),
    ],
)
def test_what_is_no_filter_is_one_sentence(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_filter(text)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    with suppress(InputError):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("market = 'de'", True),
        ("market != 'de'", False),
        ("market > 'dd' and market < 'df'", True),
        ("budget = 10", True),
        ("budget = '10'", False),
        ("missing = 1", False),
        ("not missing = 1", False),
        ("missing = 1 or market = 'de'", True),
        ("not (missing = 1 and market = 'fr')", True),
        ("not (missing = 1 or market = 'fr')", False),
        ("missing not exists", True),
        ("active", None),
        ("active = true", True),
        ("active = 1", False),
        ("market not in ('fr', 'it')", True),
    ],
)
def test_what_is_missing_is_unknown(text: str, truth: bool | None) -> None:
    metadata: dict[str, Value] = {"market": "de", "budget": 10, "active": True}
    if truth is None:
        with pytest.raises(InputError):
            parse_filter(text)
    else:
        assert matches(parse_filter(text), metadata) is truth


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "markt = 'de'",
            "no field 'markt'; did you mean 'market'\\? \\(its fields: active, budget, market\\)",
        ),
        ("market = 1", "'market' holds texts, and the filter has 1.0"),
        ("active > false", "booleans, which have no order"),
        ("budget in (1, 'x')", "'budget' holds numbers, and the filter has 'x'"),
        ("other exists", "no field 'other'"),
    ],
)
def test_fields_and_types_are_those_of_the_collection(text: str, message: str) -> None:
    types: dict[str, FieldType] = {"market": "text", "budget": "number", "active": "boolean"}
    with pytest.raises(InputError, match=message):
        check_fields(parse_filter(text), types)
    check_fields(parse_filter("market = 'x' or budget between 1 and 2 or active exists"), types)
