"""Options of commands that compute curves of spend, and may write them into the file of a plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.model_options import flag, is_given
from attrigraph.cli.number_types import AMOUNT
from attrigraph.cli.options import day_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from attrigraph.planning.spend_curves import BudgetCurves

_OPTIONS: Final = (
    click.option(
        "--out",
        type=OutputFile(),
        metavar="FILE",
        help="Write a file for `budget plan` (TOML), in which limits can be edited.",
    ),
    click.option(
        "--from",
        "first_day",
        metavar="DATE",
        help="With --out: first day of the plan. Default: the day after the data.",
    ),
    click.option(
        "--to",
        "last_day",
        metavar="DATE",
        help="With --out: last day of the plan. Default: as many days as the data have.",
    ),
    click.option(
        "--budget",
        type=AMOUNT,
        metavar="MONEY",
        help="With --out: budget of the plan. Default: the spend of as many days of the data.",
    ),
)


def plan_file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--out``, and the period and budget of the plan in it."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_plan_file_options(context: click.Context) -> None:
    """Check that the options of a plan have a file to go to.

    Raises:
        InputError: one has none.
    """
    for name in ("first_day", "last_day", "budget"):
        if is_given(context, name) and context.params["out"] is None:
            raise InputError(f"{flag(context, name)} is for the file of --out; give --out with it")


def give_curves(curves: BudgetCurves, parameters: Mapping[str, Any], *, as_json: bool) -> None:
    """Write the file of a plan where one is asked for, and print the curves.

    Args:
        curves: what to give.
        parameters: ``plan_file_options``.
        as_json: whether for programs.

    Raises:
        InputError: a day is none, or the currency of a file is not known.
    """
    out = parameters["out"]
    if out is not None:
        days = day_of(parameters["first_day"], "--from"), day_of(parameters["last_day"], "--to")
        write_page(out, _plan_file(curves, days, parameters["budget"]))
        print_messages(str(out))
    if as_json:
        print_json(curves.to_json())
        return
    from attrigraph.cli.tables.budget_curves import show

    show(curves, console=stdout_console())


def _plan_file(
    curves: BudgetCurves, days: tuple[date | None, date | None], budget: float | None
) -> str:
    """The text of ``--out``."""
    from attrigraph.staging.budget_text import budget_text

    if curves.currency is None:
        raise InputError("the currency of the spend is not known; name it with --currency CODE")
    start = days[0] or curves.end + timedelta(days=1)
    end = days[1] or start + timedelta(days=curves.days - 1)
    return budget_text(curves.request(start, end, budget), curves.comments())
