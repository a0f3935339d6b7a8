"""The copies of the journey rule in the cookbook's queries are equal: Cypher has no imports."""

from __future__ import annotations

import re

import pytest

from attrigraph.graph.explore import queries

JOURNEYS = (
    "assisted_conversions",
    "channel_overlap",
    "first_to_last",
    "path_length",
    "paths_with_x_before_y",
    "time_lag",
    "top_paths",
)


def rules(name: str) -> list[str]:
    """The conditions of a query's MATCH clauses up to the end of its journeys, in one line each."""
    text = queries()[name].text
    text = text[: text.index("ORDER BY touch.timestamp")]
    return [
        " ".join(rule.split())
        for rule in re.findall(r"WHERE (.*?)(?=RETURN|WITH|MATCH)", text, re.DOTALL)
    ]


def test_these_are_all_queries_that_derive_journeys() -> None:
    deriving = [name for name, query in queries().items() if "$lookbackDays" in query.text]
    assert deriving == sorted([*JOURNEYS, "journey_of_conversion"])


@pytest.mark.parametrize("name", JOURNEYS)
def test_queries_of_a_period_derive_journeys_by_one_rule(name: str) -> None:
    assert rules(name) == rules(JOURNEYS[0])
    period, previous, touches = rules(name)
    assert period == "start <= conversion.timestamp < end"
    of_kind, precedes = previous.split(" AND ")
    assert of_kind == "earlier.kind = conversion.kind"
    assert precedes.startswith("[earlier.timestamp, earlier.position, earlier.id] <")
    assert touches.startswith("conversion.timestamp - duration({days: toInteger($lookbackDays)})")


def test_the_journey_of_one_conversion_follows_the_same_rule() -> None:
    _, previous, touches = rules(JOURNEYS[0])
    text = " ".join(queries()["journey_of_conversion"].text.split())
    assert all(condition in text for condition in previous.split(" AND "))
    within, before, after = touches.removesuffix(")").split(" AND ")
    assert f"{within} AND {before} AND (previous IS NULL" in text
    assert after.replace(">= previous", ">= [previous.timestamp, previous.position]") in text


@pytest.mark.parametrize("name", [name for name, query in queries().items() if query.parameters])
def test_every_query_checks_its_parameters_in_the_same_way(name: str) -> None:
    query = queries()[name]
    (check,) = re.findall(
        r"^WITH .*point\(\{x: 0, y: 0, crs: CASE\n(.*)\n  ELSE 'cartesian' END\}\) AS checked$",
        query.text,
        re.DOTALL | re.MULTILINE,
    )
    sentences = re.findall(r"THEN 'invalid parameter: (\$.*)'$", check, re.MULTILINE)
    assert len(sentences) == len(re.findall(r"^  WHEN ", check, re.MULTILINE))
    for parameter in query.parameters:
        assert any(f"${parameter.name}" in sentence.split() for sentence in sentences)
