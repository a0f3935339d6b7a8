"""Customers' pseudonyms: a keyed hash of their ids, and the bucket that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrigraph.settings import Settings


def customer_key(settings: Settings) -> bytes:
    """The secret of the pseudonyms: from the settings, else ``customer.key`` in home, made once.

    Raises:
        InputError: when the file cannot be read or made.
    """
    raise NotImplementedError
