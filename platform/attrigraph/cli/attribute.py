"""``attrigraph attribute``: credit per channel, campaign or creative, for the graph or files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_messages, stdout_console
from attrigraph.cli.csv_files import write_csv
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
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.cli.sources import (
    declaration_files,
    instant_of,
    read_in_place,
    source_options,
)
from attrigraph.cli.table_options import check_table_options, table_options
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attrigraph.attribution.multi_touch.options import ModelOptions
    from attrigraph.attribution.observed.journeys import JourneyOptions
    from attrigraph.domain import Attribution, Experiment
    from attrigraph.runs.progress import Progress
    from attrigraph.services.attribution_options import AttributionOptions

FILE_ONLY_OPTIONS: Final = (
    "customers",
    "spend",
    "presets",
    "mapping",
    "columns",
    "header",
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
GRAPH_ONLY_OPTIONS: Final = ("touch_model", "keep")


@click.command("attribute", cls=Command)
@click.option(
    "--input",
    "named_files",
    multiple=True,
    type=InputFile(),
    metavar="FILE...",
    help="Read these files instead of the graph. Needs no store and writes nothing.",
)
@click.option(
    "--customers",
    type=InputFile(),
    metavar="FILE",
    help="With --input: table of customers and their attributes, including those without touches.",
)
@click.option(
    "--experiments",
    "--lift",
    "experiments",
    type=InputFile(),
    metavar="FILE",
    help="incremental: experiments for calibration, as CSV with channel or campaign, lift, "
    "standard_error, start, end and more (see Loading data). --lift is the same.",
)
@click.option(
    "--no-experiments",
    is_flag=True,
    help="Do not use the experiments that are stored in the graph or among the files.",
)
@click.option(
    "--old-experiments",
    is_flag=True,
    help="Use experiments outside the dates of the data, too, as if their lift per day still held.",
)
@click.argument("more_files", nargs=-1, type=InputFile())
@source_options
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --input: list rejected rows (file, line, reason) in this file.",
)
@click.option("--strict", is_flag=True, help="With --input: exit with 7 if rows were rejected.")
@models_option(
    "Models to run. Default: every model the data supports, except those that run by name only: "
    "markov-auto, shapley-rate and attention (slow; needs the gnn "
    "extra)."
)
@click.option(
    "--by",
    type=click.Choice(["channel", "campaign", "creative"]),
    default="channel",
    show_default=True,
    help="What is credited. In the graph all three levels are written.",
)
@click.option(
    "--lookback",
    "lookbacks",
    multiple=True,
    metavar="DAYS",
    help="Touches up to this many days before a journey's end belong to it, and older ones have no "
    "effect in causal models; or `none`. Default: 30 for journeys, no limit for causal models. "
    "Repeat it with `impression=1d` for a kind of touch or `channel:display=7d` for a channel, "
    "which counts before the kind.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    metavar="N",
    help="Only the last N touches of a journey count. Causal models do not use it.",
)
@click.option(
    "--drop-direct",
    is_flag=True,
    help="Leave direct touches out of journeys that have other touches, in every model; causal "
    "models never credit them. --direct names the channels.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Use these touches or customers alone: channel=NAME, campaign=ID or "
    "customer.ATTRIBUTE=VALUE; repeatable.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Leave these touches or customers out; repeatable.",
)
@click.option(
    "--window",
    metavar="START..END",
    help="Journeys that end from START (inclusive) to END (exclusive). Days, and times without an "
    "offset, are in --zone, else days are in UTC. In incremental, earlier touches act in the "
    "window and have no credit.",
)
@click.option(
    "--conversion-kinds",
    metavar="A,B",
    help="Kinds of conversions. Default: all. Each kind has journeys and credit of its own.",
)
@click.option(
    "--sum-kinds",
    is_flag=True,
    help="Make conversions of all kinds one question: any of them ends a journey, and their credit "
    "is summed.",
)
@click.option(
    "--journeys-by",
    type=click.Choice(["contact", "account"]),
    default="contact",
    show_default=True,
    help="Whose journeys: those of each contact, or of each account (`account_id`) with all its "
    "contacts. A contact without an account has journeys of its own.",
)
@click.option(
    "--reuse-touches",
    is_flag=True,
    help="Let a touch belong to several journeys. Causal models do not use it.",
)
@click.option(
    "--collapse-repeats",
    is_flag=True,
    help="Count consecutive touches of one key once. Causal models do not use it.",
)
@click.option(
    "--half-life",
    type=float,
    metavar="DAYS",
    help="time-decay: half-life in days. Default: 7.",
)
@click.option(
    "--direct",
    metavar="A,B",
    help="last-non-direct and --drop-direct: channels treated as direct traffic.",
)
@position_weights_option
@click.option(
    "--purchase-window",
    type=click.Choice(["auto", "1h", "none"]),
    default="auto",
    show_default=True,
    help="Causal models: touches just before a conversion that are part of the purchase and get no "
    "credit. `auto`: clicks, visits and the like in the last hour and the same session; `1h`: "
    "touches of any kind; `none`: no touches.",
)
@click.option(
    "--not-marketing",
    metavar="A,B",
    help="Causal models: channels that are never credited. Default: direct, organic and referral "
    "traffic.",
)
@click.option(
    "--population",
    metavar="N|FILE",
    help="Causal models: number of people who could be touched, for data without a customers "
    "table; or a CSV file with the columns segment and people, where segment is a column of the "
    "customers table (any other of its columns may take its place).",
)
@click.option(
    "--touch-model",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="Model whose credit per touch is written to the graph, or `none`. `auto`: the first of "
    "incremental and attention among the models, else linear.",
)
@click.option(
    "--keep",
    type=int,
    default=5,
    show_default=True,
    metavar="N",
    help="Number of earlier runs to keep.",
)
@draws_option
@seed_option
@click.option(
    "--robustness",
    is_flag=True,
    help="Also print how the best and the worst channel move when touches are lost or counted "
    "twice, ids break, the period or the model changes. A run of the graph keeps the answer, and "
    "`attrigraph report` shows it. Takes about seven more fits.",
)
@click.option(
    "--values", is_flag=True, help="Show credited value in the table instead of conversions."
)
@click.option(
    "--mmm-out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the credit of `incremental` as lift rows (CSV) that calibrate a media mix "
    "model. Channels that are not identified, or of unknown spend, are left out.",
)
@click.option(
    "--mmm-format",
    type=click.Choice(["pymc", "meridian"]),
    help="With --mmm-out: rows for PyMC-Marketing (conversions, or value with --values) or for "
    "Meridian (ROI).",
)
@click.option(
    "--mmm-period",
    type=float,
    default=7.0,
    show_default=True,
    metavar="DAYS",
    help="With --mmm-format pymc: length of a period of the mix model.",
)
@money_options
@table_options("Rows of the table; all other keys are summed in one more row.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    named_files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    home: Path | None,
    values: bool,
    top: int,
    show_all: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Attribute conversions to channels, campaigns or creatives.

    Without --input the graph is read and the scores of all models are written back; readers see
    them once the run is complete. With --input the same is computed from files alone.

    A model whose fit fails is left out with a warning. The credit of the others is printed, and the
    exit code is that of the failure: 8 if the fit did not converge.
    """
    _check_options(context, named_files, more_files, values=values, as_json=as_json)
    options = _options(parameters)
    with progress_bar() as progress:
        if not named_files:
            answer = _attribute_graph(home, options, progress)
        else:
            files = (*named_files, *more_files)
            answer = _attribute_files(files, options, parameters, progress)
    if as_json:
        print_json(answer.to_json())
    else:
        for number, one in enumerate(answer.by_kind):
            if number:
                stdout_console().print()
            _show(one, named=bool(answer.others), values=values, top=None if show_all else top)
        _show_health(answer)
    if parameters["mmm_out"] is not None:
        _write_lift_rows(answer, parameters, values=values)
    failed = [failure.exit_code for one in answer.by_kind for failure in one.failed]
    if failed:
        context.exit(max(failed))


def _show(answer: Attribution, *, named: bool, values: bool, top: int | None) -> None:
    """Print the tables of one kind of conversion, under its name where there are several."""
    from attrigraph.cli.tables.credit import show
    from attrigraph.cli.tables.fitted import print_sentence
    from attrigraph.cli.tables.returns import show as show_returns

    if named:
        print_sentence(f"Conversions of the kind {answer.kind}", console=stdout_console())
    show(answer, console=stdout_console(), values=values, top=top)
    show_returns(answer, console=stdout_console(), top=top)
    if answer.robustness is not None:
        from attrigraph.cli.tables.robustness import show as show_robustness

        show_robustness(answer.robustness, console=stdout_console())


def _show_health(answer: Attribution) -> None:
    """Print data health once, although each kind of conversion has it."""
    from attrigraph.cli.tables.data_health import health_sentences
    from attrigraph.cli.tables.fitted import print_sentence

    lines = dict.fromkeys(line for one in answer.by_kind for line in one.data_health or ())
    for sentence in health_sentences(lines):
        print_sentence(sentence, console=stdout_console())


def _attribute_graph(
    home: Path | None, options: AttributionOptions, progress: Progress
) -> Attribution:
    from attrigraph import bootstrap
    from attrigraph.services.attribute_graph import attribute_graph

    with bootstrap.open_stores(settings_of(home)) as stores:
        return attribute_graph(stores, options, progress=progress)


def _attribute_files(
    files: tuple[Path, ...],
    options: AttributionOptions,
    parameters: dict[str, Any],
    progress: Progress,
) -> Attribution:
    from attrigraph.services.attribute_files import attribute_files
    from attrigraph.staging.rejects import check_not_an_input

    rejects = parameters["rejects"]
    check_not_an_input(
        rejects,
        declaration_files(parameters["mapping"], parameters["channel_rules"], parameters["header"]),
    )
    customers, spend = parameters["customers"], parameters["spend"]
    files = (*files, *([] if customers is None else [customers]), *spend)
    further = [*([] if customers is None else ["customers"]), *(["spend"] if spend else [])]
    with read_in_place(further, parameters) as (source, staging, folder):
        return attribute_files(
            files,
            source,
            options,
            staging=staging,
            folder=folder,
            rejects=rejects,
            strict=parameters["strict"],
            progress=progress,
        )


def _check_options(
    context: click.Context,
    named_files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    *,
    values: bool,
    as_json: bool,
) -> None:
    """Check that every option has an effect.

    Raises:
        InputError: one has none.
    """
    if more_files and not named_files:
        raise InputError(f"{more_files[0]} needs --input before it: --input {more_files[0]}")
    unused, reason = (
        (FILE_ONLY_OPTIONS, "is for files; name them with --input")
        if not named_files
        else (GRAPH_ONLY_OPTIONS, "is for the graph; with --input nothing is written")
    )
    for name in unused:
        if is_given(context, name):
            raise InputError(f"{flag(context, name)} {reason}")
    if not named_files and context.params["zone"] and context.params["window"] is None:
        raise InputError("--zone is for files and for the days of --window; give --window with it")
    if context.params["experiments"] is not None and context.params["no_experiments"]:
        raise InputError("--experiments and --no-experiments exclude each other; give one of them")
    check_money_options(context.params)
    if values and as_json and context.params["mmm_format"] != "pymc":
        raise InputError("--values is for the table; --json has conversions and value")
    _check_lift_options(context)
    check_table_options(context)
    check_model_options(context, context.params["touch_model"] if not named_files else None)


def _check_lift_options(context: click.Context) -> None:
    """Check that the options of lift rows have an effect, and that there can be rows.

    Raises:
        InputError: one has none, or a channel's causal credit is not computed.
    """
    to, models = context.params["mmm_format"], context.params["models"]
    if (context.params["mmm_out"] is None) != (to is None):
        raise InputError("--mmm-out FILE and --mmm-format pymc or meridian need each other")
    if is_given(context, "mmm_period") and to != "pymc":
        raise InputError("--mmm-period is for --mmm-format pymc")
    if to is None:
        return
    if context.params["by"] != "channel":
        raise InputError(f"--mmm-out has channels; it excludes --by {context.params['by']}")
    if models is not None and "incremental" not in listed(models):
        raise InputError(f"--mmm-out needs the model incremental; --models has {models}")


def _write_lift_rows(answer: Attribution, parameters: dict[str, Any], *, values: bool) -> None:
    """Write the file of ``--mmm-out``, and print what is not in it."""
    found = answer.lift_rows(
        parameters["mmm_format"], values=values, period_days=parameters["mmm_period"]
    )
    write_csv(parameters["mmm_out"], found.columns, found.rows)
    of_kind = [f"rows are of conversions of the kind {answer.kind!r}"] if answer.others else []
    print_messages(str(parameters["mmm_out"]), *of_kind, *found.notes)


def _options(parameters: dict[str, Any]) -> AttributionOptions:
    from attrigraph.services.attribution_options import AttributionOptions

    model_options = _model_options(parameters)
    return AttributionOptions(
        models=listed(parameters["models"]) if parameters["models"] is not None else None,
        level=parameters["by"],
        journeys=_journey_options(parameters, model_options),
        model_options=model_options,
        touch_model=None if parameters["touch_model"] == "none" else parameters["touch_model"],
        robustness=parameters["robustness"],
        keep=parameters["keep"],
        experiments=_experiments(parameters),
        **money_of(parameters),
        allow_old_experiments=parameters["old_experiments"],
        sum_kinds=parameters["sum_kinds"],
    )


def _model_options(parameters: dict[str, Any]) -> ModelOptions:
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


def _journey_options(parameters: dict[str, Any], models: ModelOptions) -> JourneyOptions:
    from attrigraph.attribution.observed.journeys import DEFAULT_LOOKBACK_DAYS, JourneyOptions
    from attrigraph.attribution.observed.subset import condition_of
    from attrigraph.attribution.observed.touch_lookbacks import AUTO, lookbacks_of

    lookback, lookbacks = lookbacks_of(parameters["lookbacks"], "--lookback")
    return JourneyOptions(
        lookback_days=DEFAULT_LOOKBACK_DAYS if lookback == AUTO else lookback,
        conversion_kinds=listed(parameters["conversion_kinds"]),
        reuse_touches=parameters["reuse_touches"],
        window=_window(parameters["window"], parameters["zone"]),
        repeats="collapsed" if parameters["collapse_repeats"] else "kept",
        by=parameters["journeys_by"],
        lookbacks=lookbacks,
        dropped_channels=models.direct_channels if parameters["drop_direct"] else (),
        steps=parameters["steps"],
        only=tuple(condition_of(one, "--only") for one in parameters["only"]),
        exclude=tuple(condition_of(one, "--exclude") for one in parameters["exclude"]),
        zone=parameters["zone"],
    )


def _experiments(parameters: dict[str, Any]) -> tuple[Experiment, ...] | None:
    """The experiments that were named; None for those that are stored with the data."""
    from attrigraph.staging.experiment_file import read_experiments

    if parameters["no_experiments"]:
        return ()
    named = parameters["experiments"]
    return None if named is None else read_experiments(named)


def _window(text: str | None, zone: str | None) -> tuple[int, int] | None:
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
