"""``attrigraph simulate``: a world whose true effects are known, as files for the loader."""

from __future__ import annotations

from pathlib import Path

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_lines, print_messages
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
    help="Number of customers.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Folder for the files; it must be empty or hold an earlier world.",
)
@click.option("--list", "names_only", is_flag=True, is_eager=True, expose_value=False,
              callback=lambda context, _, wanted: _list(context) if wanted else None,
              help="List the available worlds and exit.")  # fmt: skip
def command(name: str, seed: int, customers: int, out: Path) -> None:
    """Simulate customers whose marketing has effects that are known exactly.

    Writes events, customers, campaigns, creatives and audiences as files for `attrigraph load`,
    and the ground truth in truth.json. `attrigraph evaluate DIR` compares every model with it.
    Worlds named budget-* have a table of spend, and the response of each campaign, as well.
    """
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
    print_lines(*map(str, files.values()))


def _list(context: click.Context) -> None:
    from attrigraph.worlds.catalogue import purposes

    for name, purpose in purposes():
        print_lines(f"{name:<24}{purpose}")
    context.exit()
