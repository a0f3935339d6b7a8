"""Options that say which models are asked and what they are told, shared by several commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def models_option(help_text: str) -> Decorator:
    """``--models A,B``; commands differ in what they ask by default."""
    return click.option("--models", metavar="A,B", help=help_text)


position_weights_option: Final = click.option(
    "--position-weights",
    metavar="F,M,L",
    help="position-custom: weights of the first touch, those between, and the last.",
)

draws_option: Final = click.option(
    "--draws",
    type=int,
    metavar="N",
    default=200,
    show_default=True,
    help="Bootstrap draws over customers that 90 % intervals come from; 0 for no intervals.",
)

seed_option: Final = click.option(
    "--seed", type=int, default=0, show_default=True, help="Seed of what is sampled."
)


def refuse_idle_models(
    context: click.Context, of_models: Mapping[str, str], *others: str | None
) -> None:
    """Refuse options for a model that is not asked.

    Args:
        context: of the command.
        of_models: names of parameters, and the model that each is for.
        others: models that are asked without standing among ``--models``.

    Raises:
        InputError: such an option is given.
    """
    asked = listed(context.params["models"])
    for name, model in of_models.items():
        if is_given(context, name) and asked and model not in (*asked, *others):
            raise InputError(f"{flag(context, name)} is for {model}, which is not among --models")


def is_given(context: click.Context, name: str) -> bool:
    """Whether a parameter stands on the command line."""
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def flag(context: click.Context, name: str) -> str:
    """A parameter as users write it."""
    return next(option.opts[0] for option in context.command.params if option.name == name)


def listed(text: str | None) -> tuple[str, ...]:
    """Words between commas, blanks around them left out."""
    return tuple(word.strip() for word in text.split(",") if word.strip()) if text else ()


def weights_of(text: str) -> tuple[float, float, float]:
    """The three numbers of ``--position-weights``.

    Raises:
        InputError: it is something else.
    """
    try:
        first, middle, last = (float(word) for word in text.split(","))
    except ValueError:
        raise InputError(
            f"--position-weights must be three numbers such as 0.4,0.2,0.4; got {text!r}"
        ) from None
    return first, middle, last
