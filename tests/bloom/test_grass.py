from __future__ import annotations

import re

from attrigraph.bloom.drawing import read_drawing
from attrigraph.bloom.grass import grass

RULES = {
    selector: dict(re.findall(r"^  ([a-z-]+): (.+);$", body, re.MULTILINE))
    for selector, body in re.findall(r"^([\w.]+) \{\n(.*?)^\}$", grass(), re.DOTALL | re.MULTILINE)
}
DRAWING = read_drawing()


def luminance(color: str) -> float:
    """Relative luminance, 0 to 1, as WCAG 2.1 defines it."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_label_and_relationship_type_has_a_rule() -> None:
    assert list(RULES) == [
        "node",
        "relationship",
        *(f"node.{label.name}" for label in DRAWING.labels),
        *(f"relationship.{one.name}" for one in DRAWING.relationships),
    ]


def test_captions_are_those_of_the_drawing() -> None:
    assert RULES["node.Touchpoint"]["caption"] == '"{channel} {timestamp}"'
    assert RULES["relationship.CREDITED"]["caption"] == '"{credit}"'
    assert RULES["relationship.SERVED"]["caption"] == '"<type>"'


def test_areas_are_proportional_to_sizes() -> None:
    for label in DRAWING.labels:
        diameter = int(RULES[f"node.{label.name}"]["diameter"].removesuffix("px"))
        assert abs(diameter - 50 * label.size**0.5) <= 0.5


def test_captions_in_nodes_can_be_read() -> None:
    """Contrast of at least 3, the minimum of WCAG 2.1 for large text."""
    for label in DRAWING.labels:
        look = RULES[f"node.{label.name}"]
        low, high = sorted(luminance(look[name]) for name in ("color", "text-color-internal"))
        assert (high + 0.05) / (low + 0.05) >= 3, label.name
