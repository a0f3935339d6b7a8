"""Renders the report as one self-contained HTML page."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import UNKNOWN
from attrigraph.errors import MissingExtraError
from attrigraph.worlds.evaluation import evaluate

try:
    import jinja2
    from plotly.offline import get_plotlyjs

    from attrigraph.report import causal, figures, formats, money, trigger_picture
    from attrigraph.report.truth_figure import caption, credit_and_truth
except ModuleNotFoundError as error:
    raise MissingExtraError(
        f"the report needs the package {error.name}, which is not installed; "
        "pip install 'attrigraph[report]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import plotly.graph_objects as go

    from attrigraph.domain import Attribution, ModelCredits
    from attrigraph.report.data import ReportData
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth

MAX_TABLE_ROWS: Final = 200
"""Maximum rows of a table; the page states how many more there are."""

MIN_WITHOUT_DECIMALS: Final = 1_000
"""Number of conversions from which credits are shown without decimals."""


def render(data: ReportData) -> str:
    """The HTML of the page, with all scripts and figures; it needs no network."""
    first = data.levels[0]
    channels = figures.ranked_keys(first)
    colour = {key: figures.colour_of(key, channels) for key in channels}
    return template("report.html.j2").render(
        data=data,
        observed=first.observed,
        comparison=_comparison(data),
        causal_models=causal.summaries(
            first, colour, costs=data.costs.get(first.by, {}), max_rows=MAX_TABLE_ROWS
        ),
        money=list(money.tables(data.levels, MAX_TABLE_ROWS)),
        line_name=money.line_name,
        robustness=data.robustness,
        heads=trigger_picture.HEADS,
        levels=_levels(data),
        flow=embed(figures.journey_flow(data.flows, channels)) if data.flows else None,
        lengths=embed(figures.path_lengths(data.converting_by_length, data.others_by_length)),
        lags=embed(figures.time_to_conversion(data.days_to_conversion))
        if len(data.days_to_conversion)
        else None,
        colour=colour,
        unknown=UNKNOWN,
    )


def _comparison(data: ReportData) -> dict[str, Any] | None:
    if data.truth is None:
        return None
    models = list(data.levels[0].models.values())
    scores = [evaluate(model, data.truth) for model in models]
    return compare_with_truth(data.truth, models, scores)


def compare_with_truth(
    truth: Truth, models: Sequence[ModelCredits], scores: Sequence[Score]
) -> dict[str, Any]:
    """The variables of the template that compares credit with the truth.

    Args:
        truth: what marketing caused.
        models: credits by channel.
        scores: scores of the same models, in the same order.
    """
    return {
        "truth": truth,
        "scores": scores,
        "figure": embed(credit_and_truth(truth, models)),
        "caption": caption(models),
        "far_off": figures.far_off(models),
        "no_effect": all(math.isnan(score.error) for score in scores),
    }


def template(name: str) -> jinja2.Template:
    """A template of this package; undefined variables are errors, and all text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("attrigraph.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {write.__name__: write for write in formats.FILTERS}
    environment.globals["plotly"] = get_plotlyjs()
    return environment.get_template(name)


def _levels(data: ReportData) -> list[dict[str, Any]]:
    """The template's variables per level; a remark is shown only at the first level that has it."""
    shown: set[tuple[str, str]] = set()
    levels = []
    for attribution in data.levels:
        remarks = {
            model.model: {
                "notes": [text for text in model.notes if (model.model, text) not in shown],
                "assumptions": [
                    text for text in model.assumptions if (model.model, text) not in shown
                ],
            }
            for model in attribution.models.values()
        }
        remarks = {name: texts for name, texts in remarks.items() if any(texts.values())}
        shown |= {
            (name, text)
            for name, kinds in remarks.items()
            for texts in kinds.values()
            for text in texts
        }
        levels.append(_level(attribution, data) | {"remarks": remarks})
    return levels


def _level(attribution: Attribution, data: ReportData) -> dict[str, Any]:
    keys = figures.ranked_keys(attribution)
    models = list(attribution.models.values())
    columns = _columns(models, attribution.observed.conversions)
    return {
        "by": attribution.by,
        "columns": columns,
        "open": any(c.identified is False for model in models for c in model.credits),
        "caused": [model.model for model in models if model.incremental],
        "rules": [model.model for model in models if not model.incremental],
        "keys": keys[:MAX_TABLE_ROWS],
        "shown_in_figure": min(len(keys), figures.MAX_KEYS),
        "of": len(keys),
        "hidden": len(keys) - MAX_TABLE_ROWS if len(keys) > MAX_TABLE_ROWS else 0,
        "credit": {
            model.model: {credit.key: credit for credit in model.credits} for model in models
        },
        "shade": {model.model: figures.share_of_largest(model) for model in models},
        "captured": any(model.captured.conversions for model in models),
        "n_causal_columns": sum(
            1 + column["interval"] + column["captured"]
            for column in columns
            if column["model"].incremental
        ),
        "costs": data.costs.get(attribution.by, {}),
        "figure": embed(figures.credit_by_model(attribution)),
        "far_off": figures.far_off(models),
    }


def _columns(models: Sequence[ModelCredits], conversions: int) -> list[dict[str, Any]]:
    """The models in the order of the table: incremental models come first."""
    columns = []
    for model in sorted(models, key=lambda model: not model.incremental):
        unsure = any(c.low is not None or c.identified is False for c in model.credits)
        interval = model.incremental and unsure
        columns.append(
            {
                "model": model,
                "interval": interval,
                "captured": bool(model.captured.conversions),
                "shown": _shown(model, conversions),
            }
        )
    return columns


def _shown(model: ModelCredits, conversions: int) -> Callable[[float], str]:
    """How credits are written: without decimals that intervals or many conversions drown."""
    if any(credit.low is not None for credit in model.credits):
        return partial(formats.rounded, decimals=causal.decimals_of(model))
    return formats.whole if conversions >= MIN_WITHOUT_DECIMALS else formats.number


def embed(figure: go.Figure) -> str:
    """A figure as a fragment of a page whose head contains Plotly's script."""
    html: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        config={"displayModeBar": False, "responsive": True, "plotlyServerURL": ""},
    )
    return html
