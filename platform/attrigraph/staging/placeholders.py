"""Words that stand in the place of a campaign, creative or id where there is none."""

from __future__ import annotations

from typing import Final

PLACEHOLDERS: Final = (
    *("(direct)", "(none)", "(organic)", "(referral)", "(ai-assistant)"),
    *("(not set)", "<not set>", "(not provided)", "(data not available)"),
    *("(unspecified)", "::unspecified::"),
)
"""What Google Analytics and Adobe Analytics report so, in small letters."""


def is_placeholder(text: str, words: str) -> str:
    """SQL of whether text is one of the words, NULL if it is missing.

    ``words`` is SQL of ``PLACEHOLDERS``.
    """
    return f"list_contains({words}::VARCHAR[], lower(trim({text})))"


def named(text: str, words: str) -> str:
    """SQL of text, NULL where it is one of the words."""
    return f"CASE WHEN NOT {is_placeholder(text, words)} THEN {text} END"


def stated_id(text: str, words: str) -> str:
    """SQL of an id, NULL where it is a word for a missing one, such as ``(not set)``.

    ``words`` is SQL of ``domain.placeholders.MISSING_WORDS``. Without this, all rows with the word
    would be one.
    """
    return named(text, words)
