"""Scheduled jobs as a picture in SVG: a column for each level, and the longest chain in colour."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from attrigraph.report.figures import GREY, INK, PALETTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Place = tuple[int, int]
    """Left edge and middle of a box, in pixels."""

BOX: Final = (130, 44)
"""Width and height of a job."""
GAP: Final = (70, 22)
"""Pixels between columns and rows."""
MARGIN: Final = 16
CHAIN: Final = PALETTE[0]


def draw_jobs(
    levels: Mapping[str, int],
    inputs: Mapping[str, Sequence[str]],
    chain: Sequence[str],
    seconds: Mapping[str, float],
) -> str:
    """Draw jobs and the lines from their inputs.

    Args:
        levels: of each job, from 0; none gives an empty picture.
        inputs: of each job; those that are no jobs of ``levels`` are left out.
        chain: jobs of the longest chain, in their order.
        seconds: that a job took on average; jobs that never ran are absent.
    """
    places = _places(levels)
    steps = set(pairwise(chain))
    links = [(one, name) for name in levels for one in inputs[name] if one in levels]
    links.sort(key=lambda link: link in steps)  # the chain is drawn last, over the others
    width = max((x + BOX[0] for x, _ in places.values()), default=0) + MARGIN
    height = max((y + BOX[1] // 2 for _, y in places.values()), default=0) + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="13" '
        'role="img" aria-label="Scheduled jobs">'
    )
    return "\n".join(
        [
            head,
            *(_line(places[one], places[other], (one, other) in steps) for one, other in links),
            *(
                line
                for name in levels
                for line in _box(name, places[name], seconds.get(name), name in chain)
            ),
            "</svg>\n",
        ]
    )


def _places(levels: Mapping[str, int]) -> dict[str, Place]:
    rows: dict[int, int] = {}
    places = {}
    for name, level in levels.items():
        row = rows.get(level, 0)
        rows[level] = row + 1
        x = MARGIN + level * (BOX[0] + GAP[0])
        places[name] = (x, MARGIN + BOX[1] // 2 + row * (BOX[1] + GAP[1]))
    return places


def _line(start: Place, end: Place, in_chain: bool) -> str:
    (x1, y1), (x2, y2) = (start[0] + BOX[0], start[1]), end
    bend = (x1 + x2) // 2
    colour, width = (CHAIN, 2.5) if in_chain else (GREY, 1.2)
    return (
        f'<path d="M {x1} {y1} C {bend} {y1} {bend} {y2} {x2} {y2}" fill="none" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _box(name: str, place: Place, seconds: float | None, in_chain: bool) -> Iterator[str]:
    x, y = place
    colour, width = (CHAIN, 2.5) if in_chain else (GREY, 1.2)
    yield (
        f'<rect x="{x}" y="{y - BOX[1] // 2}" width="{BOX[0]}" height="{BOX[1]}" rx="6" '
        f'fill="#ffffff" stroke="{colour}" stroke-width="{width}"/>'
    )
    took = "never ran" if seconds is None else f"{seconds:.1f} s"
    for shift, size, ink, text in ((-3, 13, INK, name), (14, 11, GREY, took)):
        yield (
            f'<text x="{x + BOX[0] // 2}" y="{y + shift}" text-anchor="middle" '
            f'font-size="{size}" fill="{ink}">{escape(text)}</text>'
        )
