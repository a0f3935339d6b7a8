"""Credit as JSON and as rows: the fields of causal models, and those of rules."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from attrigraph.domain import (
    Amount,
    Attribution,
    BaselineBounds,
    Credit,
    ExperimentAgreement,
    MarkovChain,
    ModelCredits,
    Observed,
    PairCredit,
    RemovalEffect,
    Transitions,
    TriggeredShare,
)
from attrigraph.domain.credit_json import model_json

EMAIL = Credit(
    "email", 5.0, 50.0, low=1.0, high=9.0, chance_low=4.0, chance_high=6.0, value_low=10.0,
    value_high=90.0, identified=False, reasons=("collinear", "few-conversions"),
    captured=Amount(2.0, 20.0),
)  # fmt: skip
CAUSAL = ModelCredits(
    "incremental",
    True,
    Amount(3.0, 30.0),
    (EMAIL,),
    triggered=(TriggeredShare("search", "email", 0.5, 0.25, 0.75),),
    advice="test email",
    baseline_bounds=BaselineBounds(3.0, 10.0),
)
RULE = ModelCredits("linear", False, Amount(0.0, 0.0), (Credit("email", 10.0, 100.0),))
BOTH = Attribution("channel", Observed(20, 10, 100.0), {"incremental": CAUSAL, "linear": RULE})


def models() -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(json.dumps(BOTH.to_json(), allow_nan=False))["models"]
    return answers


def test_a_causal_credit_has_every_field() -> None:
    (line,) = models()["incremental"]["credits"]
    assert line == {
        "key": "email", "conversions": 5.0, "value": 50.0, "low": 1.0, "high": 9.0,
        "chance_low": 4.0, "chance_high": 6.0, "value_low": 10.0, "value_high": 90.0,
        "prob_ranked_above_next": None, "identified": False,
        "reasons": ["collinear", "few-conversions"], "captured": 2.0, "captured_value": 20.0,
    }  # fmt: skip


def test_a_causal_model_has_its_advice_and_its_triggered_touches() -> None:
    answer = models()["incremental"]
    assert answer["advice"] == "test email"
    assert answer["triggered"] == [
        {"channel": "search", "by": "email", "share": 0.5, "low": 0.25, "high": 0.75}
    ]


def test_the_advice_is_the_first_line_of_the_answer() -> None:
    answer = replace(BOTH, run="r1").to_json()
    assert list(answer)[:3] == ["advice", "run", "by"]
    assert answer["advice"] == {"incremental": "test email"}
    rules = {name: one for name, one in BOTH.models.items() if not one.incremental}
    assert next(iter(replace(BOTH, models=rules).to_json())) == "by"


def test_a_rule_keeps_the_fields_that_it_has() -> None:
    assert models()["linear"] == {
        "incremental": False,
        "baseline": {"conversions": 0.0, "value": 0.0},
        "credits": [{"key": "email", "conversions": 10.0, "value": 100.0}],
        "chain": None,
    }


def test_the_chain_of_a_markov_model_comes_back_from_json() -> None:
    transitions = Transitions(("a", None), ((0.5, 0.5),), ((2.0, 2.0),))
    for chain in (
        MarkovChain(1, (RemovalEffect(None, 0.5, None),), transitions),
        MarkovChain(2, (RemovalEffect("a", 0.5, 0.25),), None),
    ):
        answer = model_json(replace(RULE, chain=chain))["chain"]
        assert MarkovChain.from_json(json.loads(json.dumps(answer))) == chain


def test_captured_is_summed_over_the_keys_that_have_it() -> None:
    lines = (EMAIL, Credit("tv", 0.0, 0.0), Credit(None, 0.0, 0.0, captured=Amount(0.5, 1.0)))
    assert ModelCredits("m", True, Amount(0.0, 0.0), lines).captured == Amount(2.5, 21.0)
    assert RULE.captured == Amount(0.0, 0.0)


def test_rows_have_the_same_columns_for_every_model_and_the_baseline() -> None:
    rows = BOTH.rows()
    assert len({tuple(row) for row in rows}) == 1
    causal, causal_baseline, rule, _ = rows
    assert (causal["reasons"], causal["captured_value"]) == ("collinear few-conversions", 20.0)
    assert (causal["chance_low"], causal["value_high"], causal["identified"]) == (4.0, 90.0, False)
    assert (causal_baseline["baseline"], causal_baseline["low"]) == (True, None)
    assert (rule["identified"], rule["captured"]) == (None, None)


def test_bounds_of_the_baseline_are_there_where_it_is_not_identified() -> None:
    assert models()["incremental"]["baseline_bounds"] == {"low": 3.0, "high": 10.0}
    assert "baseline_bounds" not in models()["linear"]


def test_sums_of_pairs_are_there_where_single_credits_are_not_identified() -> None:
    stored = replace(CAUSAL, pairs=(PairCredit(("email", "tv"), 7.0, 2.0, 12.0),))
    answer = json.loads(json.dumps(replace(BOTH, models={"incremental": stored}).to_json()))
    assert answer["models"]["incremental"]["pairs"] == [
        {"channels": ["email", "tv"], "conversions": 7.0, "low": 2.0, "high": 12.0}
    ]
    assert "pairs" not in models()["incremental"]


def test_experiments_and_model_are_compared_where_there_are_experiments() -> None:
    one = ExperimentAgreement("email", ("e1",), 4.0, 1.0, 5.0, 2.0, 1.0, 0.5, 0.75, "agree")
    stored = replace(CAUSAL, agreement=(one,))
    answer = json.loads(json.dumps(replace(BOTH, models={"incremental": stored}).to_json()))
    assert answer["models"]["incremental"]["agreement"] == [one.to_json()]
    assert ExperimentAgreement.from_json(answer["models"]["incremental"]["agreement"][0]) == one
    assert "agreement" not in models()["incremental"]
