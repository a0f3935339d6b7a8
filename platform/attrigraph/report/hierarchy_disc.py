"""The campaign tree as a static picture in SVG, from positions in two dimensions.

The distance from the centre is the hyperbolic radius, not that of the Poincare disc, which would
press all but the most general nodes against its rim. So equal steps outwards are equal distances,
and the centre is what is most general.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.report.figures import INK, PALETTE
from attrigraph.similarity.hyperbolic.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from attrigraph.similarity.hyperbolic.distance import Positions
    from attrigraph.similarity.hyperbolic.tree import Tree

SIZE: Final = 640
RIM: Final = 300
"""Pixels from the centre to the farthest node."""

RINGS: Final = 4


def draw_disc(tree: Tree, positions: Positions) -> str:
    """Draw a tree as SVG: lines to parents, points coloured by branch, names as tooltips.

    A branch is what lies below a root, or below a child of the root where there is only one. An
    empty tree is a disc without points.

    Raises:
        InputError: positions are not two-dimensional, or not one per node of the tree.
    """
    if positions.ids != tree.ids or positions.tangents.shape[1] != 2:
        raise InputError("a disc needs one position of width 2 per node of the tree")
    branch = branches(tree)
    pixels = _pixels(positions.tangents)
    body = [
        *_rings(),
        *_lines(tree, pixels),
        *_points(tree, pixels, branch),
        *_legend(tree, branch),
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" '
        'font-family="sans-serif" font-size="12" role="img" aria-label="Campaign tree">'
    )
    return "\n".join([head, *body, "</svg>\n"])


def branches(tree: Tree) -> NDArray[np.int64]:
    """Topmost node of each node's branch ``[n_nodes]``; ``ROOT`` for a root above all."""
    top = int((tree.parents == ROOT).sum() == 1)
    branch = np.where(tree.depth < top, ROOT, np.arange(len(tree)))
    node, above = tree.pairs.T
    is_top = tree.depth[above] == top
    branch[node[is_top]] = above[is_top]
    return branch


def _pixels(tangents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places on the picture ``[n, 2]``, y downwards."""
    farthest = np.linalg.norm(tangents, axis=1).max(initial=0.0)
    scale = RIM / farthest if farthest > 0 else 0.0
    return SIZE / 2 + scale * tangents * [1, -1]


def _rings() -> Iterator[str]:
    for ring in range(1, RINGS + 1):
        radius = RIM * ring / RINGS
        yield (
            f'<circle cx="{SIZE / 2:g}" cy="{SIZE / 2:g}" r="{radius:g}" fill="none" '
            'stroke="#dddddd"/>'
        )


def _lines(tree: Tree, pixels: NDArray[np.float64]) -> Iterator[str]:
    for node in np.flatnonzero(tree.parents != ROOT).tolist():
        (x1, y1), (x2, y2) = pixels[node], pixels[tree.parents[node]]
        yield (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            'stroke="#999999" stroke-width="0.6"/>'
        )


def _points(tree: Tree, pixels: NDArray[np.float64], branch: NDArray[np.int64]) -> Iterator[str]:
    """General nodes are larger, and come last, so that nothing hides them."""
    colour_of = _colours(branch)
    for node in np.argsort(-tree.depth, kind="stable").tolist():
        x, y = pixels[node]
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{max(2.5, 7 - 1.5 * tree.depth[node]):g}" '
            f'fill="{colour_of[int(branch[node])]}"><title>{escape(tree.ids[node])}</title></circle>'
        )


def _colours(branch: NDArray[np.int64]) -> dict[int, str]:
    tops = [top for top in np.unique(branch).tolist() if top != ROOT]
    coloured = {top: PALETTE[number % len(PALETTE)] for number, top in enumerate(tops)}
    return {ROOT: INK, **coloured}


def _legend(tree: Tree, branch: NDArray[np.int64]) -> Iterator[str]:
    """Names of the first branches, one per colour."""
    named = [item for item in _colours(branch).items() if item[0] != ROOT]
    for number, (top, colour) in enumerate(named[: len(PALETTE)]):
        y = 16 + 16 * number
        yield f'<circle cx="10" cy="{y - 4}" r="5" fill="{colour}"/>'
        yield f'<text x="20" y="{y}">{escape(tree.ids[top])}</text>'
    if (more := len(named) - len(PALETTE)) > 0:
        yield f'<text x="20" y="{16 + 16 * len(PALETTE)}">and {more} more</text>'
