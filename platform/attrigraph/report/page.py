"""Draws a story as one HTML page that needs nothing but itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from attrigraph.errors import MissingExtraError

try:
    import jinja2
    from plotly.offline import get_plotlyjs

    from attrigraph.report import figures
except ModuleNotFoundError as error:
    raise MissingExtraError(
        f"The report needs the package {error.name}, which is not installed; "
        "install attrigraph[report]."
    ) from error

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from attrigraph.domain import Attribution
    from attrigraph.report.story import Story

TABLE_ROWS: Final = 200
"""A level with more keys shows this many and says how many it leaves to the command line."""


def render(story: Story) -> str:
    """The page as text, with its scripts and pictures inside; it opens without a network."""
    channels = figures.ranked_keys(story.levels[0])
    return template("page.html.j2").render(
        story=story,
        observed=story.levels[0].observed,
        levels=[_level(attribution, story) for attribution in story.levels],
        flow=drawn(figures.journey_flow(story.flows, channels)) if story.flows else None,
        lengths=drawn(figures.path_lengths(story.converting_by_length, story.others_by_length)),
        lags=drawn(figures.time_to_conversion(story.days_to_conversion))
        if len(story.days_to_conversion)
        else None,
        colour={key: figures.colour_of(key, channels) for key in channels},
        unknown=figures.UNKNOWN,
    )


def template(name: str) -> jinja2.Template:
    """A template of this package; what it leaves out is an error, and all text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("attrigraph.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent}
    environment.globals["plotly"] = get_plotlyjs()
    return environment.get_template(name)


def number(amount: float) -> str:
    """A count or sum for people: thousands marked, two decimals where it is not whole."""
    return f"{amount:,.0f}" if math.isclose(amount, round(amount)) else f"{amount:,.2f}"


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage of three digits."""
    return f"{share:.1%}" if share >= 0.1 else f"{share:.2%}"


def _level(attribution: Attribution, story: Story) -> dict[str, Any]:
    keys = figures.ranked_keys(attribution)
    return {
        "by": attribution.by,
        "models": list(attribution.models.values()),
        "keys": keys[:TABLE_ROWS],
        "hidden": len(keys) - TABLE_ROWS if len(keys) > TABLE_ROWS else 0,
        "credit": {
            model.model: {credit.key: credit for credit in model.credits}
            for model in attribution.models.values()
        },
        "shade": {
            model.model: figures.share_of_largest(model) for model in attribution.models.values()
        },
        "costs": story.costs.get(attribution.by, {}),
        "picture": drawn(figures.credit_by_model(attribution)),
    }


def drawn(figure: go.Figure) -> str:
    """A picture as a piece of a page whose head holds Plotly's script."""
    html: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        config={"displayModeBar": False, "responsive": True, "plotlyServerURL": ""},
    )
    return html
