"""Options that several commands share, and the settings that follow from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.settings import Settings


def home_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--home DIR``, the folder of one data set."""
    return click.option(
        "--home",
        type=click.Path(path_type=Path),
        envvar="ATTRIGRAPH_HOME",
        show_envvar=True,
        metavar="DIR",
        help="Folder of one data set. Default: the user's data folder.",
    )(command)


def run_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--run RUN``, a stored attribution run."""
    return click.option(
        "--run",
        "run_key",
        metavar="RUN",
        help="An attribution run of the graph, by id or name. Default: the published one.",
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--json``, for programs."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object for programs."
    )(command)


def day_of(text: str | None, option: str) -> date | None:
    """The day that an option names; None if it is not given.

    Raises:
        InputError: it is no day.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} must be a day such as 2026-06-01, got {text!r}") from None


def settings_of(home: Path | None, **overrides: Any) -> Settings:
    """The settings of the environment, overridden by those of the command line."""
    from attrigraph.settings import read_settings

    return read_settings(home=home, **overrides)
