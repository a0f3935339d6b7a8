"""From files to events: reads, checks and orders touches, conversions and reference tables.

Files are staged in DuckDB, in bounded memory, and read out as batches of whole customers.
"""

from __future__ import annotations

from attrigraph.staging.mapping import Source
from attrigraph.staging.mapping_file import read_layout, read_mapping
from attrigraph.staging.options import EPOCH, StagingOptions
from attrigraph.staging.presets import PRESETS, preset
from attrigraph.staging.pseudonyms import customer_key
from attrigraph.staging.stage import stage
from attrigraph.staging.staged import Staged, StagedCounts

__all__ = [
    "EPOCH",
    "PRESETS",
    "Source",
    "Staged",
    "StagedCounts",
    "StagingOptions",
    "customer_key",
    "preset",
    "read_layout",
    "read_mapping",
    "stage",
]
