"""The type of options that name a file to write, and the check that it replaces no input."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


class OutputFile(click.Path):
    """A file that a command writes; an older one is replaced."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)


def check_outputs(context: click.Context) -> None:
    """Check that no file to write is one that the command reads, or also writes.

    Devices and pipes may be named several times: nothing in them is replaced.

    Raises:
        InputError: it is.
    """
    outputs = [one for one in context.command.params if isinstance(one.type, OutputFile)]
    for output in outputs:
        path = context.params.get(output.name or "")
        if path is None or (path.exists() and not path.is_file()):
            continue
        for other in context.command.params:
            if other is not output and path.resolve() in _paths_of(context, other):
                use = "also written" if isinstance(other.type, OutputFile) else "an input file"
                raise InputError(
                    f"{output.opts[0]} {path} is {use}, and would be replaced; name another file"
                )


def _paths_of(context: click.Context, parameter: click.Parameter) -> Iterator[Path]:
    value = context.params.get(parameter.name or "")
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, Path):
            yield one.resolve()
