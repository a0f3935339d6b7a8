"""The copies of the journey rule in the cookbook's queries are equal: Cypher has no imports."""

from __future__ import annotations

import re

import pytest

from attrigraph.graph.explore import queries

JOURNEYS = (
    "assisted_conversions",
    "channel_overlap",
    "first_to_last",
    "journeys_like_this",
    "path_length",
    "paths_with_x_before_y",
    "sole_channels",
    "time_lag",
    "top_paths",
    "transitions_of_journeys",
)


def rule(name: str) -> str:
    """What a query does to find the touches of a conversion, in one line."""
    text = queries()[name].text
    start = text.index("OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)")
    return " ".join(text[start : text.index("{0,}(touch)", start)].split())


def test_these_are_all_queries_that_derive_journeys() -> None:
    deriving = [name for name, query in queries().items() if "$lookbackDays" in query.text]
    assert deriving == sorted([*JOURNEYS, "journey_of_conversion"])


@pytest.mark.parametrize("name", JOURNEYS)
def test_queries_of_a_period_derive_journeys_by_one_rule(name: str) -> None:
    assert rule(name) == rule(JOURNEYS[0])
    text = queries()[name].text
    assert "MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end\n" in text
    assert "WITH touch ORDER BY touch.timestamp, touch.position, touch.id\n" in text


def test_the_journey_of_one_conversion_follows_the_same_rule() -> None:
    # the same but for conversions whose order is known and not their time
    timed = re.sub(r"coalesce\((\w+\.timestamp), 0\)", r"\1", rule("journey_of_conversion"))
    assert re.sub(r"coalesce\((since <= \w+\.timestamp), true\)", r"\1", timed) == rule(JOURNEYS[0])


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
