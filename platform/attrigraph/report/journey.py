"""The journey of one conversion with its credit, as one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from attrigraph.domain import UNKNOWN
from attrigraph.domain.reasons import shared_sentences
from attrigraph.report import figures
from attrigraph.report.figures import GREY, colour_of, label, styled
from attrigraph.report.page import embed, template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attrigraph.domain import Conversion, Touchpoint


def render(
    conversion: Conversion,
    touches: Sequence[Touchpoint],
    credit: Sequence[float],
    model: str,
    *,
    captured: Sequence[float] = (),
    not_identified: Mapping[str | None, Sequence[str]] | None = None,
    incremental: bool = False,
    assumptions: Sequence[str] = (),
    run: str | None = None,
) -> str:
    """The HTML of the page.

    Args:
        conversion: the conversion to explain.
        touches: its journey, oldest first.
        credit: share of the conversion by touch; the rest is captured or baseline.
        model: name of the model.
        captured: share of the conversion that each touch captured at the moment of purchase; none
            if empty.
        not_identified: channels whose credit is not identified, with the codes of the reasons.
        incremental: whether the model estimates what the touches caused.
        assumptions: what must hold for that.
        run: id of the run.
    """
    captured = captured or [0.0] * len(touches)
    return template("journey.html.j2").render(
        conversion=conversion,
        model=model,
        incremental=incremental,
        assumptions=assumptions,
        run=run,
        touches=len(touches),
        negative=any(share < 0 for share in credit),
        captured=sum(captured),
        baseline=1.0 - sum(credit) - sum(captured),
        reasons=list(shared_sentences(not_identified or {})),
        rows=[
            {
                "touch": touch,
                "channel": UNKNOWN if touch.channel is None else touch.channel,
                "before": _before(touch, conversion),
                "credit": share,
                "captured": part,
            }
            for touch, share, part in zip(touches, credit, captured, strict=True)
        ],
        figure=embed(journey_with_credit(touches, credit, captured)),
    )


def journey_with_credit(
    touches: Sequence[Touchpoint], credit: Sequence[float], captured: Sequence[float]
) -> go.Figure:
    """One bar per touch, oldest first, then what was captured, if anything, and the baseline.

    Negative bars are hatched.
    """
    channels = sorted({touch.channel for touch in touches}, key=lambda name: (name is None, name))
    names = [f"{number}. {label(touch.channel)}" for number, touch in enumerate(touches, 1)]
    served = [label(touch.creative or touch.campaign or "") for touch in touches]
    times = ["" if t.timestamp is None else f"{t.timestamp:%Y-%m-%d %H:%M}" for t in touches]
    caught = [("captured", sum(captured))] if any(captured) else []
    rest = [*caught, ("baseline", 1.0 - sum(credit) - sum(captured))]
    shares = [*credit, *(share for _, share in rest)]
    figure = go.Figure(
        go.Bar(
            x=shares,
            y=[*names, *(name for name, _ in rest)],
            orientation="h",
            marker={
                "color": [
                    *(colour_of(touch.channel, channels) for touch in touches),
                    *[GREY] * len(rest),
                ],
                "pattern": {"shape": ["/" if share < 0 else "" for share in shares]},
            },
            text=["" if share < 0 else f"{share:.1%}" for share in shares],
            textposition="outside",
            cliponaxis=False,
            customdata=[*zip(served, times, strict=True), *[("", "")] * len(rest)],
            hovertemplate="%{x:.1%} %{customdata[0]} %{customdata[1]}<extra></extra>",
        )
    )
    # left of its bar, the number would cover the name on a narrow screen
    negative = [(y, share) for y, share in zip(figure.data[0].y, shares, strict=True) if share < 0]
    figure.add_scatter(
        x=[0.0] * len(negative),
        y=[y for y, _ in negative],
        text=[f"{share:.1%}" for _, share in negative],
        mode="text",
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(
        autorange="reversed", type="category", automargin=True, **figures.SPACE_AFTER_LABELS
    )
    figure.update_xaxes(title="share of the conversion", tickformat=".0%", automargin=True)
    figure = styled(figure, height=110 + 30 * len(shares))
    return figure.update_layout(margin={"r": 60}, showlegend=False)


def _before(touch: Touchpoint, conversion: Conversion) -> str:
    """Time before the conversion, in days, or in minutes below 0.1 days."""
    if touch.timestamp is None or conversion.timestamp is None:
        return ""
    minutes = (conversion.timestamp - touch.timestamp).total_seconds() / 60
    return f"{minutes:.1f} minutes" if minutes < 144 else f"{minutes / 1440:.1f} days"
