"""The bundled sample, for a first trial and for tests; NOTICE.md says where it is from."""

from __future__ import annotations

from pathlib import Path


def pathdata() -> Path:
    """The file of 10,000 paths over 12 channels, of the preset ``paths``."""
    return Path(__file__).with_name("pathdata.csv.gz")
