"""Interactions of channels: a planted synergy stands out; too many channels are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.games.coalitions import dividends
from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.attribution.incremental.game import coalitions_of
from attrigraph.attribution.incremental.interactions import channel_interactions, pairs_that_help
from attrigraph.attribution.incremental.triples import triples_that_help
from attrigraph.errors import InputError
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate


@pytest.fixture(scope="module")
def run() -> Any:
    channels = tuple(ChannelSpec(name, 0.8, effect=0.6) for name in ("tv", "radio", "email"))
    spec = WorldSpec("pair", channels, base=-3.0, synergies={("tv", "email"): 1.5})
    world = simulate(spec, 41, 20_000, measured_on=100)
    return fit_incremental(event_table_of(world), customer_attributes_of(world))


def test_a_planted_synergy_is_the_largest_interaction(run: Any) -> None:
    found = run.interactions()
    assert len(found) == 3
    assert {found[0].first, found[0].second} == {"tv", "email"}
    assert found[0].conversions > 2 * abs(found[1].conversions)


def test_only_the_planted_synergy_has_an_effect_of_its_own(run: Any) -> None:
    keys = run.channel_credit.keys
    found = pairs_that_help(run.channel_credit.response)
    assert (found == found.T).all()
    assert {frozenset((keys[i], keys[j])) for i, j in np.argwhere(found).tolist()} == {
        frozenset(("tv", "email"))
    }


def test_a_planted_pair_is_no_triple_and_planted_conversions_are(run: Any) -> None:
    histories, credit = run.population.histories, run.channel_credit
    found = triples_that_help(histories, credit, np.random.default_rng(0))
    assert (found.conversions, found.n, found.n_tested) == ({}, 1, 1)
    # every second customer whom all three reached converts at the end, too
    reached = np.zeros((histories.customers, 3), dtype=bool)
    reached[histories.customer, histories.key] = True
    reached[histories.converter] = False
    more = np.flatnonzero(reached.all(axis=1))[::2]
    converter = np.concatenate([histories.converter, more])
    order = np.argsort(converter, kind="stable")
    last = np.full(len(more), histories.converted.max())
    planted = replace(
        histories,
        converter=converter[order],
        converted=np.concatenate([histories.converted, last])[order],
        value=np.ones(len(converter)),
    )
    found = triples_that_help(planted, credit, np.random.default_rng(0))
    # touches of long ago say little of a triple
    assert list(found.conversions) == [(0, 1, 2)]
    assert 0.2 * len(more) < found.conversions[0, 1, 2] < len(more)


def test_a_single_channel_has_no_pair(run: Any) -> None:
    response = run.channel_credit.response
    effects = replace(
        response.effects,
        main=response.effects.main[:1],
        pairs=np.zeros((0, 2), dtype=np.int64),
        joint=np.zeros(0),
    )
    assert not pairs_that_help(replace(response, effects=effects)).any()


def test_interactions_and_dividends_of_the_played_game_agree_for_three_channels(run: Any) -> None:
    keys = run.channel_credit.keys
    whole = dividends(run.channel_credit.values)
    by_pair = {
        frozenset((pair.first, pair.second)): pair.conversions for pair in run.interactions()
    }
    for i in range(3):
        for j in range(i):
            expected = whole[(1 << i) | (1 << j)] + whole[7] / 2
            assert by_pair[frozenset((keys[i], keys[j]))] == pytest.approx(expected, rel=1e-9)


def test_sampled_coalitions_are_refused(run: Any) -> None:
    sampled = coalitions_of(11, np.random.default_rng(0))
    with pytest.raises(InputError, match="at most 10 channels"):
        channel_interactions(replace(run.channel_credit, coalitions=sampled))


def test_a_channel_that_is_no_marketing_has_no_interaction_and_takes_no_name(run: Any) -> None:
    credit = run.channel_credit
    players = np.array([True, False, True, True])
    keys = (credit.keys[0], "direct", *credit.keys[1:])
    coalitions = coalitions_of(4, np.random.default_rng(0), players)
    found = channel_interactions(replace(credit, keys=keys, coalitions=coalitions))
    expected = run.interactions()
    assert [{p.first, p.second} for p in found] == [{p.first, p.second} for p in expected]
    assert [p.conversions for p in found] == [p.conversions for p in expected]
