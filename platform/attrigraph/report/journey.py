"""One conversion's journey with its credits, as one HTML page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from attrigraph.domain import UNKNOWN
from attrigraph.report.figures import GREY, colour_of, label, styled
from attrigraph.report.page import drawn, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Conversion, Touchpoint


def render(
    conversion: Conversion,
    touches: Sequence[Touchpoint],
    credit: Sequence[float],
    model: str,
    *,
    incremental: bool = False,
    assumptions: Sequence[str] = (),
    run: str | None = None,
) -> str:
    """The page as text.

    Args:
        conversion: what is explained.
        touches: its journey, oldest first.
        credit: part of the conversion by touch; the rest is baseline.
        model: whose credit it is.
        incremental: whether the model estimates what the touches caused.
        assumptions: what must be true for that.
        run: id of the run whose credit it is.
    """
    return template("journey.html.j2").render(
        conversion=conversion,
        model=model,
        incremental=incremental,
        assumptions=assumptions,
        run=run,
        touches=len(touches),
        harmful=any(part < 0 for part in credit),
        baseline=1.0 - sum(credit),
        rows=[
            {
                "touch": touch,
                "channel": UNKNOWN if touch.channel is None else touch.channel,
                "before": _before(touch, conversion),
                "credit": part,
            }
            for touch, part in zip(touches, credit, strict=True)
        ],
        picture=drawn(journey_with_credit(touches, credit)),
    )


def journey_with_credit(touches: Sequence[Touchpoint], credit: Sequence[float]) -> go.Figure:
    """One bar a touch, oldest first, and the baseline part last; hatched below 0."""
    channels = sorted({touch.channel for touch in touches}, key=lambda name: (name is None, name))
    names = [f"{place}. {label(touch.channel)}" for place, touch in enumerate(touches, 1)]
    served = [label(touch.creative or touch.campaign or "") for touch in touches]
    when = ["" if t.timestamp is None else f"{t.timestamp:%Y-%m-%d %H:%M}" for t in touches]
    parts = [*credit, 1.0 - sum(credit)]
    figure = go.Figure(
        go.Bar(
            x=parts,
            y=[*names, "baseline"],
            orientation="h",
            marker={
                "color": [*(colour_of(touch.channel, channels) for touch in touches), GREY],
                "pattern": {"shape": ["/" if part < 0 else "" for part in parts]},
            },
            text=[f"{part:.1%}" for part in parts],
            textposition="outside",
            cliponaxis=False,
            customdata=[*zip(served, when, strict=True), ("", "")],
            hovertemplate="%{x:.1%} %{customdata[0]} %{customdata[1]}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(title="part of the conversion", tickformat=".0%", automargin=True)
    figure = styled(figure, height=110 + 30 * (len(names) + 1))
    return figure.update_layout(margin={"r": 60})


def _before(touch: Touchpoint, conversion: Conversion) -> str:
    """How long before the conversion, in days, or in minutes where that is less than a tenth."""
    if touch.timestamp is None or conversion.timestamp is None:
        return ""
    minutes = (conversion.timestamp - touch.timestamp).total_seconds() / 60
    return f"{minutes:.1f} minutes" if minutes < 144 else f"{minutes / 1440:.1f} days"
