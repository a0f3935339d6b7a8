"""``attrigraph demo``: all of it on a simulated retailer, in a home of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attrigraph.cli.options import settings_of
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.domain import Attribution
    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

WORLD_FOLDER = "world"


@click.command("demo")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    help="Folder of the demo's own data set; yours is not touched.",
)
def command(home: Path) -> None:
    """Show all of it on a small retailer, simulated, so that the truth is known.

    Starts both stores in a home of the demo's own, loads the retailer's files, asks every model,
    prints credit beside truth, and writes report.html into that home. The second time it is quick:
    what is there already stands.
    """
    settings = settings_of(home)
    _start(settings)
    answer, conversion = _attributed(settings)
    _show(settings, answer)
    _say_how_to_go_on(settings, conversion)


def _start(settings: Settings) -> None:
    from attrigraph import bootstrap
    from attrigraph.local import stack

    stack.up(settings)
    bootstrap.migrate(settings)


def _attributed(settings: Settings) -> tuple[Attribution, str | None]:
    """The retailer's credits, and a conversion worth a look; the report is written on the way."""
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
    try:
        _report(settings).write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {_report(settings)}: {error.strerror}") from error
    return answer, conversion


def _load(world: Path, stores: Stores) -> None:
    from attrigraph.services.demo import load_world

    _say("loading its events, customers, campaigns, creatives and audiences")
    report = load_world(world, stores)
    assert report.events is not None, "only a dry run writes no events"
    events = report.events
    _say(
        f"{events.touches + events.conversions:,} events written, "
        f"{events.present_touches + events.present_conversions:,} there before"
    )


def _show(settings: Settings, answer: Attribution) -> None:
    from rich.console import Console

    from attrigraph.cli.truth_table import for_contrast, show_beside_truth
    from attrigraph.worlds.evaluation import evaluate
    from attrigraph.worlds.files import read_truth

    truth = read_truth(_world(settings) / "truth.json")
    models = tuple(answer.models.values())
    click.echo(
        f"\nA small retailer, simulated: {truth.customers:,} customers, {truth.total:,.0f} "
        f"conversions expected, {sum(truth.credit):,.0f} of them caused by marketing.\n"
        "Credited conversions by channel, beside that truth:\n"
    )
    scores = [evaluate(model, truth) for model in models]
    show_beside_truth(truth, for_contrast(models), scores, console=Console())


def _say_how_to_go_on(settings: Settings, conversion: str | None) -> None:
    from attrigraph import bootstrap
    from attrigraph.cli.stores_view import as_lines, as_object

    click.echo(f"\nReport    {_report(settings)}")
    click.echo("\n".join(as_lines(as_object(settings, bootstrap.health(settings)))) + "\n")
    home, attrigraph = settings.home, _program()
    if conversion is not None:
        _tell("One conversion, touch by touch", f"{attrigraph} explain {conversion} --home {home}")
    _tell("Every model beside the truth", f"{attrigraph} evaluate {home / WORLD_FOLDER}")
    _tell("Stop both stores", f"{attrigraph} down --home {home}")


def _tell(what: str, how: str) -> None:
    click.echo(f"{what:<32}{how}")


def _program() -> str:
    """How the user calls this program: by its name where that leads here, else as it was called."""
    called, found = Path(sys.argv[0]), shutil.which("attrigraph")
    if called.name != "attrigraph" or (found is not None and called.samefile(found)):
        return "attrigraph"
    return str(called)


def _world(settings: Settings) -> Path:
    return settings.home.resolve() / WORLD_FOLDER


def _report(settings: Settings) -> Path:
    return settings.home.resolve() / "report.html"


def _say(words: str) -> None:
    click.echo(words, err=True)
