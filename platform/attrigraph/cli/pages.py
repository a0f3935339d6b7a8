"""Writes the HTML pages that commands make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def write_page(path: Path, page: str) -> None:
    """Write a page; an older one is replaced.

    Raises:
        InputError: it cannot be written there.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
