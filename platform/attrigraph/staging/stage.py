"""Files to staged rows: the one way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attrigraph.staging.mapping import Source
    from attrigraph.staging.options import StagingOptions
    from attrigraph.staging.staged import Staged


def stage(
    files: Sequence[Path], source: Source, options: StagingOptions, *, folder: Path
) -> Staged:
    """Read, check and order files.

    Args:
        files: CSV (``.csv``, ``.csv.gz``), Parquet (``.parquet``) or JSON lines (``.jsonl``,
            ``.ndjson``, also ``.gz``), in any mixture; their order does not matter.
        source: what they hold.
        options: how to read them.
        folder: where the staged rows go; made if missing.

    Raises:
        InputError: a file as a whole is not what was expected.
        StagingError: the folder cannot be written.
    """
    raise NotImplementedError
