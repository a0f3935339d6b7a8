"""Campaigns of a plan of a real graph that may take from or help each other."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.graph.reach import read_reach
from attrigraph.planning.related_campaigns import CampaignReach
from attrigraph.services import budget_curves
from attrigraph.services.embed import embed
from attrigraph.services.related_campaigns import with_related_campaigns
from attrigraph.settings import DATABASE
from attrigraph.store.collections import delete_collection, list_collections
from lent_curves import lent_curves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

# name, channel and audience by campaign; the curves have further ones
CAMPAIGNS = {
    "c00": ("running shoes for spring", "search", "young"),
    "c01": ("running shoes for the spring", "search", "old"),
    "c02": ("winter coats on sale", "email", "young"),
    "c03": ("winter coats on sale", "social", "none"),
}
GRAPH = """
UNWIND $rows AS row
MERGE (channel:Channel {name: row[2]}) MERGE (audience:Audience {id: row[3]})
CREATE (campaign:Campaign {id: row[0], name: row[1]})
CREATE (campaign)-[:RUNS_ON]->(channel), (campaign)-[:TARGETS]->(audience)
"""


@pytest.fixture
def shop(graph: Stores) -> Iterator[Stores]:
    """Two siblings on a channel, and two campaigns of an audience on different channels."""
    with graph.driver.session(database=DATABASE) as session:
        session.run(GRAPH, rows=[[id_, *facts] for id_, facts in CAMPAIGNS.items()]).consume()
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def test_the_reach_of_campaigns(shop: Stores) -> None:
    found = read_reach(shop.driver, ["c00", "nobody", "c02"])
    assert found == {
        "c00": CampaignReach(frozenset({"search"}), frozenset({"young"})),
        "c02": CampaignReach(frozenset({"email"}), frozenset({"young"})),
    }


def test_a_plan_by_campaign_has_them_where_texts_are_embedded(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    curves, _, _ = lent_curves()
    assert with_related_campaigns(shop, curves).related is None
    embed(shop, ["campaign"])
    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(shop))
    monkeypatch.setattr(budget_curves, "curves_from_graph", lambda *_, **__: curves)

    def plan(*arguments: str) -> Any:
        period = ("--from", "2026-02-01", "--to", "2026-02-28")
        words = ["budget", "plan", "--from-graph", *period, "--json", *arguments]
        return json.loads(CliRunner().invoke(cli, words).stdout)

    related = plan("--by", "campaign")["related"]
    [competing], [candidate] = related["competing"], related["synergy_candidates"]
    assert (competing["campaigns"], competing["channels"]) == (["c00", "c01"], ["search"])
    assert competing["similarity"] >= related["threshold"]
    assert (candidate["campaigns"], candidate["audiences"]) == (["c00", "c02"], ["young"])
    assert plan()["related"] is None
