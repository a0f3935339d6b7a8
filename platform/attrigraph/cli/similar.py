"""``attrigraph similar``: campaigns that are similar, with what they brought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from attrigraph.cli.commands import CommandGroup
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.number_types import AMOUNT, SHARE
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.similar_duplicates import command as duplicates_command
from attrigraph.cli.similar_expect import command as expect_command
from attrigraph.cli.similar_link import command as link_command

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group("similar", cls=CommandGroup, invoke_without_command=True)
@click.option("--id", "id_", metavar="ID", help="Similar to this campaign.")
@click.option("--text", metavar="TEXT", help="Similar to a text.")
@click.option("--vector", type=FILE, metavar="FILE", help="Similar to a vector: a JSON list.")
@click.option("-k", "k", type=int, default=10, show_default=True, help="How many campaigns.")
@click.option("--where", metavar="FILTER", help="Filter, such as \"objective = 'sales'\".")
@click.option(
    "--roas-above",
    type=AMOUNT,
    metavar="NUMBER",
    help="Only campaigns whose ROAS is above this with all of its interval.",
)
@click.option(
    "--blend",
    type=SHARE,
    default=0.5,
    show_default=True,
    metavar="SHARE",
    help="Weight of the campaign tree of `hierarchy train`; the text has the rest.",
)
@click.option("--collection", default="campaigns", show_default=True, metavar="NAME")
@click.option(
    "--model", default="incremental", show_default=True, metavar="NAME", help="Whose credit."
)
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    id_: str | None,
    text: str | None,
    vector: Path | None,
    k: int,
    where: str | None,
    roas_above: float | None,
    blend: float,
    collection: str,
    model: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Find the campaigns that are most similar to a campaign, a text or a vector.

    `attrigraph embed` makes the vectors. Each campaign comes with what the current run of
    `attribute` credits it with.
    """
    if context.invoked_subcommand is not None:
        return
    from attrigraph import bootstrap
    from attrigraph.services.query_vector import SimilarText
    from attrigraph.services.similar import find_similar_campaigns

    given = [one for one in (id_, text, vector) if one is not None]
    if len(given) != 1:
        raise click.UsageError("give one of --id, --text and --vector")
    query: Any = given[0]
    if text is not None:
        query = SimilarText(text)
    if vector is not None:
        query = _read_vector(vector)
    with bootstrap.open_stores(settings_of(home)) as stores:
        found = find_similar_campaigns(
            stores,
            query,
            k,
            where=where,
            collection=collection,
            blend=blend,
            roas_above=roas_above,
            model=model,
        )
    if as_json:
        print_json(found.to_json())
        return
    from attrigraph.cli.tables.similar import show_similar

    show_similar(found, console=stdout_console())


command.add_command(duplicates_command)
command.add_command(expect_command)
command.add_command(link_command)


def _read_vector(path: Path) -> list[float]:
    from attrigraph.errors import InputError

    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"cannot read a vector from {path}, which must hold one JSON list of numbers: {error}"
        ) from error
    if not isinstance(numbers, list) or not all(type(n) in (int, float) for n in numbers):
        raise InputError(f"{path} must hold one JSON list of numbers")
    return numbers
