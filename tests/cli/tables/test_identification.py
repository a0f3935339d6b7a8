"""Reasons of credit that is not identified, as sentences."""

from __future__ import annotations

import pytest

from attrigraph.cli.tables.identification import reason_sentences
from attrigraph.domain import Amount, Credit, ModelCredits


def sentences(*credits: Credit, keys: tuple[str | None, ...] = ("a", "b", "c", None)) -> list[str]:
    model = ModelCredits("incremental", True, Amount(0.0, 0.0), credits)
    return list(reason_sentences(model, keys))


def unsure(key: str | None, *reasons: str) -> Credit:
    return Credit(key, 1.0, 1.0, identified=False, reasons=reasons)


@pytest.mark.parametrize(
    ("keys", "same"),
    [
        (("a",), ""),
        (("a", "b"), " (the same holds for b)"),
        (("a", "b", None), " (the same holds for b and (unknown))"),
        (("a", "b", "c", None), " (the same holds for b, c and (unknown))"),
    ],
)
def test_one_reason_of_several_keys_is_one_line(keys: tuple[str | None, ...], same: str) -> None:
    (line,) = sentences(*(unsure(key, "x") for key in keys))
    assert line == f"incremental, not identified: x{same}"


def test_keys_that_are_identified_or_not_shown_have_no_sentence() -> None:
    untested, sure = Credit("b", 1.0, 1.0), Credit("c", 1.0, 1.0, identified=True)
    assert sentences(untested, sure, unsure("a", "x"), keys=("b", "c")) == []


def test_without_a_reason_the_fact_remains() -> None:
    assert sentences(unsure("a")) == ["incremental, not identified: a is not identified"]
