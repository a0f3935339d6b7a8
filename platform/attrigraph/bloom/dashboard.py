"""The dashboard for NeoDash 2.4: pages of cards, and selectors of their parameters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from attrigraph.bloom.drawing import read_drawing
from attrigraph.bloom.neodash_names import PREFIX, with_neodash_names
from attrigraph.bloom.statements import suggestions
from attrigraph.graph.catalogue import query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attrigraph.graph.catalogue import Parameter

FILE: Final = Path(__file__).with_name("dashboard.toml")
VERSION: Final = "2.4"
COLUMNS: Final = 24
"""Width of a page."""
_SELECTOR: Final = (6, 2)
"""Width and height of a selector."""
_HEIGHT: Final = 4
"""Height of most cards."""


@dataclass(slots=True)
class _Layout:
    """Where the next card goes: to the right of the last one, or below its row."""

    x: int = 0
    y: int = 0
    row_height: int = 0

    def place(self, width: int, height: int) -> dict[str, int]:
        if self.x + width > COLUMNS:
            self.end_row()
        placed = {"x": self.x, "y": self.y, "width": width, "height": height}
        self.x += width
        self.row_height = max(self.row_height, height)
        return placed

    def end_row(self) -> None:
        self.x, self.y, self.row_height = 0, self.y + self.row_height, 0


def dashboard() -> dict[str, Any]:
    """The dashboard as JSON."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    names = [name for page in content["page"] for name in _parameters(page)]
    return {
        "uuid": _id(""),
        "title": content["title"],
        "version": VERSION,
        "settings": {
            "pagenumber": 0,
            "editable": True,
            "fullscreenEnabled": True,
            "parameters": {f"{PREFIX}{name}": content["defaults"].get(name) for name in names},
        },
        "pages": [_page(page, content) for page in content["page"]],
        "extensions": {"active": True, "activeReducers": []},
    }


def _page(page: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    layout = _Layout()
    reports = [
        layout.place(*_SELECTOR) | _selector(page["title"], parameter, content["free_text"])
        for name, parameter in _parameters(page).items()
        if name in suggestions() or name in content["free_text"]
    ]
    layout.end_row()
    reports += [
        layout.place(card["width"], card.get("height", _HEIGHT)) | _card(page["title"], card)
        for card in page["card"]
    ]
    return {"title": page["title"], "reports": reports}


def _parameters(page: Mapping[str, Any]) -> dict[str, Parameter]:
    """The parameters of the cards of a page by name, in the order of their first use."""
    used = [one for card in page["card"] for one in query(card["statement"]).parameters]
    return {one.name: one for one in used}


def _selector(page: str, parameter: Parameter, free_text: list[str]) -> dict[str, Any]:
    typed = parameter.name in free_text
    return {
        "id": _id(page, parameter.name),
        "title": parameter.name,
        "query": "" if typed else suggestions()[parameter.name].text,
        "type": "select",
        "selection": {},
        "settings": {
            "type": "Free Text" if typed else "Custom Query",
            "parameterName": f"{PREFIX}{parameter.name}",
            "entityType": parameter.name,
            "propertyType": "",
            "helperText": parameter.meaning,
        },
    }


def _card(page: str, card: Mapping[str, Any]) -> dict[str, Any]:
    statement = query(card["statement"])
    return {
        "id": _id(page, card["title"]),
        "title": card["title"],
        "query": with_neodash_names(statement.text),
        "type": card["type"],
        "selection": _captions() if card["type"] == "graph" else card.get("selection", {}),
        "settings": {"description": statement.summary},
    }


def _captions() -> dict[str, str]:
    """The property that captions each label in a card with a graph."""
    return {label.name: label.caption[0] for label in read_drawing().labels}


def _id(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(("attrigraph/bloom/dashboard", *names))))
