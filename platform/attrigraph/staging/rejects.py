"""Writes the file of rejected rows: CSV with file, line and reason, so that people can fix them."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from attrigraph.errors import InputError
from attrigraph.escaping import escape_control
from attrigraph.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from attrigraph.domain import RejectedRow


def check_not_an_input(rejects: Path | None, inputs: Iterable[Path]) -> None:
    """Check that the file of rejected rows would not replace an input file.

    Raises:
        InputError: it would.
    """
    if rejects is None:
        return
    for path in inputs:
        if rejects.resolve() == path.resolve():
            raise InputError(
                f"--rejects {rejects} is an input file, and would be replaced by the list of "
                "rejected rows; name another file"
            )


def write_rejects(path: Path, rejected: Iterable[RejectedRow]) -> int:
    r"""Write the rejected rows and return how many there are.

    The file is written whole or not at all, but a device, pipe or link is written to, since it must
    not be replaced. File names and reasons are written with control characters escaped
    (``\x1b``), since people look at the file in a terminal.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        make_private_folder(path.parent)
        is_file = path.is_file() or not path.exists()
        write = _replace if is_file and not path.is_symlink() else _write
        return write(path, rejected)
    except OSError as error:
        raise InputError(
            f"cannot write the file of rejected rows, {path}: {error.strerror}; name another with "
            "--rejects"
        ) from error


def _replace(path: Path, rejected: Iterable[RejectedRow]) -> int:
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        count = _write(draft, rejected)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    return count


def _write(path: Path, rejected: Iterable[RejectedRow]) -> int:
    # rejected rows may identify customers, so only the owner may read the file
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    count = 0
    with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "reason"))
        for row in rejected:
            writer.writerow((escape_control(row.file), row.line, escape_control(row.reason)))
            count += 1
    return count
