"""The style of Neo4j Browser (GraSS): colours, sizes and captions of ``drawing.toml``."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final

from attrigraph.bloom.drawing import read_drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.bloom.drawing import DrawnLabel, DrawnRelationship

_NODE: Final = {
    "diameter": "50px",
    "color": "#A5ABB6",
    "border-color": "#9AA1AC",
    "border-width": "2px",
    "text-color-internal": "#FFFFFF",
    "font-size": "10px",
}
_RELATIONSHIP: Final = {
    "color": "#A5ABB6",
    "shaft-width": "1px",
    "font-size": "8px",
    "padding": "3px",
    "text-color-external": "#000000",
    "text-color-internal": "#FFFFFF",
    "caption": '"<type>"',
}
_DIAMETER: Final = 50
"""In pixels, of a node of size 1; areas are proportional to sizes."""
_DARK: Final = 150
"""Luminance of 255 below which a colour needs white text."""


def grass() -> str:
    """The text of the file."""
    drawing = read_drawing()
    rules = [
        _rule("node", _NODE),
        _rule("relationship", _RELATIONSHIP),
        *(_rule(f"node.{label.name}", _look(label)) for label in drawing.labels),
        *(_rule(f"relationship.{one.name}", _arrow(one)) for one in drawing.relationships),
    ]
    return "\n".join(rules)


def _look(label: DrawnLabel) -> dict[str, str]:
    return {
        "diameter": f"{_DIAMETER * sqrt(label.size):.0f}px",
        "color": label.color,
        "border-color": label.color,
        "text-color-internal": _text_on(label.color),
        "caption": _caption(label.caption),
    }


def _arrow(one: DrawnRelationship) -> dict[str, str]:
    return {
        "color": one.color,
        "shaft-width": f"{one.size:g}px",
        "caption": _caption(one.caption) if one.caption else '"<type>"',
    }


def _caption(properties: tuple[str, ...]) -> str:
    return '"' + " ".join(f"{{{name}}}" for name in properties) + '"'


def _text_on(color: str) -> str:
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return "#FFFFFF" if 0.3 * red + 0.59 * green + 0.11 * blue < _DARK else "#2A2C34"


def _rule(selector: str, style: Mapping[str, str]) -> str:
    lines = "".join(f"  {name}: {value};\n" for name, value in style.items())
    return f"{selector} {{\n{lines}}}\n"
