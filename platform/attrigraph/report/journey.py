"""One conversion's journey with its credits, as one HTML page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from attrigraph.report.figures import PALETTE, label, styled
from attrigraph.report.page import drawn, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Conversion, Touchpoint


def render(
    conversion: Conversion, touches: Sequence[Touchpoint], credit: Sequence[float], model: str
) -> str:
    """The page as text.

    Args:
        conversion: what is explained.
        touches: its journey, oldest first.
        credit: part of the conversion by touch; the rest is organic.
        model: whose credit it is.
    """
    return template("journey.html.j2").render(
        conversion=conversion,
        model=model,
        touches=len(touches),
        picture=drawn(journey_with_credit(touches, credit)),
    )


def journey_with_credit(touches: Sequence[Touchpoint], credit: Sequence[float]) -> go.Figure:
    """One bar a touch, oldest first, and the organic part last."""
    names = [f"{place}. {label(touch.channel)}" for place, touch in enumerate(touches, 1)]
    served = [label(touch.creative or touch.campaign or "") for touch in touches]
    when = ["" if t.timestamp is None else f"{t.timestamp:%Y-%m-%d %H:%M}" for t in touches]
    figure = go.Figure(
        go.Bar(
            x=[*credit, 1.0 - sum(credit)],
            y=[*names, "organic"],
            orientation="h",
            marker_color=[*(PALETTE[0] for _ in touches), "#C9CDD2"],
            customdata=[*zip(served, when, strict=True), ("", "")],
            hovertemplate="%{x:.3f} %{customdata[0]} %{customdata[1]}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(title="part of the conversion", tickformat=".0%")
    return styled(figure, height=120 + 34 * (len(names) + 1))
