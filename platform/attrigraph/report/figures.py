"""The figures of the report, made with Plotly.

Plotly interprets some markup in text, so every name from the data is escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import plotly.graph_objects as go

from attrigraph.attribution.families import FAMILIES, family_of
from attrigraph.domain import UNKNOWN, Credit

if TYPE_CHECKING:
    from collections.abc import Sequence

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

MAX_LABEL: Final = 28


def label(key: str | None) -> str:
    """A key as shown in figures: escaped, with a placeholder if unknown."""
    return f"<i>{UNKNOWN}</i>" if key is None else escape(key)


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


def without_middle(key: str, longest: int = MAX_LABEL) -> str:
    """A key of limited length, unescaped."""
    end = longest // 2
    return key if len(key) <= longest else f"{key[: longest - end - 1]}…{key[-end:]}"


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


def colour_of(key: str | None, keys: Sequence[str | None]) -> str:
    """The colour of a key, the same in every figure of the page."""
    return PALETTE[list(keys).index(key) % len(PALETTE)] if key in keys else "#9AA0A6"


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
