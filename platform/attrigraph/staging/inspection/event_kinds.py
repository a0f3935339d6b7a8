"""What words for kinds of events probably mean."""

from __future__ import annotations

import re
from typing import Final

from attrigraph.domain.touch_kinds import TOUCH_KINDS
from attrigraph.staging.kinds import CONVERSION

CONVERSIONS: Final = re.compile(
    "purchase|order|conversion|transaction|sale|signup|lead|subscri|regist|checkoutcomplete|trial"
    "|dealwon|closedwon|kauf|bestellung"
)
TOUCHES: Final[dict[str, str]] = {
    "impression": "impression",
    "adview": "impression",
    "adclick": "click",
    "click": "click",
    "klick": "click",
    "pageview": "visit",
    "screenview": "visit",
    "page": "visit",
    "sessionstart": "visit",
    "session": "visit",
    "visit": "visit",
    "emailopen": "open",
    "emailclick": "click",
    "emailsent": "email",
    "emaildelivered": "email",
}


def meaning_of(word: str) -> str | None:
    """The kind that an export's word for an event probably means; None if that is not clear.

    A conversion's kind is the export's own word.
    """
    if word in TOUCH_KINDS or word.partition(":")[0] == CONVERSION:
        return word
    plain = re.sub("[^a-z0-9]", "", word.lower())
    if plain in TOUCHES:
        return TOUCHES[plain]
    return f"{CONVERSION}:{word}" if CONVERSIONS.search(plain) else None
