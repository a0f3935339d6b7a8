"""The report's pictures, as Plotly figures.

Plotly reads a little markup in texts, so every name that comes from data is escaped first.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np
import plotly.graph_objects as go

from attrigraph.attribution.summary import CONVERTED, ENDED, OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.summary import Flow, Stop
    from attrigraph.domain import Attribution, ModelCredits

# Okabe and Ito's colours can be told apart by colour-blind readers; the last ones are their tints.
PALETTE: Final = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8C6D1F",
    "#7F7F7F",
    "#7FB8D8",
    "#F2CF80",
    "#80CEB9",
    "#E5BCD3",
)
GREEN: Final = "#009E73"
GREY: Final = "#C9CDD2"
UNKNOWN: Final = "(unknown)"

FAMILIES: Final = {
    "first": ("#0072B2", "triangle-left"),
    "last": ("#0072B2", "triangle-right"),
    "linear": ("#56B4E9", "circle"),
    "time": ("#56B4E9", "diamond"),
    "position": ("#CC79A7", "square"),
    "markov": ("#E69F00", "star"),
    "shapley": ("#009E73", "hexagon"),
}
"""Colour and first symbol of each family of models, by the first word of its name."""

SYMBOLS: Final = ("", "-open", "-dot", "-open-dot")


def label(key: str | None) -> str:
    """A key as pictures show it: escaped, and named where it is unknown."""
    return f"<i>{UNKNOWN}</i>" if key is None else escape(key)


def credit_by_model(attribution: Attribution, *, most: int = 25) -> go.Figure:
    """Credited conversions of each key, one mark a model: the spread is how far models disagree.

    Args:
        attribution: at least one model.
        most: keys drawn, those with the highest mean credit.
    """
    keys = ranked_keys(attribution)[:most]
    figure = go.Figure()
    for model, (colour, symbol) in zip(
        attribution.models.values(), _marks(attribution), strict=True
    ):
        credited = {credit.key: credit.conversions for credit in model.credits}
        figure.add_scatter(
            x=[credited.get(key, 0.0) for key in keys],
            y=[label(key) for key in keys],
            mode="markers",
            name=model.model,
            marker={"color": colour, "symbol": symbol, "size": 11, "line": {"width": 1.5}},
            hovertemplate="%{y}: %{x:,.2f}<extra>" + escape(model.model) + "</extra>",
        )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(title="credited conversions", rangemode="tozero")
    return styled(figure, height=140 + 34 * max(len(keys), 4))


def ranked_keys(attribution: Attribution) -> list[str | None]:
    """Keys by falling mean credit over all models."""
    total: dict[str | None, float] = {}
    for model in attribution.models.values():
        for credit in model.credits:
            total[credit.key] = total.get(credit.key, 0.0) + credit.conversions
    return sorted(total, key=lambda key: (-total[key], key or ""))


def _marks(attribution: Attribution) -> list[tuple[str, str]]:
    seen: dict[str, int] = {}
    marks = []
    for name in attribution.models:
        family = name.split("-")[0]
        colour, symbol = FAMILIES.get(family, ("#D55E00", "cross"))
        place = seen[family] = seen.get(family, -1) + 1
        marks.append((colour, symbol + SYMBOLS[place % len(SYMBOLS)]))
    return marks


def journey_flow(flows: Sequence[Flow], keys: Sequence[str | None]) -> go.Figure:
    """A Sankey diagram of journeys: one column a step, ending in converted or not.

    Args:
        flows: from ``attribution.summary.flows``.
        keys: all keys of the report, so that a key has one colour in every picture.
    """
    stops = sorted({stop for flow in flows for stop in (flow.source, flow.target)}, key=_stop_order)
    place = {stop: number for number, stop in enumerate(stops)}
    figure = go.Figure(
        go.Sankey(
            node={
                "label": [_stop_label(stop) for stop in stops],
                "color": [_stop_colour(stop, keys) for stop in stops],
                "pad": 14,
                "thickness": 14,
                "line": {"width": 0},
                "hovertemplate": "%{label}: %{value:,.0f} journeys<extra></extra>",
            },
            link={
                "source": [place[flow.source] for flow in flows],
                "target": [place[flow.target] for flow in flows],
                "value": [flow.journeys for flow in flows],
                "color": [_faded(_stop_colour(flow.source, keys)) for flow in flows],
                "hovertemplate": "%{source.label} to %{target.label}: "
                "%{value:,.0f} journeys<extra></extra>",
            },
        )
    )
    return styled(figure, height=520)


def _stop_order(stop: Stop) -> tuple[int, str, str]:
    return (stop.step, stop.kind, stop.key or "")


def _stop_label(stop: Stop) -> str:
    if stop.kind in {CONVERTED, ENDED}:
        return "converted" if stop.kind == CONVERTED else "not converted"
    return "(all others)" if stop.kind == OTHER else label(stop.key)


def _stop_colour(stop: Stop, keys: Sequence[str | None]) -> str:
    if stop.kind in {CONVERTED, ENDED}:
        return GREEN if stop.kind == CONVERTED else GREY
    return "#9AA0A6" if stop.kind == OTHER else colour_of(stop.key, keys)


def colour_of(key: str | None, keys: Sequence[str | None]) -> str:
    """A key's colour, the same in every picture of the page."""
    return PALETTE[list(keys).index(key) % len(PALETTE)] if key in keys else "#9AA0A6"


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.32)"


def path_lengths(
    converting: NDArray[np.float64], others: NDArray[np.float64], *, longest: int = 20
) -> go.Figure:
    """Journeys by number of touches, with the share that converted.

    Args:
        converting: float64 ``[n + 1]``, converting journeys of 0, 1, ... n touches.
        others: float64 ``[n + 1]``, the rest.
        longest: longer journeys are gathered in one last bar.
    """
    ends, stays = (_gathered(counts, longest) for counts in (converting, others))
    total = ends + stays
    names = [str(n) for n in range(len(total))]
    if len(converting) > longest + 1:
        names[-1] = f"{longest}+"
    rate = np.divide(ends, total, out=np.full(len(total), np.nan), where=total > 0)
    figure = go.Figure()
    figure.add_bar(x=names, y=stays, name="did not convert", marker_color=GREY)
    figure.add_bar(x=names, y=ends, name="converted", marker_color=GREEN)
    figure.add_scatter(
        x=names,
        y=[None if np.isnan(share) else float(share) for share in rate],
        name="share that converted",
        yaxis="y2",
        mode="lines+markers",
        line={"color": "#D55E00"},
        hovertemplate="%{y:.1%}<extra></extra>",
    )
    figure.update_layout(
        barmode="stack",
        yaxis={"title": "journeys"},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "tickformat": ".0%",
            "rangemode": "tozero",
            "showgrid": False,
        },
        legend={"orientation": "h", "y": 1.12},
    )
    figure.update_xaxes(title="touches in the journey", type="category")
    return styled(figure, height=380)


def _gathered(counts: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    if len(counts) <= longest + 1:
        return counts
    return np.append(counts[:longest], counts[longest:].sum())


def time_to_conversion(days: NDArray[np.float64]) -> go.Figure:
    """How many days passed from the first touch to the conversion.

    Args:
        days: float64 ``[n]``, at least one.
    """
    counts, edges = np.histogram(days, bins=min(60, max(10, int(np.ceil(days.max())))))
    middle = float(np.median(days))
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges) * 0.92,
            marker_color="#0072B2",
            hovertemplate="%{x:.1f} days: %{y:,} conversions<extra></extra>",
        )
    )
    figure.add_vline(middle, line_dash="dot", annotation_text=f"half within {middle:.1f} days")
    figure.update_xaxes(title="days from first touch to conversion", rangemode="tozero")
    figure.update_yaxes(title="conversions")
    return styled(figure, height=340)


def styled(figure: go.Figure, *, height: int) -> go.Figure:
    """The look that all pictures share; height in pixels."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 10, "r": 10, "t": 24, "b": 10},
        font={"family": "system-ui, sans-serif", "size": 13, "color": "#24292f"},
        hoverlabel={"namelength": -1},
    )
    return figure


def share_of_largest(model: ModelCredits) -> dict[str | None, float]:
    """Each key's credit as a share in [0, 1] of the model's largest, to shade a table by."""
    most = max((abs(credit.conversions) for credit in model.credits), default=0.0)
    return {credit.key: abs(credit.conversions) / most if most else 0.0 for credit in model.credits}
