"""The prompt before data are deleted for good."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--yes``, which answers the prompt."""
    return click.option("--yes", is_flag=True, help="Do not prompt.")(command)


def confirm(question: str, *, yes: bool) -> None:
    """Go on if that is confirmed.

    Raises:
        InputError: there is nobody to prompt.
        click.Abort: it is declined.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("this deletes data for good; add --yes to do it without a prompt")
    click.confirm(question, abort=True, err=True)
