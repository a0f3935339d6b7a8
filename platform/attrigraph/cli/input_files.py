"""The type of arguments that name input: files, or sources that are copied into files first."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import os


class InputFile(click.Path):
    """A file, or a source such as ``duckdb:PATH?SELECT ...``, which is copied for the command."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """The path of the file.

        Raises:
            InputError: a source cannot be read.
        """
        from attrigraph.staging.remote import fetch, is_remote

        if not isinstance(value, str) or not is_remote(value) or ctx is None:
            return super().convert(value, param, ctx)
        folder = Path(tempfile.mkdtemp(prefix="attrigraph-source-"))
        ctx.find_root().call_on_close(lambda: shutil.rmtree(folder, ignore_errors=True))
        return fetch(value, folder)
