"""The statements of the files: search phrases, scene actions, and values to suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.graph.catalogue import names, query

if TYPE_CHECKING:
    from attrigraph.graph.catalogue import Query


def phrases() -> dict[str, Query]:
    """Search phrases of Bloom by name; their titles are what people type."""
    return _area("phrases")


def scene_actions() -> dict[str, Query]:
    """Actions on the nodes selected in Bloom by name; their titles are those of its menu."""
    return _area("scene_actions")


def suggestions() -> dict[str, Query]:
    """Values to suggest by the name of the parameter."""
    return _area("suggestions")


def _area(area: str) -> dict[str, Query]:
    return {name.removeprefix(f"{area}/"): query(name) for name in names(area)}
