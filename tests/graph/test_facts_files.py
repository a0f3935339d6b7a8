"""The files of known events give back what was written, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.event_slices import event_parts
from attrigraph.domain.event_tables import joined_events
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.graph import facts_files
from attrigraph.graph.facts_files import (
    BUCKETS,
    N_FILES,
    StoredFacts,
    delete_facts,
    read_facts,
    write_facts,
)
from attrigraph.graph.loads import Seen
from attrigraph.runs.lineage import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import EventTable

AT = datetime(2026, 6, 1, tzinfo=UTC)
EVENTS = events_from_objects(
    [
        Touchpoint("t\n1", "ä 😀", AT, channel="tv", creative="r1", campaign="k1", cost=0.1),
        Touchpoint("u", "b", None, channel=None),
    ],
    [Conversion("v", "b", AT, value=2.5, kind="größe")],
)
FACTS = StoredFacts(Seen(3, "the load"), tuple(event_parts(EVENTS, N_FILES)))
MOST = 10**6


def write(folder: Path, facts: StoredFacts = FACTS, *, max_bytes: int = MOST) -> tuple[int, ...]:
    return write_facts(folder, facts, changed=range(N_FILES), max_bytes=max_bytes)


def events_of(facts: StoredFacts) -> EventTable:
    return joined_events([part for part in facts.parts if part is not None])


def test_what_was_written_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert write(folder) == ()
    found = read_facts(folder)
    assert found is not None
    assert found.seen == FACTS.seen
    assert fingerprint(events_of(found)) == fingerprint(EVENTS)
    assert events_of(found).bucket.tolist() == EVENTS.bucket.tolist()
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    assert len(list(folder.iterdir())) == N_FILES + 1


def test_files_that_did_not_change_are_named_again(tmp_path: Path) -> None:
    write(tmp_path)
    known = read_facts(tmp_path)
    assert known is not None
    times = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("facts-*")}
    later = replace(known, seen=Seen(4, "another"))
    write_facts(tmp_path, later, changed=(), max_bytes=MOST)
    found = read_facts(tmp_path)
    assert found is not None
    assert found.seen == later.seen
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("facts-*")} == times


@pytest.mark.parametrize("max_bytes", [0, 5000, 50_000])
def test_files_are_not_larger_than_the_bound(max_bytes: int, tmp_path: Path) -> None:
    left_out = write(tmp_path, max_bytes=max_bytes)
    found = read_facts(tmp_path)
    assert found is not None
    assert sum(path.stat().st_size for path in tmp_path.glob("*.npz")) <= max_bytes
    assert left_out == tuple(n for n, part in enumerate(found.parts) if part is None)
    assert left_out == tuple(range(len(found.files), N_FILES))


def test_files_that_a_killed_process_left_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".facts-3-abc.npz-77").write_bytes(b"half")
    (tmp_path / "facts-3-abc.npz").write_bytes(b"old")
    write(tmp_path)
    assert len(list(tmp_path.iterdir())) == N_FILES + 1
    delete_facts(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert read_facts(tmp_path) is None


@pytest.mark.parametrize("place", range(100))
def test_a_damaged_file_is_left_out(place: int, tmp_path: Path) -> None:
    write(tmp_path)
    (file,) = tmp_path.glob(f"facts-{EVENTS.bucket[0] // BUCKETS}-*")
    content = bytearray(file.read_bytes())
    content[len(content) * place // 100] ^= 0xFF
    file.write_bytes(content)
    found = read_facts(tmp_path)
    assert found is not None
    assert [n for n, part in enumerate(found.parts) if part is None] == [
        EVENTS.bucket[0] // BUCKETS
    ]


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_a_damaged_manifest_gives_nothing_wrong(place: int, tmp_path: Path) -> None:
    write(tmp_path)
    file = tmp_path / "facts.json"
    content = bytearray(file.read_bytes())
    content[len(content) * place // 100] ^= 0xFF
    file.write_bytes(content)
    found = read_facts(tmp_path)
    if found is not None:
        for part, expected in zip(found.parts, FACTS.parts, strict=True):
            assert expected is not None
            assert part is None or fingerprint(part) == fingerprint(expected)


def test_a_manifest_that_is_cut_missing_or_of_another_version_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_facts(tmp_path) is None
    write(tmp_path)
    path = tmp_path / "facts.json"
    path.write_bytes(path.read_bytes()[:200])
    assert read_facts(tmp_path) is None
    with monkeypatch.context() as patched:
        patched.setattr(facts_files, "VERSION", 0)
        write(tmp_path)
    assert read_facts(tmp_path) is None
