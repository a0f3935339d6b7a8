"""Positions learnt from the trees of a real graph, and searches that use them."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console
from sqlalchemy import delete, text

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.cli.tables.vectors import show_vectors
from attrigraph.errors import InputError, StoreError
from attrigraph.services.embed import embed
from attrigraph.services.hierarchy import read_hierarchy, train_hierarchy
from attrigraph.services.positions import CAMPAIGNS, find_positions
from attrigraph.services.query_vector import SimilarText
from attrigraph.services.similar import CampaignSearch, find_similar_campaigns
from attrigraph.services.vector_figures import measure_vectors
from attrigraph.settings import DATABASE
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.similarity.hyperbolic.blend import blended
from attrigraph.similarity.hyperbolic.distance import distances
from attrigraph.store.collections import (
    CollectionSpec,
    create_collection,
    delete_collection,
    list_collections,
    read_collection,
)
from attrigraph.store.models import ModelArtifact
from attrigraph.store.vector_engine import vector_engine
from attrigraph.store.vectors import content_hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

# each account speaks of one thing, in words of its own for each campaign
WORDS = {
    "shoes": ("running shoes", "trail shoes", "hiking boots", "sneakers", "sandals and shoes"),
    "bank": ("a mortgage", "car loans", "student loans", "savings account", "a credit card loan"),
    "travel": ("flights to Rome", "flights to Oslo", "hotels in Rome", "a cruise", "rail to Oslo"),
}
GRAPH = """
UNWIND $rows AS row
MERGE (account:AdAccount {id: row.account})
CREATE (campaign:Campaign {id: row.id, name: row.name, objective: row.objective})
  -[:PART_OF]->(account)
CREATE (set:AdSet {id: row.id + '-set'})-[:PART_OF]->(campaign)
CREATE (creative:Creative {id: row.id + '-film'})-[:PART_OF]->(set),
  (creative)-[:PART_OF]->(campaign)
"""
RANDOM = """
UNWIND $rows AS row
MATCH (campaign:Campaign {id: row[0]})
MERGE (account:AdAccount {id: row[1]})
CREATE (campaign)-[:PART_OF]->(account)
"""
COUNT = 60


def run(stores: Stores, statement: str, **parameters: Any) -> None:
    with stores.driver.session(database=DATABASE) as session:
        session.run(statement, parameters).consume()


@pytest.fixture
def accounts(graph: Stores) -> Iterator[Stores]:
    """Three ad accounts with twenty campaigns each."""
    rows = []
    for number in range(COUNT):
        account = list(WORDS)[number % 3]
        name = f"{WORDS[account][number // 3 % 5]} offer {number}"
        objective = "sales" if number % 2 else "reach"
        rows.append(
            {"id": f"c{number:02}", "account": account, "name": name, "objective": objective}
        )
    run(graph, GRAPH, rows=rows)
    with graph.engine.begin() as connection:
        connection.execute(delete(ModelArtifact))
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def test_positions_are_written_searched_and_kept_up_to_date(accounts: Stores) -> None:
    embed(accounts, ["campaign"])
    by_text = find_similar_campaigns(accounts, "c00", 10)
    assert by_text.blend == 0
    assert {hit.hyperbolic_distance for hit in by_text.hits} == {None}
    trained = train_hierarchy(accounts, publish=True, evaluate=False)
    assert trained.published
    assert trained.current
    assert trained.nodes == {
        "ad_account": 3, "campaign": COUNT, "ad_set": COUNT, "creative": COUNT, "audience": 0
    }  # fmt: skip
    assert trained == read_hierarchy(accounts)

    engine = vector_engine(accounts.engine)
    texts = read_collection(engine, "campaigns")
    positions = find_positions(engine, texts)
    assert positions is not None
    assert content_hashes(engine, positions.collection) == content_hashes(engine, texts)

    # the whole order, by definition
    embedder = HashingEmbedder()
    names = {f"c{n:02}": f"{WORDS[list(WORDS)[n % 3]][n // 3 % 5]} offer {n}" for n in range(COUNT)}
    vectors = (
        embedder.embed(
            [f"{name}\n{'sales' if int(key[1:]) % 2 else 'reach'}" for key, name in names.items()]
        )
        .astype(np.float16)
        .astype(np.float64)
    )
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = (1 - units @ units[0])[1:]
    hyperbolic = distances(
        positions.encoder.place(vectors[:1])[0], positions.encoder.place(vectors[1:])
    )
    found = find_similar_campaigns(accounts, "c00", COUNT, blend=0.5)
    assert len(found.hits) == COUNT - 1
    by_id = {hit.id: hit for hit in found.hits}
    keys = list(names)[1:]
    assert [by_id[key].cosine_distance for key in keys] == pytest.approx(cosine, abs=1e-5)
    assert [by_id[key].hyperbolic_distance for key in keys] == pytest.approx(hyperbolic, abs=1e-4)
    scores = blended(hyperbolic, cosine, 0.5)
    place = dict(zip(keys, scores, strict=True))
    ordered = [place[hit.id] for hit in found.hits]
    assert ordered == pytest.approx(sorted(ordered), abs=1e-4)

    # relations by the ad account of the graph
    relations = {hit.id: hit.relation for hit in found.hits}
    assert {key: relation for key, relation in relations.items() if relation == "same branch"} == {
        f"c{n:02}": "same branch" for n in range(3, COUNT, 3)
    }
    assert {
        hit.relation for hit in find_similar_campaigns(accounts, SimilarText("shoes")).hits
    } == {None}
    branch = [hit.relation for hit in find_similar_campaigns(accounts, "c00", 15, blend=1).hits]
    assert branch == ["same branch"] * 15

    # a new campaign has a position without training, a deleted one none
    run(accounts, "CREATE (:Campaign {id: 'new', name: 'winter boots and shoes'})")
    run(accounts, "MATCH (c:Campaign {id: 'c59'}) DETACH DELETE c")
    embed(accounts, ["campaign"])
    assert content_hashes(engine, read_collection(engine, CAMPAIGNS)).keys() == {
        "new", *list(names)[:-1]
    }  # fmt: skip
    near = find_similar_campaigns(accounts, "new", 5).hits
    assert {hit.relation for hit in near} == {None}
    assert all(hit.hyperbolic_distance is not None for hit in near)
    engine.dispose()


def test_searches_in_memory_find_the_same(accounts: Stores) -> None:
    embed(accounts, ["campaign"])
    train_hierarchy(accounts, publish=True, evaluate=False)
    with CampaignSearch(accounts) as search:
        for where in (None, "objective = 'sales'"):
            cold = search.find("c00", 10, where=where)
            for _ in range(100):
                if len(search.memory()) == 2 and all(one.rows for one in search.memory()):
                    break
                search.find("c00", 10, where=where)
            warm = search.find("c00", 10, where=where, consistent=True)
            assert warm.plan.in_memory
            assert [hit.id for hit in warm.hits] == [hit.id for hit in cold.hits]
            assert all(where is None or hit.metadata["objective"] == "sales" for hit in warm.hits)
        run(accounts, "CREATE (:Campaign {id: 'new', name: 'running shoes offer 0 reach'})")
        embed(accounts, ["campaign"])
        assert search.find("c00", 3).hits[0].id == "new"


def test_a_tree_that_adds_nothing_is_not_used(accounts: Stores) -> None:
    # accounts at random, and no level below campaigns
    accounts_of = np.random.default_rng(5).permutation(COUNT) % 3
    rows = [[f"c{n:02}", f"random {account}"] for n, account in enumerate(accounts_of)]
    run(accounts, "MATCH (n) WHERE n:AdAccount OR n:AdSet OR n:Creative DETACH DELETE n")
    run(accounts, RANDOM, rows=rows)
    embed(accounts, ["campaign"])
    train_hierarchy(accounts, publish=True, evaluate=False)
    assert find_similar_campaigns(accounts, "c00").blend == 0.5
    trained = train_hierarchy(accounts)
    assert trained.adds is False
    assert not trained.published
    assert "adds nothing to text" in trained.verdict
    found = find_similar_campaigns(accounts, "c00")
    assert found.blend == 0
    assert [own.spec.metric for own in list_collections(accounts.engine)] == ["cosine"]


def test_the_state_of_vectors_has_measured_searches(
    accounts: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    embed(accounts, ["campaign"])
    create_collection(accounts.engine, "own", CollectionSpec("campaign", 3))
    texts, own = measure_vectors(accounts)
    assert (texts.aliases, texts.vectors, texts.dimension) == (("campaigns",), COUNT, 384)
    assert texts.bytes > COUNT * 2 * 384
    assert texts.memory.bytes > COUNT * 4 * 384
    assert texts.memory.declined is None
    assert texts.cold_ms is not None
    assert texts.memory.warm_ms is not None
    assert (own.vectors, own.bytes, own.cold_ms, own.memory.warm_ms) == (0, 0, None, None)
    show_vectors((texts, own), console=Console(width=200))
    shown = capsys.readouterr().out
    assert "Postgres ms" in shown
    assert f"{COUNT} x 384" in shown


def test_what_is_missing_is_named(accounts: Stores) -> None:
    with pytest.raises(InputError, match="run `attrigraph embed` first"):
        train_hierarchy(accounts)
    embed(accounts, ["campaign"])
    with pytest.raises(InputError, match="run `attrigraph hierarchy train`"):
        read_hierarchy(accounts)
    with pytest.raises(InputError, match=r"blend must be in \[0, 1\], got 2"):
        find_similar_campaigns(accounts, "c00", blend=2)
    run(accounts, "MATCH (n) WHERE n:AdAccount OR n:AdSet OR n:Creative DETACH DELETE n")
    with pytest.raises(InputError, match="no ad account, ad set or creative"):
        train_hierarchy(accounts)


def test_a_damaged_model_is_named(accounts: Stores) -> None:
    embed(accounts, ["campaign"])
    train_hierarchy(accounts, publish=True, evaluate=False)
    with accounts.engine.begin() as connection:
        connection.execute(text("UPDATE model_artifact SET content = content || 'x'::bytea"))
    with pytest.raises(StoreError, match="is damaged"):
        find_similar_campaigns(accounts, "c00")


def test_the_commands(accounts: Stores, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(accounts))

    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, list(arguments))

    embed(accounts, ["campaign"])
    told = command("hierarchy", "train", "--no-evaluate", "--publish", "--json")
    assert json.loads(told.stdout)["published"] is True, told.output
    picture = tmp_path / "tree.svg"
    told = command("hierarchy", "report", "--picture", str(picture))
    assert "3 ad accounts, 60 campaigns, 60 ad sets, 60 creatives" in told.stdout
    assert "was not measured" in told.stdout
    assert picture.read_text().count("<title>") == 3 + 3 * COUNT
    told = command("similar", "--id", "c00", "--blend", "1", "-k", "3")
    assert "same branch" in told.stdout
    assert "weight 1" in told.stdout
    assert "none has credit of incremental in the current run" in told.stdout
    told = command("similar", "--id", "c00", "--blend", "1.5")
    assert told.exit_code == 2
    assert "a share between 0 and 1" in told.stderr
