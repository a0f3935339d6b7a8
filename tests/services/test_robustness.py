"""Robustness: one line per change, a decision that holds, and one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attrigraph.attribution.data import EventData
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.observed.journeys import JourneyOptions, TouchLookback
from attrigraph.domain import (
    Amount,
    Attribution,
    Conversion,
    Credit,
    ModelCredits,
    Observed,
    RobustnessCheck,
    Touchpoint,
)
from attrigraph.errors import InputError
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events
from attrigraph.services.robustness import (
    _other_models,
    _shorter_lookback,
    _verdict,
    check_robustness,
)
from attrigraph.worlds.event_table import event_table_of
from attrigraph.worlds.world import simulate


def data(**options: Any) -> EventData:
    events = event_table_of(simulate("retailer", 3, 1_500, measured_on=100))
    return EventData(events, JourneyOptions(**options), ModelOptions(draws=0))


def attribution(**values: dict[str, float]) -> Attribution:
    models = {
        model: ModelCredits(
            model,
            incremental=False,
            baseline=Amount(0.0, 0.0),
            credits=tuple(Credit(key, value, value) for key, value in credits.items()),
        )
        for model, credits in values.items()
    }
    return Attribution("channel", Observed(10, 10, 10.0), models)


def test_lookbacks_of_channels_and_kinds_are_halved_with_the_general_one() -> None:
    own = (TouchLookback("channel", "email", 8.0), TouchLookback("kind", "click", None))
    halved = (TouchLookback("channel", "email", 4.0), TouchLookback("kind", "click", None))
    for is_causal in (False, True):
        ((change, changed),) = _shorter_lookback(data(lookbacks=own), is_causal=is_causal)
        days = 30 if is_causal else 15
        assert change == f"lookback of {days} days, and half of those of channels and kinds"
        assert changed.journey_options.lookbacks == halved
        assert changed.journey_options.lookback_days == (30.0 if is_causal else 15.0)
        assert changed.model_options.lookback_days == (30.0 if is_causal else None)
    assert not list(_shorter_lookback(data(lookback_days=None), is_causal=False))


def test_every_change_and_every_other_model_is_one_check() -> None:
    answer = attribution(
        linear={"display": 1000.0, "email": 10.0, "brand search": 1.0},
        last={"display": 1.0, "email": 10.0, "brand search": 1000.0},
    )
    found = check_robustness(data(), answer)
    assert found.model == "linear"
    assert found.per_money
    assert [check.change for check in found.checks] == [
        "lookback of 15 days",
        "10% of touches lost",
        "30% of touches lost",
        "ids of 50% of customers broken",
        "10% of touches counted twice",
        "model last",
    ]
    assert all(check.failure is None for check in found.checks)


def test_channels_are_ranked_by_value_per_cost() -> None:
    # email costs 0.001 a touch and brand search 0.35: much less credit is worth more per cost
    answer = attribution(linear={"brand search": 100.0, "email": 50.0})
    found = check_robustness(data(), answer)
    assert (found.best, found.worst) == ("email", "brand search")
    # every model gives email more per cost
    assert {check.same_order for check in found.checks} == {1.0}
    assert found.verdict.startswith("the decision holds: email stays best in 7 of 7 checks")


def test_a_run_of_one_model_is_compared_with_well_known_rules() -> None:
    for model, others in {
        "linear": ["model position-u", "model last"],
        "incremental": ["model linear", "model position-u", "model last"],
    }.items():
        answer = attribution(**{model: {"brand search": 100.0, "email": 50.0}})
        found = list(_other_models(data(), answer, model))
        assert [f"model {name}" for name, _ in found] == others
        assert all(sum(credit.value for credit in one.credits) > 0 for _, one in found)


def test_channels_without_cost_are_named() -> None:
    costs = {"brand search": 100.0, "email": 100.0}
    answer = attribution(linear={"brand search": 90.0, "email": 60.0, "display": 30.0})
    found = check_robustness(data(), answer, costs=costs)
    assert (found.best, found.worst) == ("brand search", "email")
    assert found.verdict.endswith("; not compared, because they have no cost: display")


def test_equal_channels_are_no_decision() -> None:
    answer = attribution(linear={"brand search": 3.0, "email": 3.0, "display": 3.0 + 1e-12})
    found = check_robustness(data(), answer, costs={})
    assert found.best == found.worst == "brand search, email and display"
    assert found.verdict.startswith(
        "these data cannot decide between brand search, email and display, which are equal: "
    )
    checks = [RobustnessCheck("1", "a and b", "c", 1.0)]
    assert _verdict(["a", "b"], ["c"], checks, []) == (
        "these data cannot decide between a and b, which are equally good: a and b stays best in 1"
        " of 1 check, c worst in 1"
    )
    # a tie after a change is no agreement
    assert "a stays best in 0 of 1 check" in _verdict(["a"], ["c"], checks, [])


def test_data_without_times_have_no_robustness() -> None:
    with pytest.raises(InputError, match="needs the time of every touch"):
        check_robustness(None, attribution(linear={"a": 1.0}))  # type: ignore[arg-type]


def test_a_decision_that_changes_in_two_of_five_checks_does_not_hold() -> None:
    checks = [RobustnessCheck(str(n), "a" if n < 3 else "b", "c", 1.0) for n in range(5)]
    verdict = _verdict(["a"], ["c"], checks, ["b"])
    assert "depends on data and choices" in verdict
    assert "a stays best in 3 of 5 checks, c worst in 5" in verdict
    assert verdict.endswith("; not compared, because their credit is not identified: b")
    held = _verdict(["a"], ["c"], [*checks[:3], checks[0], checks[4]], [])
    assert held.startswith("the decision holds")


def test_a_stable_rank_of_a_channel_that_is_not_identified_decides_nothing() -> None:
    checks = [RobustnessCheck(str(n), "a", "b", 1.0) for n in range(5)]
    for is_open in (["a"], ["b"], ["a", "b"]):
        verdict = _verdict(["a"], ["b"], checks, is_open)
        assert verdict.startswith("these data cannot decide which channel is best or worst")
        assert f"the credit of {' and '.join(is_open)}:" in verdict


@pytest.mark.parametrize(
    ("is_open", "best", "worst"),
    [
        (("brand search",), "email", "display"),  # two others are left, and are compared
        (("brand search", "email"), "email", "brand search"),
    ],
)
def test_channels_that_are_not_identified_are_compared_only_if_too_few_are_left(
    is_open: tuple[str, ...], best: str, worst: str
) -> None:
    answer = attribution(linear={"brand search": 90.0, "email": 60.0, "display": 30.0})
    credits = tuple(
        replace(credit, identified=credit.key not in is_open)
        for credit in answer.models["linear"].credits
    )
    models = {"linear": replace(answer.models["linear"], credits=credits)}
    found = check_robustness(data(), replace(answer, models=models))
    assert (found.best, found.worst) == (best, worst)
    assert all(name in found.verdict for name in is_open)


def test_a_check_without_an_answer_does_not_count() -> None:
    checks = [RobustnessCheck("1", "a", "b", 1.0), RobustnessCheck("2", failure="too few")]
    assert "in 1 of 1 check," in _verdict(["a"], ["b"], checks, [])


def test_robustness_is_by_channel() -> None:
    with pytest.raises(InputError, match="robustness compares channels"):
        AttributionOptions(robustness=True, level="campaign")


def test_the_answer_in_json_has_its_robustness() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    touches = [
        Touchpoint(f"t{n}", f"c{n}", start + timedelta(hours=n), channel="ab"[n % 2])
        for n in range(40)
    ]
    conversions = [
        Conversion(f"v{n}", f"c{n}", start + timedelta(hours=n + 1), value=1.0)
        for n in range(0, 40, 2)
    ]
    options = AttributionOptions(models=("linear",), robustness=True)
    found = attribute_events(touches, conversions, options).to_json()["robustness"]
    assert (found["best"], found["worst"], found["per_money"]) == ("a", "b", False)
    assert [set(check) for check in found["checks"]] == [
        {"change", "best", "worst", "same_order", "failure"}
    ] * 7  # of five changes and two rules
