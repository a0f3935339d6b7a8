"""The bundled sample, for trials and tests; see NOTICE.md for its origin."""

from __future__ import annotations

from pathlib import Path


def pathdata() -> Path:
    """The file with 10,000 paths over 12 channels, for the preset ``paths``."""
    return Path(__file__).with_name("pathdata.csv.gz")
