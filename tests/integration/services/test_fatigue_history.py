"""Histories of a real graph with vectors of a real Postgres, against the world they come from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.graph.fatigue import read_daily_rows
from attrigraph.services.embed import embed
from attrigraph.services.fatigue_history import (
    read_fatigue_history,
)
from attrigraph.services.load import LoadOptions, load
from attrigraph.services.similar_creatives import link_similar_creatives
from attrigraph.settings import DATABASE
from attrigraph.staging import StagingOptions, preset
from attrigraph.store.collections import delete_collection, list_collections
from attrigraph.worlds.fatigue.catalogue import SPILL
from attrigraph.worlds.fatigue.files import write_fatigue_world
from attrigraph.worlds.fatigue.history import history_of
from attrigraph.worlds.fatigue.simulation import FatigueWorld, simulate_fatigue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attrigraph.fatigue.history import FatigueHistory
    from attrigraph.stores import Stores

KINDS = ("hook", "promise", "frame")
TABLES = ("campaigns", "creatives", "audiences", "creative-days")
FIGURES = ("observed", "impressions", "clicks", "reach", "cost")


@pytest.fixture(scope="module")
def world() -> FatigueWorld:
    small = replace(SPILL, campaigns=6, creatives=4, campaigns_per_audience=2, days=40)
    return simulate_fatigue(replace(small, first_days=5), 3)


@pytest.fixture
def shop(graph: Stores, world: FatigueWorld, tmp_path: Path) -> Iterator[Stores]:
    """The world in the graph, embedded and linked."""
    folder = tmp_path / "world"
    write_fatigue_world(world, folder)
    load_tables(graph, folder)
    embed(graph, ["element"])
    link_similar_creatives(graph)
    yield graph
    for own in list_collections(graph.engine):
        delete_collection(graph.engine, own.name)


def load_tables(stores: Stores, folder: Path) -> None:
    files = [folder / f"{name}.csv" for name in TABLES]
    options = LoadOptions(staging=StagingOptions(keep_ids=True), mode="online")
    load(files, preset(*TABLES), options, stores)


def run(stores: Stores, statement: str, **parameters: Any) -> list[Any]:
    with stores.driver.session(database=DATABASE) as session:
        return session.run(statement, parameters).values()


def unit_ids(history: FatigueHistory) -> list[tuple[str, str]]:
    return [
        (history.creatives[creative], history.audiences[audience])
        for creative, audience in zip(history.creative, history.audience, strict=True)
    ]


def pairs(history: FatigueHistory) -> dict[frozenset[str], float]:
    return {
        frozenset({history.creatives[first], history.creatives[second]}): cosine
        for first, second, cosine in zip(*history.similar, history.similarity, strict=True)
    }


def assert_same_units(found: FatigueHistory, expected: FatigueHistory) -> None:
    """Units of the first are those of the second, on its days."""
    rows = [unit_ids(expected).index(unit) for unit in unit_ids(found)]
    start = int((found.first_day - expected.first_day).astype(int))
    columns = slice(start, start + found.days)
    for name in FIGURES:
        both = getattr(found, name), getattr(expected, name)[rows, columns]
        np.testing.assert_allclose(*both, atol=0.0051, err_msg=name)
    for one, row in zip(range(found.units), rows, strict=True):
        assert found.channels[found.channel[one]] == expected.channels[expected.channel[row]]
        ids = [
            each.campaigns[each.campaign[each.creative[unit]]]
            for each, unit in ((found, one), (expected, row))
        ]
        assert ids[0] == ids[1]


def test_a_loaded_world_is_read_as_it_is(shop: Stores, world: FatigueWorld) -> None:
    stored = read_fatigue_history(shop, kinds=KINDS)
    found, expected = stored.history, history_of(world)
    assert sorted(unit_ids(found)) == unit_ids(found)
    assert set(unit_ids(found)) == set(unit_ids(expected))
    assert_same_units(found, expected)
    assert pairs(found) == pytest.approx(pairs(expected), abs=1e-3)
    assert found.genomes.kinds == KINDS
    order = [expected.creatives.index(id_) for id_ in found.creatives]
    np.testing.assert_allclose(found.genomes.vectors, expected.genomes.vectors[order], atol=2e-3)
    assert list(stored.notes()) == []
    assert stored.linked
    assert np.datetime64(stored.as_of) == found.first_day + found.days - 1


def test_nothing_after_the_day_is_read(shop: Stores, world: FatigueWorld) -> None:
    as_of = date(2024, 3, 20)
    before = read_fatigue_history(shop, as_of=as_of, kinds=KINDS)
    assert before.as_of == as_of
    assert_same_units(before.history, history_of(world))
    run(
        shop,
        "MATCH (day:CreativeDay) WHERE day.date > $as_of "
        "SET day.impressions = 10 ^ 9, day.clicks = 0, day.channel = 'later', day.campaign = 'x' "
        "SET day.currency = 'USD'",
        as_of=as_of,
    )
    run(shop, "MATCH ()-[delivered:DELIVERED_TO]->() DELETE delivered")
    after = read_fatigue_history(shop, as_of=as_of, kinds=KINDS)
    assert list(after.notes()) == []
    assert before.history.channels == after.history.channels
    for name in (*FIGURES, "channel", "campaign", "creative", "audience"):
        np.testing.assert_array_equal(getattr(before.history, name), getattr(after.history, name))
    later = read_fatigue_history(shop, kinds=KINDS)
    assert "later" in later.history.channels


BAD = """
CREATE (a:Creative {id: 'a'}), (b:Creative {id: 'b'}), (:Creative {id: 'c'}),
  (:Audience {id: 'x'}), (k:Campaign {id: 'k'})-[:RUNS_ON]->(:Channel {name: 'mail'}),
  (a)-[:PART_OF]->(k)
WITH a, b
UNWIND [
  [a, 1, {impressions: 100, clicks: 5, cost: 2.0}],
  [a, 2, {impressions: 100, clicks: 101}],
  [a, 3, {impressions: -5, clicks: 0}],
  [a, 4, {clicks: 3}],
  [a, 5, {impressions: 100}],
  [a, 6, {impressions: 0, clicks: 0, currency: 'USD', cost: 1.0}],
  [a, 7, {impressions: 50, clicks: 2, currency: 'EUR', cost: 1.0}],
  [b, 1, {impressions: 0, clicks: 0}]
] AS row
WITH row[0] AS creative, row[1] AS day, row[2] AS figures
CREATE (creative)-[:ON_DAY]->(d:CreativeDay
  {creativeId: creative.id, audienceId: 'x', date: date('2026-06-01') + duration({days: day})})
SET d += figures
"""


def test_what_cannot_be_used_is_counted_and_named(graph: Stores) -> None:
    run(graph, BAD)
    run(graph, "CREATE (:DataSet {name: 'currency', check: 'EUR'})")
    stored = read_fatigue_history(graph)
    history = stored.history
    assert stored.left_out == dict.fromkeys(
        (*("negative", "no-impressions", "no-clicks", "clicks-above-impressions"), "never-shown"), 1
    )
    assert (stored.currency, stored.other_currencies) == ("EUR", {"USD": 1})
    assert stored.not_shown == ("b", "c")
    assert (history.channels, history.campaigns) == (("mail",), ("k",))
    np.testing.assert_array_equal(history.cost, [[2, *[np.nan] * 5, 1]])
    np.testing.assert_array_equal(history.observed, [[True, *[False] * 4, True, True]])
    assert history.genomes.vectors.shape == (1, 4, 384)
    assert [note.split(";")[0] for note in stored.notes()][-4:] == [
        "1 creative-day left out: the creative was never shown to the audience",
        "2 creatives without impressions left out",
        "the cost of 1 creative-day in USD counts as not known: costs are in EUR",
        "similar creatives are not linked",
    ]


def test_days_without_a_load_are_listed_when_all_are_read(graph: Stores) -> None:
    run(graph, BAD)
    _, rows = read_daily_rows(graph.driver)
    assert len(rows) == 8
    assert run(graph, "MATCH ()-[d:DELIVERED_TO]->() RETURN sum(size(d.days))") == [[8]]
    _, rows = read_daily_rows(graph.driver, as_of=date(2026, 6, 3), at_once=1)
    assert len(rows) == 3


META = """\
Reporting starts,Reporting ends,Campaign name,Campaign ID,Ad set name,Ad set ID,Ad name,Ad ID,\
Reach,Impressions,Link clicks,Amount spent (EUR),Purchases
2026-06-01,2026-06-01,Spring,120,Lookalike,77,Film,9001,800,"1,000",30,12.50,2
2026-06-01,2026-06-01,Spring,120,Lookalike,77,Banner,9002,400,500,5,5.00,
2026-06-03,2026-06-03,Spring,120,Lookalike,77,Film,9001,700,900,20,11.00,
"""


def test_a_report_of_a_platform_by_ad_is_read_and_its_spend_counts_once(
    graph: Stores, snapshot: Callable[[], set[tuple[Any, ...]]], tmp_path: Path
) -> None:
    file = tmp_path / "meta.csv"
    file.write_text(META, encoding="utf-8")
    options = LoadOptions(staging=StagingOptions(keep_ids=True), mode="online")
    load([file], preset("meta-ads"), options, graph)
    history = read_fatigue_history(graph).history
    assert unit_ids(history) == [("9001", "77"), ("9002", "77")]
    assert (history.channels, history.campaigns) == (("paid social",), ("120",))
    np.testing.assert_array_equal(history.impressions, [[1000, 0, 900], [500, 0, 0]])
    np.testing.assert_array_equal(history.observed, [[True, False, True], [True, False, False]])
    np.testing.assert_array_equal(history.reach[0], [800, np.nan, 700])
    names = run(
        graph, "MATCH (c:Creative)-[:DELIVERED_TO]->(a) RETURN c.name, a.name ORDER BY c.id"
    )
    assert names == [["Film", "Lookalike"], ["Banner", "Lookalike"]]
    spent = "MATCH (s:SpendDay) RETURN sum(s.cost), count(s), collect(DISTINCT s.creative)"
    assert run(graph, spent) == [[28.5, 2, []]]
    before = snapshot()
    load([file], preset("meta-ads"), options, graph)
    assert snapshot() == before


def test_without_figures_there_is_a_clear_error(graph: Stores) -> None:
    with pytest.raises(InputError, match="load a file of creative-days or of an ad platform"):
        read_fatigue_history(graph)
