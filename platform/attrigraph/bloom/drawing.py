"""How labels and relationship types are drawn: ``drawing.toml``, next to this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("drawing.toml")


@dataclass(frozen=True, slots=True)
class DrawnLabel:
    """One label.

    Attributes:
        name: the label.
        color: of its nodes, such as ``#F16667``.
        size: of its nodes, 1 for the usual one.
        icon: id of an icon of Bloom's library, or ``no-icon``.
        caption: the properties that caption its nodes, in order.
        hidden: properties that searches and details leave out.
        properties: all its properties with their types, as Bloom names them.
    """

    name: str
    color: str
    size: float
    icon: str
    caption: tuple[str, ...]
    hidden: frozenset[str]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DrawnRelationship:
    """One relationship type.

    Attributes:
        name: the type.
        color: of its arrows.
        size: their width, 1 for the usual one.
        caption: the properties that caption them; empty for the name of the type.
        paths: the labels it leads from and to.
        properties: all its properties with their types, as Bloom names them.
    """

    name: str
    color: str
    size: float
    caption: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole file.

    Attributes:
        labels: in their order.
        relationships: in their order.
        bookkeeping: labels that are not drawn.
        hidden_relationships: relationship types that are not drawn.
    """

    labels: tuple[DrawnLabel, ...]
    relationships: tuple[DrawnRelationship, ...]
    bookkeeping: frozenset[str]
    hidden_relationships: tuple[str, ...]


@cache
def read_drawing() -> Drawing:
    """The content of ``drawing.toml``."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Drawing(
        tuple(_label(name, table) for name, table in content["label"].items()),
        tuple(_relationship(name, table) for name, table in content["relationship"].items()),
        frozenset(content["bookkeeping"]),
        tuple(content["hidden_relationships"]),
    )


def _label(name: str, table: Mapping[str, Any]) -> DrawnLabel:
    return DrawnLabel(
        name,
        table["color"],
        table["size"],
        table["icon"],
        tuple(table["caption"]),
        frozenset(table.get("hidden", ())),
        table["properties"],
    )


def _relationship(name: str, table: Mapping[str, Any]) -> DrawnRelationship:
    return DrawnRelationship(
        name,
        table["color"],
        table["size"],
        tuple(table.get("caption", ())),
        tuple((source, target) for source, target in table["paths"]),
        table.get("properties", {}),
    )
