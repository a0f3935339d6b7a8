"""Fingerprints of files by their bytes, independent of their names and order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def digests(files: Sequence[Path]) -> tuple[str, ...]:
    """SHA-256 of each file's bytes, in hexadecimal, sorted."""
    return tuple(sorted(map(_digest, files)))


def fingerprint(digests: Sequence[str]) -> str:
    """SHA-256 over the sorted digests of files, in hexadecimal."""
    return hashlib.sha256(b"".join(map(bytes.fromhex, sorted(digests)))).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
