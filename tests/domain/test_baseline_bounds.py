"""Bounds of the baseline as a sentence with its numbers."""

from __future__ import annotations

from attrigraph.domain import BaselineBounds


def test_the_sentence_has_both_bounds() -> None:
    sentence = BaselineBounds(555.0, 2_865.0).sentence()
    assert (
        "without marketing, at least the 555 that no touch preceded and at most all of 2,865"
        in sentence
    )


def test_without_an_untouched_conversion_the_lower_bound_is_none() -> None:
    assert "at least none and at most all of 1 conversion" in BaselineBounds(0, 1).sentence()
