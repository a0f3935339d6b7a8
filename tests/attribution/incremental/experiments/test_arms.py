"""The groups of a test from the fitted hazard: laws, and the power of simulated holdouts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.experiments.arms import Participants, play_test
from attrigraph.attribution.incremental.experiments.plan import Design
from attrigraph.attribution.incremental.fitted import FittedIncremental, fit_incremental
from attrigraph.worlds.agents.spec import AgentChannel, AgentSpec, Holdout
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

SPEC = AgentSpec(
    "calm",
    "Two channels with an effect, and lasting intent.",
    (
        AgentChannel("video", 0.05, 1.2, half_life=6, intent=0.1),
        AgentChannel("display", 0.08, 0.4, half_life=4),
    ),
    base=0.0015,
    days=40,
    intent_effect=0.3,
)


@cache
def fitted(name: str = "") -> FittedIncremental:
    world = simulate(name or SPEC, 5, 3_000 if name else 12_000, measured_on=10)
    options = IncrementalOptions(draws=40, rows=20_000 if name else 60_000)
    return fit_incremental(event_table_of(world), customer_attributes_of(world), options)


def people(run: FittedIncremental, days: float, multiplier: float = 1.0) -> Participants:
    histories = run.population.histories
    factor = np.full(len(histories.keys), multiplier)
    response, rng = run.channel_credit.response, np.random.default_rng(0)
    return play_test(histories, response, days, factor, rng)


def test_over_the_whole_window_the_effects_are_the_removal_values() -> None:
    run = fitted()
    found = people(run, 40.0)
    assert found.customers == 12_000
    n_conversions = len(run.population.histories.converter)
    for arms, removal in zip(found.arms, run.channel_credit.removal.tolist(), strict=True):
        assert arms.treated.mean * found.customers == pytest.approx(n_conversions, rel=0.05)
        assert arms.effect * found.customers == pytest.approx(removal, rel=0.06)
        assert arms.held_out.variance == pytest.approx(
            arms.held_out.mean * (1 - arms.held_out.mean)
        )


def test_the_last_days_have_their_own_conversions_and_people() -> None:
    run = fitted()
    histories = run.population.histories
    start = histories.days - 10
    found = people(run, 10.0)
    late = (histories.converted > start).sum()
    assert found.customers == 12_000 - (histories.converted <= start).sum()
    assert found.arms[0].treated.mean * found.customers == pytest.approx(late, rel=0.05)
    # touches before the test act in both groups, and its own only until its end
    whole = people(run, 40.0)
    assert 0 < found.arms[0].effect < 0.25 * whole.arms[0].effect


def test_effects_follow_the_calibration_and_the_length() -> None:
    run = fitted()
    whole, half = people(run, 40.0), people(run, 40.0, multiplier=0.5)
    assert half.arms[0].effect == pytest.approx(0.5 * whole.arms[0].effect)
    # a conversion ends the risk, so that nobody converts more than once in however long a test
    twice, forever = people(run, 80.0).arms[0], people(run, 40_000.0).arms[0]
    for name in ("treated", "held_out"):
        mean = getattr(whole.arms[0], name).mean
        assert getattr(twice, name).mean == pytest.approx(1 - (1 - mean) ** 2)
        assert getattr(forever, name).mean == pytest.approx(1.0)
        assert getattr(forever, name).variance == pytest.approx(0.0, abs=1e-9)


def test_the_variance_of_repeated_purchases_is_that_of_the_counts() -> None:
    run = fitted("repeat")
    histories = run.population.histories
    assert histories.repeats
    count = np.bincount(histories.converter, minlength=histories.customers)
    treated = people(run, histories.window_days).arms[0].treated
    assert treated.mean == pytest.approx(count.mean(), rel=0.05)
    assert treated.variance == pytest.approx(count.var(), rel=0.15)


def test_a_simulated_holdout_of_the_planned_size_has_the_stated_power() -> None:
    planned = fitted().plan(Design(days=SPEC.days, share=0.5, power=0.8))
    (video,) = [one for one in planned if one.channel == "video"]
    assert video.customers_needed is not None
    held_out_spec = replace(SPEC, holdout=Holdout("video", 0.5))
    effects, detected = [], []
    for seed in range(1_000, 1_060):
        world = simulate(held_out_spec, seed, video.customers_needed, measured_on=10)
        held_out = customer_attributes_of(world).columns["holdout"].astype(str) == "yes"
        count = np.bincount(world.converter, minlength=len(held_out))
        groups = count[~held_out], count[held_out]
        error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups))
        effects.append(groups[0].mean() - groups[1].mean())
        detected.append(abs(effects[-1]) > 1.96 * error)
    assert np.mean(effects) == pytest.approx(video.treated - video.held_out, rel=0.15)
    # the standard error of the share of 60 is 0.05
    assert 0.68 < np.mean(detected) < 0.92
