"""The incremental model's answers: conserving, nested, with intervals and assumptions."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.credit import conservation
from attrigraph.attribution.incremental import fitted
from attrigraph.attribution.incremental.basket import raised_value
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions
from attrigraph.attribution.incremental.experiments.lift_test import LiftTest
from attrigraph.attribution.incremental.experiments.plan import Design
from attrigraph.attribution.incremental.fitted import fit_incremental, fit_population
from attrigraph.attribution.incremental.identification.identify import identify
from attrigraph.attribution.incremental.population import PopulationOptions, population_of
from attrigraph.attribution.incremental.touch_credit import credit_touches
from attrigraph.attribution.observed.costs import EntityCost
from attrigraph.attribution.observed.spending import Spending
from attrigraph.domain import Attribution, Experiment, Observed
from attrigraph.domain.columns import EPOCH
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 5, 4_000, measured_on=100)
FACTS = event_table_of(WORLD)
QUICK = IncrementalOptions(rows=60_000, draws=50)


@pytest.fixture(scope="module")
def run() -> Any:
    return fit_incremental(FACTS, customer_attributes_of(WORLD), QUICK)


@pytest.mark.parametrize("by", ["channel", "campaign", "creative"])
def test_answers_conserve_conversions_and_value(run: Any, by: Any) -> None:
    observed = Observed(0, len(WORLD.converter), float(WORLD.value.sum()))
    conservation.check(run.answer(by), observed)


def test_triggered_touches_have_intervals_and_are_those_of_channels(run: Any) -> None:
    shares = {(one.by, one.channel): one for one in run.answer("channel").triggered}
    assert ("display", "brand search") in shares
    for one in shares.values():
        assert 0 <= one.low < one.share < one.high <= 1
    assert run.answer("campaign").triggered == ()


def test_campaigns_add_up_to_their_channels_and_creatives_to_their_campaigns(run: Any) -> None:
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


def test_what_is_no_marketing_has_exactly_no_credit_and_no_interval() -> None:
    options = PopulationOptions(not_marketing=("email",))
    population = population_of(FACTS, customer_attributes_of(WORLD), options=options)
    answer = fit_population(FACTS, population, QUICK).answer("channel")
    lines = {line.key: line for line in answer.credits}
    for name in options.not_marketing:
        line = lines[name]
        assert (line.conversions, line.value) == (0.0, 0.0)
        assert {line.low, line.high, line.chance_low, line.chance_high} == {0.0}
        assert {line.value_low, line.value_high} == {0.0}
    assert lines["display"].low != lines["display"].high


def test_channel_lines_are_the_games_credit_with_its_intervals(run: Any) -> None:
    lines = {line.key: line for line in run.answer("channel").credits}
    for place, key in enumerate(run.channel_credit.keys):
        assert lines[key].conversions == pytest.approx(run.channel_credit.credit[place], rel=1e-9)
        lowest = np.percentile(run.channel_credit.deviations[:, place], 5, method="weibull")
        low = run.channel_credit.credit[place] + lowest
        assert lines[key].chance_low == pytest.approx(low, rel=1e-6)
        assert lines[key].low < lines[key].chance_low
        assert lines[key].low < lines[key].conversions < lines[key].high


def test_a_plan_has_the_costs_and_doubts_of_every_channel_of_marketing(run: Any) -> None:
    planned = {test.channel: test for test in run.plan(Design())}
    assert set(planned) == set(run.channel_credit.keys)
    display = planned["display"]
    row = WORLD.spec.names.index("display")
    assert display.cost == pytest.approx(WORLD.cost[WORLD.channel == row].sum())
    lines = {line.key: line for line in run.answer("channel").credits}
    assert display.conversions == pytest.approx(lines["display"].conversions)
    assert display.identified == lines["display"].identified
    known = Spending({"channel": {"display": EntityCost(10, 10, 7.0)}, "campaign": {}}, 60)
    spent = {test.channel: test.cost for test in replace(run, spending=known).plan(Design())}
    assert spent == {key: 7.0 if key == "display" else None for key in planned}
    # sd of draws whose 5th and 95th percentiles are the wide interval
    width = lines["display"].high - lines["display"].low
    assert width / 6 < display.sd < width

    histories = run.population.histories
    marketing = np.array([key != "display" for key in histories.keys])
    without = replace(run.population, histories=replace(histories, marketing=marketing))
    names = {test.channel for test in replace(run, population=without).plan(Design())}
    assert names == set(planned) - {"display"}


def test_there_is_no_plan_without_draws(run: Any) -> None:
    calibration = run.channel_credit.calibration
    no_draws = replace(calibration, wide_deviations=calibration.wide_deviations[:0])
    credit = replace(run.channel_credit, calibration=no_draws)
    assert replace(run, channel_credit=credit).plan(Design()) == ()


def test_only_experiments_that_fit_the_data_calibrate(run: Any) -> None:
    first = (EPOCH + timedelta(milliseconds=START_MS)).date()
    inside = Experiment(
        id="inside", channel="display", lift=5.0, standard_error=9.0, start=first,
        end=first + timedelta(days=9),
    )  # fmt: skip
    old = replace(inside, id="old", start=date(2001, 1, 1), end=date(2001, 1, 9))
    calibrated = run.calibrated_by((old, inside), leave_out=True)
    assert calibrated.experiments == (inside,)
    assert run.experiments == ()
    assert any("'old' ran from 2001" in note for note in calibrated.answer("channel").notes)


def test_touch_credit_sums_to_channel_credit(run: Any) -> None:
    credit = run.touch_credit()
    names = FACTS.touches.channel
    by_channel = np.bincount(names.codes[credit.touch], credit.credit, len(names.keys))
    lines = {line.key: line.conversions for line in run.answer("channel").credits}
    assert by_channel == pytest.approx([lines[key] for key in names.keys], rel=1e-9)


def test_captured_parts_of_touches_sum_to_those_of_channels(run: Any) -> None:
    names = FACTS.touches.channel
    place = run.channel_credit.keys.index("retargeting")
    test = LiftTest("retargeting", 0.5 * run.channel_credit.removal[place], 5.0)
    for one in (run, run.calibrated([test])):
        credit = one.touch_credit()
        by_channel = np.bincount(names.codes[credit.touch], credit.captured, len(names.keys))
        lines = {line.key: line.captured for line in one.answer("channel").credits}
        expected = [lines[key].conversions for key in names.keys]
        assert by_channel == pytest.approx(expected, rel=1e-9)
        assert sum(expected) > 0


def test_touches_are_credited_for_later_conversions_of_their_own_customer(run: Any) -> None:
    credit = run.touch_credit()
    touches, conversions = FACTS.touches, FACTS.conversions
    own = touches.customer[credit.touch] == conversions.customer[credit.conversion]
    later = touches.time[credit.touch] < conversions.time[credit.conversion]
    assert own.all()
    assert later.all()


def test_assumptions_are_named_and_a_missing_table_is_one_of_them(run: Any) -> None:
    answer = run.answer("channel")
    assert answer.incremental
    assert len(answer.assumptions) == 5
    without = fit_incremental(FACTS, None, QUICK).answer("channel")
    assert "No customers table" in without.assumptions[-1]


def test_a_lift_test_decides_for_its_channel_and_everything_still_adds_up(run: Any) -> None:
    place = run.channel_credit.keys.index("retargeting")
    lift = 0.5 * run.channel_credit.removal[place]
    calibrated = run.calibrated([LiftTest("retargeting", lift, 0.01 * lift)])
    expected = 0.5 * run.channel_credit.credit[place]
    assert calibrated.channel_credit.credit[place] == pytest.approx(expected, rel=0.02)
    answer = calibrated.answer("channel")
    conservation.check(answer, Observed(0, len(WORLD.converter), float(WORLD.value.sum())))
    (line,) = [line for line in answer.credits if line.key == "retargeting"]
    assert line.conversions == pytest.approx(expected, rel=0.02)
    assert (line.high - line.low) < 0.1 * abs(line.conversions)
    assert any("scaled by experiments" in note for note in answer.notes)


def test_the_json_has_every_field_of_a_causal_credit(run: Any) -> None:
    answer = run.answer("channel")
    observed = Observed(0, len(WORLD.converter), float(WORLD.value.sum()))
    printed = Attribution("channel", observed, {"incremental": answer}).to_json()
    model = json.loads(json.dumps(printed, allow_nan=False))["models"]["incremental"]
    assert len(model["assumptions"]) == 5
    for line, credit in zip(model["credits"], answer.credits, strict=True):
        assert (line["key"], line["low"], line["high"]) == (credit.key, credit.low, credit.high)
        assert {"chance_low", "value_high", "identified", "reasons", "captured"} <= set(line)


def test_each_touch_has_its_path_level_value_scaled_to_its_channels_credit(run: Any) -> None:
    paths, touches = run.paths, run.touches
    key = run.population.histories.key[paths.touch]
    helping = [k for k in range(len(run.channel_credit.keys)) if (paths.credit[key == k] > 0).all()]
    assert helping
    for k in helping:
        factor = run.channel_credit.credit[k] / paths.credit[key == k].sum()
        assert touches.credit[: len(key)][key == k] == pytest.approx(
            factor * paths.credit[key == k], rel=1e-9
        )


def test_path_level_values_and_organic_sum_to_each_conversion(run: Any) -> None:
    paths = run.paths
    given = np.bincount(paths.conversion, paths.credit, len(paths.baseline))
    assert given + paths.baseline == pytest.approx(np.ones(len(given)), rel=1e-12)
    assert ((paths.chance > 0) & (paths.chance < 1)).all()


def test_value_is_the_part_of_the_conversions_value_and_what_channels_add_to_it(run: Any) -> None:
    credited, histories = run.touches, run.population.histories
    paths = run.paths
    raised = raised_value(
        histories, run.channel_credit.response, paths, run.channel_credit.baskets
    ).value
    pairs = len(paths.touch)
    same_part = credited.credit[:pairs] * histories.value[paths.conversion]
    assert credited.value[:pairs] == pytest.approx(same_part + raised, rel=1e-12)


def test_touch_credit_sums_to_channel_credit_that_lift_tests_turn_around(run: Any) -> None:
    place = run.channel_credit.keys.index("display")
    credit = run.channel_credit.credit.copy()
    credit[place] = -50.0
    touches = credit_touches(
        run.population.histories, replace(run.channel_credit, credit=credit), run.paths
    )
    key = run.population.histories.key[touches.touch]
    total = np.bincount(key, touches.credit, len(credit))
    assert total == pytest.approx(credit, rel=1e-9)


def test_how_touch_credit_was_found_is_noted(run: Any) -> None:
    (note,) = [note for note in run.answer("creative").notes if "single touches" in note]
    assert f"sampled for {run.paths.sampled:,} of {len(WORLD.converter):,}" in note


def test_identification_is_tested_when_it_is_read_and_once(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested: list[Any] = []

    def counted(*given: Any) -> Any:
        tested.append(given)
        return identify(*given)

    monkeypatch.setattr(fitted, "identify", counted)
    calibrated = run.calibrated([]).calibrated([])
    calibrated.touch_credit()
    assert not tested
    for by in ("channel", "campaign", "creative"):
        calibrated.answer(by)
    assert len(tested) == 1
    assert tested[0][2].credit is calibrated.channel_credit.credit
