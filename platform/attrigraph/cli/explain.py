"""``attrigraph explain``: one conversion's journey, or which channels make touches of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.options import home_option, json_option, run_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.cli.table_options import check_table_options, table_options
from attrigraph.errors import InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path


@click.command("explain", cls=Command)
@click.argument("conversion_id", required=False)
@click.option(
    "--channels",
    is_flag=True,
    help="Show which channels make touches of which instead, by the causal models of the run.",
)
@click.option(
    "--page",
    type=OutputFile(),
    metavar="FILE",
    help="Also write it as an HTML page, which opens without a network; with --channels it has a "
    "picture of who makes touches of whom.",
)
@run_option
@table_options("The latest N touches have a row each; the earlier ones are summed in one.")
@home_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    conversion_id: str | None,
    channels: bool,
    page: Path | None,
    run_key: str | None,
    top: int,
    show_all: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Show the journey that led to one conversion, with the credit of each touch.

    With --channels, show which channels make touches of which instead.

    The credit is that of the published run or of --run, by its touch model: a causal model if the
    run has one, else a rule. What no touch is credited with is the baseline.
    """
    from attrigraph import bootstrap
    from attrigraph.services.explain import explain_conversion

    check_table_options(context)
    if channels:
        if conversion_id is not None:
            raise InputError("--channels is for the whole run: give no conversion")
        _explain_channels(home, page, run_key, top=None if show_all else top, as_json=as_json)
        return
    if conversion_id is None:
        raise InputError(
            "explain needs the id of a conversion as the files have it, such as that of an order, "
            "or --channels"
        )
    with bootstrap.open_stores(settings_of(home)) as stores:
        explanation = explain_conversion(stores, conversion_id, run_key=run_key)
    if page is not None:
        from attrigraph.report.journey import render

        text = render(
            explanation.conversion,
            explanation.touches,
            explanation.credit,
            explanation.model,
            captured=explanation.captured,
            not_identified=explanation.not_identified,
            incremental=explanation.incremental,
            assumptions=explanation.assumptions,
            run=explanation.run,
            labels=explanation.labels,
        )
        write_page(page, text)
        print_messages(str(page))
    if as_json:
        print_json(explanation.to_json())
        return
    from attrigraph.cli.tables.journey import show

    show(explanation, console=stdout_console(), top=None if show_all else top)


def _explain_channels(
    home: Path | None, page: Path | None, run_key: str | None, *, top: int | None, as_json: bool
) -> None:
    from attrigraph import bootstrap
    from attrigraph.services.explain import explain_channels

    with bootstrap.open_stores(settings_of(home)) as stores:
        answer = explain_channels(stores, run_key=run_key)
    if page is not None:
        from attrigraph.report.channel_triggers import render

        write_page(page, render(answer.triggered, answer.run))
        print_messages(str(page))
    if as_json:
        print_json(answer.to_json())
        return
    from attrigraph.cli.tables.triggers import show

    show(answer, console=stdout_console(), top=top)
