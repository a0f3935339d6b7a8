"""``attrigraph simulate``: a world whose true effects are known, as files for the loader."""

from __future__ import annotations

from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_files, print_lines
from attrigraph.cli.model_options import is_given
from attrigraph.cli.options import json_option
from attrigraph.messages import print_messages
from attrigraph.quantities import counted


@click.command("simulate", cls=Command)
@click.option("--world", "name", default="retailer", show_default=True, help="Name of the world.")
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@click.option(
    "--customers",
    type=int,
    default=20_000,
    show_default=True,
    metavar="N",
    help="Number of customers; not of fatigue-* worlds.",
)
@click.option(
    "--campaigns",
    type=int,
    default=400,
    show_default=True,
    metavar="N",
    help="Number of campaigns of a fatigue-* world, with ten creatives each.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Folder for the files; it must be empty or hold an earlier world.",
)
@json_option
@click.option("--list", "names_only", is_flag=True, is_eager=True, expose_value=False,
              callback=lambda context, _, wanted: _list(context) if wanted else None,
              help="List the available worlds and exit.")  # fmt: skip
@click.pass_context
def command(
    context: click.Context,
    /,
    name: str,
    seed: int,
    customers: int,
    campaigns: int,
    out: Path,
    as_json: bool,
) -> None:
    """Simulate customers whose marketing has effects that are known exactly.

    Writes events, customers, campaigns, creatives and audiences as files for `attrigraph load`,
    and the ground truth in truth.json. `attrigraph evaluate DIR` compares every model with it.
    Worlds named budget-* have a table of spend, and the response of each campaign, as well. Worlds
    named fatigue-* have no customers, but daily figures of creatives, and their true rates in
    truth.csv.
    """
    from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS

    if name in FATIGUE_WORLDS:
        _reject(context, "customers", name, "--campaigns")
        _simulate_fatigue(name, seed, campaigns, out, as_json=as_json)
        return
    _reject(context, "campaigns", name, "--customers")
    from attrigraph.worlds.catalogue import spec_named
    from attrigraph.worlds.files import prepare_folder, write_world
    from attrigraph.worlds.world import check_size, simulate

    # errors are reported before a large world is drawn
    spec = spec_named(name)
    check_size(seed, customers)
    prepare_folder(out)
    world = simulate(spec, seed, customers)
    files = write_world(world, out)
    print_messages(
        f"{counted(customers, 'customer')}, {counted(len(world.channel), 'touch')}, "
        f"{counted(len(world.converter), 'conversion')}, of which marketing is expected to cause "
        f"{sum(world.truth.credit):,.0f}"
    )
    print_files(files.values(), as_json=as_json)


def _simulate_fatigue(name: str, seed: int, campaigns: int, out: Path, *, as_json: bool) -> None:
    from dataclasses import replace

    from attrigraph.worlds.fatigue.catalogue import FATIGUE_WORLDS
    from attrigraph.worlds.fatigue.files import write_fatigue_world
    from attrigraph.worlds.fatigue.simulation import simulate_fatigue
    from attrigraph.worlds.files import prepare_folder

    spec = replace(FATIGUE_WORLDS[name], campaigns=campaigns)
    prepare_folder(out)
    world = simulate_fatigue(spec, seed)
    files = write_fatigue_world(world, out)
    print_messages(
        f"{counted(campaigns, 'campaign')}, {counted(len(world.campaign), 'creative')}, "
        f"{counted(int((world.impressions > 0).sum()), 'day')} with impressions"
    )
    print_files(files, as_json=as_json)


def _reject(context: click.Context, option: str, world: str, instead: str) -> None:
    """Reject an option that has no effect on a world."""
    if is_given(context, option):
        raise click.UsageError(f"--{option} has no effect on {world}; give {instead}", context)


def _list(context: click.Context) -> None:
    from attrigraph.worlds.catalogue import purposes

    for name, purpose in purposes():
        print_lines(f"{name:<24}{purpose}")
    context.exit()
