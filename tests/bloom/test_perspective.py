from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema

from attrigraph.bloom.perspective import perspective
from attrigraph.bloom.statements import phrases, scene_actions, suggestions
from attrigraph.graph.explore import queries

PERSPECTIVE = perspective()
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "perspective.json").read_text("utf-8"))


def test_it_follows_the_structure_of_public_perspectives() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(PERSPECTIVE)


def test_bookkeeping_is_not_shown() -> None:
    shown = {label for category in PERSPECTIVE["categories"] for label in category["labels"]}
    assert not shown & {"Active", "DataSet", "__Neo4jMigration", "__Neo4jMigrationsLock"}
    assert PERSPECTIVE["hideUncategorisedData"]
    assert {"CURRENT", "MIGRATED_TO"} <= set(PERSPECTIVE["hiddenRelationshipTypes"])


def test_ids_are_unique() -> None:
    for entries in ("categories", "relationshipTypes", "templates"):
        ids = [entry["id"] for entry in PERSPECTIVE[entries]]
        assert len(ids) == len(set(ids))


def test_the_text_of_a_phrase_names_its_parameters_in_their_order() -> None:
    for template in PERSPECTIVE["templates"]:
        named = re.findall(r"\$\w+", template["text"])
        assert named == [parameter["name"] for parameter in template["params"]]


def test_each_suggestion_belongs_to_a_parameter_and_takes_none() -> None:
    used = {parameter.name for phrase in phrases().values() for parameter in phrase.parameters}
    used |= {parameter.name for query in queries().values() for parameter in query.parameters}
    assert set(suggestions()) <= used
    assert [one.name for one in suggestions().values() if one.parameters] == []


def test_a_journey_in_pictures_follows_the_rule_of_the_cookbook() -> None:
    def rule(text: str) -> str:
        assert "OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)\n" in text
        start = text.index("conversion.timestamp - duration(")
        return " ".join(text[start : text.index("{0,}(touch)", start)].split())

    drawn = rule(phrases()["journey_of_conversion"].text)
    assert drawn == rule(queries()["journey_of_conversion"].text)


def test_alike_journeys_follow_the_rule_of_the_cookbook() -> None:
    def rule(text: str) -> str:
        start = text.index("CALL (conversion) {")
        return " ".join(text[start : text.index("RETURN collect(coalesce", start)].split())

    assert rule(phrases()["journeys_like_this"].text) == rule(queries()["top_paths"].text)


def test_the_page_lists_every_phrase_and_action() -> None:
    page = (Path(__file__).parents[2] / "docs" / "bloom.md").read_text(encoding="utf-8")
    phrases_and_actions = page.split("## Search phrases")[1].split("## The dashboard")[0]
    rows = re.findall(r"^\| ([A-Z][^|]*?) \|", phrases_and_actions, re.MULTILINE)
    titles = [one.title for one in (*phrases().values(), *scene_actions().values())]
    assert sorted(rows) == sorted(titles)
