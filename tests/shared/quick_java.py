"""A Java for the servers of tests, which are short-lived: it does not optimise what it compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.local.java import packaged_java

if TYPE_CHECKING:
    from pathlib import Path


def write_quick_java(folder: Path) -> Path:
    """Write ``bin/java`` into a folder, which can then be the ``java_home`` of settings.

    Raises:
        MissingExtraError: there is no packaged Java.
    """
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f'#!/bin/sh\nexec "{packaged_java()}" -XX:TieredStopAtLevel=1 "$@"\n')
    java.chmod(0o755)
    return folder
