"""``attrigraph embed`` killed at any moment: the same command again completes it.

Each run is a process of its own, which is killed after a random time, or kills itself at an exact
place of the code.
"""

from __future__ import annotations

import json
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.services.embed import embed
from attrigraph.settings import DATABASE
from attrigraph.store.collections import (
    count_vectors,
    delete_collection,
    list_collections,
    read_collection,
)
from attrigraph.store.vector_engine import vector_connection, vector_engine
from attrigraph.store.vector_index import MIN_ROWS, has_index
from command_shell import shell_to
from killed_loads import run_patched
from long_forms import cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores
    from command_shell import Shell

    Rows = dict[str, tuple[Any, ...]]

CAMPAIGNS = MIN_ROWS + 100
"""As many creatives; both collections get an index."""

GRAPH = """
UNWIND range(1, $count) AS n
CREATE (campaign:Campaign {id: 'c' + n, name: 'campaign ' + n + ' of spring', budget: toFloat(n)})
CREATE (:Creative {id: 'film ' + n, text: 'Shoes for ' + n, format: 'video'})-[:PART_OF]->(campaign)
"""
NEWER = (
    "from attrigraph.services import embed; "
    "from attrigraph.similarity.embedders.hashing import HashingEmbedder; "
    "embed.embedder_named = lambda _: HashingEmbedder(version='2')"
)
COUNTED = (
    "from attrigraph.services import embed; from itertools import count; "
    "write, numbers = embed._write, count(); "
    "embed._write = lambda *a: die() if next(numbers) == {} else write(*a)"
)
INSTANTS = {
    "while the index is built": (
        "import threading; from attrigraph.services import embed; build = embed.build_index; "
        "embed.build_index = lambda *a: (threading.Timer(0.1, die).start(), build(*a))"
    ),
    "after some vectors": COUNTED.format(3),
    "before the index": "from attrigraph.services import embed; embed.build_index = die",
    "before the alias": "from attrigraph.services import embed; embed.set_alias = die",
    "after the alias": (
        "from attrigraph.services import embed; name = embed.set_alias; "
        "embed.set_alias = lambda *a, **k: (name(*a, **k), die())"
    ),
    "before the first vector": COUNTED.format(0),
}
IN_THE_EXCHANGE = {
    "in the deletion": (
        "from attrigraph.store import collections; from sqlalchemy import delete; "
        "collections.delete = lambda table: die() if table is collections.Collection "
        "else delete(table)"
    ),
    **{
        instant: INSTANTS[instant]
        for instant in ("after some vectors", "before the alias", "after the alias")
    },
}


@pytest.fixture
def shell(graph: Stores, settings: Settings) -> Iterator[Shell]:
    """Commands that reach a graph of campaigns and their creatives."""
    graph.driver.execute_query(GRAPH, count=CAMPAIGNS, database_=DATABASE)
    yield shell_to(settings)
    delete_all(graph)


def rows_of(stores: Stores, name: str) -> Rows:
    """All that a collection holds, by key; no key is there twice."""
    engine = vector_engine(stores.engine)
    with vector_connection(engine) as connection:
        found = connection.execute(
            "SELECT key, vector::text, metadata, content_hash FROM embedding WHERE collection = %s",
            [read_collection(engine, name).id],
        ).fetchall()
    engine.dispose()
    assert len({key for key, *_ in found}) == len(found)
    return {key: tuple(rest) for key, *rest in found}


def undisturbed(stores: Stores) -> dict[str, Rows]:
    """What a run that nothing disturbs writes; it is deleted again."""
    embed(stores)
    whole = {name: rows_of(stores, name) for name in ("campaigns", "creatives")}
    assert [len(rows) for rows in whole.values()] == [CAMPAIGNS, CAMPAIGNS]
    delete_all(stores)
    return whole


def delete_all(stores: Stores) -> None:
    for own in list_collections(stores.engine):
        delete_collection(stores.engine, own.name)


def check_complete(stores: Stores, whole: dict[str, Rows]) -> None:
    """Check vectors, indexes and aliases, and that nothing else is left."""
    engine = vector_engine(stores.engine)
    for name, rows in whole.items():
        assert rows_of(stores, name) == rows
        assert has_index(engine, read_collection(engine, name))
    engine.dispose()
    aliases = sorted(own.aliases for own in list_collections(stores.engine))
    assert aliases == [("audiences",), ("campaigns",), ("creatives",), ("elements",)]


@cases("kills", [3, 12], short=1)
def test_a_run_that_is_killed_at_random_is_completed_by_the_same_command(
    graph: Stores, shell: Shell, kills: int
) -> None:
    whole = undisturbed(graph)
    begun = time.monotonic()
    assert shell.run("embed").returncode == 0
    usual = time.monotonic() - begun
    delete_all(graph)
    draw = random.Random(kills)
    for _ in range(kills):
        process = shell.start("embed")
        time.sleep(draw.uniform(0.2, 0.9) * usual)
        process.kill()
        process.communicate()
        for own in list_collections(graph.engine):
            if own.aliases in (("campaigns",), ("creatives",)):  # what is searched is whole
                assert count_vectors(graph.engine, own) == CAMPAIGNS
    again = shell.run("embed", "--json")
    assert again.returncode == 0, again.stderr
    outcomes = json.loads(again.stdout)["embedded"]
    assert [one["embedded"] + one["unchanged"] for one in outcomes] == [CAMPAIGNS, CAMPAIGNS, 0, 0]
    check_complete(graph, whole)


@cases("instant", INSTANTS, short=1)
def test_a_run_that_is_killed_at_an_instant_is_completed_by_the_same_command(
    graph: Stores, shell: Shell, instant: str
) -> None:
    whole = undisturbed(graph)
    killed = run_patched(shell, INSTANTS[instant], "embed", "--kind", "campaign")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if instant == "after the alias":
        assert rows_of(graph, "campaigns") == whole["campaigns"]
    else:
        assert "run `attrigraph embed` first" in shell.fails(2, "similar", "--id", "c1")
    assert shell.run("embed").returncode == 0
    check_complete(graph, whole)


@cases("instant", IN_THE_EXCHANGE, short=1)
def test_the_vectors_of_before_are_searched_until_those_of_another_embedder_are_complete(
    graph: Stores, shell: Shell, instant: str
) -> None:
    assert shell.run("embed", "--kind", "campaign").returncode == 0
    before = rows_of(graph, "campaigns")
    patch = f"{NEWER}\n{IN_THE_EXCHANGE[instant]}"
    killed = run_patched(shell, patch, "embed", "--kind", "campaign")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if instant != "after the alias":
        assert read_collection(graph.engine, "campaigns").spec.embedder_version == "1"
        assert rows_of(graph, "campaigns") == before
        found = json.loads(shell.run("similar", "--id", "c1", "-k", "5", "--json").stdout)
        assert len(found["hits"]) == 5
    done = run_patched(shell, NEWER, "embed", "--kind", "campaign")
    assert done.returncode == 0, done.stderr
    assert read_collection(graph.engine, "campaigns").spec.embedder_version == "2"
    assert rows_of(graph, "campaigns").keys() == before.keys()
    assert len(list_collections(graph.engine)) == 1
