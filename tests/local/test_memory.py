from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError, LocalStoreError
from attrigraph.local.memory import (
    Memory,
    check_disk,
    check_memory,
    computer,
    folder_size,
    parse_size,
    plan,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("total", "available", "store", "expected"),
    [
        (2048, 2048, 0, Memory(1024, 512)),  # never less than 1 GB of heap
        (8192, 8192, 0, Memory(2048, 512)),  # a quarter
        (65536, 65536, 0, Memory(4096, 512)),  # never more than 4 GB
        (65536, 65536, 10000, Memory(4096, 12000)),  # the store and a fifth
        (8192, 8192, 10000, Memory(2048, 2048)),  # never more than a quarter
        (16384, 3000, 0, Memory(3000 - 512 - 300, 512)),  # what fits
        (16384, 1000, 0, Memory(1024, 512)),  # and is refused then
    ],
)
def test_memory_follows_the_computer_and_the_store(
    total: int, available: int, store: int, expected: Memory
) -> None:
    assert plan(total, available, store) == expected


def test_sizes_of_the_user_override_the_computed_ones() -> None:
    assert plan(65536, 1, 0, heap="1g", page_cache="600m") == Memory(1024, 600)


@pytest.mark.parametrize("text", ["", "1", "1gb", "-1g", "0m", "1.5g", "g"])
def test_other_sizes_are_rejected(text: str) -> None:
    with pytest.raises(InputError, match="written like 512m or 2g"):
        parse_size(text)


def test_too_little_memory_is_an_error_before_the_start() -> None:
    check_memory(Memory(1024, 512), available=1836)
    with pytest.raises(LocalStoreError, match=r"needs 1836 MB .* and 1835 MB are free"):
        check_memory(Memory(1024, 512), available=1835)


def test_too_little_disk_is_an_error_before_the_start(tmp_path: Path) -> None:
    check_disk(tmp_path, minimum=1)
    with pytest.raises(LocalStoreError, match="free some space"):
        check_disk(tmp_path, minimum=10**12)


def test_this_computer_has_memory() -> None:
    total, available = computer()
    assert 0 < available <= total


def test_a_containers_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "memory.max").write_text(f"{300 * 2**20}\n")
    (tmp_path / "memory.current").write_text(f"{100 * 2**20}\n")
    monkeypatch.setattr("attrigraph.local.memory._CGROUP", tmp_path)
    assert computer() == (300, 200)
    (tmp_path / "memory.max").write_text("max\n")
    assert computer()[0] > 300


def test_the_size_of_a_folder(tmp_path: Path) -> None:
    assert folder_size(tmp_path / "none") == 0
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"0" * 3 * 2**20)
    assert folder_size(tmp_path) == 3
