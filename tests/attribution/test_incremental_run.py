"""The incremental model's answers: conserving, nested, with intervals and assumptions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from attrigraph.attribution import conservation
from attrigraph.attribution.incremental_run import run_incremental
from attrigraph.attribution.lift import LiftTest
from attrigraph.domain import Observed
from attrigraph.worlds.as_facts import customer_facts_of, facts_of
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 5, 4_000, measured_on=100)
FACTS = facts_of(WORLD)


@pytest.fixture(scope="module")
def run():
    return run_incremental(FACTS, customer_facts_of(WORLD))


@pytest.mark.parametrize("by", ["channel", "campaign", "creative"])
def test_answers_conserve_conversions_and_value(run, by):
    observed = Observed(0, len(WORLD.converter), float(WORLD.value.sum()))
    conservation.check(run.answer(by), observed)


def test_campaigns_add_up_to_their_channels_and_creatives_to_their_campaigns(run):
    creatives = {line.key: line for line in run.answer("creative").credits}
    campaigns = {line.key: line for line in run.answer("campaign").credits}
    channels = {line.key: line for line in run.answer("channel").credits}
    for number, campaign in enumerate(WORLD.media.campaign):
        own = np.flatnonzero(WORLD.media.creative_campaign == number)
        total = math.fsum(creatives[WORLD.media.creative[c]].conversions for c in own)
        assert total == pytest.approx(campaigns[campaign].conversions, rel=1e-9)
    for number, channel in enumerate(WORLD.spec.names):
        own = np.flatnonzero(WORLD.media.campaign_channel == number)
        for what in ("conversions", "value"):
            total = math.fsum(getattr(campaigns[WORLD.media.campaign[c]], what) for c in own)
            assert total == pytest.approx(getattr(channels[channel], what), rel=1e-9)


def test_channel_lines_are_the_games_credit_with_its_intervals(run):
    lines = {line.key: line for line in run.answer("channel").credits}
    for place, key in enumerate(run.found.keys):
        assert lines[key].conversions == pytest.approx(run.found.credit[place], rel=1e-9)
        low = run.found.credit[place] + np.percentile(run.found.deviations[:, place], 5)
        assert lines[key].low == pytest.approx(low, rel=1e-6)
        assert lines[key].low < lines[key].conversions < lines[key].high


def test_touch_credit_sums_to_channel_credit(run):
    credit = run.touch_credit()
    names = FACTS.touches.channel
    by_channel = np.bincount(names.codes[credit.touch], credit.credit, len(names.keys))
    lines = {line.key: line.conversions for line in run.answer("channel").credits}
    assert by_channel == pytest.approx([lines[key] for key in names.keys], rel=1e-9)


def test_touches_are_credited_for_later_conversions_of_their_own_customer(run):
    credit = run.touch_credit()
    touches, conversions = FACTS.touches, FACTS.conversions
    own = touches.customer[credit.touch] == conversions.customer[credit.conversion]
    later = touches.time[credit.touch] < conversions.time[credit.conversion]
    assert own.all()
    assert later.all()


def test_assumptions_are_named_and_a_missing_table_is_one_of_them(run):
    answer = run.answer("channel")
    assert answer.incremental
    assert len(answer.assumptions) == 5
    without = run_incremental(FACTS).answer("channel")
    assert "No customers table" in without.assumptions[-1]


def test_a_lift_test_decides_for_its_channel_and_everything_still_adds_up(run):
    place = run.found.keys.index("retargeting")
    lift = 0.5 * run.found.removal[place]
    calibrated = run.calibrated([LiftTest("retargeting", lift, 0.01 * lift)])
    expected = 0.5 * run.found.credit[place]
    assert calibrated.found.credit[place] == pytest.approx(expected, rel=0.02)
    answer = calibrated.answer("channel")
    conservation.check(answer, Observed(0, len(WORLD.converter), float(WORLD.value.sum())))
    (line,) = [line for line in answer.credits if line.key == "retargeting"]
    assert line.conversions == pytest.approx(expected, rel=0.02)
    assert (line.high - line.low) < 0.1 * abs(line.conversions)
    assert any("scaled by lift tests" in note for note in answer.notes)


def test_sensitivity_is_told_for_every_channel(run):
    strengths = run.sensitivity()
    assert set(strengths) == set(WORLD.spec.names)
    assert all(strength is None or strength > 1 for strength in strengths.values())


def test_checks_estimate_removals_of_the_same_size(run):
    checks = run.checks()
    machine = sum(pair[0].removal for pair in checks.values())
    assert 0.5 < machine / run.found.removal.sum() < 2.0
