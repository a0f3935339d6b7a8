"""Whether enough of the rows was taken for an answer to mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.errors import InputError
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from attrigraph.staging.staged import Staged

MAX_REJECTED: Final = 0.5
"""Share of rows that may be rejected unless stated otherwise."""


def check_taken(staged: Staged, max_rejected: float) -> None:
    """Check that rows were taken, and that not too many were rejected.

    Args:
        staged: the rows.
        max_rejected: share of the rows that may be rejected, of those that are neither ignored nor
            merged; with 1, files of which nothing is taken are accepted too.

    Raises:
        InputError: nothing was taken, or more than that share was rejected.
    """
    counts = staged.counts
    wanted = counts.read - counts.ignored - counts.merged
    if max_rejected >= 1 or (counts.taken and counts.rejected <= max_rejected * wanted):
        return
    if not counts.read:
        raise InputError("the files hold no rows; name files that do")
    if not wanted:
        raise InputError(
            f"the mapping ignores all of {counted(counts.read, 'row')}; change its where or ignore"
        )
    reason, number, example = staged.commonest_rejection()
    raise InputError(
        f"rejected rows: {counts.rejected:,} of {wanted:,}, {number:,} of them as {reason}, first "
        f"line {example.line} of {example.file} ({example.reason}); correct the files or the "
        "mapping, or allow it with --max-rejected"
    )
