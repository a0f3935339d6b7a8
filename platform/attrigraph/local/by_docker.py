"""The stores of a home as containers, run by ``docker compose`` from ``docker-compose.yml``."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from attrigraph.errors import LocalStoreError
from attrigraph.local import ports
from attrigraph.local.record import DOCKER, Stack, read_stack, write_stack
from attrigraph.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from attrigraph.local.credentials import Credentials
    from attrigraph.local.home import Home

logger = logging.getLogger(__name__)

PROBE_TIMEOUT: Final = 10
"""Seconds an engine may take to answer before it counts as none."""
START_TIMEOUT: Final = 1800
"""Seconds for fetching the images and starting them."""
SERVICES: Final = ("neo4j", "postgres")


def engine_answers() -> bool:
    """Whether a Docker engine and the compose plug-in can be used from here."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    probes = (
        [docker, "version", "--format", "{{.Server.Version}}"],
        [docker, "compose", "version"],
    )
    try:
        return all(
            subprocess.run(
                probe, capture_output=True, check=False, timeout=PROBE_TIMEOUT
            ).returncode
            == 0
            for probe in probes
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def running(home: Home, stack: Stack) -> set[str]:
    """Which of ``neo4j`` and ``postgres`` run and answer."""
    open_ports = {"neo4j": stack.bolt, "postgres": stack.postgres}
    answering = {name for name, port in open_ports.items() if ports.answers(port)}
    if not answering:
        return set()
    listed = _compose(home, ["ps", "--status", "running", "--services"], stack, None)
    return answering & set(listed.split())


def start(home: Home, wanted: Set[str], credentials: Credentials) -> Stack:
    """Start the wanted stores and wait until they are healthy.

    Raises:
        LocalStoreError: Docker cannot start them.
    """
    stack = read_stack(home)
    if stack is None or not running(home, stack):
        preferences = [[ports.BOLT], [ports.HTTP], [ports.POSTGRES]]
        if stack is not None:
            preferences = [
                [stack.bolt, ports.BOLT],
                [stack.http, ports.HTTP],
                [stack.postgres, ports.POSTGRES],
            ]
        stack = Stack(DOCKER, *ports.choose(preferences))
    write_stack(home, stack)
    logger.info("starting Neo4j and Postgres in Docker (the first time fetches their images)")
    _compose(home, ["up", "--detach", "--wait", *sorted(wanted)], stack, credentials)
    return stack


def stop(home: Home, stack: Stack) -> list[str]:
    """Stop and remove the containers; the data stay in their volumes."""
    stopped = sorted(running(home, stack))
    _compose(home, ["down"], stack, None)
    return stopped


def project(home: Home) -> str:
    """Name of the home's compose project: one home, one set of containers and volumes."""
    return f"attrigraph-{hashlib.sha256(str(home.path).encode()).hexdigest()[:8]}"


def environment(stack: Stack, credentials: Credentials | None) -> Mapping[str, str]:
    """The variables of ``docker-compose.yml``; passwords are handed over here and nowhere else."""
    # the file demands passwords of every command, and only `up` uses them
    unused = "not-needed-here"
    return {
        "ATTRIGRAPH_BOLT_PORT": str(stack.bolt),
        "ATTRIGRAPH_HTTP_PORT": str(stack.http),
        "ATTRIGRAPH_POSTGRES_PORT": str(stack.postgres),
        "ATTRIGRAPH_NEO4J_PASSWORD": credentials.neo4j_password if credentials else unused,
        "ATTRIGRAPH_POSTGRES_PASSWORD": credentials.postgres_password if credentials else unused,
    }


def _compose(home: Home, words: list[str], stack: Stack, credentials: Credentials | None) -> str:
    docker = shutil.which("docker") or "docker"
    file = shipped("docker-compose.yml")
    try:
        done = subprocess.run(
            [docker, "compose", "--project-name", project(home), "--file", str(file), *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=START_TIMEOUT,
            env=os.environ | environment(stack, credentials),
        )
    except subprocess.CalledProcessError as error:
        lines = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else f"exit code {error.returncode}"
        raise LocalStoreError(
            f"docker compose {words[0]} failed: {reason}; use --no-docker for local processes"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LocalStoreError(f"docker compose {words[0]} failed: {error}") from error
    return done.stdout
