"""``attrigraph budget``: plan a budget, verify a plan, compare plans."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from attrigraph.cli.commands import Command
from attrigraph.cli.console import print_json, print_messages, stdout_console
from attrigraph.cli.input_files import InputFile
from attrigraph.cli.options import home_option, json_option, settings_of
from attrigraph.cli.output_files import OutputFile
from attrigraph.cli.pages import write_page
from attrigraph.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.planning.plan import BudgetPlan


@click.group("budget", no_args_is_help=False)
def command() -> None:
    """Plan a budget with a proof, verify a plan, or compare plans."""


@command.command("plan", cls=Command)
@click.argument("file", type=InputFile())
@click.option("--budget", type=float, metavar="MONEY", help="In place of the file's budget.")
@click.option(
    "--target-value",
    type=float,
    metavar="MONEY",
    help="Plan the least budget that brings this value.",
)
@click.option(
    "--marginal-return",
    type=float,
    metavar="R",
    help="Plan the largest budget of which each unit of money still brings R.",
)
@click.option(
    "--max-change",
    type=float,
    metavar="SHARE",
    help="Largest change of a campaign's spend against the old one, such as 0.2.",
)
@click.option(
    "--exploration",
    type=float,
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
def plan(
    file: Path,
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
) -> None:
    """The best plan of a FILE in TOML, with a reason for each campaign and a certificate.

    The file has [plan] with budget, start, end and currency, and [[campaign]] with id, min, max,
    value and scale; docs/budget.md has all settings.
    """
    from attrigraph.planning.plan_json import plan_json
    from attrigraph.services.budget import BudgetOptions, plan_from_file

    options = BudgetOptions(budget, target_value, marginal_return, max_change, freeze, exploration)
    made = plan_from_file(file, options)
    answer = plan_json(made)
    if out is not None:
        write_page(out, json.dumps(answer, allow_nan=False))
        print_messages(str(out))
    if page is not None:
        from attrigraph.report.plan_page import render

        write_page(page, render(made, source=file.name, written=datetime.now(UTC)))
        print_messages(str(page))
    if store:
        print_messages(f"stored in the graph as run {_store(made, home)}")
    if as_json:
        print_json(answer)
        return
    from attrigraph.cli.tables.budget import show_plan

    show_plan(made, console=stdout_console())


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
