"""Recognizes files whose first bytes contradict their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURES: Final[dict[bytes, str]] = {
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
    b"PK\x03\x04": "is a zip archive or an Excel workbook; unpack it, or save its sheet as CSV",
    b"\x1f\x8b": "is gzip data; give it a name that ends in .gz",
    b"PAR1": "is a Parquet file; give it a name that ends in .parquet",
    b"BZh": "is bzip2 data; unpack it, or compress it by gzip",
    b"\xfd7zXZ\0": "is xz data; unpack it, or compress it by gzip",
    b"\x28\xb5\x2f\xfd": "is Zstandard data; unpack it, or compress it by gzip",
}
"""First bytes of what is often mistaken for text, and the message for it."""

LOOKED_AT: Final = 1000
"""Bytes at the start of a file that show how many of them are NUL."""


def check_signature(path: Path, start: bytes) -> None:
    """Check that a file which should be text does not begin like another format.

    Args:
        path: the file.
        start: its first bytes, decompressed.

    Raises:
        InputError: it does.
    """
    for signature, meaning in SIGNATURES.items():
        if start.startswith(signature):
            raise InputError(f"{path} {meaning}")
    if encoding := _utf16_without_mark(start):
        raise InputError(
            f"{path} seems to be UTF-16 text without a byte order mark; state its encoding, as "
            f"--encoding {encoding} does, or save it as UTF-8"
        )


def _utf16_without_mark(start: bytes) -> str | None:
    """The encoding of which every second byte is NUL where text is Latin; None for others."""
    first, second = (start[place:LOOKED_AT:2] for place in (0, 1))
    if not second:
        return None
    if b"\0" not in first and 2 * second.count(0) > len(second):
        return "utf-16-le"
    return "utf-16-be" if b"\0" not in second and 2 * first.count(0) > len(first) else None
