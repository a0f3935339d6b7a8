"""Options about spend and currencies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.cli.input_files import InputFile
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from attrigraph.spend.rates import Rates

_CURRENCY: Sequence[Callable[..., Any]] = (
    click.option(
        "--currency",
        metavar="CODE",
        help="Currency of the answer, such as EUR. Default: that of the amounts, if they have one.",
    ),
    click.option(
        "--rates",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Exchange rates as CSV with the columns currency, rate (what one unit is worth in "
        "--currency) and, for rates per day, date.",
    ),
)

_SPEND: Sequence[Callable[..., Any]] = (
    click.option(
        "--spend",
        type=InputFile(),
        multiple=True,
        metavar="FILE",
        help="With --input: table of what platforms charged per day, for cost and return (ROAS); "
        "repeatable. The graph has the spend that was loaded.",
    ),
    click.option(
        "--no-spend", is_flag=True, help="Do not use spend that is stored or among the files."
    ),
)


def currency_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--currency`` and ``--rates``."""
    for option in reversed(_CURRENCY):
        command = option(command)
    return command


def money_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--spend``, ``--no-spend``, ``--currency`` and ``--rates``."""
    command = currency_options(command)
    for option in reversed(_SPEND):
        command = option(command)
    return command


def check_money_options(parameters: Mapping[str, Any]) -> None:
    """Check that options of money have an effect.

    Raises:
        InputError: one has none.
    """
    if parameters["spend"] and parameters["no_spend"]:
        raise InputError("--spend and --no-spend exclude each other; give one of them")
    check_rates(parameters)


def check_rates(parameters: Mapping[str, Any]) -> None:
    """Check that rates have a currency that they lead to.

    Raises:
        InputError: they have none.
    """
    if parameters["rates"] is not None and parameters["currency"] is None:
        raise InputError("--rates needs --currency CODE, the currency that they lead to")


def money_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``AttributionOptions`` about money.

    Raises:
        InputError: the rates cannot be read.
    """
    from attrigraph.spend.accounts import Spend

    currency, rates = rates_of(parameters)
    spend = Spend() if parameters["no_spend"] else None
    return {"currency": currency, "rates": rates, "spend": spend}


def rates_of(parameters: Mapping[str, Any]) -> tuple[str | None, Rates | None]:
    """The currency of the answer, and the rates into it.

    Raises:
        InputError: the currency is no code, or the rates cannot be read.
    """
    from attrigraph.spend.rates import check_currency
    from attrigraph.staging.rates_file import read_rates

    check_rates(parameters)
    code, path = parameters["currency"], parameters["rates"]
    currency = None if code is None else code.strip().upper()
    check_currency(currency)
    return currency, None if path is None else read_rates(path)
