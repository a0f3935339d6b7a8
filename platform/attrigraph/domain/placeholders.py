"""Words that exports write in the place of a missing id or name."""

from __future__ import annotations

from typing import Final

MISSING_WORDS: Final = (
    *("null", "(null)", "nan", "none", "(none)", "nil", "undefined", "n/a", "#n/a", "<na>", "nat"),
    *("unknown", "(unknown)", "anonymous", "(not set)", "00000000-0000-0000-0000-000000000000"),
)
"""In small letters."""

_ZEROS: Final = frozenset("0-")
_MIN_ZEROS: Final = 4


def is_placeholder(name: str) -> bool:
    """Whether a name is such a word, in any capitals, or nothing but zeros and hyphens."""
    plain = name.strip().casefold()
    is_zero = len(plain) >= _MIN_ZEROS and _ZEROS.issuperset(plain)
    return plain in MISSING_WORDS or (is_zero and "0" in plain)


def placeholder_spellings() -> tuple[str, ...]:
    """The words as exports write them: in small letters, in capitals and capitalised."""
    spellings = (
        spelling
        for word in (*MISSING_WORDS, "NaN", "NaT", *("0" * n for n in range(_MIN_ZEROS, 33)))
        for spelling in (word, word.upper(), word.capitalize(), word.title())
    )
    return tuple(dict.fromkeys(spellings))
