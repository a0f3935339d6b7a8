"""Fingerprint of files by their bytes, independent of their names and order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def fingerprint(files: Sequence[Path]) -> str:
    """SHA-256, in hexadecimal, over the sorted SHA-256 of each file's bytes."""
    digests = []
    for path in files:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").digest())
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()
