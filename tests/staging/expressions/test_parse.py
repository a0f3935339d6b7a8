from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.staging.expressions import ExpressionError, columns_of, parse
from attrigraph.staging.expressions.nodes import Each


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "is not an expression"),
        ("a +", "is not an expression: invalid syntax"),
        ("a = 1", "is not an expression"),
        ("open('/etc/passwd')", "there is no function 'open'; the functions are abs, click_source"),
        ("__import__('os').system('id')", "is not supported"),
        ("read_csv('x')", "there is no function 'read_csv'"),
        ("[a for a in b]", "is not supported"),
        ("lambda: 1", "is not supported"),
        ("f'{a}'", "is not supported"),
        ("a ** 2", "is not supported"),
        ("b'x'", "is not supported"),
        ("1j", "is not supported"),
        ("a < b < c", "is not supported"),
        ("lower(text=a)", "is not supported"),
        ("lower(*a)", "is not supported"),
        ("lower(a, b)", "lower takes 1 arguments, got 2"),
        ("coalesce()", "coalesce takes 1 or more arguments, got 0"),
        ("lower(1)", "lower takes a text, and got a number"),
        ("'a' + customer_id", "+ takes numbers, and got the text 'a'; concat(...) joins texts"),
        ("-'a'", "- takes numbers, and got the text 'a'"),
        ("number('none')", "number takes numbers, and got the text 'none'"),
        ("a == 1 or b", "or takes a boolean, and got a text"),
        ("lower(a == 'x')", "lower takes a text, and got a boolean"),
        ("(a == 'x') == (b == 'y')", "== takes values, and got a condition"),
        ("a in b", "`in` takes a list of texts"),
        ("a in (1, 2)", "a list must hold texts"),
        ("a in ()", "a list must hold texts"),
        ("a is 'x'", "`is` compares with None only"),
        ("a == ('x', 'y')", "== takes single values, and got a list"),
        ("('x', 'y')", "is a list of texts where one value was expected"),
        ("a == 'x'", "is a condition where a value was expected"),
        ("total(items.price)", "total takes a path with [:]"),
        ("total(items[:]['a\"b'])", "whose names hold no quotes"),
        ("items[:].price", "items[:] leads to several values"),
        ("items[1:]", "is not a column"),
        ("column(a)", "is not a column"),
        ("param(a)", "param takes a key"),
        ("param('a', b[:])", "without [:]"),
        ("sum(sum(a))", "has no further sum in it"),
        ("'\\0'", "must not hold a NUL"),
        ("a in ('x\\0', 'y')", "must not hold a NUL"),
        ("a == '\\ud800'", "half a surrogate pair"),
        ("a in ('x', '\\udfff')", "half a surrogate pair"),
        ("param('\\ud800')", "half a surrogate pair"),
        ("column('\\ud800')", "half a surrogate pair"),
        ("a['\\ud800']", "half a surrogate pair"),
        ("1e999", "a number must be finite"),
        ('split(a, ",", 99999999999999999999)', "a whole number must be between -4,000,"),
        ("number(a) < 9223372036854775807", "a whole number must be between -4,000,"),
        ("9" * 5000, "at most 2,000 characters"),
        ("(" * 900, "is not an expression"),
        ("-" * 1999 + "a", "nested too deeply"),
        ("not " * 499 + "a", "a text"),
    ],
)
def test_what_is_no_expression_is_a_mistake(text: str, mistake: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert mistake in str(error.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("user_id", ["user_id"]),
        ('column("Order ID")', ["Order ID"]),
        ("coalesce(a, optional(b.c), d[0])", ["a", "b", "d"]),
        ("param('ga_session_id')", ["event_params"]),
        ("param('k', user_properties)", ["user_properties"]),
        ("total(items[:].price)", ["items"]),
        ("x if a == 'b' and not c is None else sum(y * z)", ["a", "c", "x", "y", "z"]),
        ("1", []),
    ],
)
def test_an_expression_reads_the_columns_that_it_names(text: str, names: list[str]) -> None:
    assert sorted(column.name for column in columns_of(parse(text))) == names


def test_a_path_keeps_its_steps() -> None:
    (column,) = columns_of(parse('total(a.b["c d"][0][:]["$e"])'))
    assert column.path == ("b", "c d", 0, Each.ELEMENT, "$e")
    (optional,) = columns_of(parse('optional(column("A B").c)'))
    assert (optional.name, optional.path, optional.optional) == ("A B", ("c",), True)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_mistake(text: str) -> None:
    with suppress(ExpressionError):
        parse(text)
