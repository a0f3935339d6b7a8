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
