"""Vectors of a real graph, and similar campaigns with what they brought."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.services import embed as embedding
from attrigraph.services.campaign_results import Estimate
from attrigraph.services.embed import KINDS, embed
from attrigraph.services.query_vector import SimilarText
from attrigraph.services.similar import find_similar_campaigns
from attrigraph.settings import DATABASE
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.store.collections import (
    CollectionSpec,
    create_collection,
    delete_collection,
    list_collections,
    read_collection,
)
from attrigraph.store.vector_engine import vector_engine
from attrigraph.store.vectors import content_hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

THEMES = ("running shoes for spring", "winter coats on sale", "espresso machine for the kitchen")
GRAPH = """
UNWIND $rows AS row
CREATE (campaign:Campaign {id: row.id, name: row.name, objective: row.objective,
  budget: row.budget, startDate: date('2026-03-01')})
CREATE (:Creative {id: row.id + '-film', text: row.name, format: 'video'})-[:PART_OF]->(campaign)
"""
RESULTS = """
CREATE (:Active {job: 'attribute', run: 'r'})-[:CURRENT]->(run:Run {id: 'r', job: 'attribute'})
WITH run
MATCH (campaign:Campaign)
WHERE campaign.id IN ['c000', 'c003']
CREATE (run)-[assigned:ASSIGNED {model: 'incremental', level: 'campaign', credit: 12.0, low: 9.0,
  high: 15.0, value: 120.0, cost: 60.0, roas: 2.0, roasLow: 1.5, roasHigh: 2.5,
  identified: campaign.id = 'c000'}]->(campaign)
"""
COUNT = 90


def run(stores: Stores, statement: str, **parameters: Any) -> list[Any]:
    with stores.driver.session(database=DATABASE) as session:
        return session.run(statement, parameters).values()


@pytest.fixture
def shop(graph: Stores) -> Iterator[Stores]:
    """Campaigns of three themes in turn, one without words, and an audience."""
    rows = [
        {
            "id": f"c{n:03}",
            "name": f"{THEMES[n % 3]} number {n}",
            "objective": "sales" if n % 2 else "reach",
            "budget": float(n),
        }
        for n in range(COUNT)
    ]
    run(graph, GRAPH, rows=rows)
    run(graph, "CREATE (:Campaign {id: 'bare', name: '...'}), (:Audience {id: 'a', name: 'Young'})")
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def test_only_what_has_changed_is_embedded_again(shop: Stores) -> None:
    campaigns, creatives, elements, audiences = embed(shop)
    assert [one.kind for one in (campaigns, creatives, elements, audiences)] == list(KINDS)
    assert (campaigns.read, campaigns.embedded, campaigns.wordless) == (COUNT + 1, COUNT, 1)
    assert (creatives.embedded, elements.read, audiences.embedded) == (COUNT, 0, 1)
    again = embed(shop)
    assert [one.embedded for one in again] == [0, 0, 0, 0]
    assert [one.unchanged for one in again] == [COUNT, COUNT, 0, 1]
    run(shop, "MATCH (c:Campaign {id: 'c001'}) SET c.budget = 7.5")
    run(shop, "MATCH (c:Campaign {id: 'c002'}) DETACH DELETE c")
    [changed] = embed(shop, ["campaign"])
    assert (changed.embedded, changed.deleted) == (1, 1)


def test_an_interrupted_run_resumes_and_loses_or_doubles_nothing(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "AT_ONCE", 10)
    texts: list[str] = []

    class Stopped(HashingEmbedder):
        def embed(self, given: Any) -> Any:
            if len(texts) >= 40 and not resumed:
                raise KeyboardInterrupt
            texts.extend(given)
            return super().embed(given)

    resumed = False
    monkeypatch.setattr(embedding, "embedder_named", lambda _: Stopped())
    with pytest.raises(KeyboardInterrupt):
        embed(shop, ["campaign"])
    with pytest.raises(InputError, match="run `attrigraph embed` first"):
        find_similar_campaigns(shop, "c000")
    resumed = True
    [rest] = embed(shop, ["campaign"])
    assert (rest.embedded, rest.unchanged) == (COUNT - 40, 40)
    assert len(texts) == len(set(texts)) == COUNT
    collection = read_collection(shop.engine, "campaigns")
    engine = vector_engine(shop.engine)
    assert len(content_hashes(engine, collection)) == COUNT
    engine.dispose()


def test_another_embedder_fills_a_collection_of_its_own(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first] = embed(shop, ["campaign"])

    newer = HashingEmbedder(version="2")
    monkeypatch.setattr(embedding, "embedder_named", lambda _: newer)
    [second] = embed(shop, ["campaign"])
    assert second.embedded == COUNT
    names = [own.name for own in list_collections(shop.engine)]
    assert names == [second.collection]
    assert first.collection != second.collection
    with pytest.raises(InputError, match="by version 2 of hashing, and version 1 is installed"):
        find_similar_campaigns(shop, SimilarText("coats"))
    assert len(find_similar_campaigns(shop, "c000", 5).hits) == 5


def test_where_nothing_has_a_text_nothing_is_made(shop: Stores) -> None:
    before = list_collections(shop.engine)
    with pytest.raises(InputError, match="the graph has no element with a text"):
        embed(shop, ["element"])
    assert list_collections(shop.engine) == before


def test_similar_campaigns_have_their_theme_and_what_they_brought(shop: Stores) -> None:
    embed(shop, ["campaign"])
    run(shop, RESULTS)
    found = find_similar_campaigns(shop, SimilarText("running shoes number 0"), 10)
    assert {int(hit.id[1:]) % 3 for hit in found.hits} == {0}
    assert found.hits[0].id == "c000"
    distances = [hit.cosine_distance for hit in found.hits]
    assert distances == sorted(distances)
    assert found.hits[0].credit == Estimate(12.0, 9.0, 15.0, identified=True)
    assert found.hits[0].roas == Estimate(2.0, 1.5, 2.5, identified=True)
    near = find_similar_campaigns(shop, "c000", 29)
    assert "c000" not in {hit.id for hit in near.hits}
    by_id = {hit.id: hit for hit in near.hits}
    assert len(by_id) == 29
    assert by_id["c003"].credit == Estimate(12.0, 9.0, 15.0, identified=False)
    assert by_id["c006"].credit is None
    assert by_id["c003"].name == f"{THEMES[0]} number 3"
    assert by_id["c003"].metadata["budget"] == 3.0


def test_deleted_campaigns_are_replaced_by_the_next(shop: Stores) -> None:
    embed(shop, ["campaign"])
    first = find_similar_campaigns(shop, "c000", 20)
    gone = [hit.id for hit in first.hits[:15]]
    run(shop, "MATCH (c:Campaign) WHERE c.id IN $gone DETACH DELETE c", gone=gone)
    then = find_similar_campaigns(shop, "c000", 20)
    assert len(then.hits) == 20
    assert not {hit.id for hit in then.hits} & set(gone)
    left = COUNT - 1 - len(gone)
    assert len(find_similar_campaigns(shop, "c000", 1_000).hits) == left


def test_a_filter_and_its_faults(shop: Stores) -> None:
    embed(shop, ["campaign"])
    found = find_similar_campaigns(
        shop, "c000", 100, where="objective = 'sales' and budget between 10 and 19"
    )
    assert sorted(hit.id for hit in found.hits) == [f"c{n:03}" for n in range(11, 20, 2)]
    run(
        shop,
        "MERGE (tv:Channel {name: 'tv'}) MERGE (web:Channel {name: 'web'}) WITH tv, web "
        "MATCH (one:Campaign {id: 'c001'}), (two:Campaign {id: 'c002'}) "
        "CREATE (one)-[:RUNS_ON]->(tv), (two)-[:RUNS_ON]->(tv), (two)-[:RUNS_ON]->(web), "
        "(one)-[:TARGETS]->(:Audience {id: 'young'}), (one)-[:PART_OF]->(:AdAccount {id: 'own'})",
    )
    embed(shop, ["campaign"])
    for where in ("channel = 'tv'", "audience = 'young'", "account = 'own'"):
        assert [hit.id for hit in find_similar_campaigns(shop, "c000", where=where).hits] == [
            "c001"
        ]
    for where, message in (
        ("objektive = 'sales'", "no field 'objektive'; did you mean 'objective'"),
        ("budget = 'x'", "'budget' holds numbers"),
        ("budget >", "needs a number"),
    ):
        with pytest.raises(InputError, match=message):
            find_similar_campaigns(shop, "c000", where=where)
    with pytest.raises(InputError, match="no vector of 'nobody'"):
        find_similar_campaigns(shop, "nobody")
    with pytest.raises(InputError, match="no model is called 'nobody'; known models are"):
        find_similar_campaigns(shop, "c000", model="nobody")
    assert len(find_similar_campaigns(shop, "c000", 10**30).hits) == COUNT - 1
    with pytest.raises(InputError, match="k must be at least 1"):
        find_similar_campaigns(shop, "c000", 0)
    with pytest.raises(InputError, match="vectors of 384 dimensions, and the query has 2"):
        find_similar_campaigns(shop, [1.0, 2.0])
    with pytest.raises(InputError, match="has a number that is not finite"):
        find_similar_campaigns(shop, np.full(384, np.nan))
    with pytest.raises(InputError, match="must have a letter or a digit"):
        find_similar_campaigns(shop, SimilarText("..."))
    create_collection(shop.engine, "own", CollectionSpec("campaign", 3))
    with pytest.raises(InputError, match="given by a caller"):
        find_similar_campaigns(shop, SimilarText("coats"), collection="own")
    with pytest.raises(InputError, match="the kind must be one of"):
        embed(shop, ["campaigns"])


def test_the_commands_print_tables_and_json(shop: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(shop))

    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, list(arguments))

    told = command("embed", "--kind", "campaign", "--json")
    [outcome] = json.loads(told.stdout)["embedded"]
    assert (outcome["embedded"], outcome["wordless"]) == (COUNT, 1)
    shown = command("similar", "--text", "winter coats", "-k", "3")
    assert shown.exit_code == 0
    assert shown.stdout.count("winter coats on sale") == 3
    found = json.loads(command("similar", "--id", "c001", "-k", "2", "--json").stdout)
    assert [hit["metadata"]["objective"] for hit in found["hits"]] != []
    assert found["plan"]["method"] == "scan"
    for arguments, message in (
        ((), "give one of --id, --text and --vector"),
        (("--id", "c001", "--text", "x"), "give one of"),
        (("--id", "c001", "--where", "x = 1"), "no field 'x'"),
        (("--id", "c001", "-k", "0"), "k must be at least 1"),
        (("--vector", "/nowhere.json"), "cannot read a vector"),
    ):
        wrong = command("similar", *arguments)
        assert message in f"{wrong.stderr} {wrong.exception}", arguments
