"""The figure that compares credit with the truth of a simulated world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import plotly.graph_objects as go

from attrigraph.attribution.families import WELL_KNOWN
from attrigraph.report.figures import far_off, label, markers_of, rows_of, styled, traces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Credit, ModelCredits
    from attrigraph.worlds.truth import Truth

MAX_MARKERS: Final = 6
"""With more models that are not incremental, those that are not ``WELL_KNOWN`` share one."""

OTHERS: Final = "other models"

_TRUTH: Final = "#DCE0E5"
_OTHER: Final[dict[str, Any]] = {"color": "#9AA0A6", "symbol": "circle-open", "size": 7}


def credit_and_truth(truth: Truth, models: Sequence[ModelCredits]) -> go.Figure:
    """One row per channel: the truth as a bar, models as markers, intervals as whiskers.

    Models that ``far_off`` returns are omitted.
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
    omitted = far_off(models)
    shown = [model for model in models if model.model not in omitted]
    others = _with_shared_marker(shown)
    offset = _offsets(shown)
    marked = list(zip(shown, markers_of(shown), strict=True))
    # models with their own marker are drawn last, over the others
    for model, marker in sorted(marked, key=lambda pair: pair[0].model not in others):
        if model.model in others:
            _draw_other(figure, model, names, offset[model.model])
        else:
            _draw(figure, model, names, offset[model.model], marker)
    rows_of(figure, names)
    figure.update_xaxes(title="conversions", tickformat=",")
    return styled(figure, height=130 + 58 * len(names))


def caption(models: Sequence[ModelCredits]) -> str:
    """Sentences that explain the figure's markers; empty without models."""
    incremental = [model for model in models if model.incremental]
    sentences = []
    if incremental:
        names = " and ".join(model.model for model in incremental)
        whiskers_too = ", with 90\u2009% intervals" if any(map(_has_intervals, incremental)) else ""
        sentences.append(f"Diamonds show the credit by {names}{whiskers_too}.")
    if any(credit.identified is False for model in incremental for credit in model.credits):
        sentences.append("Hollow diamonds are not identified: the data cannot show this credit.")
    if len(incremental) < len(models):
        sentences.append(
            "Other markers show models that are not incremental: they divide all conversions that "
            "follow a touch."
        )
    return " ".join(sentences)


def _with_shared_marker(models: Sequence[ModelCredits]) -> set[str]:
    names = [model.model for model in models if not model.incremental]
    return set(names).difference(WELL_KNOWN) if len(names) > MAX_MARKERS else set()


def _offsets(models: Sequence[ModelCredits]) -> dict[str, float]:
    """Vertical offset of each model's markers from the middle of a row, in rows.

    Incremental models are in the upper half, each on its own line because of its whiskers. All
    other models are on one line in the lower half.
    """
    incremental = [model.model for model in models if model.incremental]
    step = 0.28 / len(incremental) if incremental else 0.0
    upper = {name: -0.28 + step * (line + 0.5) for line, name in enumerate(incremental)}
    return {model.model: upper.get(model.model, 0.16) for model in models}


def _has_intervals(model: ModelCredits) -> bool:
    return any(credit.low is not None for credit in model.credits)


def _draw(
    figure: go.Figure,
    model: ModelCredits,
    names: Sequence[str],
    offset: float,
    marker: dict[str, Any],
) -> None:
    points = [(credit, row + offset) for row, credit in _rows(model, names)]
    size = 13 if model.incremental else 11
    for trace in traces(model, points, {**marker, "size": size}, decimals=1):
        trace.update(legendgroup=trace.name, legendrank=1001 if model.incremental else 1002)
        figure.add_trace(trace)


def _draw_other(
    figure: go.Figure, model: ModelCredits, names: Sequence[str], offset: float
) -> None:
    """Draw one of the models that share a marker and one entry in the legend."""
    points = [(credit, row + offset) for row, credit in _rows(model, names)]
    is_first = not any(trace.name == OTHERS for trace in figure.data)
    for trace in traces(model, points, _OTHER, decimals=1):
        trace.update(name=OTHERS, legendgroup=OTHERS, legendrank=1100, showlegend=is_first)
        figure.add_trace(trace)


def _rows(model: ModelCredits, names: Sequence[str]) -> list[tuple[int, Credit]]:
    """A model's credits with their rows."""
    lines = {credit.key: credit for credit in model.credits}
    return [(row, lines[name]) for row, name in enumerate(names) if name in lines]
