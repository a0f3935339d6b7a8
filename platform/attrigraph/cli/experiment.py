"""``attrigraph experiment``: read a randomised holdout, and plan which channel to test next."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.causal_options import causal_of, causal_options, kinds_option
from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.csv_files import write_csv
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import listed
from attrigraph.cli.money_options import money_options
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.sources import read_in_place, source_options
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path


COLUMNS: Final = (
    "id",
    "kind",
    "channel",
    "lift",
    "standard_error",
    "start",
    "end",
    "spend",
    "currency",
    "population",
    "source",
)


@click.group("experiment", no_args_is_help=False)
def command() -> None:
    """Read a randomised holdout, or plan which channel to test next."""


@command.command("read", cls=Command)
@click.argument("files", nargs=-1, required=True, type=InputFile())
@click.option(
    "--customers", type=InputFile(), required=True, metavar="FILE", help="Customers table."
)
@click.option(
    "--holdout",
    "column",
    required=True,
    metavar="COLUMN",
    help="Column of the customers table that marks customers held out: yes or no, true or false, "
    "1 or 0, holdout or treated. Customers without a value took no part.",
)
@click.option("--channel", required=True, metavar="NAME", help="Channel they were held out from.")
@click.option(
    "--from",
    "first_day",
    metavar="DATE",
    help="First day, in --zone, else in UTC. Default: of the first event.",
)
@click.option("--to", "last_day", metavar="DATE", help="Last day. Default: of the last event.")
@click.option(
    "--share", type=float, metavar="S", help="Intended share of customers held out. Default: 0.5."
)
@click.option("--spend", type=float, metavar="MONEY", help="Spend on the channel in these days.")
@click.option("--currency", metavar="CODE", help="Currency of the spend.")
@click.option("--out", type=OutputFile(), metavar="FILE", help="Write a table for --experiments.")
@kinds_option
@source_options
@json_option
def read(
    files: tuple[Path, ...],
    customers: Path,
    column: str,
    channel: str,
    first_day: str | None,
    last_day: str | None,
    share: float | None,
    spend: float | None,
    currency: str | None,
    out: Path | None,
    conversion_kinds: str | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Lift and standard error of a randomised holdout, by intention to treat.

    Other columns of the customers table, known before the experiment, reduce the error.
    """
    from attrigraph.services.experiment import Holdout, read_holdout

    holdout = Holdout(
        column,
        channel,
        day_of(first_day, "--from"),
        day_of(last_day, "--to"),
        share,
        spend,
        _currency(currency, spend),
        listed(conversion_kinds),
    )
    with read_in_place(["customers"], parameters) as (source, staging, folder):
        experiment, lift = read_holdout(
            (*files, customers), source, holdout, staging=staging, folder=folder
        )
    if out is not None:
        write_csv(out, COLUMNS, [experiment.to_json()])
        print_messages(str(out))
    if as_json:
        print_json({**experiment.to_json(), **asdict(lift)})
        return
    from attrigraph.cli.tables.fitted import print_sentence

    print_sentence(
        f"{channel} caused {lift.lift:,.1f} conversions from {experiment.start} to"
        f" {experiment.end} (standard error {lift.standard_error:,.1f}), among all customers who"
        " were not held out;"
        f" {lift.held_out:,} of {lift.treated + lift.held_out:,} were held out. Without the other"
        f" columns: {lift.unadjusted:,.1f} ({lift.unadjusted_error:,.1f}).",
        console=stdout_console(),
    )


@command.command("plan", cls=Command)
@click.argument("files", nargs=-1, type=InputFile())
@click.option("--customers", type=InputFile(), metavar="FILE", help="Customers table, with files.")
@click.option("--days", type=float, default=28.0, show_default=True, help="Length of the test.")
@click.option("--share", type=float, default=0.5, show_default=True, help="Share held out.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Power of the test.")
@click.option(
    "--budget",
    type=InputFile(),
    metavar="FILE",
    help="File of a budget plan, whose value the test should raise. Default: each channel is kept "
    "or stopped.",
)
@causal_options
@money_options
@source_options
@home_option
@json_option
def plan(
    files: tuple[Path, ...],
    days: float,
    share: float,
    power: float,
    budget: Path | None,
    home: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Which channel to test next, by the expected gain of the decision on its spend.

    Without files the graph is read. The gain is money over a period as long as the data; where
    costs are unknown, the least certain channels come first. With --budget it is what the test adds
    to the value of that plan.
    """
    from attrigraph.attribution.incremental.experiments.plan import Design
    from attrigraph.services.experiment import plan_from_files, plan_from_graph
    from attrigraph.staging.budget_file import read_budget_file

    design, options = Design(days, share, power), causal_of(parameters)
    request = None if budget is None else read_budget_file(budget)
    customers, spend = parameters["customers"], parameters["spend"]
    further = [*([] if customers is None else ["customers"]), *(["spend"] if spend else [])]
    if not files:
        from attrigraph import bootstrap

        if further:
            raise InputError(f"--{further[0]} is for files of events; name them as well")
        with bootstrap.open_stores(settings_of(home)) as stores:
            planned = plan_from_graph(stores, design, options, budget=request)
    else:
        given = (*files, *([] if customers is None else [customers]), *spend)
        with read_in_place(further, parameters) as (source, staging, folder):
            planned = plan_from_files(
                given, source, design, options, staging=staging, folder=folder, budget=request
            )
    if as_json:
        print_json({"plan": [asdict(one) for one in planned]})
        return
    from attrigraph.cli.tables.plan import show

    show(planned, design, console=stdout_console(), budget=request)


def _currency(code: str | None, spend: float | None) -> str | None:
    """The code of the currency of the spend.

    Raises:
        InputError: it is no code, or there is no spend.
    """
    from attrigraph.spend.rates import check_currency

    if code is not None and spend is None:
        raise InputError("--currency is that of --spend; give both, or neither")
    currency = None if code is None else code.strip().upper()
    check_currency(currency)
    return currency
