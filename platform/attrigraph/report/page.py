"""Renders the report as one self-contained HTML page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import UNKNOWN
from attrigraph.domain.reasons import shared_sentences
from attrigraph.errors import MissingExtraError
from attrigraph.escaping import escape_control
from attrigraph.report.changes import changes
from attrigraph.report.chosen import chosen_model, credited
from attrigraph.report.columns import lag_chart, length_columns
from attrigraph.report.comparison import compare_with_truth
from attrigraph.report.headline import headline
from attrigraph.report.kinds import kinds_csv, scope, variables
from attrigraph.worlds.evaluation import evaluate

try:
    import jinja2
    from markupsafe import Markup

    from attrigraph.report import (
        causal,
        downloads,
        experiments,
        figures,
        formats,
        money,
        trigger_picture,
    )
    from attrigraph.report.prose import prose
    from attrigraph.report.sankey import sankey
except ModuleNotFoundError as error:
    raise MissingExtraError(
        f"the report needs the package {error.name}, which is not installed; "
        "pip install 'attrigraph[report]'"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrigraph.domain import Attribution, ModelCredits
    from attrigraph.report.changes import Change
    from attrigraph.report.chosen import Money
    from attrigraph.report.data import ReportData

MAX_TABLE_ROWS: Final = 200
"""Maximum rows of a table; the page states how many more there are."""

MAX_MONEY_ROWS: Final = 25
"""Rows of a table of money; the CSV file has all."""

MAX_CHANGES: Final = 15


def render(data: ReportData) -> str:
    """The HTML of the page, with all pictures and tables; it needs no network and no script."""
    first = data.levels[0]
    model = chosen_model(first.models.values())
    assert model is not None, "a run has at least one model"
    changed = _changed(data, credited(first, model, max_rows=MAX_MONEY_ROWS))
    return template("report.html.j2").render(
        **_first_screen(data, first, model),
        changed=changed,
        **_all_models(data, first),
        links=_links(data, changed),
        **_journeys(data, figures.ranked_keys(first)),
        **variables(data.kinds, MAX_MONEY_ROWS),
        **experiments.variables(first, data.experiments),
        data=data,
        other_levels=_other_levels(data, model.model),
        comparison=_comparison(data, model),
        unknown=UNKNOWN,
    )


def _first_screen(data: ReportData, first: Attribution, model: ModelCredits) -> dict[str, Any]:
    """The headline, and what the chosen model shows of channels."""
    table = credited(first, model, max_rows=MAX_MONEY_ROWS)
    return {
        "observed": first.observed,
        "currency": first.currency,
        "kind": first.kind,
        "headline": headline(first, model, data.period, scope(data.kinds)),
        "money": table,
        "reasons": _reasons(table),
        "health": first.data_health,
    }


def _all_models(data: ReportData, first: Attribution) -> dict[str, Any]:
    """The tables of all models, and what triggers what."""
    costs = data.costs.get(first.by, {})
    colour = _colours(figures.ranked_keys(first))
    summaries = causal.summaries(first, colour, costs=costs, max_rows=MAX_TABLE_ROWS)
    return {
        "model_names": list(first.models),
        "causal_models": summaries,
        "triggers": [one for one in summaries if one.picture],
        "heads": trigger_picture.HEADS,
        "returns": list(money.tables(data.levels, MAX_TABLE_ROWS)),
        "line_name": money.line_name,
        "robustness": data.robustness,
        "levels": _levels(data),
    }


def _journeys(data: ReportData, channels: Sequence[str | None]) -> dict[str, Any]:
    """The pictures of journeys."""
    return {
        "flow": sankey(data.flows, channels) if data.flows else None,
        "lengths": length_columns(data.converting_by_length, data.others_by_length),
        "lags": lag_chart(data.days_to_conversion),
        "colour": _colours(channels),
    }


def _colours(channels: Sequence[str | None]) -> dict[str | None, str]:
    return {key: figures.colour_of(key, channels) for key in channels}


def _reasons(table: Money) -> list[str]:
    """Why shown channels are not identified, one sentence per reason, and what their sums are."""
    rows = [row for row in table.rows if row.credit.identified is False]
    sums = (pair.sentence() for pair in table.model.pairs)
    return [*shared_sentences({row.label: row.credit.reasons for row in rows}), *sums]


def _changed(data: ReportData, table: Money) -> tuple[Change, ...] | None:
    if data.earlier is None:
        return None
    return changes(table.model, data.earlier.answer, table.unit, max_rows=MAX_CHANGES)


def _other_levels(data: ReportData, model: str) -> list[dict[str, Any]]:
    """The tables of campaigns and creatives by the chosen model."""
    tables = {
        level.by: credited(level, level.models[model], max_rows=MAX_MONEY_ROWS)
        for level in data.levels[1:]
        if model in level.models and level.models[model].credits
    }
    return [
        {"level": by, "table": table, "reasons": _reasons(table)} for by, table in tables.items()
    ]


def _links(data: ReportData, changed: Sequence[Change] | None) -> dict[str, Any]:
    """The CSV files of the page, as addresses that hold them."""
    first = data.levels[0]
    return {
        "credit": {level.by: downloads.credit_csv(level) for level in data.levels},
        "triggered": {
            name: downloads.triggered_csv(model)
            for name, model in first.models.items()
            if model.triggered
        },
        "health": downloads.health_csv(first.data_health or ()),
        "kinds": kinds_csv(data.kinds),
        "changes": downloads.changes_csv(changed or ()),
        "robustness": downloads.robustness_csv(data.robustness),
        "loads": downloads.loads_csv(data.loads),
        "paths": downloads.paths_csv(data.top_paths, UNKNOWN),
    }


def _comparison(data: ReportData, model: ModelCredits) -> dict[str, Any] | None:
    """The comparison with the truth, with the numbers of the chosen model."""
    if data.truth is None:
        return None
    models = tuple(data.levels[0].models.values())
    scores = [evaluate(one, data.truth) for one in models]
    return compare_with_truth(data.truth, models, scores, [model])


def template(name: str) -> jinja2.Template:
    """A template of this package; undefined variables are errors, and all text is escaped.

    Text that is inserted has neither markup nor characters that reorder the text around it.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("attrigraph.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_without_control,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {write.__name__: write for write in (*formats.FILTERS, prose)}
    return environment.get_template(name)


def _without_control(value: object) -> object:
    """Text from the data with control and bidirectional characters made visible."""
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return escape_control(str(value)) if is_text else value


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
    conversions = attribution.observed.conversions
    decimals = min((causal.decimals_of(model, conversions) for model in models), default=0)
    return {
        "by": attribution.by,
        "columns": _columns(models),
        "shown": partial(formats.rounded, decimals=decimals),
        "decimals": decimals,
        "caused": [model.model for model in models if model.incremental],
        "rules": [model.model for model in models if not model.incremental],
        "keys": keys[:MAX_TABLE_ROWS],
        "labels": attribution.labels(),
        "hidden": len(keys) - MAX_TABLE_ROWS if len(keys) > MAX_TABLE_ROWS else 0,
        "credit": {
            model.model: {credit.key: credit for credit in model.credits} for model in models
        },
        "shade": {model.model: figures.share_of_largest(model) for model in models},
        "captured": any(model.captured.conversions for model in models),
        "costs": data.costs.get(attribution.by, {}),
    }


def _columns(models: Sequence[ModelCredits]) -> list[dict[str, Any]]:
    """The models in the order of the table: incremental models come first."""
    return [
        {
            "model": model,
            "interval": model.incremental
            and any(c.low is not None or c.identified is False for c in model.credits),
        }
        for model in sorted(models, key=lambda model: not model.incremental)
    ]
