"""Credit beside truth, as one HTML page that needs nothing but itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from attrigraph.report.figures import PALETTE, label, styled
from attrigraph.report.page import drawn, template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth


def render(truth: Truth, answers: Sequence[ModelCredits], scores: Sequence[Score]) -> str:
    """The page as text: truth, the incremental credit with its interval, and every rule."""
    picture = drawn(credit_beside_truth(truth, answers))
    return template("evaluation.html.j2").render(truth=truth, scores=scores, picture=picture)


def credit_beside_truth(truth: Truth, answers: Sequence[ModelCredits]) -> go.Figure:
    """One row a channel: the truth as a bar, each model as a mark, intervals as whiskers."""
    order = sorted(range(len(truth.channels)), key=lambda i: -truth.credit[i])
    names = [truth.channels[i] for i in order]
    figure = go.Figure()
    figure.add_bar(
        x=[truth.credit[i] for i in order],
        y=[label(name) for name in names],
        orientation="h",
        name="truth",
        marker_color="#C9CDD2",
    )
    for answer in sorted(answers, key=lambda answer: answer.incremental):
        lines = {credit.key: credit for credit in answer.credits}
        here = [lines[name] for name in names if name in lines]
        figure.add_scatter(
            x=[credit.conversions for credit in here],
            y=[label(credit.key) for credit in here],
            mode="markers",
            name=answer.model,
            marker={"color": PALETTE[2], "size": 13, "symbol": "diamond"}
            if answer.incremental
            else {"size": 8, "symbol": "circle-open", "color": PALETTE[7]},
            error_x=_whiskers(here),
        )
    figure.update_yaxes(autorange="reversed", type="category", automargin=True)
    figure.update_xaxes(title="conversions")
    return styled(figure, height=160 + 52 * len(names))


def _whiskers(credits: Sequence[Credit]) -> dict[str, object] | None:
    ends = [
        (credit.conversions, credit.low, credit.high)
        for credit in credits
        if credit.low is not None and credit.high is not None
    ]
    if not ends:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - middle for middle, _, high in ends],
        "arrayminus": [middle - low for middle, low, _ in ends],
        "color": PALETTE[2],
    }
