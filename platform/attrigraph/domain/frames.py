"""The packages of data frames, which the extra ``frames`` installs."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

from attrigraph.errors import MissingExtraError


def frame_package(name: Literal["pandas", "polars"]) -> Any:
    """One of the packages.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"data frames need the package {name}: pip install 'attrigraph[frames]'"
        ) from error
