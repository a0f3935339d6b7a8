"""Names without what platforms and links write in different ways."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SEPARATORS: Final = ("P", "Z", "C", "Sm", "Sk", "Sc")
"""General categories of Unicode whose characters only separate words: punctuation, blanks, +, |."""

_ASCII_SEPARATORS: Final = re.compile("[^0-9a-z]+")
"""The same in ASCII, where all but letters and digits are such characters."""


def plain_name(name: str) -> str:
    """The name in small letters and one Unicode form, with one blank for each run of separators.

    A name of separators alone stays as it is.
    """
    words = _ascii_words(name) if name.isascii() else _words(name)
    return " ".join(words) or name


def _ascii_words(name: str) -> list[str]:
    return _ASCII_SEPARATORS.sub(" ", name.lower()).split()


def _words(name: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    visible = (sign for sign in folded if unicodedata.category(sign) != "Cf")
    return "".join(" " if _separates(sign) else sign for sign in visible).split()


def _separates(sign: str) -> bool:
    return unicodedata.category(sign).startswith(SEPARATORS)
