"""Reads mappings from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging.declarations import read_declarations
from attrigraph.staging.extension import extended
from attrigraph.staging.mapping import Source
from attrigraph.staging.presets import preset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_mapping(path: Path) -> Source:
    """Read a mapping from a TOML file; ``docs/loading.md`` describes it.

    Raises:
        InputError: it cannot be read, or has mistakes; the message names them all.
    """
    return read_declarations(path, Source, "mapping", prepare=extended)


def read_layout(presets: Sequence[str], mapping: Path | None) -> Source:
    """The tables of a mapping, then those of presets.

    Args:
        presets: their names; at least one, if there is no mapping.
        mapping: a TOML file; None for none.

    Raises:
        InputError: an unknown preset, or a mapping that cannot be read or has mistakes.
    """
    if mapping is None:
        return preset(*presets)
    own = read_mapping(mapping)
    return Source(tables=(*own.tables, *preset(*presets).tables)) if presets else own
