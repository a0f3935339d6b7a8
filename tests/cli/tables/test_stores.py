"""What `status` shows of the files of known events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.bootstrap import Health, facts_cache
from attrigraph.cli.tables.stores import as_lines, as_object
from attrigraph.domain.event_slices import event_parts
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.graph.facts_files import N_FILES, StoredFacts, write_facts
from attrigraph.graph.loads import Seen
from attrigraph.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

STORES = tuple(Health(name, None, None, "neo4j", error="none") for name in ("neo4j", "postgres"))
FACTS = StoredFacts(Seen(3, "a load"), tuple(event_parts(events_from_objects([], []), N_FILES)))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, facts_cache_mb=1)


def shown(settings: Settings) -> tuple[dict[str, Any], list[str]]:
    found = as_object(settings, STORES)
    return found["cache"], [line for line in as_lines(found) if line.startswith("Cache")]


def write(settings: Settings, facts: StoredFacts, *, max_bytes: int = 10**6) -> None:
    folder = facts_cache(settings).folder
    write_facts(folder, facts, changed=range(N_FILES), max_bytes=max_bytes)


def test_without_files_there_is_no_line(settings: Settings) -> None:
    nothing = {"files": 0, "bytes": 0, "max_bytes": 10**6, "complete": False, "load": None}
    assert shown(settings) == (nothing, [])


def test_files_of_all_customers(settings: Settings, tmp_path: Path) -> None:
    write(settings, FACTS)
    size = sum(path.stat().st_size for path in tmp_path.glob("cache/*.npz"))
    figures, lines = shown(settings)
    assert figures == {
        "files": N_FILES,
        "bytes": size,
        "max_bytes": 10**6,
        "complete": True,
        "load": 3,
    }
    assert lines == [
        f"Cache     {size / 1e6:.0f} of 1 MB, {N_FILES} files with events up to load 3"
    ]


def test_what_does_not_fit_is_said(settings: Settings) -> None:
    write(settings, replace(FACTS, parts=(FACTS.parts[0], *[None] * (N_FILES - 1))))
    figures, lines = shown(settings)
    assert not figures["complete"]
    assert lines[0].startswith("Cache     0 of 1 MB, 1 file with events up to load 3; every run")
    write(settings, FACTS, max_bytes=0)
    assert "0 files" in shown(settings)[1][0]
