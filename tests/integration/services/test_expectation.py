"""What new campaigns may expect, by campaigns of a real graph and vectors of a real Postgres."""

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
from attrigraph.services.embed import embed
from attrigraph.services.expectation import expected_roas
from attrigraph.services.query_vector import SimilarText
from attrigraph.settings import DATABASE
from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.similarity.expectation import KnownOutcomes
from attrigraph.store.collections import delete_collection, list_collections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.stores import Stores

THEMES = ("running shoes for spring", "winter coats on sale", "espresso machine for the kitchen")
COUNT = 24
GRAPH = """
CREATE (:Active {job: 'attribute', run: 'r'})-[:CURRENT]->(run:Run {id: 'r', job: 'attribute'})
WITH run
UNWIND $rows AS row
CREATE (campaign:Campaign {id: row.id, name: row.name})
CREATE (run)-[assigned:ASSIGNED {model: 'incremental', level: 'campaign', credit: 9.0, low: 8.0,
  high: 10.0, cost: 50.0}]->(campaign)
SET assigned.identified = row.identified, assigned.roas = row.roas, assigned.roasLow = row.low,
  assigned.roasHigh = row.high
"""


def roas(number: int) -> float:
    """By theme 1, 2 or 4, and a little by campaign; 0 or less of two, whatever their theme."""
    if number in (4, 5):
        return -0.5 * (number - 4)
    return float(2.0 ** (number % 3) * (1 + 0.05 * (number % 7)))


def campaigns() -> list[dict[str, Any]]:
    return [
        {
            "id": f"c{n:02}",
            "name": f"{THEMES[n % 3]} number {n}",
            "identified": n != 6,
            "roas": None if n == 6 else roas(n),
            "low": None if n == 6 else roas(n) - 0.2,
            "high": None if n == 6 else roas(n) + 0.2,
        }
        for n in range(COUNT)
    ]


def run(stores: Stores, statement: str, **parameters: Any) -> None:
    with stores.driver.session(database=DATABASE) as session:
        session.run(statement, parameters).consume()


@pytest.fixture
def shop(graph: Stores) -> Iterator[Stores]:
    """Campaigns of three themes, of which one is not identified and two brought nothing."""
    run(graph, GRAPH, rows=campaigns())
    embed(graph, ["campaign"])
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def test_a_new_campaign_may_expect_what_those_of_its_theme_brought(shop: Stores) -> None:
    found = expected_roas(shop, SimilarText(f"{THEMES[0]} number 90"))
    assert (found.campaigns, found.without_return, found.not_identified) == (COUNT - 3, 2, 1)
    assert found.roas.identified
    assert found.roas.value == pytest.approx(1.15, abs=0.25)
    assert {int(one.id[1:]) % 3 for one in found.neighbours[:5]} == {0}
    weights = [one.weight for one in found.neighbours]
    assert weights == sorted(weights, reverse=True)
    assert found.common_weight is not None
    assert sum(weights) + found.common_weight == pytest.approx(1)
    assert found.error is not None
    assert found.common_error is not None
    assert found.error < found.common_error
    coffee = expected_roas(shop, SimilarText(f"{THEMES[2]} number 90"))
    assert coffee.roas.value == pytest.approx(4.6, abs=0.7)


def test_the_numbers_are_those_of_the_formulas(shop: Stores) -> None:
    found = expected_roas(shop, "c00")
    rows = [one for one in campaigns() if one["id"] not in ("c00", "c04", "c05", "c06")]
    texts = HashingEmbedder().embed([campaigns()[0]["name"], *(one["name"] for one in rows)])
    stored = texts.astype(np.float16).astype(np.float64)
    unit = stored / np.linalg.norm(stored, axis=1, keepdims=True)
    distances = np.maximum(1 - unit @ unit.T, 0)
    value = np.array([one["roas"] for one in rows])
    known = KnownOutcomes(distances[1:, 1:], np.log(value), 0.2 / 1.6449 / value)
    expected = known.expected(distances[:1, 1:])
    low, high = expected.interval()
    assert found.roas.value == pytest.approx(float(np.exp(expected.mean[0])), rel=1e-6)
    assert found.roas.low == pytest.approx(float(np.exp(low[0])), rel=1e-6)
    assert found.roas.high == pytest.approx(float(np.exp(high[0])), rel=1e-6)
    by_id = {one.id: one.weight for one in found.neighbours}
    expected_weights = dict(zip((one["id"] for one in rows), expected.weights[0], strict=True))
    assert by_id == pytest.approx(expected_weights)


def test_few_campaigns_are_not_enough(shop: Stores) -> None:
    run(shop, "MATCH ()-[a:ASSIGNED]->(c:Campaign) WHERE c.id > 'c11' SET a.identified = false")
    found = expected_roas(shop, SimilarText("shoes"))
    assert not found.roas.identified
    assert found.roas.value is None
    assert found.reason is not None
    assert "10 campaigns with a ROAS" in found.reason
    assert "there are 9" in found.reason
    assert found.neighbours == ()


def test_the_command_prints_sentences_and_json(
    shop: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "open_stores", lambda *_: nullcontext(shop))

    def command(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["similar", "expect", *arguments])

    found = json.loads(command("--text", "winter coats", "--json").stdout)
    assert found["roas"]["identified"]
    assert len(found["neighbours"]) == COUNT - 3
    shown = " ".join(command("--text", "winter coats", "--top", "3").stdout.split())
    assert f"expected ROAS: {found['roas']['value']:.2f}" in shown
    assert shown.count("winter coats on sale number") == 3
    assert "18 further campaigns have a weight of" in shown
    assert "shrunk to the mean of all campaigns" in shown
    assert "without 1 not identified and 2 with a ROAS of 0 or less" in shown
    assert "give one of --text and --id" in command().stderr
    with pytest.raises(InputError, match="no vector of 'nobody'"):
        expected_roas(shop, "nobody")
    run(shop, "MATCH ()-[a:ASSIGNED]->() DELETE a")
    shown = " ".join(command("--id", "c00").stdout.split())
    assert "no campaign has credit of incremental: run `attrigraph attribute` first" in shown
