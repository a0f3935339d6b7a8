"""The first screen of causal models: parts, channels that are not identified, triggers."""

from __future__ import annotations

from attrigraph.domain import (
    Amount,
    Attribution,
    Credit,
    ModelCredits,
    Observed,
    TriggeredShare,
)
from attrigraph.report.causal import MAX_PAIRS, summaries


def attribution(*models: ModelCredits) -> Attribution:
    return Attribution("channel", Observed(9, 9, 9.0), {model.model: model for model in models})


def model(*credits: Credit, name: str = "incremental", shares: int = 0) -> ModelCredits:
    triggered = tuple(TriggeredShare("a", f"c{n}", 0.5, 0.0, 1.0) for n in range(shares))
    return ModelCredits(name, True, Amount(1.0, 1.0), credits, triggered=triggered)


def test_only_causal_models_are_on_the_first_screen() -> None:
    rule = ModelCredits("linear", False, Amount(0.0, 0.0), ())
    found = summaries(attribution(rule, model()), {}, costs={}, max_rows=9)
    assert [summary.model.model for summary in found] == ["incremental"]
    assert (found[0].tested, found[0].picture) == (False, None)


def test_a_channel_that_is_not_identified_has_its_sentences() -> None:
    credits = (
        Credit("a", 2.0, 2.0, identified=True),
        Credit("b", 1.5, 1.0, identified=False, reasons=("collinear", "few-conversions")),
        Credit("c", -1.0, 1.0),
    )
    (summary,) = summaries(attribution(model(*credits)), {}, costs={}, max_rows=9)
    assert summary.caused == 2.5
    assert summary.tested
    assert len(summary.reasons) == 2
    assert (summary.not_identified, summary.all_open) == (1.5, False)
    assert summary.reasons[0].startswith("b almost always runs together")


def test_channels_and_pairs_are_limited() -> None:
    credits = tuple(Credit(str(n), 1.0, 1.0) for n in range(5))
    summary = summaries(
        attribution(model(*credits, shares=MAX_PAIRS + 3)), {}, costs={}, max_rows=4
    )[0]
    assert (len(summary.rows), summary.caused) == (4, 5.0)
    assert (len(summary.shares), summary.hidden) == (MAX_PAIRS, 3)
    assert summary.picture is not None
    assert len(summary.picture.bands) == MAX_PAIRS


def test_value_per_cost_is_shown_where_both_are_known_and_identified() -> None:
    credits = (
        Credit("a", 2.0, 8.0, value_low=4.0, value_high=10.0, identified=True),
        Credit("b", 2.0, 8.0, value_low=4.0, value_high=10.0, identified=False),
        Credit("c", 2.0, 8.0),
        Credit("d", 2.0, 8.0),
    )
    costs: dict[str | None, float] = {"a": 4.0, "b": 4.0, "c": 2.0, "d": 0.0}
    (summary,) = summaries(attribution(model(*credits)), {}, costs=costs, max_rows=9)
    assert [row.roas for row in summary.rows] == [2.0, None, 4.0, None]
    assert [row.roas_ends for row in summary.rows] == [(1.0, 2.5), None, None, None]
    assert summary.has_costs
    assert summary.has_roas


def test_conversions_have_as_many_decimals_as_their_intervals_are_narrow() -> None:
    wide, none = Credit("a", 9.25, 1.0, low=0.0, high=50.0), Credit("a", 9.25, 1.0)
    shown = [
        summaries(attribution(model(credit)), {}, costs={}, max_rows=9)[0].shown(9.25)
        for credit in (wide, none)
    ]
    assert shown == ["9", "9.25"]


def test_without_an_identified_channel_there_is_no_value_per_cost() -> None:
    credits = (Credit("a", 2.0, 8.0, identified=False), Credit("b", 1.0, 1.0, identified=False))
    costs: dict[str | None, float] = {"a": 4.0}
    (summary,) = summaries(attribution(model(*credits)), {}, costs=costs, max_rows=9)
    assert (summary.has_costs, summary.has_roas, summary.all_open) == (True, False, True)
