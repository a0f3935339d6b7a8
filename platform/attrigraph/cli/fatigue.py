"""``attrigraph fatigue``: how long creatives last, and what it costs to go on with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_files, print_json, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.number_types import AMOUNT
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from attrigraph.fatigue.planned import PlannedImpressions
    from attrigraph.services.fatigue_job import FatigueScores

as_of_option = click.option(
    "--as-of",
    metavar="DATE",
    help="The last day that is known, such as 2026-06-01. Default: the last of the graph.",
)
value_option = click.option(
    "--value-per-click",
    type=AMOUNT,
    metavar="VALUE",
    help="What a click is worth where nothing is attributed. Default: what it costs.",
)
impressions_option = click.option(
    "--impressions",
    type=InputFile(),
    metavar="FILE",
    help="CSV of planned impressions per day: creative_id, impressions, perhaps audience_id. "
    "Default: the mean of the last seven days.",
)
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed."
)


@click.group("fatigue")
def command() -> None:
    """Forecast how long creatives last, with intervals and losses in money.

    Daily figures come from `load`, similar creatives from `similar link`.
    """


@command.command("train", cls=Command)
@click.option(
    "--method",
    type=click.Choice(["graph-network", "head-without-graph", "shrunk-exponential", "exponential"]),
    help="What to train. Default: the best but for the head without graph; with fewer than 30 "
    "campaigns the shrunk exponential.",
)
@seed_option
@home_option
@json_option
def train(method: str | None, seed: int, home: Path | None, as_json: bool) -> None:
    """Train on all daily figures of the graph, and keep the model in Postgres.

    Networks need the extra gnn. `evaluate` compares the methods on one's own figures.
    """
    from attrigraph import bootstrap
    from attrigraph.services.fatigue_training import train_fatigue_model

    with bootstrap.open_stores(settings_of(home)) as stores, progress_bar() as progress:
        trained = train_fatigue_model(
            stores, method=method and method.replace("-", " "), seed=seed, progress=progress
        )
    if as_json:
        print_json(trained.to_json())
        return
    from attrigraph.cli.tables.fatigue import show_trained

    show_trained(trained, console=stdout_console())


@command.command("evaluate", cls=Command)
@click.option(
    "--out",
    type=OutputFile(),
    metavar="FILE",
    help="Also write an HTML page with a reliability diagram; an older one is replaced.",
)
@seed_option
@home_option
@json_option
def evaluate(out: Path | None, seed: int, home: Path | None, as_json: bool) -> None:
    """Compare all methods on the last 30 days of the graph's own figures.

    All of them learn from the days before, as `train` does, and forecast the creatives that were
    live then. Takes twice as long as `train`, and changes nothing. Baselines that need the extra
    fatigue are left out without it.
    """
    from attrigraph import bootstrap
    from attrigraph.services.fatigue_evaluation import evaluate_fatigue_methods

    with bootstrap.open_stores(settings_of(home)) as stores, progress_bar() as progress:
        found = evaluate_fatigue_methods(stores, seed=seed, progress=progress)
    if out is not None:
        from attrigraph.report.fatigue_evaluation_page import render

        write_page(out, render(found, written=datetime.now(UTC)))
    if as_json:
        print_json(found.to_json())
        return
    from attrigraph.cli.tables.fatigue_evaluation import show_evaluation

    show_evaluation(found, console=stdout_console())


def _common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    return as_of_option(value_option(impressions_option(home_option(json_option(function)))))


@command.command("predict", cls=Command)
@click.argument("creative", required=False)
@click.option(
    "--write/--no-write",
    default=True,
    show_default=True,
    help="Whether to write the scores of all creatives into the graph.",
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Show N creatives.",
)
@_common_options
def predict(
    creative: str | None,
    write: bool,
    top: int,
    as_of: str | None,
    value_per_click: float | None,
    impressions: Path | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Forecast all live creatives and write their scores, or forecast one CREATIVE.

    The most urgent comes first: the one whose replacement by a fresh creative saves most.
    """
    from attrigraph import bootstrap

    day, planned = day_of(as_of, "--as-of"), _planned(impressions)
    with bootstrap.open_stores(settings_of(home)) as stores:
        if creative is not None:
            from attrigraph.services.fatigue_prediction import FatiguePredictor

            found = FatiguePredictor(stores).predict(
                creative, as_of=day, value_per_click=value_per_click, planned=planned
            )
            if as_json:
                print_json(found.to_json())
                return
            from attrigraph.cli.tables.fatigue import show_creative

            show_creative(found, console=stdout_console())
            return
        from attrigraph.services.fatigue_job import score_creatives

        scores = score_creatives(
            stores, as_of=day, value_per_click=value_per_click, planned=planned, write=write
        )
    if as_json:
        print_json(scores.to_json())
        return
    _show(scores, top)


def _planned(impressions: Path | None) -> PlannedImpressions | None:
    from attrigraph.staging.planned_impressions import read_planned_impressions

    return None if impressions is None else read_planned_impressions(impressions)


def _show(scores: FatigueScores, top: int) -> None:
    from attrigraph.cli.tables.fatigue import show_scores

    show_scores(scores, top, console=stdout_console())
    print_messages(*scores.notes)


@command.command("report", cls=Command)
@click.option(
    "--out",
    type=OutputFile(),
    required=True,
    metavar="FILE",
    help="The page to write; an older one is replaced.",
)
@as_of_option
@value_option
@impressions_option
@home_option
@json_option
def report(
    out: Path,
    as_of: str | None,
    value_per_click: float | None,
    impressions: Path | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Write an HTML page on which creatives to replace first, and what that saves.

    It has the most urgent creatives in money, their decay curves, and all of them as CSV. It opens
    without a network or scripts, and writes nothing into the graph.
    """
    from attrigraph import bootstrap
    from attrigraph.report.fatigue_page import FatigueReport, render
    from attrigraph.services.fatigue_job import score_creatives
    from attrigraph.services.fatigue_model import read_fatigue_model

    day, planned = day_of(as_of, "--as-of"), _planned(impressions)
    with bootstrap.open_stores(settings_of(home)) as stores:
        found = score_creatives(
            stores, as_of=day, value_per_click=value_per_click, planned=planned, write=False
        )
        trained = read_fatigue_model(stores)
    page = FatigueReport(
        found.creatives,
        found.as_of,
        found.method,
        found.currency,
        found.not_live,
        trained.errors,
        trained.calibration_campaigns,
        found.notes,
    )
    write_page(out, render(page, written=datetime.now(UTC)))
    print_files([out], as_json=as_json)
