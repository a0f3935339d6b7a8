"""Names without what platforms and links write in different ways."""

from __future__ import annotations

import unicodedata
from typing import Final

SEPARATORS: Final = ("P", "Z", "C", "Sm", "Sk", "Sc")
"""General categories of Unicode whose characters only separate words: punctuation, blanks, +, |."""


def plain_name(name: str) -> str:
    """The name in small letters and one Unicode form, with one blank for each run of separators.

    A name of separators alone stays as it is.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    visible = (sign for sign in folded if unicodedata.category(sign) != "Cf")
    words = "".join(" " if _separates(sign) else sign for sign in visible).split()
    return " ".join(words) or name


def _separates(sign: str) -> bool:
    return unicodedata.category(sign).startswith(SEPARATORS)
