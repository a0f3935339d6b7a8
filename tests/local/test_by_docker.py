"""The Docker commands of attrigraph, recorded by a substitute for the ``docker`` program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import LocalStoreError
from attrigraph.local import by_docker
from attrigraph.local.credentials import Credentials
from attrigraph.local.home import Home
from attrigraph.local.record import DOCKER, Stack, read_stack

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = Credentials("neo4j", "graph-secret", "attrigraph", "sql-secret")
STACK = Stack(DOCKER, 1111, 2222, 3333)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that notes its words and environment, and does as its file ``answer`` says."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/words\n/usr/bin/env >> {tmp_path}/environment\n'
        f". {tmp_path}/answer\n"
    )
    program.chmod(0o755)
    (tmp_path / "answer").write_text("exit 0\n")
    monkeypatch.setenv("PATH", str(program.parent))
    return tmp_path


def test_without_the_program_there_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not by_docker.engine_answers()


def test_an_engine_needs_the_compose_plug_in(docker: Path) -> None:
    assert by_docker.engine_answers()
    (docker / "answer").write_text('[ "$1" = version ]\n')
    assert not by_docker.engine_answers()


def test_a_client_without_an_engine_is_no_engine(docker: Path) -> None:
    (docker / "answer").write_text("echo 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    assert not by_docker.engine_answers()


def test_passwords_go_by_the_environment_never_by_the_command_line(docker: Path) -> None:
    home = Home(docker / "home")
    home.make()
    stack = by_docker.start(home, {"neo4j", "postgres"}, KNOWN)
    words, environment = (docker / "words").read_text(), (docker / "environment").read_text()
    assert "up --detach --wait neo4j postgres" in words
    assert f"--project-name {by_docker.project(home)}" in words
    assert "docker-compose.yml" in words
    assert "secret" not in words
    assert "ATTRIGRAPH_NEO4J_PASSWORD=graph-secret" in environment
    assert "ATTRIGRAPH_POSTGRES_PASSWORD=sql-secret" in environment
    assert f"ATTRIGRAPH_BOLT_PORT={stack.bolt}" in environment
    assert read_stack(home) == stack
    assert stack.kind == DOCKER


def test_down_keeps_the_volumes(docker: Path) -> None:
    by_docker.stop(Home(docker), STACK)
    words = (docker / "words").read_text().split()
    assert words[-1] == "down"
    assert "--volumes" not in words


def test_a_failure_is_the_last_line_of_docker(docker: Path) -> None:
    (docker / "answer").write_text("echo 'pulling' >&2; echo 'no space left' >&2; exit 17\n")
    with pytest.raises(
        LocalStoreError, match=r"^docker compose up failed: no space left; use --no"
    ):
        by_docker.start(Home(docker), {"neo4j"}, KNOWN)


def test_homes_have_projects_of_their_own(tmp_path: Path) -> None:
    one, two = (by_docker.project(Home(tmp_path / name)) for name in ("one", "two"))
    assert one != two
    assert one.startswith("attrigraph-")
