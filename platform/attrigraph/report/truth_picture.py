"""The picture of credit beside the truth of a simulated world."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from attrigraph.report.figures import far_off, label, marks_of, rows_of, styled, whiskers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.truth import Truth

NAMED: Final = ("last", "linear", "markov-1")
"""The rules that most people know: each has a mark of its own."""

MOST_APART: Final = 6
"""Up to this many rules each has a mark of its own; of more, those that are not ``NAMED`` share
one."""

SAYS: Final = "which share out every conversion that a touch precedes"

OTHER_RULES: Final = "other rules"

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
    others = _sharing_a_mark(near)
    height = _heights(near)
    marked = list(zip(near, marks_of(near), strict=True))
    # those that are named are drawn last, over the others
    for answer, mark in sorted(marked, key=lambda pair: pair[0].model not in others):
        place = height[answer.model]
        if answer.model in others:
            _draw_other(figure, answer, names, place)
        else:
            _draw(figure, answer, names, place, mark)
    rows_of(figure, names)
    figure.update_xaxes(title="conversions", tickformat=",")
    return styled(figure, height=130 + 58 * len(names))


def in_words(answers: Sequence[ModelCredits]) -> str:
    """What is drawn beside the truth, as a sentence; empty where nothing is."""
    claims = [answer for answer in answers if answer.incremental]
    rules = len(claims) < len(answers)
    if not claims:
        return f"Marks are what rules say, {SAYS}." if rules else ""
    names = " and ".join(answer.model for answer in claims)
    one = len(claims) == 1
    marks = "The diamond is what the model" if one else "Diamonds are what the models"
    ends = (f"; below {'it' if one else 'them'} is what rules say, {SAYS}" if rules else "") + "."
    held = f", with {'its' if one else 'their'} 90\u2009% interval{'' if one else 's'}"
    return f"{marks} {names} say{'s' if one else ''}{held if any(map(_held, claims)) else ''}{ends}"


def _sharing_a_mark(answers: Sequence[ModelCredits]) -> set[str]:
    rules = [answer.model for answer in answers if not answer.incremental]
    return set(rules).difference(NAMED) if len(rules) > MOST_APART else set()


def _heights(answers: Sequence[ModelCredits]) -> dict[str, float]:
    """How far below the middle of its row each model's mark stands, in rows.

    Models that claim to know the truth have the upper half, each a line of its own, as they have
    whiskers; rules share a line in the lower half.
    """
    claims = [answer.model for answer in answers if answer.incremental]
    step = 0.28 / len(claims) if claims else 0.0
    own = {name: -0.28 + step * (place + 0.5) for place, name in enumerate(claims)}
    return {answer.model: own.get(answer.model, 0.16) for answer in answers}


def _held(answer: ModelCredits) -> bool:
    """Whether it has intervals."""
    return any(credit.low is not None for credit in answer.credits)


def _draw(
    figure: go.Figure,
    answer: ModelCredits,
    names: Sequence[str],
    height: float,
    mark: dict[str, Any],
) -> None:
    credits = [credit for _, credit in _rows(answer, names)]
    figure.add_scatter(
        **_marks(answer, names, height),
        name=escape(answer.model),
        legendgroup=escape(answer.model),
        legendrank=1001 if answer.incremental else 1002,
        marker={**mark, "size": 13 if answer.incremental else 11},
        error_x=whiskers(credits, mark["color"]) if answer.incremental and _held(answer) else None,
    )


def _draw_other(
    figure: go.Figure, answer: ModelCredits, names: Sequence[str], height: float
) -> None:
    """One of the rules that share a mark, which stands in the legend once."""
    figure.add_scatter(
        **_marks(answer, names, height),
        name=OTHER_RULES,
        legendgroup=OTHER_RULES,
        legendrank=1100,
        showlegend=not any(trace.name == OTHER_RULES for trace in figure.data),
        marker=_OTHER,
    )


def _marks(answer: ModelCredits, names: Sequence[str], height: float) -> dict[str, Any]:
    here = _rows(answer, names)
    return {
        "x": [credit.conversions for _, credit in here],
        "y": [row + height for row, _ in here],
        "mode": "markers",
        "customdata": [label(credit.key) for _, credit in here],
        "hovertemplate": "%{customdata}: %{x:,.1f}<extra>" + escape(answer.model) + "</extra>",
    }


def _rows(answer: ModelCredits, names: Sequence[str]) -> list[tuple[int, Credit]]:
    """A model's credits with the rows they stand in."""
    lines = {credit.key: credit for credit in answer.credits}
    return [(row, lines[name]) for row, name in enumerate(names) if name in lines]
