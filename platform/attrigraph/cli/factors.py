"""``attrigraph factors``: what marketing caused beside what platforms claim."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.csv_files import write_csv
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.money_options import currency_options, rates_of
from attrigraph.cli.options import home_option, json_option, run_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.sources import read_in_place, source_options
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.services.factors import FactorOptions
    from attrigraph.spend.factors import Factors


@click.command("factors", cls=Command)
@click.argument("files", nargs=-1, type=InputFile())
@click.option(
    "--claims",
    type=InputFile(),
    multiple=True,
    metavar="FILE",
    help="Table of claims, with files; repeatable.",
)
@click.option("--out", type=OutputFile(), metavar="FILE", help="Also write the factors as CSV.")
@click.option("--model", metavar="NAME", help="Whose credit. Default: incremental.")
@click.option(
    "--total",
    is_flag=True,
    help="Also sum the claims over campaigns; an error if several platforms claim.",
)
@run_option
@currency_options
@source_options
@home_option
@json_option
def command(
    files: tuple[Path, ...],
    claims: tuple[Path, ...],
    out: Path | None,
    model: str | None,
    total: bool,
    run_key: str | None,
    home: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Compare credit with the conversions that platforms claim, by channel and campaign.

    Without files the graph is read: its claims, and the credit of the published run or of --run. A
    factor is credited over claimed conversions, for one platform at a time: platforms claim the
    same conversions, so their claims are never added up.
    """
    from attrigraph.services.factors import FactorOptions

    if run_key is not None and (files or claims):
        raise InputError("--run is for the graph; credit of files is computed from them")
    currency, rates = rates_of(parameters)
    named = {} if model is None else {"model": model}
    options = FactorOptions(currency=currency, rates=rates, run_key=run_key, **named)
    found = _read(files, claims, options, home, parameters)
    claimed = found.total_claimed() if total else None
    if out is not None:
        _write(out, found)
    if as_json:
        print_json(found.to_json() | ({} if claimed is None else {"total_claimed": claimed}))
        return
    from attrigraph.cli.tables.factors import show

    show(found, console=stdout_console(), total=claimed)


def _read(
    files: tuple[Path, ...],
    claims: tuple[Path, ...],
    options: FactorOptions,
    home: Path | None,
    parameters: dict[str, Any],
) -> Factors:
    from attrigraph.services.factors import factors_from_files, factors_from_graph

    if not files and not claims:
        from attrigraph import bootstrap

        with bootstrap.open_stores(settings_of(home)) as stores:
            return factors_from_graph(stores, options)
    with read_in_place(["claims"], parameters) as (source, staging, folder):
        return factors_from_files(
            (*files, *claims), source, options, staging=staging, folder=folder
        )


def _write(out: Path, found: Factors) -> None:
    from attrigraph.spend.factors import Factor

    columns = [*(one.name for one in fields(Factor)), "currency"]
    write_csv(out, columns, [asdict(row) | {"currency": found.currency} for row in found.rows])
    print_messages(str(out))
