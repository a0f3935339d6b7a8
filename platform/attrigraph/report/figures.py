"""The report's pictures, as Plotly figures.

Plotly reads a little markup in texts, so every name that comes from data is escaped first.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from attrigraph.attribution.observed.summary import CONVERTED, ENDED, OTHER
from attrigraph.domain import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.summary import Flow, Stop
    from attrigraph.domain import Attribution, Credit, ModelCredits

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
INK: Final = "#24292f"
GREY: Final = "#C9CDD2"

FAMILIES: Final = {
    "incremental": ("#D55E00", "diamond"),
    "attention": ("#24292f", "diamond"),
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

LANES: Final = {"first": "last", "time": "linear", "position": "linear"}
"""Families that share a lane of a picture with another."""

DRAWN_KEYS: Final = 25
"""A picture of more keys would be longer than a screen; the table has them all."""

SPACIOUS: Final = 13
"""Up to this many keys each lane of a row has room of its own."""

LONGEST_LABEL: Final = 28


def label(key: str | None) -> str:
    """A key as pictures show it: escaped, and named where it is unknown."""
    return f"<i>{UNKNOWN}</i>" if key is None else escape(key)


def credit_by_model(attribution: Attribution, *, most: int = DRAWN_KEYS) -> go.Figure:
    """Credited conversions of each key, one mark a model: the spread is how far models disagree.

    Each family of models has a lane of its own in a key's row. Models that lie far off are drawn
    when their name is clicked; ``far_off`` names them. Whiskers are the 90 % intervals of models
    that say what marketing caused.

    Args:
        attribution: at least one model.
        most: keys drawn, those that ``ranked_keys`` has first.
    """
    keys = ranked_keys(attribution)[:most]
    models = list(attribution.models.values())
    lanes = {name: lane for lane, name in enumerate(dict.fromkeys(map(family, models)))}
    away = far_off(models)
    figure = go.Figure()
    for model, mark in zip(models, marks_of(models), strict=True):
        lines = {credit.key: credit for credit in model.credits}
        place = [i + _lane(lanes[family(model)], len(lanes)) for i in range(len(keys))]
        figure.add_scatter(
            x=[lines[key].conversions if key in lines else 0.0 for key in keys],
            y=place,
            mode="markers",
            name=escape(model.model),
            marker=mark,
            error_x=whiskers([lines.get(key) for key in keys], mark["color"])
            if model.incremental
            else None,
            visible="legendonly" if model.model in away else True,
            customdata=[label(key) for key in keys],
            hovertemplate="%{customdata}: %{x:,.2f}<extra>" + escape(model.model) + "</extra>",
        )
    rows_of(figure, keys)
    figure.update_xaxes(title="credited conversions", rangemode="tozero", tickformat=",")
    rows = max(len(keys), 4) * (14 + 10 * len(lanes) if len(keys) <= SPACIOUS else 44)
    return styled(figure, height=150 + rows)


def family(model: ModelCredits) -> str:
    """The first word of a model's name; those of first and last touches, for one, count as one."""
    first = model.model.split("-")[0]
    return LANES.get(first, first)


def _lane(lane: int, lanes: int) -> float:
    """How far below the middle of its row a lane lies, in rows."""
    return 0.72 * ((lane + 0.5) / lanes - 0.5)


def rows_of(figure: go.Figure, keys: Sequence[str | None]) -> None:
    """Make the vertical axis one row a key, from above, with lines between the rows."""
    figure.update_yaxes(
        tickvals=list(range(len(keys))),
        ticktext=[shortened(label(key), key) for key in keys],
        range=[len(keys) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
        ticks="outside",
        ticklen=6,
        tickcolor="rgba(0,0,0,0)",  # room between names and picture
    )
    for place in range(1, len(keys)):
        figure.add_hline(place - 0.5, line_width=1, line_color="#e6e9ec", layer="below")


def shortened(shown: str, key: str | None) -> str:
    """A label that leaves room for the picture: long keys lose their middle.

    Names of campaigns often begin alike, and then their ends tell them apart.
    """
    if key is None or len(key) <= LONGEST_LABEL:
        return shown
    end = LONGEST_LABEL // 2
    return escape(key[: LONGEST_LABEL - end - 1]) + "…" + escape(key[-end:])


def far_off(models: Sequence[ModelCredits]) -> tuple[str, ...]:
    """Names of models whose largest credit is more than thrice that of most others.

    Drawn with the others they would leave these no room.
    """
    largest = [max((abs(c.conversions) for c in m.credits), default=0.0) for m in models]
    usual = float(np.median(largest)) if largest else 0.0
    return tuple(
        model.model for model, most in zip(models, largest, strict=True) if most > 3 * usual > 0
    )


def whiskers(credits: Sequence[Credit | None], colour: str) -> dict[str, Any]:
    """Intervals as Plotly draws them; a key without one has none drawn."""
    ends = [
        (0.0, 0.0)
        if credit is None or credit.low is None or credit.high is None
        else (credit.high - credit.conversions, credit.conversions - credit.low)
        for credit in credits
    ]
    return {
        "type": "data",
        "symmetric": False,
        "array": [above for above, _ in ends],
        "arrayminus": [below for _, below in ends],
        "color": colour,
        "thickness": 2,
        "width": 4,
    }


def ranked_keys(attribution: Attribution) -> list[str | None]:
    """Keys by falling credit: that of the models that say what marketing caused, else all's mean.

    Sharing rules that lie far off do not count.
    """
    models = list(attribution.models.values())
    away = far_off(models)
    heard = [model for model in models if model.incremental][:1] or [
        model for model in models if model.model not in away
    ]
    total: dict[str | None, float] = {
        credit.key: 0.0 for model in models for credit in model.credits
    }
    for model in heard:
        for credit in model.credits:
            total[credit.key] += credit.conversions
    return sorted(total, key=lambda key: (-total[key], key or ""))


def marks_of(models: Sequence[ModelCredits]) -> list[dict[str, Any]]:
    """Colour, symbol and size of each model's mark: a colour a family, a symbol a model."""
    seen: dict[str, int] = {}
    marks: list[dict[str, Any]] = []
    for model in models:
        first = model.model.split("-")[0]
        colour, symbol = FAMILIES.get(first, ("#24292f", "cross"))
        place = seen[first] = seen.get(first, -1) + 1
        size = 12 if model.incremental else 9
        marks.append(
            {
                "color": colour,
                "symbol": symbol + SYMBOLS[place % len(SYMBOLS)],
                "size": size,
                "line": {"width": 1.5, "color": colour} if place else {"width": 0},
            }
        )
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
        return INK if stop.kind == CONVERTED else GREY
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
    figure.add_bar(x=names, y=ends, name="converted", marker_color=INK)
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
        yaxis={"title": "journeys", "tickformat": ",", "automargin": True},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "title": "share that converted",
            "tickformat": ".0%",
            "tickmode": "auto",
            "nticks": 6,
            "rangemode": "tozero",
            "showgrid": False,
            "automargin": True,
        },
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
    figure.add_vline(
        middle,
        line_dash="dot",
        annotation={
            "text": f"half within {middle:.1f} days",
            "yref": "paper",
            "y": 1.0,
            "yanchor": "bottom",
            "xanchor": "center",
        },
    )
    figure.update_xaxes(title="days from first touch to conversion", rangemode="tozero")
    figure.update_yaxes(title="conversions", tickformat=",", automargin=True)
    return styled(figure, height=340)


def styled(figure: go.Figure, *, height: int) -> go.Figure:
    """The look that all pictures share; height in pixels."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 10, "r": 10, "t": 24, "b": 10},
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
        hoverlabel={"namelength": -1},
        # above the picture, where it takes no room from it on narrow screens
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "yref": "paper"},
    )
    figure.update_xaxes(title_standoff=8, title_font_size=13)
    figure.update_yaxes(title_font_size=13)
    return figure


def share_of_largest(model: ModelCredits) -> dict[str | None, float]:
    """Each key's credit as a share in [0, 1] of the model's largest, to shade a table by."""
    most = max((abs(credit.conversions) for credit in model.credits), default=0.0)
    return {credit.key: abs(credit.conversions) / most if most else 0.0 for credit in model.credits}
