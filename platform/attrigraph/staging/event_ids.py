"""Ids of events that a file does not name: made of the customer and what the event holds."""

from __future__ import annotations

from typing import Final

from attrigraph.staging.columns import digest
from attrigraph.staging.duplicates import DUPLICATE

INSTANT: Final = "(time || CASE WHEN nanosecond = 0 THEN '' ELSE '.' || nanosecond END)"
"""SQL of when an event was; ids that are made of whole milliseconds are those of version 0.1."""

CONTENT: Final = (
    "time",
    "nanosecond",
    "position",
    "conversion",
    "kind",
    "channel",
    "campaign",
    "creative",
    "audience",
    "cost",
    "value",
)
"""Columns in which two rows of one customer must agree to be the same event."""

DIGEST: Final = digest(INSTANT, *CONTENT[2:])
"""SQL of the hash of the content that ids are made of."""

IS_DERIVABLE: Final = """
CASE WHEN conversion THEN NOT also_touch AND value IS NOT NULL AND cost IS NULL
    ELSE value IS NULL AND audience IS NULL AND (campaign IS NOT NULL OR creative IS NULL) END
"""
"""SQL of whether a row keeps all of its content to the end, so that its id can be made there.

A touch has no value and no audience there, and may get the campaign of its creative. A conversion
has a value there and no cost, and the id of the touch that it brings is made of its own.
"""

KEY: Final = f"coalesce(id, concat(chr(0), origin, chr(0), customer, chr(0), {DIGEST}))"
"""SQL of what rows of one event agree in, in ``event``."""

KEY_HASH: Final = """
CASE WHEN id IS NULL
    THEN hash(origin, customer, time, nanosecond, position, names_hash, cost, value)
    ELSE hash(id) END
"""
"""SQL of a number that rows of one event agree in."""

OTHER_ORDER: Final = f"""
UPDATE event_store SET reason = 'other-content'
FROM (SELECT id AS taken, order_id AS taken_order FROM event_store
    WHERE reason IS NULL AND order_id IS NOT NULL)
WHERE id = taken AND reason = '{DUPLICATE}' AND order_id <> taken_order
"""
"""SQL that rejects rows which give a conversion another order than the row that is taken."""

DIGEST_DIGITS: Final = 32
OWN_DIGITS: Final = 16
"""Digits of the content's hash that distinguish the events of one customer."""


def with_recorded(relation: str) -> str:
    """SQL that joins rows with the id that each names, where ``customer`` is another."""
    return f"LEFT JOIN recorded_id AS recorded ON recorded.code = {relation}.origin"


def with_user(relation: str) -> str:
    """SQL that joins rows with the user that each names with another id."""
    return f"LEFT JOIN identity_id AS user_id ON user_id.id = {relation}.person"


def own_id(relation: str) -> str:
    """SQL of the id of an event of ``event``, joined with ``known_id`` and ``with_recorded``."""
    return f"CASE WHEN {relation}.id IS NULL THEN {_made(DIGEST)} ELSE {stored_id(relation)} END"


def stored_id(relation: str) -> str:
    """SQL of an id that is there; a derived one begins with the pseudonym of what a row names."""
    digest_ = f"right({relation}.id, {DIGEST_DIGITS})"
    return (
        f"CASE WHEN starts_with({relation}.id, chr(0)) THEN {_made(digest_)} ELSE {relation}.id END"
    )


def _made(hash_: str) -> str:
    return f"coalesce(recorded.hash, own) || '-' || left({hash_}, {OWN_DIGITS})"
