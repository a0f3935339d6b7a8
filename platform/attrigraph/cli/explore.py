"""``attrigraph explore``: the queries of the cookbook on the command line."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.domain.json_values import json_value
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.graph.catalogue import Parameter, Query

DEFAULTS: Final = {"limit": "20", "lookbackDays": "30"}
"""Values of parameters that need not be given."""


@click.command("explore", cls=Command)
@click.argument("name", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the queries with their parameters.")
@click.option("--from", "start", metavar="TIME", help="The parameter `from`: 2026-06-01T00:00Z.")
@click.option("--to", "end", metavar="TIME", help="The parameter `to`, which is not included.")
@click.option(
    "--run", metavar="RUN", help="The parameter `run`, an id or a name. Default: the published run."
)
@click.option(
    "--param",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another parameter. Default: a `limit` of 20, 30 `lookbackDays`. May be repeated.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@home_option
@json_option
def command(
    name: str | None,
    as_list: bool,
    start: str | None,
    end: str | None,
    run: str | None,
    given: tuple[str, ...],
    as_csv: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Run NAME, a query of the cookbook, and print its rows.

    `explore --list` names all of them, with what they answer and which parameters they take.
    """
    from attrigraph import bootstrap
    from attrigraph.cli.tables.explore import show_queries, show_rows
    from attrigraph.graph.explore import find_query, queries, run_query

    if as_csv and as_json:
        raise InputError("--csv and --json are two forms of one answer; give one of them")
    if as_list or name is None:
        show_queries(queries(), console=stdout_console())
        return
    values = _values(find_query(name), given, {"from": start, "to": end, "run": run})
    with bootstrap.open_stores(settings_of(home)) as stores:
        rows = run_query(stores.driver, name, values)
    if as_json:
        print_json({"query": name, "parameters": json_value(values), "rows": json_value(rows)})
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    elif rows:
        show_rows(rows, console=stdout_console())
    if not rows:
        print_messages("no rows")


def _values(query: Query, given: tuple[str, ...], options: dict[str, str | None]) -> dict[str, Any]:
    """Values of the parameters of a query; ``run_query`` names those that are missing."""
    texts = {key: value for key, value in options.items() if value is not None}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise InputError(f"--param must be NAME=VALUE, got {one!r}")
        texts[key] = value
    types = {parameter.name: parameter for parameter in query.parameters}
    defaults = {key: value for key, value in DEFAULTS.items() if key in types}
    return {key: _typed(types.get(key), value) for key, value in (defaults | texts).items()}


def _typed(parameter: Parameter | None, text: str) -> Any:
    """A whole number for a parameter that is one; texts of times are read later."""
    if parameter is None or parameter.type != "INTEGER":
        return text
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{parameter.name} must be a whole number, got {text!r}") from None


def _cell(value: Any) -> Any:
    found = json_value(value)
    return " > ".join(map(str, found)) if isinstance(found, list) else found
