"""The file of refused rows: CSV with file, line and reason, so that people can mend them."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from attrigraph.domain import RejectedRow


def spare_inputs(rejects: Path | None, inputs: Iterable[Path]) -> None:
    """Make sure that the file of refused rows would not replace one that is read.

    Raises:
        InputError: it would.
    """
    if rejects is None:
        return
    for path in inputs:
        if rejects.resolve() == path.resolve():
            raise InputError(
                f"--rejects {rejects} is a file that is read, and would be replaced by the list of "
                "refused rows; name another"
            )


def write_rejects(path: Path, refusals: Iterable[RejectedRow]) -> int:
    """Write the refused rows; the file is whole or not there. Returns how many.

    Raises:
        InputError: the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # refused rows may tell of customers, so the file is its owner's alone
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(("file", "line", "reason"))
            count = 0
            for refusal in refusals:
                rows.writerow((refusal.file, refusal.line, refusal.reason))
                count += 1
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise InputError(
            f"the file of refused rows, {path}, cannot be written: {error.strerror}; name another "
            "with --rejects"
        ) from error
    return count
