from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from attrigraph.local import by_docker
from attrigraph.local.credentials import Credentials
from attrigraph.local.neo4j import PAGE_HOSTS, PAGE_POLICY
from attrigraph.local.record import DOCKER, Stack

FILE = Path(__file__).parents[1] / "docker-compose.yml"
TEXT = FILE.read_text()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(TEXT)
    return content


def test_the_file_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    shipped = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(shipped.read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose)


def test_the_page_of_the_browser_may_load_what_that_of_local_processes_may(
    compose: dict[str, Any],
) -> None:
    given = compose["services"]["neo4j"]["environment"]
    policy = "NEO4J_dbms_security_http__static__content__security__policy__header"
    assert given[policy] == PAGE_POLICY
    assert given["NEO4J_client_allow__telemetry"] == "false"
    assert given["NEO4J_browser_remote__content__hostname__whitelist"] == ",".join(PAGE_HOSTS)


def test_every_service_is_checked_for_health_and_keeps_its_data(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"neo4j", "postgres"}
    for service in compose["services"].values():
        assert service["healthcheck"]["test"]
        named = {volume.split(":")[0] for volume in service["volumes"]}
        assert named <= set(compose["volumes"])


def test_ports_are_open_on_the_loopback_address_only(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_passwords_come_from_the_environment_and_have_no_default() -> None:
    passwords = re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", TEXT)
    assert {name for name, _ in passwords} == {
        "ATTRIGRAPH_NEO4J_PASSWORD",
        "ATTRIGRAPH_POSTGRES_PASSWORD",
    }
    assert all(rule.startswith(":?") for _, rule in passwords)


def test_attrigraph_up_sets_every_variable_that_has_no_default() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    ports = set(re.findall(r"\$\{(ATTRIGRAPH_\w+_PORT)", TEXT))
    given = by_docker.environment(
        Stack(DOCKER, 1, 2, 3), Credentials("neo4j", "p", "attrigraph", "q")
    )
    assert set(given) == required | ports


@pytest.mark.skipif(
    shutil.which("docker") is None
    or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode != 0,
    reason="needs the compose plug-in of docker",
)
def test_docker_compose_itself_reads_the_file() -> None:
    command = ["docker", "compose", "--file", str(FILE), "config", "--quiet"]
    stack = Stack(DOCKER, 1, 2, 3)
    given = by_docker.environment(stack, Credentials("neo4j", "p" * 8, "attrigraph", "q" * 8))
    done = subprocess.run(command, env=os.environ | given, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    bare = {name: value for name, value in os.environ.items() if "ATTRIGRAPH" not in name}
    assert subprocess.run(command, env=bare, capture_output=True).returncode != 0
