"""Which loads of one home may run at the same time: many online loads, or a single bulk load."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrigraph.errors import LocalStoreError
from attrigraph.local.home import unwritable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attrigraph.local.home import Home


@contextmanager
def load_lock(home: Home, *, alone: bool) -> Iterator[None]:
    """Hold the lock for a load; it ends with the process.

    Args:
        home: the home that is loaded into.
        alone: whether to exclude all other loads, as a bulk load must.

    Raises:
        LocalStoreError: a load is running that excludes this one.
    """
    file = home.path / ".load.lock"
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(file, error) from error
    try:
        try:
            kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalStoreError(
                f"another load of {home.path} is running, and a bulk load excludes all others; "
                "wait until it has ended"
            ) from None
        yield
    finally:
        os.close(descriptor)
