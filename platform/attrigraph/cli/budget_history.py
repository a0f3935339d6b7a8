"""``attrigraph budget history``: curves from daily spend and daily value, without journeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.money_options import currency_options, rates_of
from attrigraph.cli.options import json_option
from attrigraph.cli.plan_file_options import (
    check_plan_file_options,
    give_curves,
    plan_file_options,
)
from attrigraph.cli.sources import read_in_place, source_options

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
@plan_file_options
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
    as_json: bool,
    **parameters: Any,
) -> None:
    """What campaigns or channels bring by their spend, from days alone.

    FILES have conversions with values, and --spend what was spent per day; touches do not matter.
    Curves compare days with more and with less spend, beside weekdays and trend. Campaigns whose
    spend hardly varied are not identified.
    """
    check_plan_file_options(context)
    curves = _curves((*files, *spend), by, parameters)
    give_curves(curves, parameters, as_json=as_json)


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
