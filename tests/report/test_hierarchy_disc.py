from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.report.figures import INK, PALETTE
from attrigraph.report.hierarchy_disc import RIM, SIZE, branches, draw_disc
from attrigraph.similarity.hyperbolic.distance import Positions
from attrigraph.similarity.hyperbolic.tree import Tree
from regular_trees import regular_tree

ROWS = [("root", None), ("a", "root"), ("b <&>", "root"), ("a1", "a"), ("b1", "b <&>")]
TREE = Tree.from_rows(ROWS)
POSITIONS = Positions(TREE.ids, np.array([[0.0, 0], [2, 0], [-2, 0], [4, 0], [0, 4]]))
SVG = "{http://www.w3.org/2000/svg}"


def points(picture: str) -> dict[str, tuple[float, float, str]]:
    """Place and colour of each point, by its tooltip."""
    found = {}
    for circle in ET.fromstring(picture).iter(f"{SVG}circle"):
        title = circle.find(f"{SVG}title")
        if title is not None and title.text is not None:
            x, y, fill = (circle.attrib[name] for name in ("cx", "cy", "fill"))
            found[title.text] = (float(x), float(y), fill)
    return found


def test_places_are_radii_and_directions_and_colours_are_branches() -> None:
    middle = SIZE / 2
    assert points(draw_disc(TREE, POSITIONS)) == {
        "root": (middle, middle, INK),
        "a": (middle + RIM / 2, middle, PALETTE[0]),
        "b <&>": (middle - RIM / 2, middle, PALETTE[1]),
        "a1": (middle + RIM, middle, PALETTE[0]),
        "b1": (middle, middle - RIM, PALETTE[1]),
    }


def test_every_node_but_roots_has_a_line_to_its_parent() -> None:
    lines = list(ET.fromstring(draw_disc(TREE, POSITIONS)).iter(f"{SVG}line"))
    assert len(lines) == 4
    assert (lines[2].attrib["x1"], lines[2].attrib["x2"]) == ("620.0", "470.0")


def test_with_several_roots_each_is_a_branch() -> None:
    tree = Tree.from_rows([("r", None), ("s", None), ("x", "r"), ("y", "x"), ("z", "s")])
    assert branches(tree).tolist() == [0, 1, 0, 0, 1]


def test_further_branches_are_counted_in_the_legend() -> None:
    tree = regular_tree(15, 1)
    picture = draw_disc(tree, Positions(tree.ids, np.ones((16, 2))))
    texts = [text.text for text in ET.fromstring(picture).iter(f"{SVG}text")]
    assert texts == [*(f"0.{child}" for child in range(12)), "and 3 more"]


def test_an_empty_tree_is_a_disc_without_points() -> None:
    tree = Tree.from_rows([])
    assert points(draw_disc(tree, Positions((), np.empty((0, 2))))) == {}


def test_other_widths_are_named() -> None:
    with pytest.raises(InputError, match="one position of width 2 per node"):
        draw_disc(TREE, Positions(TREE.ids, np.zeros((5, 3))))
