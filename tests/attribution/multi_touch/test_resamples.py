"""Bootstrap resamples by kinds of customers, and their intervals, against slower forms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse, stats

from attrigraph.attribution.credit.bootstrap import poisson_bytes
from attrigraph.attribution.multi_touch.markov import count_chain, losses_of
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.rate_bootstrap import rate_deviations
from attrigraph.attribution.multi_touch.registry import MODELS, attribute
from attrigraph.attribution.multi_touch.removal_bootstrap import loss_deviations
from attrigraph.attribution.multi_touch.resamples import Resamples, resampled_paths
from attrigraph.attribution.multi_touch.shapley import rate
from attrigraph.attribution.observed.evidence import Evidence, gather
from attrigraph.attribution.observed.journeys import DAY_MS, JourneyOptions, derive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Level
    from fixture_types import Customers, Event, MakeEvents, MakePaths

WEIGHTED = ModelOptions(position_weights=(1, 2, 3))
ALL = list(MODELS)
ON_COUNTS = [name for name in MODELS if name not in {"time-decay", "position-custom"}]


def touch(day: float, channel: str | None) -> Event:
    return {"time": int(day * DAY_MS), "channel": channel, "campaign": f"{channel} 1"}


def conversion(day: float) -> Event:
    return {"time": int(day * DAY_MS), "value": 2.0}


def shop(customers: int, seed: int) -> list[list[Event]]:
    """Customers of one to three journeys over five channels; search converts more than others."""
    random = np.random.default_rng(seed)
    channels = ["search", "video", "mail", "direct", "social"]
    found = []
    for _ in range(customers):
        events, day = [], 0.0
        for _ in range(random.integers(1, 4)):
            counted = random.choice(channels, random.integers(1, 5), p=[0.3, 0.3, 0.2, 0.1, 0.1])
            for channel in counted:
                day += random.exponential(2.0)
                events.append(touch(day, str(channel)))
            if random.random() < (0.6 if "search" in counted else 0.25):
                day += 0.5
                events.append(conversion(day))
        found.append(events)
    return found


def evidence_of(make_facts: MakeEvents, customers: Customers, by: Level = "channel") -> Evidence:
    events = make_facts(customers)
    return gather(events, derive(events, JourneyOptions()), by)


def intervals(
    evidence: Evidence,
    names: Sequence[str],
    options: ModelOptions | None = WEIGHTED,
    by: Level = "channel",
) -> Any:
    answer = attribute(evidence, names, options, by)
    return {
        (name, line.key): (line.conversions, line.low, line.high, line.prob_ranked_above_next)
        for name, model in answer.models.items()
        for line in model.credits
    }


# Draws.


@pytest.mark.parametrize("mean", [1, 2, 7, 32])
def test_bytes_have_the_poisson_distribution(mean: int) -> None:
    drawn = poisson_bytes(np.random.default_rng(mean), mean, (1000, 500))
    possible = np.arange(drawn.max() + 1)
    expected = drawn.size * stats.poisson.pmf(possible, mean)
    common = expected > 20
    counts = np.bincount(drawn.ravel())
    excess = ((counts - expected)[common] ** 2 / expected[common]).sum()
    assert excess < stats.chi2.isf(1e-4, common.sum())


def test_kinds_are_drawn_as_often_as_their_members() -> None:
    counts = np.array([1.0, 3.0, 32.0, 33.0, 5000.0])
    drawn = Resamples(counts, 20_000, 0).of(np.arange(5)) + counts[:, None]
    assert (drawn >= 0).all()
    np.testing.assert_array_equal(drawn, np.rint(drawn))
    assert drawn.mean(axis=1) == pytest.approx(counts, rel=0.03)
    assert drawn.var(axis=1) == pytest.approx(counts, rel=0.05)


def test_some_kinds_are_drawn_as_all_are() -> None:
    resamples = Resamples(np.array([1.0, 900.0, 2.0, 1.0, 40.0]), 30, 4)
    every = resamples.of(np.arange(5))
    np.testing.assert_array_equal(resamples.of(np.array([4, 1, 3])), every[[4, 1, 3]])
    influence = np.arange(10.0).reshape(5, 2)
    assert resamples.deviations(influence) == pytest.approx(every.T @ influence)
    assert resamples.grouped(sparse.csr_array(influence)) == pytest.approx(influence.T @ every)


def test_customers_of_the_same_journeys_are_one_kind(make_facts: MakeEvents) -> None:
    one = [touch(0, "a"), conversion(1), touch(2, "b")]
    once = [touch(0, "a"), conversion(1)]
    resampled = resampled_paths(evidence_of(make_facts, [one, once, one, [], once, once]), 5, 0)
    assert sorted(resampled.kinds.count) == [1, 2, 3]
    journeys = resampled.journeys.toarray()
    assert journeys.sum(axis=1).tolist() == [1, 1, 2]  # empty, once, one


def test_paths_that_come_counted_have_the_intervals_of_their_journeys(
    make_facts: MakeEvents,
) -> None:
    customers = [events for events in shop(300, 0) if sum("value" in e for e in events) == 0]
    customers += [[touch(0, c), touch(1, d), conversion(2)] for c in "xyz" for d in "xyyz"]
    evidence = evidence_of(make_facts, customers)
    assert evidence.journeys is not None
    assert len(evidence.journeys) == len(customers)
    counted = intervals(Evidence(evidence.paths), ON_COUNTS)
    assert counted == intervals(evidence, ON_COUNTS)


def test_the_order_of_customers_changes_no_interval(make_facts: MakeEvents) -> None:
    customers = shop(150, 1)
    one = intervals(evidence_of(make_facts, customers), ALL)
    other = intervals(evidence_of(make_facts, customers[::-1]), ALL)
    assert one.keys() == other.keys()
    for line, numbers in one.items():
        assert numbers[:3] == pytest.approx(other[line][:3], rel=1e-4), line


# Intervals of models.


def brute_force(
    make_facts: MakeEvents, customers: Customers, by: Level, draws: int, seed: int
) -> Any:
    """Every customer repeated a Poisson number of times, and all models run again."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(draws):
        copies = random.poisson(1.0, len(customers))
        drawn = [events for events, n in zip(customers, copies, strict=True) for _ in range(n)]
        event_table = make_facts(drawn)
        evidence = gather(event_table, derive(event_table, JourneyOptions()), by)
        answer = attribute(evidence, ALL, replace(WEIGHTED, draws=0), by)
        found.append(
            {
                (name, line.key): line.conversions
                for name, model in answer.models.items()
                for line in model.credits
            }
        )
    return {line: np.array([draw[line] for draw in found]) for line in found[0]}


@pytest.fixture(scope="module")
def by_channel(make_facts: MakeEvents) -> Any:
    return brute_force(make_facts, shop(500, 2), "channel", 200, 5)


@pytest.mark.parametrize("by", ["channel", "campaign"])
def test_intervals_equal_those_of_models_of_resampled_customers(
    make_facts: MakeEvents, by_channel: Any, by: Level
) -> None:
    customers = shop(500, 2)
    ours = intervals(evidence_of(make_facts, customers, by), ALL, replace(WEIGHTED, draws=2000), by)
    theirs = by_channel if by == "channel" else brute_force(make_facts, customers, by, 200, 5)
    assert ours.keys() == theirs.keys()
    for line, (credit, low, high, _) in ours.items():
        spread = theirs[line].std()
        ends = np.percentile(theirs[line], [5, 95])
        # an end of 200 draws has a standard error of .15 spreads; few conversions make steps of one
        assert [low, high] == pytest.approx(ends, abs=0.55 * spread + 0.5), line
        assert high - low == pytest.approx(2 * 1.645 * spread, rel=0.25, abs=1), line
        assert low < credit < high, line


def test_probabilities_equal_those_of_models_of_resampled_customers(
    make_facts: MakeEvents, by_channel: Any
) -> None:
    customers = shop(500, 2)
    answer = attribute(evidence_of(make_facts, customers), ["linear", "markov-2"], WEIGHTED)
    for name, model in answer.models.items():
        assert model.prob_ranked_above is not None
        for key, row in model.prob_ranked_above.items():
            for other, chance in row.items():
                ahead = (by_channel[name, key] > by_channel[name, other]).mean()
                assert chance == pytest.approx(ahead, abs=0.15), (name, key, other)
        keys = [line.key for line in model.credits]
        for line, following in zip(model.credits, keys[1:], strict=False):
            assert line.prob_ranked_above_next == model.prob_ranked_above[line.key][following]
        assert model.credits[-1].prob_ranked_above_next is None


@pytest.mark.parametrize("name", ON_COUNTS)
def test_the_interval_of_one_channel_is_that_of_a_poisson_number(
    make_paths: MakePaths, name: str
) -> None:
    paths = make_paths([(("a",), 400, 800, 5000), (("a", "a"), 100, 0, 0)])
    options = replace(WEIGHTED, draws=4000)
    ((credit, low, high, ahead),) = intervals(Evidence(paths), [name], options).values()
    assert credit == pytest.approx(500)
    assert [low, high] == pytest.approx(stats.poisson.ppf([0.05, 0.95], 500), abs=3)
    assert ahead is None


def test_the_interval_of_a_last_touch_is_that_of_its_count(make_paths: MakePaths) -> None:
    paths = make_paths([(("a", "b"), 81, 81, 1000), (("b", "a"), 9, 9, 70), ((), 50, 50, 1)])
    found = intervals(Evidence(paths), ["last"], replace(WEIGHTED, draws=4000))
    for key, count in (("b", 81), ("a", 9)):
        ends = stats.poisson.ppf([0.05, 0.95], count)
        assert found["last", key][1:3] == pytest.approx(ends, abs=1)


def test_conversions_vary_in_draws_and_not_only_their_shares(make_facts: MakeEvents) -> None:
    # a customer who converts ten times weighs in whole: the interval is ten times as wide
    customers = [[e for n in range(10) for e in (touch(n, "a"), conversion(n + 0.5))]] * 40
    found = intervals(
        evidence_of(make_facts, customers), ["first", "markov-1"], replace(WEIGHTED, draws=4000)
    )
    for line in found.values():
        assert line[1:3] == pytest.approx(10 * stats.poisson.ppf([0.05, 0.95], 40), abs=10.5)


def test_without_draws_there_are_no_intervals(make_facts: MakeEvents) -> None:
    answer = attribute(evidence_of(make_facts, shop(40, 3)), ALL, replace(WEIGHTED, draws=0))
    for model in answer.models.values():
        assert model.prob_ranked_above is None
        assert all(
            (line.low, line.high, line.prob_ranked_above_next) == (None, None, None)
            for line in model.credits
        )


def test_of_many_keys_only_neighbours_are_compared(make_paths: MakePaths) -> None:
    names = [f"k{i:02}" for i in range(51)]
    rows = [((name,), 100 + i, 1, 5) for i, name in enumerate(names)]
    many = attribute(Evidence(make_paths(rows)), ["last"]).models["last"]
    assert many.prob_ranked_above is None
    assert all(line.prob_ranked_above_next is not None for line in many.credits[:-1])
    fewer = attribute(Evidence(make_paths(rows[1:])), ["last"]).models["last"]
    assert fewer.prob_ranked_above is not None
    assert len(fewer.prob_ranked_above) == 50


def test_no_journeys_have_no_intervals(make_facts: MakeEvents) -> None:
    answer = attribute(evidence_of(make_facts, []), ALL, WEIGHTED)
    assert all(model.credits == () for model in answer.models.values())


# The rate game.


def test_sampled_draws_are_close_to_exact_ones(
    make_facts: MakeEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = evidence_of(make_facts, shop(800, 4))
    resampled = resampled_paths(evidence, 300, 0)
    played = rate_deviations(evidence.paths, resampled)
    monkeypatch.setattr("attrigraph.attribution.multi_touch.rate_bootstrap.MAX_EXACT_KEYS", 0)
    counted = rate_deviations(evidence.paths, resampled)
    assert counted.sum(axis=1) == pytest.approx(played.sum(axis=1), abs=1e-3)
    assert counted.std(axis=0) == pytest.approx(played.std(axis=0), rel=0.2)
    for one, other in zip(counted.T, played.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.95


def test_a_draw_is_played_as_its_counts_say(make_paths: MakePaths) -> None:
    rows = [(("a",), 20, 1, 60), (("a", "b"), 30, 1, 40), (("c", "b"), 10, 1, 90), ((), 5, 1, 80)]
    paths = make_paths(rows)
    resampled = resampled_paths(Evidence(paths), 3, 1)
    found = rate_deviations(paths, resampled)
    members = resampled.journeys.T @ resampled.kinds.of(np.arange(len(resampled.kinds)))
    estimate = rate(paths).credits[:, 0]
    for draw in range(3):
        nulls, conversions = members[0::2, draw], members[1::2, draw]
        drawn = replace(
            paths, nulls=paths.nulls + nulls, conversions=paths.conversions + conversions
        )
        assert found[draw] == pytest.approx(rate(drawn).credits[:, 0] - estimate, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "markov-1",
            [
                (("b", "c", "a"), 2, 2, 0),
                (("c",), 0, 0, 3),
                (("a", "b"), 1, 1, 5),
                (("b",), 0, 0, 2),
                (("b", "b", "c"), 0, 0, 3),
            ],
        ),
        (
            "markov-2",
            [
                (("c", "c"), 1, 1, 5),
                (("c", "b"), 1, 1, 5),
                (("c",), 2, 2, 4),
                (("b", "c", "c"), 1, 1, 0),
                (("a", "d"), 2, 2, 5),
                (("d",), 2, 2, 3),
                (("d", "d", "a"), 0, 0, 1),
            ],
        ),
    ],
)
def test_no_interval_of_a_removal_effect_ends_below_zero(
    make_paths: MakePaths, name: str, rows: Any
) -> None:
    # to first order alone some draws of these paths lose less than nothing
    evidence = Evidence(make_paths(rows))
    resampled = resampled_paths(evidence, 200, 0)
    counted = count_chain(evidence.paths, int(name[-1]))
    losses = losses_of(counted.chain)[:, 0]
    drawn = losses + loss_deviations(counted, resampled)
    assert np.percentile(drawn, 5, axis=0).min() < 0
    low = [line.low for line in attribute(evidence, [name]).models[name].credits]
    assert all(end is not None and end >= -1e-12 for end in low)
