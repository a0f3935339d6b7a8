"""Near duplicates among creatives of a real graph, by vectors in a real Postgres."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from attrigraph import bootstrap
from attrigraph.cli.main import cli
from attrigraph.errors import InputError
from attrigraph.services.duplicate_creatives import duplicate_creatives
from attrigraph.services.embed import embed
from attrigraph.settings import DATABASE
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.store.collections import delete_collection, list_collections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

# campaign, text and format by creative
CREATIVES = {
    "a": ("north", "two weeks by the warm sea from Hamburg", "video"),
    "b": ("south", "two weeks by the warm sea from Hamburg", "image"),
    "c": ("south", "two weeks by the warm seas from Hamburg", "video"),
    "d": ("north", "a winter coat for cold days", "image"),
    "e": ("south", "winter coats for cold days", "image"),
    "f": ("south", "an espresso machine", "image"),
}
GRAPH = """
UNWIND $rows AS row
MERGE (campaign:Campaign {id: row[1]})
CREATE (:Creative {id: row[0], name: 'Ad', text: row[2], format: row[3]})-[:PART_OF]->(campaign)
"""


@pytest.fixture
def shop(graph: Stores) -> Iterator[Stores]:
    """Creatives of which two have the same text and others are near."""
    with graph.driver.session(database=DATABASE) as session:
        session.run(GRAPH, rows=[[id_, *facts] for id_, facts in CREATIVES.items()]).consume()
    embed(graph, ["creative"])
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def cosine(one: str, other: str) -> float:
    """Of two creatives, by 16-bit floats as in Postgres."""
    texts = [f"Ad\n{CREATIVES[id_][1]}" for id_ in (one, other)]
    a, b = HashingEmbedder().embed(texts).astype(np.float16).astype(np.float64)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_groups_have_names_campaigns_and_similarities(shop: Stores) -> None:
    found = duplicate_creatives(shop, cosine("d", "e") - 0.01)
    assert [[one.id for one in group] for group in found.groups] == [["a", "b", "c"], ["d", "e"]]
    (a, b, c), (d, e) = found.groups
    assert (a.similarity, b.similarity) == (1.0, 1.0)
    assert c.similarity == pytest.approx(cosine("b", "c"), abs=1e-5)
    assert d.similarity == e.similarity == pytest.approx(cosine("d", "e"), abs=1e-5)
    assert (a.name, a.campaign, b.campaign) == ("Ad", "north", "south")
    assert found.compared == len(CREATIVES)


def test_a_threshold_and_a_filter_leave_fewer(shop: Stores) -> None:
    [group] = duplicate_creatives(shop, 1.0).groups
    assert [one.id for one in group] == ["a", "b"]
    found = duplicate_creatives(shop, 0.6, where="format = 'video'")
    assert [[one.id for one in group] for group in found.groups] == [["a", "c"]]
    assert found.compared == 2
    with pytest.raises(InputError, match="no field 'formt'"):
        duplicate_creatives(shop, where="formt = 'video'")
    with pytest.raises(InputError, match="above 0 and at most 1"):
        duplicate_creatives(shop, 0.0)


def test_the_command_states_its_threshold(shop: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(shop))

    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["similar", "duplicates", *arguments])

    shown = " ".join(command().stdout.split())
    assert "at least 0.95" in shown
    assert "a Ad north 1.000" in shown
    found = json.loads(command("--threshold", "1", "--json").stdout)
    assert found["threshold"] == 1
    assert [one["id"] for one in found["groups"][0]] == ["a", "b"]
    fewer = " ".join(command("--threshold", "0.5", "--top", "1").stdout.split())
    assert "1 group shown; --all shows all" in fewer
