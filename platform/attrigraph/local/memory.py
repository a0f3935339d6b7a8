"""How much memory the local Neo4j takes, and whether memory and disk suffice for it.

Heap: a quarter of the computer's memory, between 1 and 4 GB, or what fits of it. Page cache: the
store and a fifth, at minimum 512 MB and at most a quarter of memory. Sizes are in MiB throughout.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from attrigraph.errors import InputError, LocalStoreError

MIN_HEAP: Final = 1024
MAX_HEAP: Final = 4096
MIN_PAGE_CACHE: Final = 512
OVERHEAD: Final = 300
"""What the Java runtime needs in addition to heap and page cache: code, threads, buffers."""
MIN_DISK: Final = 1024
"""An empty store, its transaction logs and Postgres take about half of it."""
_CGROUP: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one Neo4j server, MiB."""

    heap: int
    page_cache: int

    @property
    def needed(self) -> int:
        """What must be free before it is started."""
        return self.heap + self.page_cache + OVERHEAD


def parse_size(text: str) -> int:
    """MiB in a size such as ``512m`` or ``2g``.

    Raises:
        InputError: it is not written so.
    """
    match = re.fullmatch(r"([1-9][0-9]*)([mMgG])", text.strip())
    if match is None:
        raise InputError(f"a size of memory is written like 512m or 2g, not {text!r}")
    return int(match[1]) * (1024 if match[2] in "gG" else 1)


def plan(
    total: int,
    available: int,
    store: int,
    *,
    heap: str | None = None,
    page_cache: str | None = None,
) -> Memory:
    """Memory for a store of this size.

    Args:
        total: the computer's memory.
        available: what of it is free now; the heap is smaller where it would not fit.
        store: size of the graph on disk.
        heap: a size that overrides the computed one, such as ``2g``.
        page_cache: likewise.

    Raises:
        InputError: a size is not of this form.
    """
    usual_cache = max(min(store * 6 // 5, total // 4), MIN_PAGE_CACHE)
    cache = parse_size(page_cache) if page_cache else usual_cache
    fitting = min(total // 4, MAX_HEAP, available - cache - OVERHEAD)
    return Memory(parse_size(heap) if heap else max(fitting, MIN_HEAP), cache)


def computer() -> tuple[int, int]:
    """Total and available memory; a container's limit counts as its computer's memory."""
    import psutil

    memory = psutil.virtual_memory()
    total, available = memory.total, memory.available
    limit, used = _cgroup_number("memory.max"), _cgroup_number("memory.current")
    if limit is not None and used is not None and limit < total:
        total, available = limit, min(available, limit - used)
    return total // 2**20, available // 2**20


def _cgroup_number(name: str) -> int | None:
    try:
        return int((_CGROUP / name).read_text())
    except (OSError, ValueError):  # no control groups here, or "max": no limit
        return None


def folder_size(folder: Path) -> int:
    """MiB of the files below a folder; 0 when there is none."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 2**20


def check_memory(memory: Memory, available: int) -> None:
    """Check that there is enough memory to start the server.

    Raises:
        LocalStoreError: too little is available.
    """
    if memory.needed > available:
        raise LocalStoreError(
            f"Neo4j needs {memory.needed} MB of free memory (heap {memory.heap}, page cache "
            f"{memory.page_cache}, the rest for Java) and {available} MB are free; close programs "
            "or set ATTRIGRAPH_NEO4J_HEAP and ATTRIGRAPH_NEO4J_PAGE_CACHE lower (1g and 512m serve "
            "a few million touches)"
        )


def check_disk(folder: Path, *, minimum: int = MIN_DISK) -> None:
    """Check that the disk of a folder has room for the stores.

    Args:
        folder: on the disk.
        minimum: MiB that must be free.

    Raises:
        LocalStoreError: less than that is free.
    """
    free = shutil.disk_usage(folder).free // 2**20
    if free < minimum:
        raise LocalStoreError(
            f"the disk of {folder} has {free} MB left and the stores need {minimum} MB to start; "
            "free some space or choose another folder with --home or ATTRIGRAPH_HOME"
        )
