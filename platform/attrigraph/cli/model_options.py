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
    "old_experiments": "experiments",
    "half_life": "half_life_days",
    "direct": "direct_channels",
    "position_weights": "position_weights",
    "reuse_touches": "reuse_touches",
    "collapse_repeats": "repeats",
    "steps": "steps",
    "purchase_window": "purchase_window",
    "not_marketing": "not_marketing",
    "population": "population",
}
"""Parameters that not every model reads, and their names in ``attribution.options.OPTIONS``."""


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
    """Check that every option has a model that reads it.

    Args:
        context: of the command.
        others: models that run without being named in ``--models``.

    Raises:
        InputError: an option is for models that do not run.
    """
    names = listed(context.params["models"])
    options = [name for name in OPTION_FIELDS if is_given(context, name)]
    if context.params.get("drop_direct"):  # names the channels that are left out
        options = [name for name in options if name != "direct"]
    if not (names and options):
        return
    from attrigraph.attribution.models import readers_of, resolve_touch_model

    running = {*names, *(resolve_touch_model(other, names) for other in others)}
    for name in options:
        readers = readers_of(OPTION_FIELDS[name])
        if not running & {*readers}:
            missing = "which is not" if len(readers) == 1 else "none of which is"
            what = f"{flag(context, name)} is for {', '.join(readers)}"
            raise InputError(f"{what}, {missing} among --models")


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
