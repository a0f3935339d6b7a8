"""``attrigraph attribute``: credit per channel, campaign or creative, for the graph or files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.attribution_options import (
    attribution_of,
    attribution_options,
    check_attribution_options,
    check_input_options,
    inputs,
)
from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.csv_files import write_csv
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import flag, is_given, listed
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.progress_bar import progress_bar
from attrigraph.cli.table_options import check_table_options, table_options
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution
    from attrigraph.runs.progress import Progress
    from attrigraph.services.attribution_options import AttributionOptions

GRAPH_ONLY_OPTIONS: Final = (
    "touch_model",
    "keep",
    "name",
    "publish",
    "segments",
    "cache",
    "extend",
    "artefacts",
)


@click.command("attribute", cls=Command)
@click.option(
    "--input",
    "named_files",
    multiple=True,
    type=InputFile(),
    metavar="FILE...",
    help="Read these files instead of the graph. Needs no store and writes nothing.",
)
@click.argument("more_files", nargs=-1, type=InputFile())
@attribution_options
@click.option(
    "--by",
    type=click.Choice(["channel", "campaign", "creative"]),
    default="channel",
    show_default=True,
    help="What is credited. In the graph all three levels are written.",
)
@click.option(
    "--touch-model",
    metavar="NAME",
    default="auto",
    show_default=True,
    help="Model whose credit per touch is written to the graph, or `none`. `auto`: the first of "
    "incremental and attention among the models, else of --artefact, else linear.",
)
@click.option(
    "--keep",
    type=int,
    default=5,
    show_default=True,
    metavar="N",
    help="Number of earlier runs to keep, besides pinned ones.",
)
@click.option(
    "--name", metavar="NAME", help="Name of the run, by which `runs` and `explore` find it."
)
@click.option(
    "--publish/--no-publish",
    default=None,
    help="Whether readers of the graph see the run from now on, or it is kept only. Default: only "
    "kept with --window, --conversion-kinds, --only or --exclude if another run is published.",
)
@click.option(
    "--segments",
    metavar="FACT",
    help="Also write credit by the values of this attribute of customers, a column of the "
    "customers table, into the graph, for models with credit of touches (`explore "
    "credit_by_segment`).",
)
@click.option(
    "--extend",
    is_flag=True,
    help="Extend the published run to what loads brought since, as its next version: only credit "
    "that differs is written. Makes a new run where that cannot be, and states why.",
)
@click.option(
    "--artefact",
    "artefacts",
    multiple=True,
    metavar="ID",
    help="Credit conversions with the parameters of this fit (`fit list`), or of the champion of "
    "each model with `champion`; repeatable. Then models that would be fitted to the data run only "
    "if --models names them.",
)
@click.option(
    "--cache/--no-cache",
    default=True,
    show_default=True,
    help="Whether events of customers whom no load changed since an earlier run are taken from a "
    "file of the home. Use --no-cache after edits of events in Cypher that change no counts.",
)
@click.option(
    "--values", is_flag=True, help="Show credited value in the table instead of conversions."
)
@click.option(
    "--transitions",
    is_flag=True,
    help="Also show removal effects and transitions of Markov models; --json always has them.",
)
@click.option(
    "--mmm-out",
    type=OutputFile(),
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
    transitions: bool,
    top: int,
    show_all: bool,
    as_json: bool,
    **parameters: Any,
) -> None:
    """Attribute conversions to channels, campaigns or creatives.

    Without --input the graph is read and the scores of all models are written back as a run, which
    readers see once it is complete and published (`attrigraph runs`). With --input the same is
    computed from files alone.

    A model whose fit fails is left out with a warning. The credit of the others is printed, and the
    exit code is that of the failure: 8 if the fit did not converge.
    """
    _check_options(context, named_files, more_files, values=values, as_json=as_json)
    touch_model = parameters["touch_model"]
    options = attribution_of(
        parameters,
        level=parameters["by"],
        touch_model=None if touch_model == "none" else touch_model,
        keep=parameters["keep"],
        name=parameters["name"],
        publish=parameters["publish"],
        segments=parameters["segments"],
        cache=parameters["cache"],
        extend=parameters["extend"],
        artefacts=parameters["artefacts"],
    )
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
            rows = None if show_all else top
            _show(one, named=bool(answer.others), values=values, top=rows)
            if transitions:
                _show_transitions(one, rows)
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


def _show_transitions(answer: Attribution, top: int | None) -> None:
    """Print removal effects and transitions of one kind of conversion."""
    from attrigraph.cli.tables.markov_chain import show

    show(answer, console=stdout_console(), top=top)


def _show_health(answer: Attribution) -> None:
    """Print data health, of which lines about all kinds of conversions are printed once."""
    from attrigraph.cli.tables.data_health import health_of_kinds
    from attrigraph.cli.tables.fitted import print_sentence

    for sentence in health_of_kinds(answer.by_kind):
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

    with inputs(files, parameters) as (files, source, staging, folder):
        return attribute_files(
            files,
            source,
            options,
            staging=staging,
            folder=folder,
            rejects=parameters["rejects"],
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
    check_input_options(context, named_files, more_files)
    if named_files:
        for name in GRAPH_ONLY_OPTIONS:
            if is_given(context, name):
                raise InputError(
                    f"{flag(context, name)} is for the graph; with --input nothing is written"
                )
    if as_json and is_given(context, "transitions"):
        raise InputError("--transitions is for the table; --json has them as `chain`")
    if values and as_json and context.params["mmm_format"] != "pymc":
        raise InputError("--values is for the table; --json has conversions and value")
    _check_lift_options(context)
    check_table_options(context)
    check_attribution_options(context, context.params["touch_model"] if not named_files else None)


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
    if models is not None:
        _check_causal(models)


def _check_causal(models: str) -> None:
    from attrigraph.attribution.models import select

    if not any(model.incremental for model in select(listed(models))):
        raise InputError(f"--mmm-out needs a causal model; --models has {models}")


def _write_lift_rows(answer: Attribution, parameters: dict[str, Any], *, values: bool) -> None:
    """Write the file of ``--mmm-out``, and print what is not in it."""
    found = answer.lift_rows(
        parameters["mmm_format"], values=values, period_days=parameters["mmm_period"]
    )
    write_csv(parameters["mmm_out"], found.columns, found.rows)
    of_kind = [f"rows are of conversions of the kind {answer.kind!r}"] if answer.others else []
    print_messages(str(parameters["mmm_out"]), *of_kind, *found.notes)
