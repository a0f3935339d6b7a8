"""``attrigraph attribute``: credit per channel, campaign or creative, of the graph or of files."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.model_options import (
    draws_option,
    flag,
    is_given,
    listed,
    models_option,
    position_weights_option,
    refuse_idle_models,
    seed_option,
    weights_of,
)
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.sources import instant_of, source_of, source_options
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from attrigraph.domain import Attribution
    from attrigraph.services.attribute import AttributionOptions

_OF_FILES: Final = (
    "customers",
    "presets",
    "mapping",
    "columns",
    "zone",
    "time_unit",
    "start",
    "separator",
    "conversion_touches",
    "memory",
)
_OF_GRAPH: Final = ("touch_model", "keep")
_OF_MODELS: Final = {
    "lift": "incremental",
    "half_life": "time-decay",
    "direct": "last-non-direct",
    "position_weights": "position-custom",
}


@click.command("attribute")
@click.option(
    "--input",
    "first_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE...",
    help="Read these files instead of the graph; no store is needed and nothing is written.",
)
@click.option(
    "--customers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --input: facts known of customers before, those without a touch among them.",
)
@click.option(
    "--lift",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="incremental: lift tests to calibrate by, as CSV with channel, lift, standard_error, "
    "start and end.",
)
@click.argument("more_files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@source_options
@models_option(
    "Models to ask; by default all that fit the data, but not attention: it takes minutes and "
    "the extra gnn."
)
@click.option(
    "--by",
    type=click.Choice(["channel", "campaign", "creative"]),
    default="channel",
    show_default=True,
    help="What is credited. In the graph all three are written.",
)
@click.option(
    "--lookback",
    metavar="DAYS",
    default="30",
    show_default=True,
    help="Days before a journey's end within which touches belong to it, or `none`.",
)
@click.option(
    "--window",
    metavar="START..END",
    help="Journeys that end from START on and before END; days are UTC, times need a zone.",
)
@click.option("--conversion-kinds", metavar="A,B", help="Kinds of conversions; by default all.")
@click.option("--reuse-touches", is_flag=True, help="A touch may serve several conversions.")
@click.option(
    "--collapse-repeats", is_flag=True, help="Consecutive touches of one key count as one."
)
@click.option(
    "--half-life",
    type=float,
    metavar="DAYS",
    help="time-decay: by how many days older a touch weighs half as much; by default 7.",
)
@click.option("--direct", metavar="A,B", help="last-non-direct: channels that no marketing brings.")
@position_weights_option
@click.option(
    "--touch-model",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="Model whose credit of single touches is written into the graph, or `none`; `auto` is "
    "incremental or attention where it is among the models, else linear.",
)
@click.option(
    "--keep",
    type=int,
    default=5,
    show_default=True,
    metavar="N",
    help="Runs that stay in the graph beside the new one.",
)
@draws_option
@seed_option
@click.option("--values", is_flag=True, help="Show credited value in the table, not conversions.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    first_file: Path | None,
    more_files: tuple[Path, ...],
    home: Path | None,
    values: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Share conversions out over channels, campaigns or creatives.

    Without --input the graph is read, the scores of all models are written back, and readers see
    them when all are there. With --input the same is computed from files alone.
    """
    _refuse_idle(context, first_file, more_files, values=values, as_json=as_json)
    options = _options(given)
    if first_file is None:
        answer = _of_graph(home, options)
    else:
        answer = _of_files((first_file, *more_files), options, given)
    if as_json:
        click.echo(json.dumps(answer.to_json(), ensure_ascii=False, allow_nan=False))
    else:
        from attrigraph.cli.credit_table import show

        show(answer, values=values)


def _of_graph(home: Path | None, options: AttributionOptions) -> Attribution:
    from attrigraph import bootstrap
    from attrigraph.services.attribute import attribute_graph

    with bootstrap.open_stores(settings_of(home)) as stores:
        return attribute_graph(stores, options)


def _of_files(
    files: tuple[Path, ...], options: AttributionOptions, given: dict[str, Any]
) -> Attribution:
    from attrigraph.services.attribute import attribute_files
    from attrigraph.staging import EPOCH, Source, StagingOptions, preset

    staging = StagingOptions(
        zone=given["zone"],
        time_unit=given["time_unit"],
        start=instant_of(given["start"], "--start") if given["start"] else EPOCH,
        separator=given["separator"],
        conversion_touches=given["conversion_touches"],
        keep_ids=True,  # no id is shown or kept
        memory=given["memory"],
    )
    source = source_of(given["presets"], given["mapping"], given["columns"])
    if given["customers"] is not None:
        source = Source(tables=(*source.tables, *preset("customers").tables))
        files = (*files, given["customers"])
    with tempfile.TemporaryDirectory(prefix="attrigraph-") as folder:
        return attribute_files(files, source, options, staging=staging, folder=Path(folder))


def _refuse_idle(
    context: click.Context,
    first_file: Path | None,
    more_files: tuple[Path, ...],
    *,
    values: bool,
    as_json: bool,
) -> None:
    """Refuse options that would have no effect."""
    if more_files and first_file is None:
        raise InputError(f"{more_files[0]} is named without --input: write --input {more_files[0]}")
    idle, why = (
        (_OF_FILES, "is for files; name them with --input")
        if first_file is None
        else (_OF_GRAPH, "is for the graph; with --input nothing is written")
    )
    for name in idle:
        if is_given(context, name):
            raise InputError(f"{flag(context, name)} {why}")
    if values and as_json:
        raise InputError("--values is for the table; --json has conversions and value")
    refuse_idle_models(
        context, _OF_MODELS, context.params["touch_model"] if first_file is None else None
    )


def _options(given: dict[str, Any]) -> AttributionOptions:
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.services.attribute import AttributionOptions
    from attrigraph.staging.lift_tests import read_lift_tests

    model_options: dict[str, Any] = {"seed": given["seed"], "draws": given["draws"]}
    if given["half_life"] is not None:
        model_options["half_life_days"] = given["half_life"]
    if given["direct"] is not None:
        model_options["direct_channels"] = listed(given["direct"])
    if given["position_weights"] is not None:
        model_options["position_weights"] = weights_of(given["position_weights"])
    return AttributionOptions(
        models=listed(given["models"]) if given["models"] is not None else None,
        level=given["by"],
        journeys=JourneyOptions(
            lookback_days=_days(given["lookback"]),
            conversion_kinds=listed(given["conversion_kinds"]),
            reuse_touches=given["reuse_touches"],
            window=_window(given["window"]),
            repeats="collapsed" if given["collapse_repeats"] else "kept",
        ),
        model_options=ModelOptions(**model_options),
        touch_model=None if given["touch_model"] == "none" else given["touch_model"],
        keep=given["keep"],
        lift_tests=() if given["lift"] is None else read_lift_tests(given["lift"]),
    )


def _days(text: str) -> float | None:
    if text == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"--lookback must be a number of days or `none`, got {text!r}") from None


def _window(text: str | None) -> tuple[int, int] | None:
    from attrigraph.domain import epoch_ms

    if text is None:
        return None
    start, dots, end = text.partition("..")
    if not (dots and start and end):
        raise InputError(
            f"--window must be START..END, such as 2026-06-01..2026-07-01; got {text!r}"
        )
    return epoch_ms(instant_of(start, "--window")), epoch_ms(instant_of(end, "--window"))
