"""Values of expressions, over a row that DuckDB holds as text and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attrigraph.staging.expressions import SqlWriter, parse
from long_forms import examples

if TYPE_CHECKING:
    from collections.abc import Mapping

ROW: dict[str, object] = {
    "a": "Paid ",
    "n": "12.5",
    "m": "7.5",
    "bad": "x1",
    "none": None,
    "url": "https://me:pw@Shop.example.org:8443/a/b?utm_source=news%20letter&x=1+2&e=#utm_source=no",
    "bare": "/cart?gclid=Cj0&gclid=second",
    "nested": {"b": {"c d": "deep", "list": ["x", "y"]}, "zero": 0, "null": None},
    "items": [{"price": "2", "n": 3}, {"price": 4.5}, {"n": 1}],
    "wrong": [{"price": "2"}, {"price": "two"}],
    "event_params": [
        {"key": "ga_session_id", "value": {"string_value": None, "int_value": "17"}},
        {"key": "page_location", "value": {"string_value": "https://x.de/"}},
        {"key": "plain", "value": "direct"},
        {"key": "empty", "value": {}},
    ],
}


def evaluated(text: str, row: Mapping[str, object] = ROW) -> tuple[str | None, str | None]:
    """The value and the reason to reject the row."""
    node = parse(text, kind="boolean") if is_condition(text) else parse(text)
    texts = {
        name: value if value is None or isinstance(value, str) else json.dumps(value)
        for name, value in row.items()
    }
    database = duckdb.connect()
    columns = ", ".join(f"$c{i}::VARCHAR AS c{i}" for i in range(len(texts)))
    database.execute(
        f"CREATE TEMP TABLE row AS SELECT {columns}",
        {f"c{i}": value for i, value in enumerate(texts.values())},
    )
    writer = SqlWriter(
        database,
        {name: f"c{i}" for i, name in enumerate(texts)},
        name="v",
        sums={},
        plain_number=lambda sql: sql,
    )
    sql = writer.text(node)
    checks = f"coalesce({', '.join([*writer.checks, 'NULL'])})"
    database.execute(f"CREATE TEMP VIEW value AS SELECT {sql}, {checks} FROM row")
    ((value, reason),) = database.execute("FROM value").fetchall()
    return value, reason


def is_condition(text: str) -> bool:
    """Whether the text describes a condition."""
    try:
        parse(text, kind="boolean")
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", "Paid "),
        ("none", None),
        ("optional(absent)", None),
        ("'it''s'", "its"),
        ('"it\'s; DROP TABLE row"', "it's; DROP TABLE row"),
        ("lower(trim(a))", "paid"),
        ("abs(-n)", "12.5"),
        ("abs(optional(absent))", None),
        ("upper(a)", "PAID "),
        ("concat(a, none, 'x')", "Paid x"),
        ("concat(none)", None),
        ("replace(a, 'Paid ', '')", None),
        ("split('a > b', ' > ', 1)", "b"),
        ("split('a', ',', 3)", None),
        ("coalesce(none, optional(absent), a)", "Paid "),
        ("coalesce(none, 0)", "0.0"),
        ("n + m", "20.0"),
        ("n + none", "12.5"),
        ("none + none", None),
        ("none - m", "-7.5"),
        ("n - m", "5.0"),
        ("-n", "-12.5"),
        ("n * m / 2.5", "37.5"),
        ("n / 0", None),
        ("number(n)", "12.5"),
        ("n if m < 8 else m", "12.5"),
        ("'big' if n > 100 else 'small'", "small"),
        ("'yes' if none == 'x' else 'no'", "no"),
        ("nested.b['c d']", "deep"),
        ("nested.b.list[1]", "y"),
        ("nested.b.list", '["x","y"]'),
        ("nested.zero", "0"),
        ("nested.null", None),
        ("nested.absent.x", None),
        ("param('ga_session_id')", "17"),
        ("param('page_location')", "https://x.de/"),
        ("param('plain')", "direct"),
        ("param('empty')", None),
        ("param('absent')", None),
        ("param('x', none)", None),
        ("total(items[:].price)", "6.5"),
        ("total(items[:].n) * 2", "8.0"),
        ("total(items[:].absent)", None),
        ("total(none[:].x)", None),
        ("url_host(url)", "Shop.example.org"),
        ("url_path(url)", "/a/b"),
        ("url_param(url, 'utm_source')", "news letter"),
        ("url_param(url, 'x')", "1 2"),
        ("url_param(url, 'e')", None),
        ("url_param(url, 'utm')", None),
        ("url_host(bare)", None),
        ("url_path(bare)", "/cart"),
        ("url_param(bare, 'gclid')", "Cj0"),
        ("url_param(none, 'gclid')", None),
    ],
)
def test_an_expression_has_the_value_worked_out_by_hand(text: str, value: str | None) -> None:
    assert evaluated(text) == (value, None)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a == 'Paid '", True),
        ("a != 'Paid '", False),
        ("none == 'x'", False),
        ("not none == 'x'", True),
        ("none != 'x'", True),
        ("none is None", True),
        ("a is not None", True),
        ("a in ('x', 'Paid ')", True),
        ("a not in ('x', 'y')", True),
        ("none in ('x', 'y')", None),
        ("n == 12.50", True),
        ("n > m", True),
        ("a > 'Pa'", True),
        ("n > m and n > 1 and m > 1 and none is None", True),
        ("n >= m and m < 10", True),
        ("n < m or a == 'x' or bare == '/'", False),
        ("contains(url, 'example')", True),
        ("starts_with(bare, '/c') and ends_with(bare, 'd')", True),
    ],
)
def test_a_condition_holds_as_worked_out_by_hand(text: str, holds: object) -> None:
    assert evaluated(text) == (holds, None)


@pytest.mark.parametrize("text", ["bad + n", "number(bad)", "total(wrong[:].price)", "-bad"])
def test_a_text_that_is_no_number_is_a_reason_to_reject_the_row(text: str) -> None:
    assert (evaluated(text)[1] or "").startswith("bad-number\x1f")


@pytest.mark.parametrize(
    ("text", "column", "held"),
    [
        ("a.name", "a", "n/a"),
        ("a.__class__", "a", "cust-1"),
        ("param('page_location', a)", "a", "oops"),
        ("param('page_location', b.list)", "b", "oops"),
        ("total(a[:].price)", "a", "[{"),
        ("coalesce(a[0], 'none')", "a", '["x"'),
    ],
)
def test_a_path_into_text_that_is_no_json_is_a_reason_to_reject_the_row(
    text: str, column: str, held: str
) -> None:
    value, reason = evaluated(text, {"a": held, "b": {"list": held}})
    assert reason == f"not-json\x1f{column}\x1f{held}"
    assert value in (None, "none")


@settings(max_examples=examples(15, long=40))
@given(
    st.sampled_from(["a.b", "a[1]", "param('k', a)", "param('k', a.b)", "total(a[:].x)"]),
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)
    | st.sampled_from(["{}", "[]", "1", "null", '"x"', '{"b": "x"}', '[{"key": "k"}]', "[1]"]),
)
def test_no_text_stops_the_reading_of_a_file(text: str, held: str) -> None:
    value, reason = evaluated(text, {"a": held})
    assert value is None or reason is None


@settings(max_examples=examples(40, long=100))
@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30))
def test_any_text_of_a_mapping_is_a_value_and_never_sql(text: str) -> None:
    value, reason = evaluated(f"concat(none, {text!r})", {"none": None})
    assert (value or "", reason) == (text, None)


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://shop.org/?x=1&gclid=Cj0", "google"),
        ("/a?gbraid=1#x", "google"),
        ("/a?msclkid=1&fbclid=2", "bing"),
        ("/a?fbclid=IwAR0", "facebook"),
        ("/a?li_fat_id=1", "linkedin"),
        ("/a?mygclid=1&gclid=", None),
        ("/a", None),
    ],
)
def test_click_ids_name_the_source(url: str, source: str | None) -> None:
    assert evaluated("click_source(u)", {"u": url}) == (source, None)


def test_parts_of_a_list_in_a_text_are_added_up() -> None:
    row = {"p": "Shirts;blue;2;9.98;;,;socks;1;;,hat;red;1;20", "empty": None}
    assert evaluated('total_parts(p, ",", ";", 3)', row) == ("29.98", None)
    assert evaluated('total_parts(empty, ",", ";", 3)', row) == (None, None)
