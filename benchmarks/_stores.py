"""Stores of a benchmark's own."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrigraph import bootstrap
from attrigraph.local import stack
from attrigraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.stores import Stores


@contextmanager
def stores(home: Path) -> Iterator[tuple[Stores, Settings]]:
    """Fresh stores in a home of their own, stopped and removed at the end."""
    settings = Settings(home=home, docker=False, neo4j_heap="1g", neo4j_page_cache="512m")
    try:
        stack.up(settings)
        bootstrap.migrate(settings)
        with bootstrap.open_stores(settings) as opened:
            yield opened, settings
    finally:
        stack.down(settings)
        shutil.rmtree(home, ignore_errors=True)
