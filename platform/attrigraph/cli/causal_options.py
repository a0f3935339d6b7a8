"""Options of commands that run the causal model alone: what it is fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.attribution_options import (
    check_experiment_options,
    experiment_options,
    experiments_of,
    population_option,
    window_of,
)
from attrigraph.cli.model_options import listed
from attrigraph.cli.money_options import check_money_options, money_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attrigraph.services.attribution_options import AttributionOptions

kinds_option: Final = click.option(
    "--conversion-kinds",
    metavar="A,B",
    help="Kinds of conversions that count. Default: the kind of the largest value.",
)


def causal_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--conversion-kinds``, ``--population`` and the options of experiments."""
    return kinds_option(experiment_options(population_option(command)))


def causal_of(parameters: Mapping[str, Any]) -> AttributionOptions:
    """What the model is fitted to, and the money.

    Args:
        parameters: ``causal_options``, those of money, ``zone``, and ``window`` where there is one.

    Raises:
        InputError: an option is not what was expected.
    """
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.staging.audience_size import people_in

    check_experiment_options(parameters)
    check_money_options(parameters)
    people, zone = parameters["population"], parameters["zone"]
    return AttributionOptions(
        journeys=JourneyOptions(
            conversion_kinds=listed(parameters["conversion_kinds"]),
            window=window_of(parameters.get("window"), zone),
            zone=zone,
        ),
        model_options=ModelOptions(population=None if people is None else people_in(people)),
        experiments=experiments_of(parameters),
        allow_old_experiments=parameters["old_experiments"],
        **money_of(parameters),
    )
