"""``attrigraph budget``: plan a budget, verify a plan, compare plans."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from attrigraph.cli.budget_curves import by_option
from attrigraph.cli.budget_curves import command as curves_command
from attrigraph.cli.budget_history import command as history_command
from attrigraph.cli.causal_options import causal_of, causal_options
from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.model_options import flag, is_given
from attrigraph.cli.money_options import currency_options
from attrigraph.cli.number_types import AMOUNT, FACTOR, SHARE_BELOW_1
from attrigraph.cli.options import day_of, home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.errors import ExitCode, InputError
from attrigraph.messages import print_messages

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.planning.plan import BudgetPlan
    from attrigraph.planning.request import PlanRequest
    from attrigraph.planning.spend_curves import BudgetCurves, CurveLevel
    from attrigraph.services.attribution_options import AttributionOptions

PERIOD: Final = (("first_day", "--from"), ("last_day", "--to"))
"""Parameters of the period of a plan, and their flags."""

GRAPH_ONLY_OPTIONS: Final = (
    "by",
    "first_day",
    "last_day",
    "season",
    "borrow",
    "window",
    "conversion_kinds",
    "experiments",
    "no_experiments",
    "old_experiments",
    "population",
    "currency",
    "rates",
)
"""Options of plans of the graph."""

EXCLUSIVE: Final = (
    ("budget", "target_value"),
    ("budget", "marginal_return"),
    ("target_value", "marginal_return"),
    ("freeze", "target_value"),
    ("freeze", "marginal_return"),
    ("freeze", "max_change"),
    ("freeze", "exploration"),
)
"""Pairs of options of which one leaves nothing to the other."""


@click.group("budget", no_args_is_help=False)
def command() -> None:
    """Curves of spend, a plan with a proof, its verification, or plans side by side."""


command.add_command(curves_command)
command.add_command(history_command)


@command.command("plan", cls=Command)
@click.argument("file", required=False, type=InputFile())
@click.option(
    "--from-graph",
    is_flag=True,
    help="Plan by curves of the graph's events, spend and experiments instead of a FILE.",
)
@by_option
@click.option("--from", "first_day", metavar="DATE", help="With --from-graph: first day.")
@click.option("--to", "last_day", metavar="DATE", help="With --from-graph: last day.")
@click.option(
    "--season",
    type=FACTOR,
    default=1.0,
    show_default=True,
    metavar="FACTOR",
    help="With --from-graph: factor of all responses in the period of the plan.",
)
@click.option(
    "--window",
    metavar="START..END",
    help="With --from-graph: period of the data, END excluded. Default: all of them.",
)
@click.option(
    "--borrow",
    is_flag=True,
    help="With --from-graph --by campaign: borrow the curves of campaigns of which the data do not "
    "show what they bring from campaigns with similar texts.",
)
@causal_options
@currency_options
@click.option("--budget", type=AMOUNT, metavar="MONEY", help="In place of the file's budget.")
@click.option(
    "--target-value",
    type=AMOUNT,
    metavar="MONEY",
    help="Plan the least budget that brings this value.",
)
@click.option(
    "--marginal-return",
    type=AMOUNT,
    metavar="R",
    help="Plan the largest budget of which each unit of money still brings R.",
)
@click.option(
    "--max-change",
    type=AMOUNT,
    metavar="SHARE",
    help="Largest change of a campaign's spend against the old one, such as 0.2.",
)
@click.option(
    "--exploration",
    type=SHARE_BELOW_1,
    metavar="SHARE",
    help="Share of the budget that goes where draws of the curves send it, such as 0.1.",
)
@click.option("--freeze", is_flag=True, help="Keep the old plan, and show what it brings.")
@click.option("--out", type=OutputFile(), metavar="FILE", help="Write the plan as JSON.")
@click.option(
    "--page",
    type=OutputFile(),
    metavar="FILE",
    help="Also write it as an HTML page for the person who signs it.",
)
@click.option(
    "--store",
    is_flag=True,
    help="Also store the plan in the graph, linked to its campaigns or channels. Nothing is "
    "applied by that.",
)
@home_option
@json_option
@click.pass_context
def plan(
    context: click.Context,
    /,
    file: Path | None,
    budget: float | None,
    target_value: float | None,
    marginal_return: float | None,
    max_change: float | None,
    exploration: float | None,
    freeze: bool,
    out: Path | None,
    page: Path | None,
    store: bool,
    home: Path | None,
    as_json: bool,
    **parameters: Any,
) -> None:
    """The best plan of a FILE in TOML, with a reason for each campaign and a certificate.

    The file has [plan] with budget, start, end and currency, and [[campaign]] with id, min, max,
    value and scale; docs/budget.md has all settings. `budget curves --out` writes one from data.
    With --from-graph the plan is made from the graph, without limits of your own.
    """
    from attrigraph.planning.plan_json import plan_json
    from attrigraph.services.budget import BudgetOptions, plan_from_file, plan_of

    _check_source(context, file)
    options = BudgetOptions(budget, target_value, marginal_return, max_change, freeze, exploration)
    if file is None:
        made = plan_of(_graph_request(home, budget, parameters), options)
    else:
        made = plan_from_file(file, options)
    answer = plan_json(made)
    if out is not None:
        write_page(out, json.dumps(answer, allow_nan=False))
        print_messages(str(out))
    if page is not None:
        from attrigraph.report.plan_page import render

        source = "the graph" if file is None else file.name
        write_page(page, render(made, source=source, written=datetime.now(UTC)))
        print_messages(str(page))
    if as_json:
        print_json(answer)
    else:
        from attrigraph.cli.tables.budget import show_plan

        show_plan(made, console=stdout_console())
    if store:
        print_messages(f"stored in the graph as run {_store(made, home)}")


def _check_source(context: click.Context, file: Path | None) -> None:
    """Check that there is one source, and that every option has an effect.

    Raises:
        InputError: they do not fit each other.
    """
    if (file is None) != context.params["from_graph"]:
        raise InputError("a plan needs a FILE or --from-graph, and not both")
    for name in GRAPH_ONLY_OPTIONS:
        if file is not None and is_given(context, name):
            raise InputError(f"{flag(context, name)} is for --from-graph; a FILE has its own")
    for one, other in EXCLUSIVE:
        if is_given(context, one) and is_given(context, other):
            first, second = flag(context, one), flag(context, other)
            raise InputError(f"{first} and {second} exclude each other; give one of them")


def _graph_request(
    home: Path | None, budget: float | None, parameters: dict[str, Any]
) -> PlanRequest:
    """What a plan of the graph is asked for.

    Raises:
        InputError: a day is missing or no day, or see ``curves_from_graph``.
    """
    start, end = (day_of(parameters[name], option) for name, option in PERIOD)
    if start is None or end is None:
        raise InputError("a plan of the graph is for a period; name it with --from and --to")
    options = causal_of({**parameters, "spend": (), "no_spend": False, "zone": None})
    borrow = parameters["borrow"]
    if borrow and parameters["by"] != "campaign":
        raise InputError("curves are borrowed among campaigns; give --by campaign with --borrow")
    curves = _planned_curves(home, options, parameters["by"], borrow=borrow)
    return replace(curves.request(start, end, budget), season=parameters["season"])


def _planned_curves(
    home: Path | None, options: AttributionOptions, by: CurveLevel, *, borrow: bool
) -> BudgetCurves:
    """Curves of the graph of a home, those of campaigns with what similar ones show."""
    from attrigraph import bootstrap
    from attrigraph.services.borrowed_curves import with_borrowed_curves
    from attrigraph.services.budget_curves import curves_from_graph
    from attrigraph.services.related_campaigns import with_related_campaigns

    with bootstrap.open_stores(settings_of(home)) as stores:
        curves = curves_from_graph(stores, options, by=by)
        if by == "campaign":
            curves = with_related_campaigns(stores, curves)
        if borrow:
            curves = with_borrowed_curves(stores, curves)
            if not any(one.curve.borrowed for one in curves.curves):
                print_messages("nothing is borrowed: every campaign with a vector is identified")
        return curves


def _store(plan: BudgetPlan, home: Path | None) -> str:
    from attrigraph import bootstrap
    from attrigraph.services.store_plan import store_plan

    with bootstrap.open_stores(settings_of(home)) as stores:
        return store_plan(stores, plan)


@command.command("verify", cls=Command)
@click.argument("plan_file", metavar="PLAN", type=InputFile())
@json_option
def verify(plan_file: Path, as_json: bool) -> None:
    """Check a PLAN in JSON by its certificate: limits, value, and that no plan brings more."""
    from attrigraph.cli.tables.budget import show_verification
    from attrigraph.services.budget import verify_file

    found = verify_file(plan_file)
    if as_json:
        print_json({**asdict(found), "gap": found.gap, "is_best": found.is_best})
    else:
        show_verification(found, console=stdout_console())
    if found.faults:
        click.get_current_context().exit(ExitCode.FAILED)


@command.command("compare", cls=Command)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=InputFile())
@click.option(
    "--market",
    multiple=True,
    metavar="[NAME=]FACTOR",
    help="Also show each plan in another market: 0.9 lowers all curves to 90 %, search=0.8 that of "
    "one campaign or group. May be repeated.",
)
@json_option
def compare(files: tuple[Path, ...], market: tuple[str, ...], as_json: bool) -> None:
    """Plans side by side: of files that ask for one, or in JSON."""
    from attrigraph.cli.tables.plan_comparison import show_comparison
    from attrigraph.services.budget import compare_files

    scenarios = compare_files(files, market)
    if as_json:
        changed = {name: asdict(one) for name, one in scenarios.changed.items()}
        print_json({"plans": scenarios.plans, "changed": changed})
        return
    show_comparison(scenarios.plans, scenarios.changed, console=stdout_console())
