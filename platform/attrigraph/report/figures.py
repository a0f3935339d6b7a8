"""The figures of the report, made with Plotly.

Plotly interprets some markup in text, so every name from the data is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from attrigraph.attribution.families import FAMILIES, family_of, group_of
from attrigraph.attribution.observed.summary import CONVERTED, ENDED, OTHER
from attrigraph.domain import UNKNOWN, Credit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.attribution.observed.summary import Flow, Stop
    from attrigraph.domain import Attribution, ModelCredits

# Okabe and Ito's colours, which colour-blind readers can distinguish; the last four are tints.
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

_STYLES: Final = (
    ("#D55E00", "diamond"),
    ("#24292f", "diamond"),
    ("#0072B2", "triangle-left"),
    ("#0072B2", "triangle-right"),
    ("#56B4E9", "circle"),
    ("#56B4E9", "diamond"),
    ("#CC79A7", "square"),
    ("#E69F00", "star"),
    ("#009E73", "hexagon"),
)
STYLES: Final = dict(zip(FAMILIES, _STYLES, strict=True))
"""Colour and first symbol of each family of models."""

NOT_IDENTIFIED: Final = "not identified"

OTHER_STYLE: Final = ("#24292f", "cross")

SYMBOLS: Final = ("", "-open", "-dot", "-open-dot")

SPACE_AFTER_LABELS: Final = {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
"""Space between the labels of an axis and the plot."""

MAX_KEYS: Final = 25
"""Maximum keys of a figure, about one screen; the table has all of them."""

MAX_TALL_ROWS: Final = 13
"""Maximum number of keys with rows high enough for separate lanes."""

MAX_LABEL: Final = 28


def label(key: str | None) -> str:
    """A key as shown in figures: escaped, with a placeholder if unknown."""
    return f"<i>{UNKNOWN}</i>" if key is None else escape(key)


def credit_by_model(attribution: Attribution, *, max_keys: int = MAX_KEYS) -> go.Figure:
    """Credited conversions of each key, one marker per model: the spread shows disagreement.

    Each family of models has its own lane in a key's row. Models that ``far_off`` returns are
    hidden until clicked in the legend. Whiskers are the 90 % intervals of incremental models;
    markers that are not identified are hollow.

    Args:
        attribution: at least one model.
        max_keys: maximum number of keys; the first ones of ``ranked_keys``.
    """
    keys = ranked_keys(attribution)[:max_keys]
    models = list(attribution.models.values())
    groups = dict.fromkeys(group_of(model.model) for model in models)
    lanes = {group: lane for lane, group in enumerate(groups)}
    hidden = far_off(models)
    figure = go.Figure()
    for model, marker in zip(models, markers_of(models), strict=True):
        lines = {credit.key: credit for credit in model.credits}
        credits = [lines.get(key, Credit(key, 0.0, 0.0)) for key in keys]
        heights = [i + _lane(lanes[group_of(model.model)], len(lanes)) for i in range(len(keys))]
        points = list(zip(credits, heights, strict=True))
        for trace in traces(model, points, marker, decimals=2):
            trace.visible = "legendonly" if model.model in hidden else True
            figure.add_trace(trace)
    rows_of(figure, keys)
    figure.update_xaxes(title="credited conversions", rangemode="tozero", tickformat=",")
    rows = max(len(keys), 4) * (14 + 10 * len(lanes) if len(keys) <= MAX_TALL_ROWS else 44)
    return styled(figure, height=150 + rows)


def traces(
    model: ModelCredits,
    points: Sequence[tuple[Credit, float]],
    marker: dict[str, Any],
    *,
    decimals: int,
) -> list[go.Scatter]:
    """Markers of a model at their heights; those that are not identified are hollow.

    Hollow markers have no whiskers: there is no interval to decide by.
    """
    known = [point for point in points if point[0].identified is not False]
    unknown = [point for point in points if point[0].identified is False]
    drawn = [_trace(model, known, marker, decimals)] if known or not unknown else []
    if unknown:
        drawn.append(_trace(model, unknown, _hollow(marker), decimals))
        drawn[-1].update(name=f"{escape(model.model)}, {NOT_IDENTIFIED}", error_x=None)
    return drawn


def _hollow(marker: dict[str, Any]) -> dict[str, Any]:
    symbol = marker["symbol"].partition("-open")[0] + "-open"
    return {**marker, "symbol": symbol, "line": {"width": 2, "color": marker["color"]}}


def _trace(
    model: ModelCredits,
    points: Sequence[tuple[Credit, float]],
    marker: dict[str, Any],
    decimals: int,
) -> go.Scatter:
    credits = [credit for credit, _ in points]
    has_intervals = model.incremental and any(credit.low is not None for credit in credits)
    return go.Scatter(
        x=[credit.conversions for credit in credits],
        y=[height for _, height in points],
        mode="markers",
        name=escape(model.model),
        marker=marker,
        error_x=whiskers(credits, marker["color"]) if has_intervals else None,
        customdata=[label(credit.key) for credit in credits],
        hovertemplate=f"%{{customdata}}: %{{x:,.{decimals}f}}<extra>{escape(model.model)}</extra>",
    )


def _lane(lane: int, lanes: int) -> float:
    """Offset of a lane from the middle of its row, in rows."""
    return 0.72 * ((lane + 0.5) / lanes - 0.5)


def rows_of(figure: go.Figure, keys: Sequence[str | None]) -> None:
    """Show one row per key on the vertical axis, from the top, with lines between the rows."""
    figure.update_yaxes(
        tickvals=list(range(len(keys))),
        ticktext=[shortened(label(key), key) for key in keys],
        range=[len(keys) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        automargin=True,
        **SPACE_AFTER_LABELS,
    )
    for row in range(1, len(keys)):
        figure.add_hline(row - 0.5, line_width=1, line_color="#e6e9ec", layer="below")


def shortened(shown: str, key: str | None) -> str:
    """A label of limited length: long keys lose their middle.

    Names of campaigns often have a common prefix and differ at the end.
    """
    return shown if key is None or len(key) <= MAX_LABEL else escape(without_middle(key))


def without_middle(key: str) -> str:
    """A key of limited length, unescaped."""
    end = MAX_LABEL // 2
    return key if len(key) <= MAX_LABEL else f"{key[: MAX_LABEL - end - 1]}…{key[-end:]}"


def far_off(models: Sequence[ModelCredits]) -> tuple[str, ...]:
    """Names of models whose largest credit exceeds three times the median of the models.

    In a common scale, the other models could not be distinguished.
    """
    largest = [max((abs(c.conversions) for c in m.credits), default=0.0) for m in models]
    median = float(np.median(largest)) if largest else 0.0
    return tuple(
        model.model for model, most in zip(models, largest, strict=True) if most > 3 * median > 0
    )


def whiskers(credits: Sequence[Credit], colour: str) -> dict[str, Any]:
    """Intervals as Plotly's error bars; a key without interval has none."""
    ends = [
        (0.0, 0.0)
        if credit.low is None or credit.high is None
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
    """Keys by descending credit of the first incremental model, else by the mean of all models.

    Models that ``far_off`` returns are not part of the mean.
    """
    models = list(attribution.models.values())
    excluded = far_off(models)
    ranking = [model for model in models if model.incremental][:1] or [
        model for model in models if model.model not in excluded
    ]
    total: dict[str | None, float] = {
        credit.key: 0.0 for model in models for credit in model.credits
    }
    for model in ranking:
        for credit in model.credits:
            total[credit.key] += credit.conversions
    return sorted(total, key=lambda key: (-total[key], key or ""))


def markers_of(models: Sequence[ModelCredits]) -> list[dict[str, Any]]:
    """Plotly's marker of each model: one colour per family, one symbol per model."""
    counts: dict[str, int] = {}
    markers: list[dict[str, Any]] = []
    for model in models:
        family = family_of(model.model)
        colour, symbol = STYLES.get(family, OTHER_STYLE)
        variant = counts[family] = counts.get(family, -1) + 1
        size = 12 if model.incremental else 9
        markers.append(
            {
                "color": colour,
                "symbol": symbol + SYMBOLS[variant % len(SYMBOLS)],
                "size": size,
                "line": {"width": 1.5, "color": colour} if variant else {"width": 0},
            }
        )
    return markers


def journey_flow(flows: Sequence[Flow], keys: Sequence[str | None]) -> go.Figure:
    """A Sankey diagram of journeys: one column per step, ending in converted or not.

    Args:
        flows: from ``attribution.observed.summary.flows``.
        keys: all keys of the report, so that a key has the same colour in every figure.
    """
    stops = sorted({stop for flow in flows for stop in (flow.source, flow.target)}, key=_stop_order)
    index = {stop: number for number, stop in enumerate(stops)}
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
                "source": [index[flow.source] for flow in flows],
                "target": [index[flow.target] for flow in flows],
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
    """The colour of a key, the same in every figure of the page."""
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
        others: float64 ``[n + 1]``, journeys that did not convert.
        longest: longer journeys are combined in the last bar.
    """
    converted, not_converted = (_combined(counts, longest) for counts in (converting, others))
    total = converted + not_converted
    names = [str(n) for n in range(len(total))]
    if len(converting) > longest + 1:
        names[-1] = f"{longest}+"
    rate = np.divide(converted, total, out=np.full(len(total), np.nan), where=total > 0)
    figure = go.Figure()
    figure.add_bar(x=names, y=not_converted, name="did not convert", marker_color=GREY)
    figure.add_bar(x=names, y=converted, name="converted", marker_color=INK)
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


def _combined(counts: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    if len(counts) <= longest + 1:
        return counts
    return np.append(counts[:longest], counts[longest:].sum())


def time_to_conversion(days: NDArray[np.float64]) -> go.Figure:
    """Histogram of the days from first touch to conversion.

    Args:
        days: float64 ``[n]``, at least one.
    """
    counts, edges = np.histogram(days, bins=min(60, max(10, int(np.ceil(days.max())))))
    median = float(np.median(days))
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
        median,
        line_dash="dot",
        annotation={
            "text": f"half within {median:.1f} days",
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
    """Apply the common style of all figures; the height is in pixels."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 10, "r": 10, "t": 24, "b": 10},
        font={"family": "system-ui, sans-serif", "size": 13, "color": INK},
        hoverlabel={"namelength": -1},
        # above the plot, so that it does not take width on narrow screens
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "yref": "paper"},
    )
    figure.update_xaxes(title_standoff=8, title_font_size=13)
    figure.update_yaxes(title_font_size=13)
    return figure


def share_of_largest(model: ModelCredits) -> dict[str | None, float]:
    """Credit of each key relative to the model's largest credit, in [0, 1], to shade a table."""
    most = max((abs(credit.conversions) for credit in model.credits), default=0.0)
    return {credit.key: abs(credit.conversions) / most if most else 0.0 for credit in model.credits}
