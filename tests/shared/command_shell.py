"""Runs the ``attrigraph`` command as a user does, for tests with homes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neo4j import GraphDatabase

if TYPE_CHECKING:
    from neo4j import Driver

    from attrigraph.settings import Settings

PROGRAM = Path(sys.executable).with_name("attrigraph")


@dataclass(frozen=True)
class Shell:
    """Runs ``attrigraph`` for one home, in an environment without settings of the developer's."""

    home: Path
    environment: dict[str, str]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and return at once."""
        return subprocess.Popen(
            [PROGRAM, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [PROGRAM, *words],
            env=self.environment | extra,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def fails(self, code: int, *words: str, **extra: str) -> str:
        """Run a command that must fail with this exit code and one sentence; the sentence."""
        done = self.run(*words, **extra)
        assert done.returncode == code, done.stderr
        errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, done.stderr
        assert done.stderr.splitlines()[-1] == errors[0]
        assert "Traceback" not in done.stderr
        return errors[0].removeprefix("Error: ")


def shell_for(home: Path, java_home: Path | None = None) -> Shell:
    """A shell whose settings are the home's and the tests' alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATTRIGRAPH_")}
    ours = {
        "ATTRIGRAPH_HOME": str(home),
        "ATTRIGRAPH_DOCKER": "false",
        "ATTRIGRAPH_NEO4J_HEAP": "1g",
        "ATTRIGRAPH_NEO4J_PAGE_CACHE": "512m",
    }
    return Shell(home, kept | ours | _java(java_home))


def ran(shell: Shell, *words: str) -> dict[str, Any]:
    """What a command prints with ``--json``."""
    done = shell.run(*words, "--json")
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def driver_of(shell: Shell) -> Driver:
    """A driver to the local Neo4j of the shell's home."""
    address = ran(shell, "status")["neo4j"]["address"]
    password = json.loads((shell.home / "credentials.json").read_text())["neo4j_password"]
    return GraphDatabase.driver(address, auth=("neo4j", password))


def _java(java_home: Path | None) -> dict[str, str]:
    return {} if java_home is None else {"ATTRIGRAPH_JAVA_HOME": str(java_home)}


def shell_to(settings: Settings) -> Shell:
    """A shell whose commands reach the stores that these settings lead to."""
    given = {
        "ATTRIGRAPH_HOME": str(settings.home),
        "ATTRIGRAPH_NEO4J_HEAP": "1g",
        "ATTRIGRAPH_NEO4J_PAGE_CACHE": "512m",
        **_java(settings.java_home),
    }
    if settings.neo4j_uri is not None and settings.neo4j_password is not None:
        given["ATTRIGRAPH_NEO4J_URI"] = settings.neo4j_uri
        given["ATTRIGRAPH_NEO4J_USER"] = settings.neo4j_user
        given["ATTRIGRAPH_NEO4J_PASSWORD"] = settings.neo4j_password.get_secret_value()
    if settings.postgres_url is not None:
        given["ATTRIGRAPH_POSTGRES_URL"] = settings.postgres_url.get_secret_value()
    return Shell(settings.home, {**os.environ, **given})
