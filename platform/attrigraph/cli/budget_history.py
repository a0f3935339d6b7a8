"""``attrigraph budget history``: curves from daily spend and daily value, without journeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.budget_curves import plan_file
from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_messages, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import flag, is_given
from attrigraph.cli.money_options import currency_options, rates_of
from attrigraph.cli.number_types import AMOUNT
from attrigraph.cli.options import day_of, json_option
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.cli.sources import read_in_place, source_options
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.planning.spend_curves import BudgetCurves, CurveLevel


@click.command("history", cls=Command)
@click.argument("files", nargs=-1, required=True, type=InputFile())
@click.option(
    "--spend",
    type=InputFile(),
    multiple=True,
    metavar="FILE",
    help="Table of what platforms charged per day; repeatable.",
)
@click.option(
    "--by",
    type=click.Choice(["channel", "campaign"]),
    default="campaign",
    show_default=True,
    help="What is planned.",
)
@click.option(
    "--out",
    type=OutputFile(),
    metavar="FILE",
    help="Write a file for `budget plan` (TOML), in which limits can be edited.",
)
@click.option(
    "--from",
    "first_day",
    metavar="DATE",
    help="With --out: first day of the plan. Default: the day after the data.",
)
@click.option(
    "--to",
    "last_day",
    metavar="DATE",
    help="With --out: last day of the plan. Default: as many days as the data have.",
)
@click.option(
    "--budget",
    type=AMOUNT,
    metavar="MONEY",
    help="With --out: budget of the plan. Default: the spend of as many days of the data.",
)
@currency_options
@source_options
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    files: tuple[Path, ...],
    spend: tuple[Path, ...],
    by: CurveLevel,
    out: Path | None,
    first_day: str | None,
    last_day: str | None,
    budget: float | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """What campaigns or channels bring by their spend, from days alone.

    FILES have conversions with values, and --spend what was spent per day; touches do not matter.
    Curves compare days with more and with less spend, beside weekdays and trend. Campaigns whose
    spend hardly varied are not identified.
    """
    for name in ("first_day", "last_day", "budget"):
        if is_given(context, name) and out is None:
            raise InputError(f"{flag(context, name)} is for the file of --out; give --out with it")
    curves = _curves((*files, *spend), by, parameters)
    if out is not None:
        days = day_of(first_day, "--from"), day_of(last_day, "--to")
        write_page(out, plan_file(curves, days, budget))
        print_messages(str(out))
    if as_json:
        print_json(curves.to_json())
        return
    from attrigraph.cli.tables.budget_curves import show

    show(curves, console=stdout_console())


def _curves(files: tuple[Path, ...], by: CurveLevel, parameters: dict[str, Any]) -> BudgetCurves:
    from attrigraph.services.budget_history import curves_of_history

    currency, rates = rates_of(parameters)
    with read_in_place(["spend"], parameters) as (source, staging, folder):
        return curves_of_history(
            files,
            source,
            by=by,
            currency=currency,
            rates=rates,
            staging=staging,
            folder=folder,
        )
