"""``attrigraph runs``: the stored runs of ``attribute``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.runs_compare import command as compare_command
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.graph.runs import Run
    from attrigraph.stores import Stores


@click.group("runs", no_args_is_help=False)
def command() -> None:
    """List, name, pin, publish, compare or delete stored runs of `attribute`.

    Readers of the graph see the published run; the others are kept, and can be published without
    computing anything. RUN is the id or the name of a run.
    """


@command.command("list", cls=Command)
@home_option
@json_option
def list_command(home: Path | None, as_json: bool) -> None:
    """List the runs, newest first."""
    from attrigraph.cli.tables.runs import run_object, show_runs
    from attrigraph.services.stored_runs import attribution_runs

    with _stores(home) as stores:
        runs = attribution_runs(stores)
    if as_json:
        print_json({"runs": [run_object(run) for run in runs]})
    elif runs:
        show_runs(runs, console=stdout_console())
    else:
        print_messages("no runs; `attrigraph attribute` makes one")


@command.command("show", cls=Command)
@click.argument("key", metavar="RUN")
@home_option
@json_option
def show_command(key: str, home: Path | None, as_json: bool) -> None:
    """Show what a run is about: its data, parameters, models and totals."""
    from attrigraph.cli.tables.runs import run_details, show_details
    from attrigraph.services.stored_runs import attribution_run

    with _stores(home) as stores:
        run = attribution_run(stores, key)
    if as_json:
        print_json(run_details(run))
    else:
        show_details(run, console=stdout_console())


@command.command("name", cls=Command)
@click.argument("key", metavar="RUN")
@click.argument("name", required=False)
@click.option("--remove", is_flag=True, help="Take the name of the run away.")
@home_option
@json_option
def name_command(
    key: str, name: str | None, remove: bool, home: Path | None, as_json: bool
) -> None:
    """Give a run NAME, which no other run has."""
    from attrigraph.services.stored_runs import name_attribution_run

    if (name is None) != remove:
        raise InputError("give NAME, or --remove to take the name of the run away")
    with _stores(home) as stores:
        run = name_attribution_run(stores, key, name)
    words = "has no name" if name is None else f"has the name {name!r}"
    _print(run, words, as_json=as_json)


@command.command("pin", cls=Command)
@click.argument("key", metavar="RUN")
@click.option("--off", is_flag=True, help="End that.")
@home_option
@json_option
def pin_command(key: str, off: bool, home: Path | None, as_json: bool) -> None:
    """Pin a run, so that later runs never delete it, whatever their --keep."""
    from attrigraph.services.stored_runs import pin_attribution_run

    with _stores(home) as stores:
        run = pin_attribution_run(stores, key, pinned=not off)
    _print(run, "is not pinned" if off else "is pinned", as_json=as_json)


@command.command("publish", cls=Command)
@click.argument("key", metavar="RUN")
@home_option
@json_option
def publish_command(key: str, home: Path | None, as_json: bool) -> None:
    """Make a run the one that readers of the graph see; nothing is computed."""
    from attrigraph.services.stored_runs import publish_attribution_run

    with _stores(home) as stores:
        run = publish_attribution_run(stores, key)
    _print(run, "is published", as_json=as_json)


@command.command("delete", cls=Command)
@click.argument("key", metavar="RUN")
@home_option
@json_option
def delete_command(key: str, home: Path | None, as_json: bool) -> None:
    """Delete a run with its scores, unless it is published or pinned."""
    from attrigraph.cli.tables.runs import run_object
    from attrigraph.services.stored_runs import delete_attribution_run

    with _stores(home) as stores:
        run = delete_attribution_run(stores, key)
    if as_json:
        print_json({"deleted": run_object(run)})
    else:
        print_messages(f"run {run.id} is deleted")


command.add_command(compare_command)


@contextmanager
def _stores(home: Path | None) -> Iterator[Stores]:
    from attrigraph import bootstrap

    with bootstrap.open_stores(settings_of(home)) as stores:
        yield stores


def _print(run: Run, words: str, *, as_json: bool) -> None:
    from attrigraph.cli.tables.runs import run_object

    if as_json:
        print_json(run_object(run))
    else:
        print_messages(f"run {run.id} {words}")
