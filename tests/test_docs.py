"""Docs cannot drift: commands, settings, links, paths and examples are compared with the code."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from attrigraph.attribution.models import MODELS
from attrigraph.cli.commands import CommandGroup
from attrigraph.cli.main import COMMANDS, cli
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.intelligence import MarketingIntelligence
from attrigraph.settings import Settings
from attrigraph.worlds.spec import ChannelSpec, WorldSpec
from attrigraph.worlds.world import simulate

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FOLDERS = "benchmarks|cypher|docs|examples|migrations|platform|scripts|tests"


def test_the_command_reference_is_current() -> None:
    # in a process of its own: click caches a command's help option at its first use
    reference = subprocess.run(
        [sys.executable, "-m", "attrigraph.cli.reference"], check=True, capture_output=True
    ).stdout
    assert (ROOT / "docs/commands.md").read_text(encoding="utf-8") == reference.decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_resolve(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_wrapped_at_100_outside_tables_code_and_links(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    lines = [re.sub(r"\]\([^)]*\)", "", line) for line in text.splitlines()]
    prose = [line for line in lines if not line.startswith(("|", "    "))]
    assert [line for line in prose if len(line) > 100] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8"))
    assert set(named) <= set(targets)


def test_every_model_is_described() -> None:
    text = (ROOT / "docs/methods.md").read_text(encoding="utf-8")
    described = {*re.findall(r"`([a-z0-9-]+)`", text), "markov-2", "markov-3"}
    assert set(MODELS) <= described


def test_the_citation_file_follows_its_schema_and_has_the_version_of_the_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    schema_file = files("check_jsonschema") / "builtin_schemas/vendor/citation-file-format.json"
    schema = json.loads(schema_file.read_text("utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(citation)
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]


def test_the_glossary_is_sorted_and_defines_each_term_once() -> None:
    text = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    terms = [term.lower() for term in re.findall(r"^### (.+)$", text, re.MULTILINE)]
    assert terms == sorted(terms)
    synonyms = re.findall(r"^### .+\n\n\*([^*]+)\.\*", text, re.MULTILINE)
    words = [*terms, *(word.strip().lower() for line in synonyms for word in line.split(","))]
    assert [word for word in set(words) if words.count(word) > 1] == []
    assert {"adstock", "baseline", "lift test", "multi-touch attribution"} <= set(terms)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_shell_example_names_commands_and_options_that_exist(page: Path) -> None:
    wrong = [line for line in _shell_lines(page) if not _is_known(line)]
    assert wrong == []


def test_every_setting_is_described() -> None:
    text = (ROOT / "docs/stores.md").read_text(encoding="utf-8")
    names = [f"ATTRIGRAPH_{name.upper()}" for name in Settings.model_fields]
    assert [name for name in names if name not in text] == []


@pytest.fixture(scope="module")
def events() -> dict[str, object]:
    """A small simulated world, in which tv and email help each other, as objects in memory."""
    names = ("tv", "radio", "email")
    channels = tuple(ChannelSpec(name, 0.8, effect=0.6) for name in names)
    spec = WorldSpec("pair", channels, base=-2.5, synergies={("tv", "email"): 2.0})
    world = simulate(spec, 41, 4000, measured_on=10)

    def instant(milliseconds: int) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)

    touches = zip(
        world.touch_customer.tolist(),
        world.touch_time.tolist(),
        world.channel.tolist(),
        strict=True,
    )
    ends = zip(world.converter.tolist(), world.conversion_time.tolist(), strict=True)
    return {
        "touchpoints": [
            Touchpoint(f"t{n}", f"u{customer}", instant(time), channel=names[channel])
            for n, (customer, time, channel) in enumerate(touches)
        ],
        "conversions": [
            Conversion(f"c{n}", f"u{customer}", instant(time), value=10.0)
            for n, (customer, time) in enumerate(ends)
        ],
    }


@pytest.mark.parametrize("page", ["methods.md", "python.md"])
def test_python_examples_over_events_in_memory_run(
    page: str, events: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = [block for block in _python_blocks(text) if ".connect()" not in block]
    assert any("interactions(" in block for block in blocks)
    names = {**events, "MarketingIntelligence": MarketingIntelligence}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    first, *others = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert {first[0], first[1]} == {"tv", "email"}
    assert float(first[2]) > abs(float(others[0][2]))


def _python_blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def _shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if re.match(r"(\$ )?(\.venv/bin/)?attrigraph\b", line)]


def _is_known(line: str) -> bool:
    words = shlex.split(line.removeprefix("$ "), comments=True)[1:]
    if not words or words[0].startswith("-"):
        return True
    if words[0] not in COMMANDS:
        return False
    command = cli.get_command(click.Context(cli), words[0])
    if isinstance(command, CommandGroup) and words[1].startswith("-"):
        return _options(words) <= _known_options(command)
    if isinstance(command, click.Group):
        command = command.commands.get(words[1])
    if command is None:
        return False
    return _options(words) <= _known_options(command)


def _options(words: list[str]) -> set[str]:
    return {word.split("=")[0] for word in words[1:] if word.startswith("--")}


def _known_options(command: click.Command) -> set[str]:
    flags = (flag for one in command.params for flag in (*one.opts, *one.secondary_opts))
    return {*flags, "--help"}
