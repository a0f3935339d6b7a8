"""Values of the driver as those of Python."""

from __future__ import annotations

from typing import Any


def native(value: Any) -> Any:
    """A value with the driver's times as those of Python, in lists and mappings too."""
    if isinstance(value, list):
        return [native(item) for item in value]
    if isinstance(value, dict):
        return {key: native(item) for key, item in value.items()}
    to_native = getattr(value, "to_native", None)
    return value if to_native is None else to_native()
