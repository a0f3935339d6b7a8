"""``attrigraph fit``: parameters of attribution models, fitted once and applied often."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.model_options import listed, models_option, seed_option
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.services.artefacts import Artefact


@click.group("fit", no_args_is_help=False)
def command() -> None:
    """Fit attribution models to a period, and choose the fits that `attribute --artefact` applies.

    A fit is stored as an artefact. The first of a model is its champion; later ones are challengers
    until they are promoted.
    """


@command.command("train", cls=Command)
@models_option(
    "Models to fit: markov-1 to markov-4, markov-auto, shapley-rate. Default: markov-1 "
    "and shapley-rate."
)
@click.option("--from", "first", metavar="DAY", help="The first day, UTC. Default: all.")
@click.option("--to", "last", metavar="DAY", help="The day after the last, UTC. Default: all.")
@click.option(
    "--lookback",
    "lookbacks",
    multiple=True,
    metavar="DAYS",
    help="As for `attribute`, which takes the fit with the same lookback alone. Default: 30.",
)
@click.option(
    "--sum-kinds",
    is_flag=True,
    help="Fit to conversions of all kinds together, for `attribute --sum-kinds`.",
)
@click.option("--promote", is_flag=True, help="Make the fits champions, whatever there was before.")
@seed_option
@home_option
@json_option
def train_command(
    models: str | None,
    first: str | None,
    last: str | None,
    lookbacks: tuple[str, ...],
    sum_kinds: bool,
    promote: bool,
    seed: int,
    home: Path | None,
    as_json: bool,
) -> None:
    """Fit models to the facts of a period, and store the fits.

    The same facts, options and version of attrigraph give the fit that is stored.
    """
    from attrigraph import bootstrap
    from attrigraph.attribution.models import FITTED_BY_DEFAULT
    from attrigraph.services.fit import FitOptions, fit_models

    options = FitOptions(
        models=FITTED_BY_DEFAULT if models is None else listed(models),
        start=_start_of(first, "--from"),
        end=_start_of(last, "--to"),
        journeys=_journeys(lookbacks),
        sum_kinds=sum_kinds,
        promote=promote,
        seed=seed,
    )
    with bootstrap.open_stores(settings_of(home)) as stores, progress_bar() as progress:
        fitted = fit_models(stores, options, progress=progress)
    _print(fitted, as_json=as_json)


@command.command("list", cls=Command)
@home_option
@json_option
def list_command(home: Path | None, as_json: bool) -> None:
    """List the fits, oldest first."""
    from attrigraph.services.artefacts import list_artefacts

    with _postgres(home) as engine:
        found = list_artefacts(engine)
    if as_json or found:
        _print(found, as_json=as_json)
    else:
        print_messages("no fits; `attrigraph fit train` makes one")


@command.command("check", cls=Command)
@click.argument("keys", metavar="[ID]...", nargs=-1)
@click.option("--strict", is_flag=True, help="End with exit code 7 if a fit should be made again.")
@home_option
@json_option
@click.pass_context
def check_command(
    context: click.Context,
    /,
    keys: tuple[str, ...],
    strict: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Compare fits, by default the champions, with the weeks since they were made.

    Conversions per customer against those of the fitted weeks, touches of channels that were not
    fitted, and the shares of channels decide whether to fit again.
    """
    from attrigraph import bootstrap
    from attrigraph.errors import ExitCode
    from attrigraph.services.artefacts import CHAMPION
    from attrigraph.services.fit_check import check_fits

    with bootstrap.open_stores(settings_of(home)) as stores:
        checks = check_fits(stores, keys or (CHAMPION,))
    if as_json:
        print_json({"fits": [check.to_json() for check in checks]})
    else:
        from attrigraph.cli.tables.fit import show_checks

        show_checks(checks, console=stdout_console())
    if strict and any(check.drifted for check in checks):
        context.exit(ExitCode.STRICT)


@command.command("promote", cls=Command)
@click.argument("key", metavar="ID")
@home_option
@json_option
def promote_command(key: str, home: Path | None, as_json: bool) -> None:
    """Make a fit the champion of its model, which `attribute --artefact champion` applies."""
    from attrigraph.services.artefacts import promote_artefact

    with _postgres(home) as engine:
        champion = promote_artefact(engine, key)
    _print_champion(champion, as_json=as_json)


@command.command("rollback", cls=Command)
@click.argument("key", metavar="ID")
@home_option
@json_option
def rollback_command(key: str, home: Path | None, as_json: bool) -> None:
    """Make the champion before ID the champion again; nothing happens if ID is none any more."""
    from attrigraph.services.artefacts import roll_back_artefact

    with _postgres(home) as engine:
        champion = roll_back_artefact(engine, key)
    _print_champion(champion, as_json=as_json)


def _start_of(text: str | None, option: str) -> int | None:
    """Epoch milliseconds of the start of the day that an option names, UTC."""
    day = day_of(text, option)
    if day is None:
        return None
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _journeys(lookbacks: tuple[str, ...]) -> JourneyOptions:
    from attrigraph.attribution.observed.journeys import DEFAULT_LOOKBACK_DAYS, JourneyOptions
    from attrigraph.attribution.observed.touch_lookbacks import AUTO, lookbacks_of

    days, of_touches = lookbacks_of(lookbacks, "--lookback")
    return JourneyOptions(
        lookback_days=DEFAULT_LOOKBACK_DAYS if days == AUTO else days, lookbacks=of_touches
    )


def _print(found: tuple[Artefact, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"artefacts": [one.to_json() for one in found]})
        return
    from attrigraph.cli.tables.fit import show_artefacts

    show_artefacts(found, console=stdout_console())


def _print_champion(champion: Artefact, *, as_json: bool) -> None:
    if as_json:
        print_json(champion.to_json())
    else:
        print_messages(f"artefact {champion.id} is the champion of {champion.model}")


@contextmanager
def _postgres(home: Path | None) -> Iterator[Engine]:
    from attrigraph import bootstrap

    with bootstrap.open_postgres(settings_of(home)) as engine:
        yield engine
