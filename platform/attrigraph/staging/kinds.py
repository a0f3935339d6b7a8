"""Kinds of events that are conversions."""

from __future__ import annotations

from typing import Final

CONVERSION: Final = "conversion"
"""The kind that converts; ``conversion:NAME`` is a conversion of kind NAME."""
