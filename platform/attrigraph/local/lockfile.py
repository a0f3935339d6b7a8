"""The lock file of the server's jars: every artifact with the SHA-256 of its bytes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from attrigraph.errors import LocalStoreError

LOCK_FILE: Final = Path(__file__).with_name("neo4j.lock.toml")


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One artifact of the Maven repository.

    Attributes:
        group: such as ``org.neo4j``.
        artifact: such as ``neo4j-kernel``.
        version: such as ``5.26.30``.
        classifier: such as ``linux-x86_64``; empty for most.
        sha256: of the jar's bytes, hexadecimal.
    """

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def file_name(self) -> str:
        """What the jar is called in a Maven repository and in the server's lib folder."""
        tail = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{tail}.jar"

    @property
    def repository_path(self) -> Path:
        """Where a Maven repository keeps it, relative to its root."""
        return Path(*self.group.split("."), self.artifact, self.version, self.file_name)

    def __str__(self) -> str:
        tail = f":{self.classifier}" if self.classifier else ""
        return f"{self.group}:{self.artifact}:{self.version}{tail}"


@dataclass(frozen=True, slots=True)
class Lock:
    """What the server consists of.

    Attributes:
        version: Neo4j's version.
        jars: sorted; their file names differ.
    """

    version: str
    jars: tuple[Jar, ...]


def read_lock(path: Path = LOCK_FILE) -> Lock:
    """The lock file as it was written by ``python -m attrigraph.local.lock``.

    Raises:
        LocalStoreError: the file cannot be read, or is no lock file.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return Lock(content["version"], tuple(Jar(**entry) for entry in content["jar"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalStoreError(
            f"{path} is no lock file of Neo4j's jars ({error}); write one with `python -m "
            "attrigraph.local.lock VERSION FILE`"
        ) from error


def write_lock(lock: Lock, path: Path = LOCK_FILE) -> None:
    """Write the lock file, one table per jar."""
    lines = [
        "# The jars of Neo4j Community and Neo4j Browser, with the SHA-256 of each.",
        "# Written by `python -m attrigraph.local.lock`; never edited by hand.",
        f'version = "{lock.version}"',
    ]
    for jar in lock.jars:
        lines += [
            "",
            "[[jar]]",
            f'group = "{jar.group}"',
            f'artifact = "{jar.artifact}"',
            f'version = "{jar.version}"',
            f'classifier = "{jar.classifier}"',
            f'sha256 = "{jar.sha256}"',
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
