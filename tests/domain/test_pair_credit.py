"""The sum of two credits in words and as JSON."""

from __future__ import annotations

import json

import pytest

from attrigraph.domain import PairCredit


def test_the_sentence_names_both_and_the_interval() -> None:
    assert PairCredit((None, "tv"), 5995.04, -10.0, 12000.0).sentence() == (
        "only the sum of the credits of (unknown) and tv is identified: 5,995.0 conversions"
        " (90 % interval -10.0 to 12,000.0)"
    )


def test_without_an_interval_there_is_the_sum_alone() -> None:
    assert PairCredit(("a", "b"), 1.25).sentence().endswith("identified: 1.2 conversions")


@pytest.mark.parametrize(
    "pair", [PairCredit(("a", None), 1.5, -1.0, 4.0), PairCredit(("a", "b"), 0.0)]
)
def test_json_keeps_everything(pair: PairCredit) -> None:
    assert PairCredit.from_json(json.loads(json.dumps(pair.to_json()))) == pair
