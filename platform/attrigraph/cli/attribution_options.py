"""Options of an attribution, shared by commands that compute one: what is read, and how."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import (
    check_model_options,
    draws_option,
    flag,
    is_given,
    listed,
    models_option,
    position_weights_option,
    seed_option,
    weights_of,
)
from attrigraph.cli.money_options import check_money_options, money_of, money_options
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.sources import instant_of, read_in_place, rules_files, source_options
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Experiment, Level
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.staging import Source, StagingOptions

    Inputs = tuple[tuple[Path, ...], Source, StagingOptions, Path]
    """Files, their layout, how to read them, and a folder where rows are staged."""


FILE_ONLY_OPTIONS: Final = (
    "customers",
    "spend",
    "presets",
    "mapping",
    "columns",
    "header",
    "encoding",
    "conversion_events",
    "time_unit",
    "start",
    "numbers",
    "separator",
    "conversion_touches",
    "sessions",
    "session_gap",
    "session_split",
    "session_touches",
    "channel_rules",
    "own_domains",
    "payment_referrals",
    "max_ids",
    "max_rejected",
    "rejects",
    "strict",
    "memory",
)
"""Options of ``attribution_options`` that say how files are read."""


def attribution_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--preset``, ``--models``, ``--lookback`` and all others that decide about credit."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_EXPERIMENTS: Sequence[Callable[..., Any]] = (
    click.option(
        "--experiments",
        "--lift",
        "experiments",
        type=InputFile(),
        metavar="FILE",
        help="incremental: experiments for calibration, as CSV with channel or campaign, lift, "
        "standard_error, start, end and more (see Loading data). --lift is the same.",
    ),
    click.option(
        "--no-experiments",
        is_flag=True,
        help="Do not use the experiments that are stored in the graph or among the files.",
    ),
    click.option(
        "--old-experiments",
        is_flag=True,
        help="Use experiments outside the dates of the data, too, as if their lift per day still "
        "held.",
    ),
)

population_option: Final = click.option(
    "--population",
    metavar="N|FILE",
    help="Causal models: number of people who could be touched, for data without a customers "
    "table; or a CSV file with the columns segment and people, where segment is a column of "
    "the customers table (any other of its columns may take its place).",
)

_OPTIONS: Sequence[Callable[..., Any]] = (
    click.option(
        "--customers",
        type=InputFile(),
        metavar="FILE",
        help="With --input: table of customers and their attributes, including those without "
        "touches.",
    ),
    *_EXPERIMENTS,
    source_options,
    click.option(
        "--rejects",
        type=OutputFile(),
        metavar="FILE",
        help="With --input: list rejected rows (file, line, reason) in this file.",
    ),
    click.option("--strict", is_flag=True, help="With --input: exit with 7 if rows were rejected."),
    models_option(
        "Models to run. Default: every model the data supports, except those that run by name "
        "only: markov-auto, shapley-rate and attention (slow; needs the gnn "
        "extra)."
    ),
    click.option(
        "--lookback",
        "lookbacks",
        multiple=True,
        metavar="DAYS",
        help="Touches up to this many days before a journey's end belong to it, and older ones "
        "have no effect in causal models; or `none`. Default: 30 for journeys, no limit for "
        "causal models. Repeat it with `impression=1d` for a kind of touch or "
        "`channel:display=7d` for a channel, which counts before the kind.",
    ),
    click.option(
        "--steps",
        type=click.IntRange(1),
        metavar="N",
        help="Only the last N touches of a journey count. Causal models do not use it.",
    ),
    click.option(
        "--drop-direct",
        is_flag=True,
        help="Leave direct touches out of journeys that have other touches, in every model; causal "
        "models never credit them. --direct names the channels.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Use these touches or customers alone: channel=NAME, campaign=ID or its name (`names` "
        "of --json has both) or customer.ATTRIBUTE=VALUE; repeatable.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Leave these touches or customers out; repeatable.",
    ),
    click.option(
        "--window",
        metavar="START..END",
        help="Journeys that end from START (inclusive) to END (exclusive). Days, and times "
        "without an offset, are in --zone, else days are in UTC. In incremental, earlier touches "
        "act in the window and have no credit.",
    ),
    click.option(
        "--conversion-kinds",
        metavar="A,B",
        help="Kinds of conversions. Default: all. Each kind has journeys and credit of its own.",
    ),
    click.option(
        "--sum-kinds",
        is_flag=True,
        help="Make conversions of all kinds one question: any of them ends a journey, and their "
        "credit is summed.",
    ),
    click.option(
        "--journeys-by",
        type=click.Choice(["contact", "account"]),
        default="contact",
        show_default=True,
        help="Whose journeys: those of each contact, or of each account (`account_id`) with all "
        "its contacts. A contact without an account has journeys of its own.",
    ),
    click.option(
        "--reuse-touches",
        is_flag=True,
        help="Let a touch belong to several journeys. Causal models do not use it.",
    ),
    click.option(
        "--collapse-repeats",
        is_flag=True,
        help="Count consecutive touches of one key once. Causal models do not use it.",
    ),
    click.option(
        "--half-life",
        type=float,
        metavar="DAYS",
        help="time-decay: half-life in days. Default: 7.",
    ),
    click.option(
        "--direct",
        metavar="A,B",
        help="last-non-direct and --drop-direct: channels treated as direct traffic, in place of "
        "the usual names (docs/methods.md).",
    ),
    position_weights_option,
    click.option(
        "--purchase-window",
        type=click.Choice(["auto", "1h", "none"]),
        default="auto",
        show_default=True,
        help="Causal models: touches just before a conversion that are part of the purchase and "
        "get no credit. `auto`: clicks, visits and the like in the last hour and the same "
        "session; `1h`: touches of any kind; `none`: no touches.",
    ),
    click.option(
        "--not-marketing",
        metavar="A,B",
        help="Causal models: channels that are never credited, in place of the usual list: names "
        "of direct, organic and referral traffic in common tools (docs/methods.md). Case, signs "
        "between words and plurals do not matter.",
    ),
    population_option,
    draws_option,
    seed_option,
    click.option(
        "--robustness",
        is_flag=True,
        help="Also check how the best and the worst channel move when touches are lost or counted "
        "twice, ids break, the period or the model changes. A run of the graph keeps the answer "
        "for `attrigraph report`. Takes about seven more fits.",
    ),
    money_options,
)


def experiment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--experiments``, ``--no-experiments`` and ``--old-experiments``."""
    for option in reversed(_EXPERIMENTS):
        command = option(command)
    return command


@contextmanager
def inputs(files: tuple[Path, ...], parameters: Mapping[str, Any]) -> Iterator[Inputs]:
    """The files of a command with ``--customers`` and ``--spend``, and how they are read.

    Raises:
        InputError: an option is not what was expected, or ``--rejects`` would replace an input.
    """
    from attrigraph.staging.rejects import check_not_an_input

    check_not_an_input(parameters["rejects"], rules_files(parameters["channel_rules"]))
    customers, spend = parameters["customers"], parameters["spend"]
    files = (*files, *([] if customers is None else [customers]), *spend)
    further = [*([] if customers is None else ["customers"]), *(["spend"] if spend else [])]
    with read_in_place(further, parameters) as (source, staging, folder):
        yield files, source, staging, folder


def check_input_options(
    context: click.Context, named_files: tuple[Path, ...], more_files: tuple[Path, ...]
) -> None:
    """Check that files come after ``--input``, and that options of files have some.

    Args:
        context: of the command.
        named_files: of ``--input``; none for the graph.
        more_files: of the command.

    Raises:
        InputError: they do not.
    """
    if more_files and not named_files:
        raise InputError(f"{more_files[0]} needs --input before it: --input {more_files[0]}")
    if named_files:
        return
    for name in FILE_ONLY_OPTIONS:
        if is_given(context, name):
            raise InputError(f"{flag(context, name)} is for files; name them with --input")
    if context.params["zone"] and context.params["window"] is None:
        raise InputError("--zone is for files and for the days of --window; give --window with it")


def check_attribution_options(context: click.Context, *touch_models: str | None) -> None:
    """Check that options of ``attribution_options`` have an effect and fit each other.

    Args:
        context: of the command.
        touch_models: models that run without being named in ``--models``.

    Raises:
        InputError: one has none, or two exclude each other.
    """
    check_experiment_options(context.params)
    check_money_options(context.params)
    check_model_options(context, *touch_models)


def check_experiment_options(parameters: Mapping[str, Any]) -> None:
    """Check that experiments are not both named and declined.

    Raises:
        InputError: they are.
    """
    if parameters["experiments"] is not None and parameters["no_experiments"]:
        raise InputError("--experiments and --no-experiments exclude each other; give one of them")


def attribution_of(
    parameters: Mapping[str, Any],
    *,
    level: Level = "channel",
    touch_model: str | None = None,
    keep: int = 1,
    name: str | None = None,
    publish: bool | None = None,
    segments: str | None = None,
    cache: bool = True,
    extend: bool = False,
    artefacts: tuple[str, ...] = (),
) -> AttributionOptions:
    """The options as services take them.

    Args:
        parameters: the options of ``attribution_options``.
        level: what is credited.
        touch_model: whose credit of touches is written to the graph; None for none.
        keep: number of earlier runs to keep in the graph.
        name: of the run in the graph; None for none.
        publish: whether readers of the graph see the run; None for the default.
        segments: the attribute of customers by which credit is also written; None for none.
        cache: whether events that are known are not read again from the graph.
        extend: whether the published run becomes that of newer data.
        artefacts: ids of fits whose parameters are applied, or ``champion``.

    Raises:
        InputError: an option is not what was expected.
    """
    from attrigraph.services.attribution_options import AttributionOptions

    model_options = _model_options(parameters)
    return AttributionOptions(
        models=listed(parameters["models"]) if parameters["models"] is not None else None,
        level=level,
        journeys=_journey_options(parameters, model_options),
        model_options=model_options,
        touch_model=touch_model,
        robustness=parameters["robustness"],
        keep=keep,
        name=name,
        publish=publish,
        segments=segments,
        cache=cache,
        extend=extend,
        artefacts=artefacts,
        experiments=experiments_of(parameters),
        **money_of(parameters),
        allow_old_experiments=parameters["old_experiments"],
        sum_kinds=parameters["sum_kinds"],
    )


def _model_options(parameters: Mapping[str, Any]) -> ModelOptions:
    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.touch_lookbacks import AUTO, lookbacks_of
    from attrigraph.staging.audience_size import people_in

    lookback, _ = lookbacks_of(parameters["lookbacks"], "--lookback")
    given = {
        "half_life_days": parameters["half_life"],
        "population": _of(people_in, parameters["population"]),
        "not_marketing": _of(listed, parameters["not_marketing"]),
        "direct_channels": _of(listed, parameters["direct"]),
        "position_weights": _of(weights_of, parameters["position_weights"]),
        "lookback_days": None if lookback == AUTO else lookback,
    }
    return ModelOptions(
        **{name: parameters[name] for name in ("seed", "draws", "purchase_window")},
        **{name: value for name, value in given.items() if value is not None},
    )


def _of(read: Callable[[str], Any], text: str | None) -> Any:
    """What is read from the text of an option; None where it is not given."""
    return None if text is None else read(text)


def _journey_options(parameters: Mapping[str, Any], models: ModelOptions) -> JourneyOptions:
    from attrigraph.attribution.observed.journeys import DEFAULT_LOOKBACK_DAYS, JourneyOptions
    from attrigraph.attribution.observed.subset import condition_of
    from attrigraph.attribution.observed.touch_lookbacks import AUTO, lookbacks_of

    lookback, lookbacks = lookbacks_of(parameters["lookbacks"], "--lookback")
    return JourneyOptions(
        lookback_days=DEFAULT_LOOKBACK_DAYS if lookback == AUTO else lookback,
        conversion_kinds=listed(parameters["conversion_kinds"]),
        reuse_touches=parameters["reuse_touches"],
        window=window_of(parameters["window"], parameters["zone"]),
        repeats="collapsed" if parameters["collapse_repeats"] else "kept",
        by=parameters["journeys_by"],
        lookbacks=lookbacks,
        dropped_channels=models.direct_channels if parameters["drop_direct"] else (),
        steps=parameters["steps"],
        only=tuple(condition_of(one, "--only") for one in parameters["only"]),
        exclude=tuple(condition_of(one, "--exclude") for one in parameters["exclude"]),
        zone=parameters["zone"],
    )


def experiments_of(parameters: Mapping[str, Any]) -> tuple[Experiment, ...] | None:
    """The experiments that were named; None for those that are stored with the data.

    Raises:
        InputError: their file is not what was expected.
    """
    from attrigraph.staging.experiment_file import read_experiments

    if parameters["no_experiments"]:
        return ()
    named = parameters["experiments"]
    return None if named is None else read_experiments(named)


def window_of(text: str | None, zone: str | None) -> tuple[int, int] | None:
    """The window of ``--window``, epoch milliseconds; None if it is not given.

    Raises:
        InputError: it is no window.
    """
    from attrigraph.domain import epoch_ms
    from attrigraph.domain.zones import zone_named

    if text is None:
        return None
    start, dots, end = text.partition("..")
    if not (dots and start and end):
        raise InputError(
            f"--window must be START..END, such as 2026-06-01..2026-07-01; got {text!r}"
        )
    found = None if zone is None else zone_named(zone)
    first, last = (epoch_ms(instant_of(one, "--window", found)) for one in (start, end))
    return first, last
