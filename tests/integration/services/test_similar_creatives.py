"""Links between similar creatives in a real graph, with vectors in a real Postgres."""

from __future__ import annotations

import json
import signal
from contextlib import nullcontext
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.graph.runs import current_run, list_runs
from attrigraph.graph.similar_creatives import JOB, read_links
from attrigraph.services.embed import embed
from attrigraph.services.similar_creatives import link_similar_creatives
from attrigraph.settings import DATABASE
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.store import job_runs
from attrigraph.store.collections import delete_collection, list_collections
from command_shell import shell_to
from killed_loads import run_patched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

HOOKS = {
    "sea": "two weeks by the warm sea",
    "seas": "two weeks by the warm seas",
    "coat": "a winter coat for cold days",
    "coats": "winter coats for cold days",
}
# creative: (campaign, hooks, audiences that saw it, audiences of its days)
CREATIVES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "a": ("north", ("sea",), (), ()),
    "b": ("north", ("seas",), (), ()),
    "c": ("south", ("sea",), (), ()),
    "d": ("south", ("coat",), ("young",), ()),
    "e": ("north", ("coats",), (), ()),
    "f": ("none", ("coat",), (), ("old",)),
    "g": ("none", ("coats", "coat"), (), ("old",)),
    "h": ("none", ("sea",), (), ()),
    "i": ("north", (), (), ()),
    "j": ("north", ("new",), (), ()),
    "k": ("none", ("sea", "coat"), (), ("old",)),
}
TARGETS = {"north": {"young"}, "south": {"old"}, "none": set()}
GRAPH = """
UNWIND ['young', 'old'] AS id CREATE (:Audience {id: id})
WITH count(*) AS done
UNWIND ['north', 'south', 'none'] AS id CREATE (:Campaign {id: id})
WITH count(*) AS done
UNWIND keys($hooks) AS id CREATE (:Element {id: id, kind: 'hook', text: $hooks[id]})
WITH count(*) AS done
CREATE (:Element {id: 'cta', kind: 'cta', text: 'two weeks by the warm sea'})
WITH count(*) AS done
MATCH (campaign:Campaign), (audience:Audience)
WHERE audience.id IN $targets[campaign.id]
CREATE (campaign)-[:TARGETS]->(audience)
"""
INSTANTS = {
    "after two batches": (
        "from itertools import count; from attrigraph.graph import catalogue; "
        "from attrigraph.graph import similar_creatives as repository; "
        "repository.AT_ONCE, numbers, read = 2, count(), catalogue.query; "
        "repository.query = lambda name: die() if name == 'similarity/write_links' "
        "and next(numbers) == 2 else read(name)"
    ),
    "before the new links are current": (
        "from attrigraph.services import similar_creatives as service; service._publish = die"
    ),
    "before the old links are deleted": (
        "from attrigraph.services import similar_creatives as service; "
        "service.delete_other_runs = die"
    ),
}
ADD = """
MATCH (campaign:Campaign {id: $campaign})
CREATE (creative:Creative {id: $id})-[:PART_OF]->(campaign)
FOREACH (audience IN $days |
  CREATE (creative)-[:ON_DAY]->(:CreativeDay
    {creativeId: $id, audienceId: audience, date: date('2026-06-01')}))
WITH creative
CALL (creative) {
  MATCH (element:Element) WHERE element.id IN $hooks + ['cta']
  CREATE (creative)-[:HAS_ELEMENT]->(element)
}
CALL (creative) {
  MATCH (audience:Audience) WHERE audience.id IN $seen
  CREATE (creative)-[:SHOWN_TO]->(audience)
}
"""


def run(stores: Stores, statement: str, **parameters: Any) -> list[Any]:
    with stores.driver.session(database=DATABASE) as session:
        return session.run(statement, parameters).values()


@pytest.fixture
def shop(graph: Stores) -> Iterator[Stores]:
    """Creatives of two audiences; that with the hook ``new`` was added after embedding."""
    run(graph, GRAPH, hooks=HOOKS, targets={name: [*own] for name, own in TARGETS.items()})
    embed(graph, ["element"])
    run(graph, "CREATE (:Element {id: 'new', kind: 'hook', text: 'new'})")
    for id_, (campaign, hooks, seen, days) in CREATIVES.items():
        run(graph, ADD, id=id_, campaign=campaign, hooks=hooks, seen=seen, days=days)
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def naive(threshold: float) -> dict[tuple[str, str], float]:
    """Pairs by a double loop over the descriptions above."""
    embedder, vectors, audiences = HashingEmbedder(), {}, {}
    for id_, (campaign, hooks, seen, days) in CREATIVES.items():
        known = [hook for hook in hooks if hook in HOOKS]
        audiences[id_] = {*TARGETS[campaign], *seen, *days}
        if known:
            # Postgres has 16-bit floats
            each = embedder.embed([HOOKS[hook] for hook in known]).astype(np.float16)
            units = each / np.linalg.norm(each.astype(np.float64), axis=1, keepdims=True)
            vectors[id_] = units.mean(axis=0)
    found = {}
    for a, b in combinations(sorted(vectors), 2):
        one, other = vectors[a], vectors[b]
        cosine = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
        if audiences[a] & audiences[b] and cosine >= threshold:
            found[a, b] = cosine
    return found


def linked(stores: Stores) -> dict[tuple[str, str], float]:
    links = read_links(stores.driver)
    return dict(zip(zip(links.first, links.second, strict=True), links.score, strict=True))


@pytest.mark.parametrize("threshold", [0.3, 0.65, 0.9])
def test_links_are_those_of_a_double_loop(shop: Stores, threshold: float) -> None:
    found = link_similar_creatives(shop, threshold)
    expected = naive(threshold)
    assert linked(shop) == pytest.approx(expected, abs=1e-5)
    assert found.links == len(expected) > 0
    assert (found.creatives, found.compared, found.audiences) == (len(CREATIVES), 8, 2)
    assert (found.without_hook, found.without_vector, found.without_audience) == (1, 1, 1)
    every = run(shop, "MATCH (a)-[s:SIMILAR_TO]->(b) RETURN a.id < b.id, s.run")
    assert every == [[True, found.run]] * len(expected)


def test_a_second_run_changes_nothing(
    shop: Stores, snapshot: Callable[[], set[tuple[Any, ...]]]
) -> None:
    first = link_similar_creatives(shop)
    assert first.written

    def facts() -> set[tuple[Any, ...]]:
        # but for the counter of the job's lock
        return {item for item in snapshot() if "'Active'" not in repr(item)}

    before = facts()
    again = link_similar_creatives(shop)
    assert not again.written
    assert facts() == before
    assert (again.run, again.links) == (first.run, first.links)


def test_stale_links_go_and_deleted_ones_come_back(shop: Stores) -> None:
    first = link_similar_creatives(shop)
    assert ("a", "b") in linked(shop)
    run(shop, "MATCH (:Creative {id: 'b'})-[has:HAS_ELEMENT]->(:Element {kind: 'hook'}) DELETE has")
    second = link_similar_creatives(shop)
    assert second.run != first.run
    assert "b" not in {id_ for pair in linked(shop) for id_ in pair}
    assert [one.id for one in list_runs(shop.driver, JOB)] == [second.run]
    [[total]] = run(shop, "MATCH ()-[s:SIMILAR_TO]->() RETURN count(s)")
    assert total == second.links
    before = linked(shop)
    run(shop, "MATCH ()-[s:SIMILAR_TO]->() DELETE s")
    assert link_similar_creatives(shop).written
    assert linked(shop) == before


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_killed_process_leaves_the_old_or_the_new_links_and_the_next_ends_right(
    shop: Stores, settings: Settings, instant: str
) -> None:
    first = link_similar_creatives(shop)
    before = linked(shop)
    arguments = ("similar", "link", "--threshold", "0.3")
    killed = run_patched(shell_to(settings), INSTANTS[instant], *arguments)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    [[total]] = run(shop, "MATCH ()-[s:SIMILAR_TO]->() RETURN count(s)")
    if instant == "before the old links are deleted":
        assert linked(shop) == pytest.approx(naive(0.3), abs=1e-5)
        assert total == first.links + len(naive(0.3))
    else:
        assert linked(shop) == before
        assert first.links < total <= first.links + len(naive(0.3))
    again = link_similar_creatives(shop, 0.3)
    assert again.written == (instant != "before the old links are deleted")
    assert linked(shop) == pytest.approx(naive(0.3), abs=1e-5)
    [[total]] = run(shop, "MATCH ()-[s:SIMILAR_TO]->() RETURN count(s)")
    assert total == again.links
    assert [one.id for one in list_runs(shop.driver, JOB)] == [again.run]
    records = job_runs.read_runs(shop.engine, job=JOB, limit=10)
    assert not [record for record in records if record.status == "running"]


def test_runs_are_recorded(shop: Stores) -> None:
    found = link_similar_creatives(shop)
    current = current_run(shop.driver, JOB)
    assert current is not None
    assert current.id == found.run
    assert current.summary["without_hook"] == 1
    [record] = [one for one in job_runs.read_runs(shop.engine, job=JOB) if one.id.hex == found.run]
    assert (record.status, record.summary["links"]) == ("done", found.links)


def test_links_need_vectors_and_a_threshold(shop: Stores) -> None:
    with pytest.raises(InputError, match="above 0 and at most 1, got"):
        link_similar_creatives(shop, 1.5)
    for own in list_collections(shop.engine):
        delete_collection(shop.engine, own.name)
    with pytest.raises(InputError, match="no vectors of elements; run `attrigraph embed` first"):
        link_similar_creatives(shop)
    assert run(shop, "MATCH (r:Run) RETURN r") == []


def test_the_command_prints_sentences_and_json(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(shop))

    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["similar", "link", *arguments])

    found = json.loads(command("--json").stdout)
    assert (found["threshold"], found["links"], found["written"]) == (0.65, len(naive(0.65)), True)
    shown = " ".join(command().stdout.split())
    assert "cosine of their hooks at least 0.65" in shown
    assert "8 of 11 creatives compared; 1 without a hook; 1 whose hook has no vector" in shown
    assert "there already" in shown
    assert "a cosine above 0 and at most 1" in command("--threshold", "0").stderr
