"""The search phrases of the page on Bloom, on ``small_graph.cypher``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

PAGE = (Path(__file__).parents[3] / "docs" / "bloom.md").read_text(encoding="utf-8")
PHRASE, SUGGESTIONS = re.findall(r"```cypher\n(.*?)```", PAGE, re.DOTALL)


def test_the_phrase_shows_tired_creatives_and_their_siblings(small_graph: Stores) -> None:
    records, _, _ = small_graph.driver.execute_query(
        PHRASE, {"audience": "young"}, database_=DATABASE
    )
    found = {
        (record["creative"]["id"], record["sibling"] and record["sibling"]["id"])
        for record in records
    }
    assert found == {("r1", "r2"), ("r1", "r3"), ("r3", "r1")}
    assert {record["audience"]["id"] for record in records} == {"young"}


def test_suggestions_are_audiences(small_graph: Stores) -> None:
    records, _, _ = small_graph.driver.execute_query(SUGGESTIONS, database_=DATABASE)
    assert "young" in [record.value() for record in records]
