"""Declared mappings: which columns of a file are which fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Source:
    """What the files hold: a preset, or tables declared in a mapping."""

    def with_columns(self, columns: Mapping[str, str]) -> Source:
        """The same source, with fields read from columns of another name."""
        raise NotImplementedError


def read_mapping(path: Path) -> Source:
    """Read a mapping from a TOML file.

    Raises:
        InputError: one sentence for the first mistake in it.
    """
    raise NotImplementedError
