"""Customers' pseudonyms: a keyed hash of their ids, and the bucket that follows from it.

The hash is HMAC-SHA-256 (RFC 2104), its first 96 bits in hexadecimal: without the key nobody can
try out ids, and two customers of a hundred million share one with probability 1e-13.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.settings import Settings

DIGITS: Final = 24
"""Hexadecimal digits of a pseudonym."""

HASH_BLOCK: Final = 64
"""Bytes that SHA-256 takes at once."""


def customer_key(settings: Settings) -> bytes:
    """The secret of the pseudonyms: from the settings, else ``customer.key`` in home, made once.

    Raises:
        InputError: when the file is empty, cannot be read or cannot be made.
    """
    if settings.customer_key is not None:
        return settings.customer_key.get_secret_value().encode()
    path = settings.home / "customer.key"
    try:
        _make_key(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise InputError(
            f"cannot use the key of the customers' pseudonyms, {path}: {error.strerror}"
        ) from error
    if not key:
        raise InputError(
            f"the key of the customers' pseudonyms, {path}, is empty; put the old key back, or "
            "remove the file for a new one, which gives all customers other pseudonyms"
        )
    return key


def _make_key(path: Path) -> None:
    """Make a key if there is none; of several makers at once one wins, whole."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def pseudonym(key: bytes, customer: str) -> str:
    """The pseudonym of one customer."""
    return hmac.digest(key, customer.encode(), "sha256").hex()[:DIGITS]


def pseudonym_sql(key: bytes, customer: str) -> tuple[str, dict[str, object]]:
    """SQL of the pseudonym of a customer that is given as SQL, and its parameters.

    The formula of RFC 2104, H(K ^ outer, H(K ^ inner, text)), so that DuckDB hashes all at once.
    """
    if len(key) > HASH_BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(HASH_BLOCK, b"\0")
    pads = {
        "inner_pad": bytes(byte ^ 0x36 for byte in padded),
        "outer_pad": bytes(byte ^ 0x5C for byte in padded),
    }
    inner = f"unhex(sha256($inner_pad::BLOB || encode({customer})))"
    return f"left(sha256($outer_pad::BLOB || {inner}), {DIGITS})", dict(pads)
