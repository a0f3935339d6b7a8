"""Verdicts on what a model claims to identify, counted by hand."""

from __future__ import annotations

import math

from attrigraph.domain import Amount, Credit, ModelCredits
from attrigraph.worlds.evaluation import evaluate
from attrigraph.worlds.truth import Truth
from attrigraph.worlds.verdicts import Verdict, held_by_chance, share_of, verdicts

TRUTH = Truth(
    channels=("a", "b", "c", "d"),
    credit=(10.0, 40.0, 30.0, 0.0),
    removal=(0.0,) * 4,
    baseline=20.0,
    total=100.0,
    customers=1000,
    identifiable=(True, True, False, False),
)


def credit(
    key: str, low: float | None, high: float | None, *, identified: bool | None = None
) -> Credit:
    return Credit(key, 12.0, 0.0, low=low, high=high, identified=identified)


def model(*credits: Credit) -> ModelCredits:
    return ModelCredits("m", True, Amount(0.0, 0.0), credits)


ANSWER = model(
    credit("a", 5.0, 20.0, identified=True),
    credit("b", 5.0, 20.0, identified=True),
    credit("c", 5.0, 20.0, identified=False),
    credit("d", 5.0, 20.0, identified=None),
)


def test_channels_are_judged_in_the_order_of_their_truth() -> None:
    found = verdicts(ANSWER, TRUTH)
    assert found[0] == Verdict("b", 40.0, 12.0, 5.0, 20.0, identified=True, identifiable=True)
    assert [verdict.channel for verdict in found] == ["b", "c", "a", "d"]


def test_only_channels_without_a_flag_reassure() -> None:
    found = {verdict.channel: verdict for verdict in verdicts(ANSWER, TRUTH)}
    reassurance = {name: verdict.false_reassurance for name, verdict in found.items()}
    assert reassurance == {"a": False, "b": True, "c": None, "d": True}
    # two of the three channels that are shown without a flag
    assert evaluate(ANSWER, TRUTH).false_reassurance == 2 / 3


def test_intervals_of_chance_are_narrower_where_bias_has_a_part() -> None:
    wide = Credit("a", 12.0, 0.0, low=5.0, high=20.0, chance_low=11.0, chance_high=13.0)
    answer = model(wide, credit("c", 5.0, 40.0), credit("x", 0.0, 9.0))
    assert held_by_chance(answer, verdicts(answer, TRUTH)) == [False, True]
    bare = model(credit("a", None, None))
    assert held_by_chance(bare, verdicts(bare, TRUTH)) == []


def test_a_flag_is_a_false_alarm_only_where_the_data_could_tell() -> None:
    flagged = model(*(credit(c, 5.0, 20.0, identified=c == "b") for c in "abcd"))
    found = {verdict.channel: verdict.false_alarm for verdict in verdicts(flagged, TRUTH)}
    assert found == {"a": True, "b": False, "c": None, "d": None}
    assert evaluate(flagged, TRUTH).false_alarm == 0.5
    assert evaluate(ANSWER, TRUTH).false_alarm == 0


def test_a_channel_without_credit_or_interval_has_nothing_to_miss() -> None:
    found = verdicts(model(credit("a", None, None)), TRUTH)
    assert [verdict.false_reassurance for verdict in found] == [None] * 4
    assert found[0] == Verdict("b", 40.0, 0.0, None, None, None, identifiable=True)
    assert math.isnan(share_of([None, None]))


def test_without_known_identifiability_there_is_no_false_alarm() -> None:
    unknown = Truth(("a",), (10.0,), (0.0,), 20.0, 30.0, 1000)
    flagged = model(credit("a", 5.0, 20.0, identified=False))
    assert [verdict.false_alarm for verdict in verdicts(flagged, unknown)] == [None]
    assert math.isnan(evaluate(flagged, unknown).false_alarm)


def test_rounding_errors_of_a_credit_of_zero_are_no_miss() -> None:
    nothing = Truth(("a",), (0.0,), (0.0,), 20.0, 20.0, 1000)
    [verdict] = verdicts(model(credit("a", 1e-14, 2e-14)), nothing)
    assert verdict.false_reassurance is False
    assert evaluate(model(credit("a", 1e-14, 2e-14)), nothing).covered == 1
    assert evaluate(model(credit("a", 1e-3, 2e-3)), nothing).covered == 0
