"""The codec of a run's results: summaries in their present and old forms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from attrigraph.domain import (
    Amount,
    Attribution,
    BaselineBounds,
    Credit,
    ExperimentAgreement,
    FailedModel,
    MarkovChain,
    ModelCredits,
    Observed,
    PairCredit,
    RemovalEffect,
    Transitions,
    TriggeredShare,
)
from attrigraph.graph import run_summary, scores
from attrigraph.graph.run_summary import (
    read_attribution,
    summary_of,
    upgrade_summary,
)
from attrigraph.graph.runs import Run
from priced_events import priced_events

if TYPE_CHECKING:
    import pytest
    from neo4j import Driver


def test_summaries_of_version_0_1_0_get_the_present_names() -> None:
    old = {
        "levels": {
            "channel": {
                "linear": {
                    "organic": {"conversions": 1.0, "value": 2.0},
                    "unknown": {"conversions": 3.0, "ahead_of_next": 0.25},
                    "e_values": [["organic", 2.0], ["ahead", 3.0]],
                }
            }
        },
        "ahead": {"linear": {"keys": ["organic", None], "chance": [[None, 0.5], [0.25, None]]}},
    }
    new = {
        "levels": {
            "channel": {
                "linear": {
                    "baseline": {"conversions": 1.0, "value": 2.0},
                    "unknown": {"conversions": 3.0, "prob_ranked_above_next": 0.25},
                    "e_values": [["organic", 2.0], ["ahead", 3.0]],
                }
            }
        },
        "prob_ranked_above": {
            "linear": {"keys": ["organic", None], "probability": [[None, 0.5], [0.25, None]]}
        },
    }
    assert upgrade_summary(old) == new
    assert upgrade_summary(new) == new


def test_a_summary_is_json_with_present_names_only() -> None:
    credits = (Credit("a", 2.0, 4.0), Credit(None, 1.0, 2.0, (1.0,), 0.5, 1.5))
    model = ModelCredits(
        "linear",
        False,
        Amount(0.5, 1.0),
        credits,
        prob_ranked_above={"a": {None: 0.75}, None: {"a": 0.25}},
    )
    answers = [Attribution("channel", Observed(4, 3, 7.0), {"linear": model})]
    summary = summary_of(answers, priced_events(), 5)
    assert upgrade_summary(summary) == summary == json.loads(json.dumps(summary))
    assert summary["levels"]["channel"]["linear"]["baseline"] == {"conversions": 0.5, "value": 1.0}
    assert summary["prob_ranked_above"]["linear"] == {
        "keys": ["a", None],
        "probability": [[None, 0.75], [0.25, None]],
    }


def test_a_run_that_has_e_values_and_checks_stays_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 0.2.0 stored both; what it credited is read, and the rest is left out."""
    old = {
        "observed": {"journeys": 4, "conversions": 3, "value": 7.0},
        "levels": {
            "channel": {
                "incremental": {
                    "incremental": True,
                    "baseline": {"conversions": 1.0, "value": 3.0},
                    "notes": [],
                    "assumptions": [],
                    "unknown": None,
                    "e_values": [["a", 2.5]],
                    "checks": [{"key": "a", "removal": 2.0, "inverse_propensity": None}],
                }
            }
        },
    }
    started = datetime(2026, 11, 1, tzinfo=UTC)
    run = Run("r", "attribute", ("incremental",), {}, "0.2.0", "f", 0, started, summary=old)
    credit = Credit("a", 2.0, 4.0, low=1.0, high=3.0)
    monkeypatch.setattr(scores, "read_assigned", lambda *_: {"incremental": [credit]})
    monkeypatch.setattr(run_summary, "read_triggers", lambda *_: {})
    driver = cast("Driver", None)
    read = read_attribution(driver, run, "channel")
    assert read.models["incremental"] == ModelCredits(
        "incremental", True, Amount(1.0, 3.0), (credit,)
    )


def test_what_belongs_to_no_node_is_read_back_from_the_summary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Node by node, the graph holds the rest: those credits and shares stand in for it here."""
    known = Credit("a", 1.0, 2.0, low=0.0, high=2.0, identified=True)
    unknown = Credit(
        *(None, 2.0, 4.0, (1.0, 1.0), -1.0, 5.0, 0.75, 1.0, 3.0, -4.0, 20.0),
        identified=False,
        reasons=("collinear", "few-conversions"),
        captured=Amount(0.5, 1.0),
    )
    pair = TriggeredShare("b", "a", 0.25, 0.0, 0.5)
    shares = (TriggeredShare(None, "a", 0.5, 0.25, 0.75), pair, TriggeredShare("b", None, 0, 0, 0))
    model = ModelCredits(
        *("incremental", True, Amount(0.5, 1.0), (unknown, known)),
        triggered=shares,
        advice="test a first",
        baseline_bounds=BaselineBounds(1.0, 4.0),
        agreement=(ExperimentAgreement("a", ("e1", "e2"), 2, 1, 3, 1, 0.5, 0.25, 0.5, "agree"),),
        pairs=(PairCredit(("a", None), 3.0, -1.0, 7.0),),
        chain=MarkovChain(
            1,
            (RemovalEffect("a", 0.5, None), RemovalEffect(None, 0.25, 0.125)),
            Transitions(("a", None), ((0.5, 0.5),), ((2.0, 2.0),)),
        ),
    )
    failure = FailedModel("attention", "it did not converge", 8)
    answer = Attribution("channel", Observed(4, 4, 8.0), {"incremental": model}, "r", (failure,))
    summary = json.loads(json.dumps(summary_of([answer], priced_events(), 5), allow_nan=False))
    monkeypatch.setattr(scores, "read_assigned", lambda *_: {"incremental": [known]})
    monkeypatch.setattr(run_summary, "read_triggers", lambda *_: {"incremental": [pair]})
    started = datetime(2026, 11, 1, tzinfo=UTC)
    names = ("incremental", "attention")
    run = Run("r", "attribute", names, {}, "0.3.0", "f", 0, started, summary=summary)
    assert read_attribution(cast("Driver", None), run, "channel") == answer
