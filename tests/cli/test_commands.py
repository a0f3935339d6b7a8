import click
import pytest
from click.testing import CliRunner

from attrigraph.cli.commands import Command, CommandGroup


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option("--size", type=int)
@click.pass_context
def group(context: click.Context, /, size: int | None) -> None:
    if context.invoked_subcommand is None:
        print("own", size)


@group.command("part", cls=Command)
@click.option("--size", type=int)
def part(size: int | None) -> None:
    print("part", size)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("", "own None"),
        ("--size 2", "own 2"),
        ("part", "part None"),
        ("part --size 3", "part 3"),
        ("--size 2 part", "--size has no effect before 'part'; give options after it"),
        ("--size 2 other", "no such command 'other'"),
        ("--size 2 --size 3", "--size takes one value and is given 2 times"),
    ],
)
def test_a_group_is_a_command_where_no_subcommand_is_called(arguments: str, shown: str) -> None:
    found = CliRunner().invoke(group, arguments.split())
    assert shown.lower() in found.output.lower()
    assert (found.exit_code == 0) == shown.startswith(("own", "part"))
