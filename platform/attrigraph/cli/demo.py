"""``attrigraph demo``: the whole pipeline on a simulated retailer, in a home of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_lines, stdout_console
from attrigraph.cli.options import settings_of
from attrigraph.cli.pages import write_page
from attrigraph.messages import print_messages
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.domain import Attribution
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

WORLD_FOLDER = "world"


@click.command("demo", cls=Command)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    help="Folder of the demo's own data set; other data sets are not touched.",
)
def command(home: Path) -> None:
    """Run the whole pipeline on a simulated retailer and compare it with the ground truth.

    Starts both stores in the demo's own home, loads the retailer's files, runs every model, prints
    credit next to the truth, and writes report.html into that home. A second run is quick, because
    it reuses what is there.
    """
    settings = settings_of(home)
    _start(settings)
    answer, conversion = _attributed(settings)
    _show(settings, answer)
    _print_next_steps(settings, conversion)


def _start(settings: Settings) -> None:
    from attrigraph import bootstrap

    bootstrap.up(settings)
    bootstrap.migrate(settings)


def _attributed(settings: Settings) -> tuple[Attribution, str | None]:
    """The retailer's credits, and a conversion worth explaining; also writes the report."""
    from attrigraph import bootstrap
    from attrigraph.report.page import render
    from attrigraph.services import demo

    world = _world(settings)
    demo.make_world(world)
    with bootstrap.open_stores(settings) as stores:
        _load(world, stores)
        answer = demo.attribute_world(world, stores)
        page = render(demo.build_demo_report(world, stores))
        assert answer.run is not None, "what the graph answers has a run"
        conversion = demo.conversion_to_explain(stores, answer.run)
    write_page(_report(settings), page)
    return answer, conversion


def _load(world: Path, stores: Stores) -> None:
    from attrigraph.services.demo import load_world

    print_messages("loading its events, customers, campaigns, creatives and audiences")
    report = load_world(world, stores)
    assert report.events is not None, "only a dry run writes no events"
    events = report.events
    print_messages(
        f"{counted(events.touches + events.conversions, 'event')} written, "
        f"{events.present_touches + events.present_conversions:,} already present"
    )


def _show(settings: Settings, answer: Attribution) -> None:
    from attrigraph.cli.tables.truth import for_contrast, show_with_truth
    from attrigraph.worlds.evaluation import evaluate
    from attrigraph.worlds.files import read_truth

    truth = read_truth(_world(settings) / "truth.json")
    models = tuple(answer.models.values())
    print_lines(
        "",
        f"A small simulated retailer: {counted(truth.customers, 'customer')}, "
        f"{counted(truth.total, 'expected conversion')}, {sum(truth.credit):,.0f} of them caused "
        "by marketing.",
        "Credited conversions by channel, and that truth:",
        "",
    )
    scores = [evaluate(model, truth) for model in models]
    show_with_truth(truth, for_contrast(models), scores, console=stdout_console())


def _print_next_steps(settings: Settings, conversion: str | None) -> None:
    from attrigraph import bootstrap
    from attrigraph.cli.tables.stores import as_lines, as_object

    stores = as_lines(as_object(settings, bootstrap.health(settings)))
    print_lines("", f"Report    {_report(settings)}", *stores, "")
    home, attrigraph = settings.home, _program()
    if conversion is not None:
        _print_step(
            "One conversion, touch by touch", f"{attrigraph} explain {conversion} --home {home}"
        )
    _print_step("Every model and the truth", f"{attrigraph} evaluate {home / WORLD_FOLDER}")
    _print_step("Stop both stores", f"{attrigraph} down --home {home}")


def _print_step(purpose: str, command: str) -> None:
    print_lines(f"{purpose:<32}{command}")


def _program() -> str:
    """How to call this program: by its name if the shell finds it, else by its path."""
    path, on_path = Path(sys.argv[0]), shutil.which("attrigraph")
    if path.name != "attrigraph" or (on_path is not None and path.samefile(on_path)):
        return "attrigraph"
    return str(path)


def _world(settings: Settings) -> Path:
    return settings.home.resolve() / WORLD_FOLDER


def _report(settings: Settings) -> Path:
    return settings.home.resolve() / "report.html"
