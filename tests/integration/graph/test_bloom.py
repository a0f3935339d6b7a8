"""The statements for Bloom on ``small_graph.cypher``, with values as Bloom sends them: texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from neo4j.exceptions import ClientError
from neo4j.graph import Node, Path, Relationship

from attrigraph.bloom.statements import phrases, scene_actions, suggestions
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

JUNE = {"from": "2026-06-01T00:00Z", "to": "2026-07-01"}
SUMMER = {"from": "2026-06-01", "to": "2026-09-01"}
BACK = {"lookbackDays": "30"}

# name of the phrase, parameters, the keys of the nodes, and the relationships
PICTURES: list[tuple[str, dict[str, str], str, str]] = [
    (
        "journey_of_conversion",
        {"conversion": "v1"} | BACK,
        "c1 v1 t1 t2 t3 r1 k1 r3",
        """c1-MADE-v1 c1-TOUCHED-t1 c1-TOUCHED-t2 c1-TOUCHED-t3
        t1-SERVED-r1 t2-SERVED-k1 t3-SERVED-r3 t1-PRECEDED-t2 t2-PRECEDED-t3 t3-CONVERTED-v1
        t1-CREDITED-v1 t2-CREDITED-v1 t3-CREDITED-v1""",
    ),
    ("journey_of_conversion", {"conversion": "v4"} | BACK, "c4 v4", "c4-MADE-v4"),
    # t9 is 31 days old
    ("journey_of_conversion", {"conversion": "v5"} | BACK, "c5 v5", "c5-MADE-v5"),
    (
        "events_of_customer",
        {"customer": "c2"},
        "c2 t5 t6 v3 r3 r1",
        """c2-TOUCHED-t5 c2-TOUCHED-t6 c2-MADE-v3 t5-SERVED-r3 t6-SERVED-r1
        t5-PRECEDED-t6 t6-CONVERTED-v3""",
    ),
    (
        "conversions_of_campaign",
        {"campaign": "k2"} | JUNE,
        "k2 r3 t3 t5 v1 v3",
        "r3-PART_OF-k2 t3-SERVED-r3 t5-SERVED-r3 t3-CREDITED-v1 t5-CREDITED-v3",
    ),
    # t6 is later
    (
        "touches_of_creative",
        {"creative": "r1", "from": "2026-06-01", "to": "2026-06-03"},
        "r1 t1 t7 c1 c3",
        "t1-SERVED-r1 t7-SERVED-r1 c1-TOUCHED-t1 c3-TOUCHED-t7",
    ),
    ("conversions_without_touch", JUNE, "c4 v4", "c4-MADE-v4"),
    # none other has the path Social
    (
        "journeys_like_this",
        {"conversion": "v2"} | SUMMER | BACK,
        "c1 v2 t4",
        "c1-MADE-v2 t4-CONVERTED-v2",
    ),
    (
        "journeys_like_this",
        {"conversion": "v4"} | SUMMER | BACK,
        "c4 v4 c5 v5",
        "c4-MADE-v4 c5-MADE-v5",
    ),
    (
        "tired_creatives_of_audience",
        {"audience": "young"},
        "young r1 r2 r3",
        "r1-DELIVERED_TO-young r3-DELIVERED_TO-young r1-SIMILAR_TO-r2 r1-SIMILAR_TO-r3",
    ),
    (
        "credit_of_channels",
        {"model": "linear"},
        "bbbb Social Search Email Display",
        "bbbb-ASSIGNED-Social bbbb-ASSIGNED-Search bbbb-ASSIGNED-Email bbbb-ASSIGNED-Display",
    ),
    (
        "tree_of_campaign",
        {"campaign": "k1"},
        "k1 Social Email young g1 r1 r2 s1 e1 e2",
        """k1-RUNS_ON-Social k1-RUNS_ON-Email k1-TARGETS-young k1-PART_OF-g1
        r1-PART_OF-k1 r2-PART_OF-k1 s1-PART_OF-k1 r1-PART_OF-s1
        r1-HAS_ELEMENT-e1 r1-HAS_ELEMENT-e2 r2-HAS_ELEMENT-e1""",
    ),
    ("creatives_similar_to", {"creative": "r2"}, "r2 r1 k1", "r1-SIMILAR_TO-r2 r1-PART_OF-k1"),
    ("plan", {"plan": "pppp"}, "pppp k1 k2", "pppp-ALLOCATES-k1 pppp-ALLOCATES-k2"),
    (
        "channels_that_trigger_channels",
        {},
        "Social Search Email",
        "Social-TRIGGERS-Search Email-TRIGGERS-Social",
    ),
]

# name of the action, the selected nodes, and the relationships
ACTIONS = [
    ("show_credit", "t1 v2", "t1-CREDITED-v1 t4-CREDITED-v2"),
    ("next_touch", "t1 t3", "t1-PRECEDED-t2 t3-PRECEDED-t4"),
    ("rest_of_journey", "t1 t8", "t1-PRECEDED-t2 t2-PRECEDED-t3 t3-CONVERTED-v1"),
    ("customer_of_events", "t5", "c2-TOUCHED-t5 c2-TOUCHED-t6 c2-MADE-v3"),
    (
        "what_was_served",
        "t1 t2",
        "t1-SERVED-r1 t2-SERVED-k1 r1-PART_OF-k1 k1-RUNS_ON-Social k1-RUNS_ON-Email",
    ),
]


def shown(values: Any) -> Iterator[Node | Relationship]:
    """The nodes and relationships in the values of a row, as Bloom finds them."""
    if isinstance(values, Node | Relationship):
        yield values
    elif isinstance(values, Path):
        yield from shown([*values.nodes, *values.relationships])
    elif isinstance(values, list):
        for value in values:
            yield from shown(value)


def drawn(stores: Stores, text: str, parameters: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Keys of the nodes, and the relationships, that a statement shows."""
    with stores.driver.session(database=DATABASE) as session:
        rows = list(session.run(text, parameters))
    found = {one.element_id: one for row in rows for one in shown(list(row.values()))}
    keys = {
        one.element_id: str(one.get("id") or one.get("name"))
        for one in found.values()
        if isinstance(one, Node)
    }
    return set(keys.values()), {
        f"{keys[one.start_node.element_id]}-{one.type}-{keys[one.end_node.element_id]}"
        for one in found.values()
        if isinstance(one, Relationship) and one.start_node and one.end_node
    }


def suggested(stores: Stores, parameter: str) -> list[Any]:
    records, _, _ = stores.driver.execute_query(suggestions()[parameter].text, database_=DATABASE)
    return [record["value"] for record in records]


def test_phrases_draw_these_pictures(small_graph: Stores) -> None:
    for name, parameters, nodes, relationships in PICTURES:
        found = drawn(small_graph, phrases()[name].text, parameters)
        assert found == (set(nodes.split()), set(relationships.split())), (name, parameters)


def test_actions_draw_these_pictures(small_graph: Stores) -> None:
    for name, selected, relationships in ACTIONS:
        records, _, _ = small_graph.driver.execute_query(
            "MATCH (n) WHERE n.id IN $ids RETURN collect(elementId(n)) AS nodes",
            {"ids": selected.split()},
            database_=DATABASE,
        )
        parameters = {"nodes": records[0]["nodes"]}
        _, found = drawn(small_graph, scene_actions()[name].text, parameters)
        assert found == set(relationships.split()), name


def test_every_phrase_and_action_has_a_picture() -> None:
    assert {name for name, *_ in PICTURES} == set(phrases())
    assert {name for name, *_ in ACTIONS} == set(scene_actions())


def test_a_wrong_value_is_an_error_and_no_empty_picture(small_graph: Stores) -> None:
    wrong = {"from": "2027-01-01", "lookbackDays": "-1"}
    for name, right, *_ in PICTURES:
        for parameter in right:
            for value in (wrong.get(parameter, "nothing of it"), None):
                with pytest.raises(ClientError):
                    drawn(small_graph, phrases()[name].text, right | {parameter: value})


def test_suggestions_are_texts_that_phrases_take(small_graph: Stores) -> None:
    values = {name: suggested(small_graph, name) for name in suggestions()}
    for name, found in values.items():
        assert found, name
        assert all(isinstance(value, str) for value in found), name
        assert len(found) == len(set(found)), name
    for phrase in phrases().values():
        first = {parameter.name: values[parameter.name][0] for parameter in phrase.parameters}
        drawn(small_graph, phrase.text, first)


def test_periods_that_are_suggested_are_months(small_graph: Stores) -> None:
    assert suggested(small_graph, "from") == ["2026-07-01", "2026-06-01"]
    assert suggested(small_graph, "to") == ["2026-08-01", "2026-07-01"]
