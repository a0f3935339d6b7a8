"""The campaign tree and the tree of audiences, read from a real graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.graph.customers import journey_of
from attrigraph.graph.hierarchy import TreeRows, read_tree
from attrigraph.settings import DATABASE

if TYPE_CHECKING:
    from attrigraph.stores import Stores

GRAPH = """
CREATE (account:AdAccount {id: 'a'}),
  (k1:Campaign {id: 'k1'})-[:PART_OF]->(account), (k2:Campaign {id: 'k2'}),
  (set:AdSet {id: 's'})-[:PART_OF]->(k1), (:AdSet {id: 'bare'}),
  (in_set:Creative {id: 'r1'})-[:PART_OF]->(set), (in_set)-[:PART_OF]->(k1),
  (:Creative {id: 'r2'})-[:PART_OF]->(k1), (:Creative {id: 'r3'})-[:PART_OF]->(k2),
  (:Creative {id: 'k1'}),
  (all:Audience {id: 'all'}), (:Audience {id: 'young'})-[:WITHIN]->(all),
  (k1)-[:TARGETS]->(all), (in_set)-[:SHOWN_TO]->(all), (:Account {id: 'company'})
"""
TOUCHES = """
MATCH (creative:Creative {id: 'r1'}), (campaign:Campaign {id: 'k1'})
CREATE (customer:Customer {id: 'c', bucket: 1}),
  (customer)-[:TOUCHED]->(t1:Touchpoint {id: 't1', customerId: 'c', position: 0, kind: 'click'}),
  (customer)-[:TOUCHED]->(t2:Touchpoint {id: 't2', customerId: 'c', position: 1, kind: 'click'}),
  (t1)-[:SERVED]->(creative), (t2)-[:SERVED]->(campaign)
"""


def test_an_empty_graph_has_no_tree(graph: Stores) -> None:
    rows = read_tree(graph.driver)
    assert rows == TreeRows((), (), (), ())
    assert len(rows) == 0


def test_a_touch_has_the_campaign_of_its_creative_though_that_is_in_an_ad_set(
    graph: Stores,
) -> None:
    graph.driver.execute_query(GRAPH, database_=DATABASE)
    graph.driver.execute_query(TOUCHES, database_=DATABASE)
    touches = journey_of(graph.driver, "c").touches
    assert [(one.id, one.campaign, one.creative) for one in touches] == [
        ("t1", "k1", "r1"),
        ("t2", "k1", None),
    ]


def test_each_node_has_its_nearest_parent(graph: Stores) -> None:
    graph.driver.execute_query(GRAPH, database_=DATABASE)
    rows = read_tree(graph.driver)
    assert list(zip(rows.kinds, rows.ids, rows.parent_kinds, rows.parents, strict=True)) == [
        ("ad_account", "a", None, None),
        ("campaign", "k1", "ad_account", "a"),
        ("campaign", "k2", None, None),
        ("ad_set", "bare", None, None),
        ("ad_set", "s", "campaign", "k1"),
        ("creative", "k1", None, None),
        ("creative", "r1", "ad_set", "s"),
        ("creative", "r2", "campaign", "k1"),
        ("creative", "r3", "campaign", "k2"),
        ("audience", "all", None, None),
        ("audience", "young", "audience", "all"),
    ]
