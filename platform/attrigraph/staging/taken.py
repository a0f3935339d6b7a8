"""How many rows were taken: logged, and checked to be enough for an answer to mean something."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.staging.ledger import FileRejections
    from attrigraph.staging.staged import Staged

logger = logging.getLogger(__name__)

MAX_REJECTED: Final = 0.5
"""Share of rows that may be rejected unless stated otherwise."""

_MAX_SHOWN_REJECTIONS: Final = 10


def log_and_check(staged: Staged, max_rejected: float) -> None:
    """Log what became of the rows, and check that enough were taken; see ``check_taken``.

    Raises:
        InputError: nothing was taken, or more than that share of a file was rejected.
    """
    log_staged(staged)
    check_taken(staged, max_rejected)


def log_staged(staged: Staged) -> None:
    """Log what became of the rows of files or frames."""
    counts = staged.counts
    left = {"ignored": counts.ignored, "merged into another row": counts.merged}
    some = "".join(f"{number:,} {what}, " for what, number in left.items() if number)
    logger.info(
        f"read {counted(counts.read, 'row')}: {counts.taken:,} taken, "
        f"{counted(counts.duplicates, 'duplicate')}, {some}{counts.rejected:,} rejected"
    )
    for rejected in islice(staged.rejected(), _MAX_SHOWN_REJECTIONS):
        logger.warning(f"rejected {Path(rejected.file).name}:{rejected.line}: {rejected.reason}")
    for note in (*staged.notes, *staged.refund_notes()):
        logger.warning(note)


def check_taken(staged: Staged, max_rejected: float) -> None:
    """Check that rows were taken, and that not too many were rejected of any file.

    Args:
        staged: the rows.
        max_rejected: share of the rows of a file that may be rejected, of those that are neither
            ignored nor merged; with 1, files of which nothing is taken are accepted too.

    Raises:
        InputError: nothing was taken, or more than that share of a file was rejected.
    """
    if max_rejected >= 1:
        return
    too_many = [one for one in staged.rejections() if one.rejected > max_rejected * one.wanted]
    if too_many:
        raise InputError(
            f"rejected rows: {'; '.join(map(_rejected, too_many))}; correct the files or the "
            "mapping, or allow it with --max-rejected"
        )
    counts = staged.counts
    if not counts.read:
        raise InputError("the files hold no rows; name files that do")
    if not counts.taken:
        raise InputError(
            f"the mapping ignores all of {counted(counts.read, 'row')}; change its where or ignore"
        )


def check_conversions(staged: Staged, left: int) -> None:
    """Check that not all conversions there were are rejected or cancelled.

    Args:
        staged: the rows.
        left: how many conversions of them are neither.

    Raises:
        InputError: all are; without any conversion nothing is wrong.
    """
    if left:
        return
    if staged.counts.conversions:
        raise InputError(all_cancelled(staged.counts.conversions))
    lost = staged.rejected_conversions()
    if lost:
        number = sum(one.rejected for one in lost)
        every = f"all {number:,} conversions" if number > 1 else "the only conversion"
        raise InputError(
            f"rejected {every}, so there is nothing to credit: {'; '.join(map(_lost, lost))}; "
            "correct the files or the mapping"
        )


def all_cancelled(conversions: int) -> str:
    """Says that a number of conversions, all there are, are cancelled."""
    every = f"all {conversions:,} conversions are" if conversions > 1 else "the only conversion is"
    return f"{every} cancelled, so there is nothing to credit; add orders that were kept"


def _lost(file: FileRejections) -> str:
    """The rejected conversions of a file."""
    return (
        f"{file.alike:,} of {file.rejected:,} of {file.first.file} as {file.reason}, first line "
        f"{file.first.line} ({file.first.reason})"
    )


def why_rejected(staged: Staged) -> tuple[str, ...]:
    """Of each file with rejected rows, how many and why most of them; files without folders."""
    files = staged.rejections()
    firsts = [replace(file.first, file=Path(file.first.file).name) for file in files]
    return tuple(
        _rejected(replace(file, first=first)) for file, first in zip(files, firsts, strict=True)
    )


def _rejected(file: FileRejections) -> str:
    return (
        f"{file.rejected:,} of {file.wanted:,} of {file.first.file}, {file.alike:,} of them as "
        f"{file.reason}, first line {file.first.line} ({file.first.reason})"
    )
