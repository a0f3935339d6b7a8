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
from attrigraph.private_files import find_exposure, make_private_folder, passable_mode
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.settings import Settings

DIGITS: Final = 24
"""Hexadecimal digits of a pseudonym."""

MIN_KEY_BYTES: Final = 16
"""Shorter keys can be found by trying all."""

IDS_KEPT: Final = "ids kept"
"""Marks a graph whose customers have the ids of the files."""

HASH_BLOCK: Final = 64
"""Bytes that SHA-256 takes at once."""


def customer_key(settings: Settings) -> bytes:
    """The secret of the pseudonyms: from the settings, else ``customer.key`` in home, made once.

    Raises:
        InputError: when the key is too short, or the file cannot be read or made, or could have
            been read or replaced by another user.
    """
    if settings.customer_key is not None:
        return _checked_length(
            settings.customer_key.get_secret_value().encode(), "ATTRIGRAPH_CUSTOMER_KEY"
        )
    path = settings.home / "customer.key"
    try:
        _make_key(path)
        exposure = find_exposure(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise InputError(f"cannot use the pseudonym key {path}: {error.strerror}") from error
    if exposure is not None:
        raise InputError(f"the pseudonym key is not safe: {exposure}")
    return _checked_length(key, str(path))


def existing_customer_key(settings: Settings) -> bytes | None:
    """The secret of the pseudonyms if there is one; none is made.

    Raises:
        InputError: as ``customer_key``.
    """
    known = settings.customer_key is not None or (settings.home / "customer.key").exists()
    return customer_key(settings) if known else None


def _checked_length(key: bytes, source: str) -> bytes:
    if len(key) < MIN_KEY_BYTES:
        raise InputError(
            f"the pseudonym key in {source} has {counted(len(key), 'byte')} and needs at least "
            f"{MIN_KEY_BYTES}; put the original key back, or remove it to have one generated in "
            "the home, which gives every customer another pseudonym"
        )
    return key


def _make_key(path: Path) -> None:
    """Make a key if there is none; of several makers at once one wins, whole."""
    if path.exists():
        return
    make_private_folder(path.parent, mode=passable_mode())
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


def key_fingerprint(key: bytes | None) -> str:
    """A hash that differs between keys and does not reveal them; ``IDS_KEPT`` for no key."""
    if key is None:
        return IDS_KEPT
    return hmac.digest(key, b"attrigraph: customer key", "sha256").hex()[:16]


def pseudonym(key: bytes, customer: str) -> str:
    """The pseudonym of one customer."""
    return hmac.digest(key, customer.encode(), "sha256").hex()[:DIGITS]


def pseudonym_sql(key: bytes, customer: str) -> tuple[str, dict[str, object]]:
    """SQL of the pseudonym of a customer's id, given as SQL, and its parameters.

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
