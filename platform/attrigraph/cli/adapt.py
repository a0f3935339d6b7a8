"""``attrigraph adapt``: predictions that are corrected by what was observed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@click.group("adapt")
def command() -> None:
    """Correct predictions by what was observed since.

    Conversion rates of channels and campaigns are predicted a day ahead. Fatigue predictions are
    corrected by the clicks of the three days after them. Needs the extra gnn.
    """


@command.command("report", cls=Command)
@home_option
@json_option
def report(home: Path | None, as_json: bool) -> None:
    """Show what each kind of adapter would have gained on your own log.

    Every case is predicted first and learnt from when its outcome was known. Writes nothing.
    """
    from attrigraph import bootstrap
    from attrigraph.services.adaptation_report import report_adaptation

    with bootstrap.open_stores(settings_of(home)) as stores:
        found = report_adaptation(stores)
    if as_json:
        print_json(found.to_json())
        return
    from attrigraph.cli.tables.adaptation import show_adaptation

    show_adaptation(found, console=stdout_console())


@command.command("learn", cls=Command)
@click.option(
    "--refit", is_flag=True, help="Fit the models again; what adapters have learnt begins from 0."
)
@home_option
@json_option
def learn(refit: bool, home: Path | None, as_json: bool) -> None:
    """Learn from the conversion rates and clicks of days that are over, and predict the next ones.

    Run it once a day. Conversion rates of days that were missed are caught up, and the first call
    fits their models. Fatigue is predicted if a model of it was trained.
    """
    from attrigraph import bootstrap
    from attrigraph.services.fatigue_levels import adapt_fatigue
    from attrigraph.services.rate_adaptation import adapt_rates

    with bootstrap.open_stores(settings_of(home)) as stores:
        rates, levels = adapt_rates(stores, refit=refit), adapt_fatigue(stores)
    if not rates.predictions and levels is None:
        raise InputError(f"{'; '.join(rates.notes)}; and no model of fatigue was trained")
    if as_json:
        fatigue = None if levels is None else levels.to_json()
        print_json(rates.to_json() | {"fatigue": fatigue})
        return
    from attrigraph.cli.tables.adaptation import show_levels, show_rates

    show_rates(rates, console=stdout_console())
    if levels is not None:
        show_levels(levels, console=stdout_console())
