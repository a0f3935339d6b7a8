"""The picture of credit beside the truth of a simulated world."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from attrigraph.report.figures import far_off, label, marks_of, rows_of, styled, whiskers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import ModelCredits
    from attrigraph.worlds.truth import Truth

NAMED: Final = ("last", "linear", "markov-1")
"""The rules that most people know: each has a mark of its own, the others share one."""

_TRUTH: Final = "#DCE0E5"
_OTHER: Final = {"color": "#9AA0A6", "symbol": "circle-open", "size": 7}


def credit_beside_truth(truth: Truth, answers: Sequence[ModelCredits]) -> go.Figure:
    """One row a channel: the truth as a bar, each model as a mark, intervals as whiskers.

    Models that ``far_off`` names are left out.
    """
    order = sorted(range(len(truth.channels)), key=lambda i: -truth.credit[i])
    names = [truth.channels[i] for i in order]
    figure = go.Figure()
    figure.add_bar(
        x=[truth.credit[i] for i in order],
        y=list(range(len(names))),
        orientation="h",
        name="truth",
        width=0.74,
        marker={"color": _TRUTH, "line": {"color": "#57606a", "width": 1}},
        customdata=[label(name) for name in names],
        hovertemplate="%{customdata}: %{x:,.1f}<extra>truth</extra>",
    )
    away = far_off(answers)
    near = [answer for answer in answers if answer.model not in away]
    marked = list(zip(near, marks_of(near), strict=True))
    # those that are named are drawn last, over the others
    for answer, mark in sorted(marked, key=lambda pair: not _other(pair[0])):
        _draw(figure, answer, names, mark)
    rows_of(figure, names)
    figure.update_xaxes(title="conversions", tickformat=",")
    return styled(figure, height=130 + 58 * len(names))


def _other(answer: ModelCredits) -> bool:
    return not answer.incremental and answer.model not in NAMED


def _draw(
    figure: go.Figure, answer: ModelCredits, names: Sequence[str], mark: dict[str, Any]
) -> None:
    """Models that claim to know the truth in the upper half of the rows, rules in the lower."""
    lines = {credit.key: credit for credit in answer.credits}
    other = _other(answer)
    here = [(row, lines[name]) for row, name in enumerate(names) if name in lines]
    figure.add_scatter(
        x=[credit.conversions for _, credit in here],
        y=[row + (-0.14 if answer.incremental else 0.16) for row, _ in here],
        mode="markers",
        name="other rules" if other else escape(answer.model),
        legendgroup="other rules" if other else escape(answer.model),
        legendrank=1100 if other else 1001 if answer.incremental else 1002,
        showlegend=not other or not any(t.name == "other rules" for t in figure.data),
        marker=_OTHER if other else {**mark, "size": 13 if answer.incremental else 11},
        error_x=whiskers([credit for _, credit in here], mark["color"])
        if answer.incremental
        else None,
        customdata=[label(credit.key) for _, credit in here],
        hovertemplate="%{customdata}: %{x:,.1f}<extra>" + escape(answer.model) + "</extra>",
    )
