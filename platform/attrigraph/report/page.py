"""Draws a story as one HTML page that needs nothing but itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from attrigraph.domain import UNKNOWN
from attrigraph.errors import MissingExtraError
from attrigraph.worlds.evaluation import evaluate

try:
    import jinja2
    from plotly.offline import get_plotlyjs

    from attrigraph.report import figures
    from attrigraph.report.truth_picture import credit_beside_truth, in_words
except ModuleNotFoundError as error:
    raise MissingExtraError(
        f"The report needs the package {error.name}, which is not installed; "
        "install attrigraph[report]."
    ) from error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from attrigraph.domain import Attribution, ModelCredits
    from attrigraph.report.story import Story
    from attrigraph.worlds.evaluation import Score
    from attrigraph.worlds.truth import Truth

TABLE_ROWS: Final = 200
"""A level with more keys shows this many and says how many it leaves to the command line."""

LARGE: Final = 1_000
"""From this many conversions on, credits are shown without decimals."""


def render(story: Story) -> str:
    """The page as text, with its scripts and pictures inside; it opens without a network."""
    first = story.levels[0]
    channels = figures.ranked_keys(first)
    return template("page.html.j2").render(
        story=story,
        observed=first.observed,
        beside=_beside(story),
        levels=_levels(story),
        checks=[(name, model.checks) for name, model in first.models.items() if model.checks],
        flow=drawn(figures.journey_flow(story.flows, channels)) if story.flows else None,
        lengths=drawn(figures.path_lengths(story.converting_by_length, story.others_by_length)),
        lags=drawn(figures.time_to_conversion(story.days_to_conversion))
        if len(story.days_to_conversion)
        else None,
        colour={key: figures.colour_of(key, channels) for key in channels},
        unknown=UNKNOWN,
    )


def _beside(story: Story) -> dict[str, Any] | None:
    if story.truth is None:
        return None
    answers = list(story.levels[0].models.values())
    return beside_truth(story.truth, answers, [evaluate(a, story.truth) for a in answers])


def beside_truth(
    truth: Truth, answers: Sequence[ModelCredits], scores: Sequence[Score]
) -> dict[str, Any]:
    """What the part of a page on credit beside truth is filled with.

    Args:
        truth: what marketing caused.
        answers: by channel.
        scores: of the same models, in the same order.
    """
    return {
        "truth": truth,
        "scores": scores,
        "picture": drawn(credit_beside_truth(truth, answers)),
        "words": in_words(answers),
        "far_off": figures.far_off(answers),
        "nothing": all(math.isnan(score.error) for score in scores),
    }


def template(name: str) -> jinja2.Template:
    """A template of this package; what it leaves out is an error, and all text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("attrigraph.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent, "whole": whole, "share": share}
    environment.globals["plotly"] = get_plotlyjs()
    return environment.get_template(name)


def number(amount: float) -> str:
    """A count or sum for people: thousands marked, two decimals where it is not whole."""
    return f"{amount:,.0f}" if math.isclose(amount, round(amount)) else f"{amount:,.2f}"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage of three digits."""
    return f"{share:.1%}" if share >= 0.1 else f"{share:.2%}"


def whole(amount: float) -> str:
    """An amount without decimals; what is not 0 and would seem so keeps two."""
    return f"{amount:,.0f}" if amount == 0 or abs(amount) >= 0.5 else f"{amount:,.2f}"


def share(part: float) -> str:
    """A share, which may be above 1, as a whole percentage; a dash where there is none."""
    return "\N{EN DASH}" if math.isnan(part) else f"{part:.0%}"


def _levels(story: Story) -> list[dict[str, Any]]:
    """Each level as the page shows it; a remark is made once, at the first level that makes it."""
    made: set[tuple[str, str]] = set()
    levels = []
    for attribution in story.levels:
        remarks = {
            model.model: {
                "notes": [text for text in model.notes if (model.model, text) not in made],
                "assumptions": [
                    text for text in model.assumptions if (model.model, text) not in made
                ],
            }
            for model in attribution.models.values()
        }
        remarks = {name: told for name, told in remarks.items() if any(told.values())}
        made |= {
            (name, t) for name, told in remarks.items() for part in told.values() for t in part
        }
        levels.append(_level(attribution, story) | {"remarks": remarks})
    return levels


def _level(attribution: Attribution, story: Story) -> dict[str, Any]:
    keys = figures.ranked_keys(attribution)
    models = list(attribution.models.values())
    return {
        "by": attribution.by,
        "columns": _columns(models),
        "caused": [model.model for model in models if model.incremental],
        "rules": [model.model for model in models if not model.incremental],
        "keys": keys[:TABLE_ROWS],
        "drawn": min(len(keys), figures.DRAWN_KEYS),
        "of": len(keys),
        "hidden": len(keys) - TABLE_ROWS if len(keys) > TABLE_ROWS else 0,
        "credit": {
            model.model: {credit.key: credit for credit in model.credits} for model in models
        },
        "shade": {model.model: figures.share_of_largest(model) for model in models},
        "shown": whole if attribution.observed.conversions >= LARGE else number,
        "costs": story.costs.get(attribution.by, {}),
        "picture": drawn(figures.credit_by_model(attribution)),
        "far_off": figures.far_off(models),
    }


def _columns(models: Sequence[ModelCredits]) -> list[dict[str, Any]]:
    """The models in the order of the table: those that say what marketing caused come first."""
    columns = []
    for model in sorted(models, key=lambda model: not model.incremental):
        interval = model.incremental and any(c.low is not None for c in model.credits)
        columns.append({"model": model, "interval": interval})
    return columns


def drawn(figure: go.Figure) -> str:
    """A picture as a piece of a page whose head holds Plotly's script."""
    html: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        config={"displayModeBar": False, "responsive": True, "plotlyServerURL": ""},
    )
    return html
