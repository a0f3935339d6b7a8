"""The labels, relationship types and properties that docs/graph.md describes."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "graph.md").read_text(encoding="utf-8")

# sections that are no labels
_NO_LABELS = {"Deliveries"}
# relationships whose properties are described in a sentence, or in a section of their own
_IN_SENTENCES = {"BELONGS_TO": ["identity"], "PRECEDED": ["timeDelta"], "CONVERTED": ["timeDelta"]}


def described_labels() -> dict[str, list[str]]:
    """The properties of each label that has a section."""
    sections = re.findall(r"^### (\w+)\n(.*?)(?=^#{2,3} |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    found = {name: _properties(text) for name, text in sections if name not in _NO_LABELS}
    # described by a sentence on another label
    found["CancelledConversion"] = found["Conversion"]
    found["Claim"] += [name for name in ("key", "target") if name not in found["Claim"]]
    return found


def described_relationships() -> dict[str, list[str]]:
    """The properties of each relationship type."""
    types = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    tables = dict(
        re.findall(r"^Properties of `([A-Z_]+)`.*?\n\n(\|.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE)
    )
    (tables["DELIVERED_TO"],) = re.findall(
        r"^### Deliveries\n.*?\n\n(\|.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE
    )
    return {name: _IN_SENTENCES.get(name) or _properties(tables.get(name, "")) for name in types}


def _properties(text: str) -> list[str]:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]
