"""``attrigraph customer``: one person in the graph, by the id that the files have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.confirmation import confirm, yes_option
from attrigraph.cli.console import print_json, print_lines, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path

id_argument = click.argument("id_", metavar="ID")


@click.group("customer")
def command() -> None:
    """Find a customer by the ID in your files, export what is held about one, or forget one.

    A person may have several ids: devices and logins that were joined. Each of them finds the same
    person.
    """


@command.command("id", cls=Command)
@id_argument
@home_option
@json_option
def show_id(id_: str, home: Path | None, as_json: bool) -> None:
    """Print the id of the customer in the graph: a pseudonym, unless ids were kept.

    It is computed with the key of the home, so that it is printed for unknown customers too.
    """
    from attrigraph import bootstrap
    from attrigraph.services.customers import find_customer

    with bootstrap.open_stores(settings_of(home)) as stores:
        found = find_customer(stores, id_)
    if as_json:
        print_json(found.to_json())
        return
    print_lines(*(found.person.customers or (found.id,)))
    if not found.is_held:
        print_messages("the graph holds nothing about this customer")


@command.command("show", cls=Command)
@id_argument
@home_option
@json_option
def show(id_: str, home: Path | None, as_json: bool) -> None:
    """Show how much is held about a person, and under which ids."""
    from attrigraph import bootstrap
    from attrigraph.cli.tables.customer import counts_of, show_held
    from attrigraph.services.customers import held_about

    with bootstrap.open_stores(settings_of(home)) as stores:
        held = held_about(stores, id_)
    if as_json:
        print_json(counts_of(held))
    else:
        show_held(held, console=stdout_console())


@command.command("export", cls=Command)
@id_argument
@click.option(
    "--out", type=OutputFile(), metavar="FILE", help="Write it there instead of to stdout."
)
@home_option
def export(id_: str, out: Path | None, home: Path | None) -> None:
    """Print everything that is held about a person, as JSON."""
    from attrigraph import bootstrap
    from attrigraph.cli.pages import write_page
    from attrigraph.services.customers import held_about

    with bootstrap.open_stores(settings_of(home)) as stores:
        held = held_about(stores, id_)
    if out is None:
        print_json(held, indent=2)
    else:
        write_page(out, json.dumps(held, indent=2) + "\n")


@command.command("forget", cls=Command)
@id_argument
@yes_option
@click.option(
    "--max-ids",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Ids that a customer may have, as it was loaded.",
)
@home_option
@json_option
def forget(id_: str, yes: bool, max_ids: int, home: Path | None, as_json: bool) -> None:
    """Erase a person from both stores and from text files in the home, and print a receipt.

    All ids of the person are erased with their events, credit and attributes. Loading the same
    files again does not bring them back. Runs that counted the person are marked; run `attrigraph
    attribute` again for credit without them. Backups, database logs and files outside the home are
    not touched.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.customer import show_receipt
    from attrigraph.services.erasure import forget_customer

    confirm(f"Erase everything about {id_!r} for good?", yes=yes)
    with bootstrap.open_stores(settings_of(home)) as stores:
        receipt = forget_customer(stores, id_, max_ids=max_ids)
    if as_json:
        print_json(receipt.to_json())
    else:
        show_receipt(receipt, console=stdout_console())
