"""Reasons for credit that is not identified, as sentences."""

from __future__ import annotations

import pytest

from attrigraph.domain.reasons import REASONS, sentence

CODES = {
    "future-touches", "moment-of-purchase", "parameter-at-bound", "no-overlap", "collinear",
    "mutual-triggers", "impossible-total", "unknown-population", "short-lived-ids",
    "outcome-covariate", "experiments-disagree", "few-conversions", "not-marketing",
    "no-touches", "stops-after-purchase", "joined-buyers", "steady-spend",
}  # fmt: skip


def test_every_published_code_has_a_sentence_that_names_the_channel_and_says_what_to_do() -> None:
    assert set(REASONS) == CODES
    for code in REASONS:
        meaning, _, action = sentence(code, "brand search").partition("; ")
        assert "brand search" in meaning
        assert action


@pytest.mark.parametrize("key", ["{channel}", "{0}", "50 % {off}", "ü"])
def test_a_name_with_braces_is_inserted_as_it_is(key: str) -> None:
    assert key in sentence("collinear", key)


def test_an_unknown_key_has_a_name() -> None:
    assert sentence("collinear", None).startswith("(unknown) almost always")


def test_a_code_of_a_later_version_is_shown_as_it_is() -> None:
    assert sentence("full-moon", "email") == "full-moon"
