"""The cookbook's files answer alike in every client, and wrong values are errors with a sentence.

Neo4j Browser's ``:params {..}`` sends times as the text that was typed and numbers as floats; Bloom
sends texts only. The statements are sent as these clients send them, without ``run_query``.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from neo4j.exceptions import ClientError

from attrigraph.errors import InputError
from attrigraph.graph.explore import OPTIONAL, queries, run_query
from attrigraph.settings import DATABASE
from cookbook import calls_of_the_cookbook

if TYPE_CHECKING:
    from attrigraph.stores import Stores

CALLS = dict(calls_of_the_cookbook())

# what clients make of a time, a day and a number; names are texts everywhere
NATIVE = {"DATETIME": datetime.fromisoformat, "DATE": date.fromisoformat}
BROWSER = {
    "DATETIME": lambda text: f"datetime('{text}')",
    "DATE": lambda text: f'date("{text}")',
    "INTEGER": float,
}
BLOOM = {"INTEGER": str}

# of the same types as the right values, so that the server does not plan the statement again
WRONG = {"INTEGER": -1, "STRING": "liner", OPTIONAL: "liner"}
WRONG_VALUE = "invalid parameter: |Must be a non-negative integer"

WEEK = {"from": datetime(2026, 6, 1, tzinfo=UTC), "to": datetime(2026, 6, 8, tzinfo=UTC)}


def ask(stores: Stores, name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    records, _, _ = stores.driver.execute_query(
        queries()[name].text, parameters, database_=DATABASE
    )
    return [dict(record) for record in records]


def values(name: str, convert: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the cookbook's call, converted by type."""
    types = {parameter.name: parameter.type for parameter in queries()[name].parameters}
    optional = {key: None for key, type_ in types.items() if type_ == OPTIONAL}
    return optional | {
        key: convert[types[key]](value) if types[key] in convert else value
        for key, value in CALLS[name].items()
    }


@pytest.mark.parametrize("name", queries())
def test_every_client_gets_the_rows_of_the_driver(name: str, small_graph: Stores) -> None:
    expected = ask(small_graph, name, values(name, NATIVE))
    assert expected
    assert ask(small_graph, name, values(name, BROWSER)) == expected
    assert ask(small_graph, name, values(name, BLOOM)) == expected


@pytest.mark.parametrize(
    "period",
    [
        {"from": "2026-06-01", "to": "2026-06-08"},
        {"from": "2026-06-01T02:00+02:00", "to": "2026-06-08T02:00+02:00"},
        {"from": date(2026, 6, 1), "to": 'datetime("2026-06-08")'},
    ],
)
def test_a_time_has_many_forms(period: dict[str, Any], small_graph: Stores) -> None:
    assert ask(small_graph, "last_touches", period) == ask(small_graph, "last_touches", WEEK)


@pytest.mark.parametrize("name", queries())
def test_a_wrong_value_is_an_error_and_never_an_empty_answer(
    name: str, small_graph: Stores
) -> None:
    right = values(name, NATIVE)
    wrong = [{p.name: WRONG[p.type]} for p in queries()[name].parameters if p.type in WRONG]
    if "from" in right:
        wrong += [{"to": right["from"]}, {"from": right["to"], "to": right["from"]}]
    for changed in [*wrong, dict.fromkeys(right)]:
        with pytest.raises(ClientError, match=WRONG_VALUE):
            ask(small_graph, name, right | changed)


@pytest.mark.parametrize(
    ("name", "right", "parameter", "wrong"),
    [
        ("runs", {}, "limit", (None, "-1", 2.5, "many", math.inf, True, [1])),
        ("credit_by_channel", {"run": None}, "model", (None, "", 7, 7.5, True, [1], {"a": 1})),
        ("credit_by_channel", {"model": "linear"}, "run", ("", "none", 7, 7.5, True, [1])),
        ("history_of_customer", {"limit": 1}, "customer", (None, "", 7, 7.5, True, [1])),
        ("last_touches", WEEK, "from", (None, "tomorrow", "", 5, 5.0, True, [1])),
        ("last_touches", WEEK, "to", (None, "2026-13-01")),
    ],
)
def test_each_kind_of_wrong_value_is_an_error(
    name: str, right: dict[str, Any], parameter: str, wrong: tuple[Any, ...], small_graph: Stores
) -> None:
    for value in wrong:
        with pytest.raises(ClientError):
            ask(small_graph, name, right | {parameter: value})


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("credit_by_channel", {"model": "liner"}, "$model must be a model of the run"),
        (
            "credit_by_channel",
            {"run": "none"},
            "$run must be a finished run, by id or name, or null for the published one",
        ),
        (
            "models_side_by_side",
            {"level": "chanel"},
            "$level must be channel, campaign or creative",
        ),
        ("last_touches", {"from": "2027-01-01T00:00Z"}, "$from must be earlier than $to"),
    ],
)
def test_python_raises_the_sentence_with_the_value(
    name: str, wrong: dict[str, Any], sentence: str, small_graph: Stores
) -> None:
    with pytest.raises(InputError, match=re.escape(f"query '{name}': {sentence}, got ")):
        run_query(small_graph.driver, name, CALLS[name] | wrong)


@pytest.mark.parametrize("given", ["42", 42, 42.0])
def test_an_id_of_digits_may_be_a_number(given: Any, graph: Stores) -> None:
    graph.driver.execute_query(
        "CREATE (:Customer {id: '42'})-[:TOUCHED]->(:Touchpoint {id: 't', timestamp: $at})",
        {"at": datetime(2026, 6, 1, tzinfo=UTC)},
        database_=DATABASE,
    )
    rows = ask(graph, "history_of_customer", {"customer": given, "limit": 5})
    assert [row["id"] for row in rows] == ["t"]
