"""Kinds of events that are known without being declared."""

from __future__ import annotations

from typing import Final

CONVERSION: Final = "conversion"
"""The kind that converts; ``conversion:NAME`` is a conversion of kind NAME."""

TOUCH_KINDS: Final = (
    "touch",
    "impression",
    "view",
    "click",
    "visit",
    "email",
    "open",
    "sms",
    "push",
    "call",
    "letter",
    "store",
)
"""Kinds of touches; a mapping may add to them."""
