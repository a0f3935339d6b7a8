"""Reads mappings from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging.declarations import read_declarations
from attrigraph.staging.extension import extended
from attrigraph.staging.mapping import Source

if TYPE_CHECKING:
    from pathlib import Path


def read_mapping(path: Path) -> Source:
    """Read a mapping from a TOML file; ``docs/loading.md`` describes it.

    Raises:
        InputError: it cannot be read, or has mistakes; the message names them all.
    """
    return read_declarations(path, Source, "mapping", prepare=extended)
