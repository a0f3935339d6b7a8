"""Options that choose models and configure them, shared by several commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


OPTION_FIELDS: Final = {
    "experiments": "experiments",
    "half_life": "half_life_days",
    "direct": "direct_channels",
    "position_weights": "position_weights",
}
"""Parameters that configure one model each, and their names in ``OPTION_MODELS``."""


def models_option(help_text: str) -> Decorator:
    """``--models A,B``; commands differ in their default."""
    return click.option("--models", metavar="A,B", help=help_text)


position_weights_option: Final = click.option(
    "--position-weights",
    metavar="F,M,L",
    help="position-custom: weights of the first touch, the middle ones together, and the last.",
)

draws_option: Final = click.option(
    "--draws",
    type=int,
    metavar="N",
    default=200,
    show_default=True,
    help="Bootstrap draws over customers for 90 % intervals; 0 for no intervals.",
)

seed_option: Final = click.option(
    "--seed", type=int, default=0, show_default=True, help="Random seed."
)


def check_model_options(context: click.Context, *others: str | None) -> None:
    """Check that every option for one model has that model to configure.

    Args:
        context: of the command.
        others: models that run without being named in ``--models``.

    Raises:
        InputError: an option is for a model that does not run.
    """
    names = listed(context.params["models"])
    options = [name for name in OPTION_FIELDS if is_given(context, name)]
    if not (names and options):
        return
    from attrigraph.attribution.models import OPTION_MODELS

    for name in options:
        model = OPTION_MODELS[OPTION_FIELDS[name]]
        if model not in (*names, *others):
            raise InputError(f"{flag(context, name)} is for {model}, which is not among --models")


def is_given(context: click.Context, name: str) -> bool:
    """Whether a parameter is on the command line."""
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def flag(context: click.Context, name: str) -> str:
    """A parameter as users write it."""
    return next(option.opts[0] for option in context.command.params if option.name == name)


def listed(text: str | None) -> tuple[str, ...]:
    """The words between commas, without blanks around them."""
    return tuple(word.strip() for word in text.split(",") if word.strip()) if text else ()


def weights_of(text: str) -> tuple[float, float, float]:
    """The three numbers of ``--position-weights``.

    Raises:
        InputError: the text is not three numbers.
    """
    try:
        first, middle, last = (float(word) for word in text.split(","))
    except ValueError:
        raise InputError(
            f"--position-weights must be three numbers, such as 0.4,0.2,0.4; got {text!r}"
        ) from None
    return first, middle, last
