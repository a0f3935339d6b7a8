"""Interactions of channels through the Python face: the graph says what the events say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.errors import InputError
from attrigraph.graph.ingest import ingest_batch
from attrigraph.graph.references import write_customer_attributes
from attrigraph.graph.runs import list_runs
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores


def test_the_graph_says_what_the_same_events_say_and_nothing_is_written(
    graph: Stores, settings: Settings
) -> None:
    channels = tuple(ChannelSpec(name, 0.8, effect=0.6) for name in ("tv", "radio", "email"))
    spec = WorldSpec("pair", channels, base=-2.5, synergies={("tv", "email"): 2.0})
    world = simulate(spec, 41, 3000, measured_on=10)
    events, known = event_table_of(world), customer_attributes_of(world)
    write_customer_attributes(graph.driver, known)
    ingest_batch(graph.driver, events)

    with MarketingIntelligence.connect(settings) as attribution:
        found = attribution.channel_interactions()

    expected = {
        frozenset((pair.first, pair.second)): pair.conversions
        for pair in fit_incremental(events, known).interactions()
    }
    assert {
        frozenset((pair.first, pair.second)): pair.conversions for pair in found.pairs
    } == pytest.approx(expected, rel=1e-9)
    assert {found.pairs[0].first, found.pairs[0].second} == {"tv", "email"}
    assert found.to_polars().rows(named=True) == found.rows()
    assert found.to_pandas().to_dict("records") == found.rows()
    assert found.assumptions
    assert list_runs(graph.driver, "attribute") == ()


def test_an_empty_graph_is_said(graph: Stores, settings: Settings) -> None:
    with (
        MarketingIntelligence.connect(settings) as attribution,
        pytest.raises(InputError, match="the graph is empty"),
    ):
        attribution.channel_interactions()
