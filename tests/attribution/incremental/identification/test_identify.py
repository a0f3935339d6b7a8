"""All tests of identification together: quiet where the assumptions of the model hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attrigraph.attribution.incremental import fitted
from attrigraph.attribution.incremental.channel_credit import IncrementalOptions, gather_evidence
from attrigraph.attribution.incremental.daily_touches import TouchRates
from attrigraph.attribution.incremental.experiments.plan import PlannedTest
from attrigraph.attribution.incremental.fitted import fit_incremental
from attrigraph.attribution.incremental.identification import identify as identify_module
from attrigraph.attribution.incremental.identification.identify import claim_of, identify
from attrigraph.attribution.incremental.identification.untouched_conversions import (
    untouched_conversions,
)
from attrigraph.attribution.incremental.market_phases import MarketPhases
from attrigraph.domain import BaselineBounds
from attrigraph.domain.reasons import REASONS
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 6, 4_000, measured_on=100)


@pytest.fixture(scope="module")
def run() -> Any:
    quick = IncrementalOptions(rows=60_000, draws=50)
    return fit_incremental(event_table_of(WORLD), customer_attributes_of(WORLD), quick)


@pytest.fixture(scope="module")
def evidence(run: Any) -> Any:
    conditions = run.channel_credit.response.conditions
    rng = np.random.default_rng(0)
    return gather_evidence(run.population.histories, conditions, rng, 50_000)


def with_histories(run: Any, **changes: Any) -> Any:
    return replace(run.population, histories=replace(run.population.histories, **changes))


def test_nothing_is_found_where_the_assumptions_hold(run: Any) -> None:
    assert not any(run.identification.reasons)
    assert run.identification.advice is None
    assert all(line.identified for line in run.answer("channel").credits)


def test_ids_that_were_joined_for_buyers_alone_are_named_with_what_to_do(
    run: Any, evidence: Any
) -> None:
    histories, claim = run.population.histories, claim_of(run.channel_credit)
    buys = np.bincount(histories.converter, minlength=histories.customers) > 0
    rng = np.random.default_rng(3)
    for several, found in ((buys, True), (rng.random(len(buys)) < 0.5, False)):
        answer = identify(replace(run.population, several_ids=several), evidence, claim)
        assert set(answer.reasons) == ({("joined-buyers",)} if found else {()})
        assert ("join the ids of people who do not buy" in (answer.advice or "")) is found


def test_channels_that_are_no_marketing_have_that_reason_alone(run: Any, evidence: Any) -> None:
    marketing = np.ones(len(run.channel_credit.keys), dtype=bool)
    marketing[2] = False
    found = identify(
        with_histories(run, marketing=marketing), evidence, claim_of(run.channel_credit)
    )
    assert found.reasons[2] == ("not-marketing",)
    assert not any(codes for key, codes in enumerate(found.reasons) if key != 2)


def test_a_channel_that_follows_phases_is_not_identified(run: Any, evidence: Any) -> None:
    """The phases explain its future touches in part, so the test alone may no longer find them."""
    response = run.channel_credit.response
    conditions = response.conditions
    rates = TouchRates(np.array([1]), conditions.expected, conditions.calendar, np.ones(1))
    phases = MarketPhases(rates, 0.1, 0.3, np.ones(1), np.full(1, 5.0))
    following = replace(response, conditions=replace(conditions, phases=phases))
    claim = replace(claim_of(run.channel_credit), response=following)
    found = identify(run.population, evidence, claim)
    assert found.reasons[1] == ("future-touches",)
    assert not any(codes for key, codes in enumerate(found.reasons) if key != 1)


def test_an_impossible_total_concerns_every_channel_and_gives_advice(
    run: Any, evidence: Any
) -> None:
    credit = run.channel_credit
    impossible = replace(credit, credit=credit.credit + credit.observed)
    found = identify(run.population, evidence, claim_of(impossible))
    assert all("impossible-total" in codes for codes in found.reasons)
    assert found.advice is not None
    largest = credit.keys[int(np.argmax(impossible.credit))]
    assert f"first with {largest}" in found.advice


def planned(channel: str, customers: int | None) -> PlannedTest:
    return PlannedTest(
        channel=channel,
        conversions=10.0,
        sd=5.0,
        cost=None,
        cost_known=0.0,
        identified=None,
        treated=0.2,
        held_out=0.1,
        standard_error=3.0,
        customers_needed=customers,
        gain=None,
    )


@pytest.mark.parametrize(
    ("customers", "words"),
    [
        (3_999, "withhold it from a random 50% of at least 3,999 people for 28 days"),
        (4_001, "withhold it from a random group of people or regions"),
        (None, "withhold it from a random group of people or regions"),
    ],
)
def test_advice_names_the_first_planned_experiment_that_has_people_enough(
    customers: int | None, words: str, run: Any, evidence: Any
) -> None:
    credit = run.channel_credit
    impossible = replace(credit, credit=credit.credit + credit.observed)
    largest = credit.keys[int(np.argmax(impossible.credit))]
    other = next(key for key in credit.keys if key != largest)
    order = (planned(other, customers),)
    found = identify(run.population, evidence, claim_of(impossible), lambda: order)
    assert found.advice is not None
    assert words in found.advice
    named = other if customers == 3_999 else largest
    assert f"first with {named}: " in found.advice


def test_advice_passes_over_channels_that_are_identified(run: Any, evidence: Any) -> None:
    credit = run.channel_credit
    calibration = replace(credit.calibration, measured=np.eye(len(credit.keys))[0])
    impossible = replace(credit, credit=credit.credit + credit.observed, calibration=calibration)
    order = (planned(str(credit.keys[0]), 100), planned(str(credit.keys[1]), 200))
    found = identify(run.population, evidence, claim_of(impossible), lambda: order)
    assert found.advice is not None
    assert f"first with {credit.keys[1]}: withhold it from a random 50% of at least 200" in (
        found.advice
    )


def test_a_column_recorded_later_is_named(run: Any, evidence: Any) -> None:
    histories = run.population.histories
    touches = np.bincount(histories.customer, minlength=histories.customers).astype(float)
    population = with_histories(
        run, covariates=np.column_stack([touches, histories.covariates[:, 1:]])
    )
    found = identify(population, evidence, claim_of(run.channel_credit))
    assert all("outcome-covariate" in codes for codes in found.reasons)
    named = [note for note in found.notes if "seems to be recorded after" in note]
    assert len(named) == 1
    assert repr(run.population.covariates.attributes[0]) in named[0]


def test_every_code_has_a_sentence(run: Any, evidence: Any) -> None:
    credit = run.channel_credit
    impossible = replace(credit, credit=credit.credit + credit.observed)
    codes = {
        code
        for channel in identify(run.population, evidence, claim_of(impossible)).reasons
        for code in channel
    }
    assert codes
    assert codes <= set(REASONS)


@pytest.mark.parametrize("by", ["campaign", "creative"])
def test_campaigns_and_creatives_have_the_reasons_of_their_channel(
    run: Any, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = tuple(
        ("collinear",) if key == 0 else () for key in range(len(run.channel_credit.keys))
    )
    found = replace(run.identification, reasons=reasons)
    monkeypatch.setattr(fitted, "identify", lambda *_: found)
    marked = replace(run)
    touches = run.events.touches
    codes = getattr(touches, by).codes
    own = set(
        codes[touches.channel.codes == touches.channel.keys.index(run.channel_credit.keys[0])]
    )
    names = {None if code < 0 else getattr(touches, by).keys[code] for code in own}
    for line in marked.answer(by).credits:
        assert line.identified == (line.key not in names)
        assert line.reasons == (("collinear",) if line.key in names else ())


def test_an_experiment_identifies_its_channel_and_a_contradiction_does_not(
    run: Any, evidence: Any
) -> None:
    credit = run.channel_credit
    measured, disagree = np.zeros(len(credit.keys)), np.zeros(len(credit.keys), dtype=bool)
    measured[:2], disagree[1] = 0.9, True
    calibration = replace(credit.calibration, measured=measured, disagree=disagree)
    impossible = replace(credit, credit=credit.credit + credit.observed, calibration=calibration)
    reasons = identify(run.population, evidence, claim_of(impossible)).reasons
    assert reasons[0] == ()
    assert reasons[1] == ("experiments-disagree",)
    assert all("impossible-total" in codes for codes in reasons[2:])


def test_channels_that_trigger_each_other_are_named_as_a_pair(run: Any, evidence: Any) -> None:
    credit = run.channel_credit
    conditions = credit.response.conditions
    triggers = replace(conditions.triggers, mutual=((1, 3),))
    response = replace(credit.response, conditions=replace(conditions, triggers=triggers))
    found = identify(run.population, evidence, claim_of(replace(credit, response=response)))
    assert [key for key, codes in enumerate(found.reasons) if codes] == [1, 3]
    assert found.reasons[1] == ("mutual-triggers",)
    sentence = f"the credits of {credit.keys[1]} and {credit.keys[3]} is identified"
    (note,) = [note for note in found.notes if sentence in note]
    # the interval of chance and bias, of both credits together
    both = credit.credit[[1, 3]].sum() + credit.wide_deviations[:, [1, 3]].sum(axis=1)
    low, high = np.quantile(both, (0.05, 0.95), method="weibull")
    assert f"(90 % interval {low:,.1f} to {high:,.1f})" in note
    hopeless = replace(credit, credit=credit.credit + credit.observed, response=response)
    assert not any(
        sentence in note for note in identify(run.population, evidence, claim_of(hopeless)).notes
    )


def test_the_baseline_is_bounded_where_people_are_missing(
    run: Any, evidence: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.identification.baseline_bounds is None
    monkeypatch.setattr(identify_module, "unknown_population", lambda _: True)
    histories = run.population.histories
    bounds = identify(run.population, evidence, claim_of(run.channel_credit)).baseline_bounds
    assert bounds == BaselineBounds(untouched_conversions(histories), len(histories.converter))
