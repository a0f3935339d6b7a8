"""Values as JSON has them."""

from __future__ import annotations

from datetime import date
from typing import Any


def json_value(value: Any) -> Any:
    """A value with days and times as texts in the form of ISO 8601, in lists and mappings too."""
    if isinstance(value, list):
        return [json_value(one) for one in value]
    if isinstance(value, dict):
        return {key: json_value(one) for key, one in value.items()}
    return value.isoformat() if isinstance(value, date) else value
