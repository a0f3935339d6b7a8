"""Options that several commands share, and the settings that follow from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--json``, for programs."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object for programs."
    )(command)


def settings_of(home: Path | None, **overrides: Any) -> Settings:
    """The settings of the environment, overridden by those of the command line."""
    from attrigraph.settings import read_settings

    return read_settings(home=home, **overrides)
