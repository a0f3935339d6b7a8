"""Options that bound the length of a table, for commands whose tables grow with the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.model_options import flag, is_given
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DEFAULT_TOP = 50


def table_options(help_text: str) -> Decorator:
    """``--top N`` and ``--all``, as ``top`` and ``show_all``."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        command = click.option(
            "--all", "show_all", is_flag=True, help="Show every row of the table."
        )(command)
        return click.option(
            "--top",
            type=click.IntRange(min=1),
            default=DEFAULT_TOP,
            show_default=True,
            metavar="N",
            help=help_text,
        )(command)

    return decorate


def check_table_options(context: click.Context) -> None:
    """Check that the options of the table have an effect.

    Raises:
        InputError: ``--top`` with ``--all``, or either with ``--json``, which holds every row.
    """
    names = [name for name in ("top", "show_all") if is_given(context, name)]
    if len(names) == 2:
        raise InputError("--top and --all exclude each other; give one of them")
    if names and context.params["as_json"]:
        raise InputError(f"{flag(context, names[0])} is for the table; --json has every row")
