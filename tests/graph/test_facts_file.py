"""The file of known events gives back what was written, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.domain import Conversion, Touchpoint
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.graph import facts_file
from attrigraph.graph.facts_file import StoredFacts, read_facts, write_facts
from attrigraph.graph.loads import Seen
from attrigraph.runs.lineage import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 6, 1, tzinfo=UTC)
FACTS = StoredFacts(
    Seen(3, "the load"),
    events_from_objects(
        [
            Touchpoint("t\n1", "ä 😀", AT, channel="tv", creative="r1", campaign="k1", cost=0.1),
            Touchpoint("u", "b", None, channel=None),
        ],
        [Conversion("v", "b", AT, value=2.5, kind="größe")],
    ),
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "facts.npz"
    write_facts(path, FACTS)
    found = read_facts(path)
    assert found is not None
    assert found.seen == FACTS.seen
    assert fingerprint(found.events) == fingerprint(FACTS.events)
    assert found.events.bucket.tolist() == FACTS.events.bucket.tolist()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["facts.npz"]


def test_no_events_are_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "facts.npz"
    write_facts(path, StoredFacts(Seen(0, None), events_from_objects([], [])))
    found = read_facts(path)
    assert found is not None
    assert (found.seen, len(found.events.customers)) == (Seen(0, None), 0)


@pytest.mark.parametrize("place", range(100))
def test_a_damaged_file_is_none_or_the_same(place: int, tmp_path: Path) -> None:
    path = tmp_path / "facts.npz"
    write_facts(path, FACTS)
    content = bytearray(path.read_bytes())
    content[len(content) * place // 100] ^= 0xFF
    path.write_bytes(content)
    found = read_facts(path)
    assert found is None or fingerprint(found.events) == fingerprint(FACTS.events)


def test_a_file_that_is_cut_missing_or_of_another_version_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "facts.npz"
    assert read_facts(path) is None
    write_facts(path, FACTS)
    path.write_bytes(path.read_bytes()[:200])
    assert read_facts(path) is None
    np.save(tmp_path / "other.npy", np.zeros(3))
    assert read_facts(tmp_path / "other.npy") is None
    with monkeypatch.context() as patched:
        patched.setattr(facts_file, "VERSION", 0)
        write_facts(path, FACTS)
    assert read_facts(path) is None
