"""The classes of commands, with the checks that all need of options, texts and outputs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from attrigraph.cli.output_files import check_outputs
from attrigraph.escaping import is_utf8
from attrigraph.log_fields import add_log_fields

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(click.Command):
    """A command that rejects repeated options, of which Click would use the last alone.

    Args:
        elsewhere: options of other commands that one may look for here, and what to do instead.
    """

    def __init__(
        self, *arguments: Any, elsewhere: Mapping[str, str] | None = None, **settings: Any
    ) -> None:
        super().__init__(*arguments, **settings)
        self._elsewhere = dict(elsewhere or {})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments.

        Raises:
            click.UsageError: an option is unknown, one that takes one value has several, or a text
                is not UTF-8.
            InputError: a file to write is one that the command reads.
        """
        try:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
        except click.NoSuchOption as error:
            if error.option_name not in self._elsewhere:
                raise
            instead = self._elsewhere[error.option_name]
            raise click.UsageError(
                f"there is no option {error.option_name}; {instead}", ctx
            ) from None
        for parameter, times in Counter(order).items():
            if isinstance(parameter, click.Option) and times > 1 and _takes_one(parameter):
                raise click.UsageError(
                    f"{parameter.opts[0]} takes one value and is given {times} times; give it once",
                    ctx,
                )
        rest = super().parse_args(ctx, args)
        _check_texts(ctx)
        check_outputs(ctx)
        run, window = ctx.params.get("run_key"), ctx.params.get("window")
        add_log_fields(command=ctx.command_path.partition(" ")[2], run=run, window=window)
        return rest


class CommandGroup(Command, click.Group):
    """A command that has subcommands besides; its own options are for calls without one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand that is called.

        Raises:
            click.UsageError: there is none of that name, or an option comes before it, where it
                would have no effect.
        """
        name, found, rest = super().resolve_command(ctx, args)
        for option in self.params:
            if ctx.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
                raise click.UsageError(
                    f"{option.opts[0]} has no effect before {name!r}; give options after it", ctx
                )
        return name, found, rest


def _takes_one(option: click.Option) -> bool:
    return not (option.multiple or option.is_flag or option.count)


def _check_texts(context: click.Context) -> None:
    """Names of files may hold any bytes; other texts end in stores, files and pages as UTF-8."""
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and not is_utf8(text):
                raise click.BadParameter(f"{text!r} is not UTF-8", context, parameter)
