"""Kinds of touches that are known without being declared."""

from __future__ import annotations

from typing import Final

EXPOSURES: Final = ("impression", "view", "email", "send", "sms", "push", "call", "letter")
"""Kinds of touches that happen to a customer; all others are the customer's own acts."""

TOUCH_KINDS: Final = ("touch", *EXPOSURES, "click", "visit", "open", "store")
"""Kinds of touches; a mapping may add to them."""
