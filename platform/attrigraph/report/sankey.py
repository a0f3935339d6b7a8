"""The flow of journeys as static SVG: columns of nodes, one per step, and bands between them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.summary import CONVERTED, ENDED, OTHER
from attrigraph.domain import UNKNOWN
from attrigraph.report.figures import GREY, INK, OTHERS_COLOUR, colour_of, without_middle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrigraph.attribution.observed.summary import Flow, Stop

WIDTH: Final = 1000
HEIGHT: Final = 420
NODE: Final = 14
"""Pixels: of the picture, and the width of a node."""

LABEL_ROOM: Final = 150
"""Pixels right of the last column, for names."""

GAP: Final = 12
"""Pixels between nodes of one column."""

MAX_NAME: Final = 20
"""Letters of a name, which has to end before the next column."""


@dataclass(frozen=True, slots=True)
class Node:
    """A channel at a step, or an end, in pixels from the upper left corner."""

    x: float
    y: float
    height: float
    colour: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Journeys from one node to the next: heights of both ends, and their thickness, in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float
    thickness: float
    colour: str
    text: str


@dataclass(frozen=True, slots=True)
class Sankey:
    """The picture; ``legend`` has the names by colour, for narrow screens."""

    nodes: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]
    legend: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def sankey(flows: Sequence[Flow], keys: Sequence[str | None]) -> Sankey:
    """Lay out the flows.

    Args:
        flows: at least one, from ``attribution.observed.summary.flows``.
        keys: all channels of the report, so that each has one colour.
    """
    sizes = _sizes(flows)
    columns: dict[int, list[Stop]] = defaultdict(list)
    for stop in sorted(sizes, key=lambda stop: (stop.step, _rank(stop), -sizes[stop])):
        columns[stop.step].append(stop)
    scale = min(
        (HEIGHT - GAP * (len(stops) - 1)) / sum(sizes[stop] for stop in stops)
        for stops in columns.values()
    )
    nodes = {
        stop: node
        for place, step in enumerate(sorted(columns))
        for stop, node in _column(columns[step], _left(place, len(columns)), sizes, scale, keys)
    }
    legend = {node.label: node.colour for node in nodes.values()}
    return Sankey(tuple(nodes.values()), _ribbons(flows, nodes, scale), tuple(legend.items()))


def _left(place: int, n_columns: int) -> float:
    return place * (WIDTH - LABEL_ROOM - NODE) / max(n_columns - 1, 1)


def _sizes(flows: Sequence[Flow]) -> dict[Stop, float]:
    """Journeys through each stop."""
    out: dict[Stop, float] = defaultdict(float)
    into: dict[Stop, float] = defaultdict(float)
    for flow in flows:
        out[flow.source] += flow.journeys
        into[flow.target] += flow.journeys
    return {stop: max(out.get(stop, 0.0), into.get(stop, 0.0)) for stop in {**out, **into}}


def _rank(stop: Stop) -> int:
    """Channels by size, then all others; converted before not converted."""
    return {"key": 0, OTHER: 1, CONVERTED: 0, ENDED: 1}[stop.kind]


def _column(
    stops: Sequence[Stop],
    x: float,
    sizes: Mapping[Stop, float],
    scale: float,
    keys: Sequence[str | None],
) -> list[tuple[Stop, Node]]:
    nodes, y = [], 0.0
    for stop in stops:
        height, name = sizes[stop] * scale, _name(stop)
        text = f"{name}: {sizes[stop]:,.0f} journeys"
        node = Node(
            round(x, 1), y, height, _colour(stop, keys), without_middle(name, MAX_NAME), text
        )
        nodes.append((stop, node))
        y += height + GAP
    return nodes


def _ribbons(flows: Sequence[Flow], nodes: Mapping[Stop, Node], scale: float) -> tuple[Ribbon, ...]:
    """Ribbons stacked at both ends in the order of the nodes that they join."""
    below_source: dict[Stop, float] = defaultdict(float)
    below_target: dict[Stop, float] = defaultdict(float)
    ribbons = []
    for flow in sorted(flows, key=lambda flow: (nodes[flow.source].y, nodes[flow.target].y)):
        source, target = nodes[flow.source], nodes[flow.target]
        thickness = flow.journeys * scale
        ribbons.append(
            Ribbon(
                source.x + NODE,
                source.y + below_source[flow.source] + thickness / 2,
                target.x,
                target.y + below_target[flow.target] + thickness / 2,
                thickness,
                source.colour,
                f"{source.label} to {target.label}: {flow.journeys:,.0f} journeys",
            )
        )
        below_source[flow.source] += thickness
        below_target[flow.target] += thickness
    return tuple(ribbons)


def _name(stop: Stop) -> str:
    if stop.kind in {CONVERTED, ENDED}:
        return "converted" if stop.kind == CONVERTED else "not converted"
    return "(all others)" if stop.kind == OTHER else UNKNOWN if stop.key is None else stop.key


def _colour(stop: Stop, keys: Sequence[str | None]) -> str:
    if stop.kind in {CONVERTED, ENDED}:
        return INK if stop.kind == CONVERTED else GREY
    return OTHERS_COLOUR if stop.kind == OTHER else colour_of(stop.key, keys)
