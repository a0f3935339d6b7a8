"""The bucket of a pseudonym in SQL, so that DuckDB finds all at once.

The bucket is a CRC-32 of the text (see ``domain.buckets_of``), which is linear over XOR: the sums
of texts of one length differ by the XOR of what each bit that differs does to the sum. A bit of the
bucket is thus the parity of some bits of the text. The digits come as two numbers, four bits for
each digit. Their characters are 0x30 + digit, from ``a`` on 0x60 + digit - 9, so the bits that
count are those of the digit, less 9 for a letter, and one that says that it is a letter.
"""

from __future__ import annotations

from functools import reduce
from typing import Final
from zlib import crc32

from attrigraph.domain import N_BUCKETS
from attrigraph.staging.pseudonyms import DIGITS

WORDS: Final = (range(16), range(16, DIGITS))
"""Places of the digits that one number of 64 bits holds."""

LOWEST: Final = int("1" * 16, 16)
"""The lowest bit of each digit."""

LETTER: Final = ord("0") ^ ord("a") - 1
"""Bits in which the characters of letters differ from those of digits, as counted above."""


def with_buckets(pseudonyms: str) -> str:
    """SQL of a relation with ``bucket`` further to its columns; ``id`` is a pseudonym."""
    digits = ", ".join(
        f"('0x' || substr(id, {places[0] + 1}, {len(places)}))::UBIGINT AS digits{word}"
        for word, places in enumerate(WORDS)
    )
    letters = ", ".join(
        f"(digits{word} >> 3) & ((digits{word} >> 2) | (digits{word} >> 1)) & {LOWEST}::UBIGINT "
        f"AS letters{word}, digits{word} - 9 * letters{word} AS low{word}"
        for word in range(len(WORDS))
    )
    bits = " + ".join(_bit(bit) for bit in range(N_BUCKETS.bit_length() - 1))
    hidden = [
        f"{name}{word}" for name in ("digits", "letters", "low") for word in range(len(WORDS))
    ]
    return (
        f"(SELECT * EXCLUDE ({', '.join(hidden)}), ({bits})::SMALLINT AS bucket "
        f"FROM (SELECT *, {letters} FROM (SELECT *, {digits} FROM {pseudonyms})))"
    )


def _bit(bit: int) -> str:
    """SQL of one bit of the bucket, at its place."""
    counted = [
        f"{name}{word} & {mask}::UBIGINT"
        for word, places in enumerate(WORDS)
        for name, mask in zip(("low", "letters"), _masks(bit, places), strict=True)
    ]
    differing = reduce("xor({}, {})".format, counted)
    return f"xor(bit_count({differing})::SMALLINT & 1, {crc32(_zeros()) >> bit & 1}) * {1 << bit}"


def _masks(bit: int, places: range) -> tuple[int, int]:
    """Of the bits of some digits, and of whether they are letters: those that change the sum."""
    low = letters = 0
    for place in places:
        shift = 4 * (places[-1] - place)
        for own in range(4):
            low |= _changes(bit, place, 1 << own) << (shift + own)
        letters |= _changes(bit, place, LETTER) << shift
    return low, letters


def _changes(bit: int, place: int, pattern: int) -> int:
    """1 if a bit of the sum changes with these bits of the character at a place, else 0."""
    text = _zeros()
    text[place] ^= pattern
    return (crc32(text) ^ crc32(_zeros())) >> bit & 1


def _zeros() -> bytearray:
    return bytearray(b"0" * DIGITS)
