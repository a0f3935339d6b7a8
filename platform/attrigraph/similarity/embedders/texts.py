"""Checks of the texts that embedders take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def has_words(text: str) -> bool:
    """Whether a text has a letter or a digit, without which it has no vector."""
    return any(map(str.isalnum, text))


def check_texts(texts: Sequence[str]) -> None:
    """Check that each text can have a vector.

    Args:
        texts: may be empty.

    Raises:
        InputError: one text was given in place of a sequence, or a text has no letter or digit, so
            that it would have a zero vector, which has no cosine; its position counts from 1.
    """
    if isinstance(texts, str):
        raise InputError(f"expected a list of texts, got one text; give [{texts[:40]!r}]")
    for n, text in enumerate(texts, start=1):
        if not has_words(text):
            raise InputError(
                f"text {n} of {len(texts)} must have a letter or a digit, got {text[:40]!r}; "
                "leave it out"
            )
