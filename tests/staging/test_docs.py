from __future__ import annotations

import re
from pathlib import Path

import pytest

from attrigraph.domain.touch_kinds import TOUCH_KINDS
from attrigraph.staging import PRESETS, read_mapping
from attrigraph.staging.channels import BUILT_IN, built_in_rules, read_channel_rules
from attrigraph.staging.channels.known_sources import known_sources
from attrigraph.staging.channels.rule_set import RULE_FIELDS, Condition
from attrigraph.staging.expressions.functions import FUNCTIONS, OPERATORS
from attrigraph.staging.expressions.parse import SPECIAL
from attrigraph.staging.fields import FIELDS
from attrigraph.staging.formats import SUFFIXES
from attrigraph.staging.mapping import Table
from attrigraph.staging.option_types import OPTION_TYPES
from attrigraph.staging.placeholders import PLACEHOLDERS
from attrigraph.staging.reasons import REASONS

PAGE = (Path(__file__).parents[2] / "docs" / "loading.md").read_text(encoding="utf-8")
PYTHON = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
GROUPS = {
    "none": "none",
    "search": "a search engine",
    "social": "a social network",
    "video": "a video site",
}
SETTINGS = re.findall(r"^\| `((\w+) = .*?)` \|", PAGE, re.MULTILINE)
"""Settings of a mapping that are described in a table: example and name."""


def test_every_preset_field_kind_and_suffix_is_described() -> None:
    for name in (*PRESETS, *TOUCH_KINDS, *SUFFIXES):
        assert f"`{name}`" in PAGE, name
    for fields in FIELDS.values():
        for name, field in fields.items():
            assert f"`{name}`" in PAGE, name
            assert all(f"`{other}`" in PAGE for other in field.other_names)


def test_every_option_of_reading_is_described_for_python() -> None:
    for name in OPTION_TYPES:
        assert f"`{name}`" in PYTHON, name


def test_every_reason_is_described_by_its_sentence() -> None:
    for name, sentence in REASONS.items():
        assert f"| `{name}` | {sentence} |" in PAGE


def test_the_table_of_rules_is_that_of_the_code() -> None:
    heading = PAGE.index("| channel | utm_medium")
    lines = PAGE[heading : PAGE.index("\n\n", heading)].splitlines()[2:]
    rules = built_in_rules("classic")
    assert lines == [
        f"| {rule.channel} | {described(rule.medium)} | {described(rule.source)} |"
        for rule in rules.rules
    ]
    for name in ("search", "social", "video"):
        assert f": {words(rules.lists[name])}." in " ".join(PAGE.split())


def described(condition: Condition | None) -> str:
    if condition is None:
        return "any"
    lists = built_in_rules("classic").lists
    parts = [words(condition.words)] if condition.words else []
    return ", ".join(
        [*parts, *(GROUPS.get(name) or words(lists[name]) for name in condition.lists)]
    )


def words(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def test_channel_rules_are_described(tmp_path: Path) -> None:
    for name in BUILT_IN:
        assert f"| `{name}` |" in PAGE
        for channel in {rule.channel for rule in built_in_rules(name).rules}:
            assert channel in " ".join(PAGE.split()), channel
    for name in (*RULE_FIELDS, *Condition.model_fields, *PLACEHOLDERS):
        assert f"`{name}`" in PAGE, name


def test_the_table_of_click_ids_is_that_of_the_code() -> None:
    part = PAGE[PAGE.index("| click ids |") : PAGE.index("Meta and Pinterest add")]
    described = {
        name: meaning.replace(", without a medium", " / ").split(" / ")
        for names, meaning in re.findall(r"^\| (`.*`) \| (.*) \|$", part, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    assert described == known_sources().click_ids


def test_the_example_of_channel_rules_is_valid(tmp_path: Path) -> None:
    example = PAGE.split("### Channel rules of one's own")[1].split("```toml\n")[1].split("```")[0]
    path = tmp_path / "rules.toml"
    path.write_text(example)
    rules = read_channel_rules(path)
    assert [rule.channel for rule in rules.rules] == ["brand search", "search", "direct"]


def test_the_example_of_a_mapping_is_valid_and_shows_every_setting(tmp_path: Path) -> None:
    part = PAGE.split("## A mapping of one's own")[1]
    first, extension, properties, second = (
        part.split("```")[0] for part in part.split("```toml\n")[1:5]
    )
    path = tmp_path / "mapping.toml"
    path.write_text(first)
    assert [table.rows for table in read_mapping(path).tables] == ["events", "customers", "paths"]
    path.write_text(extension)
    assert [table.rows for table in read_mapping(path).tables] == ["events", "events"]
    path.write_text(properties)
    (table,) = read_mapping(path).tables
    assert set(table.properties) > {"device"}
    path.write_text(second)
    (table,) = read_mapping(path).tables
    assert set(table.expressions) > {"customer_id", "timestamp", "kind"}
    text = f"{first}{properties}{second}"
    for name in Table.model_fields:
        assert f"{name} =" in text or f"[tables.{name}" in text or f"| `{name} = " in PAGE, name


def test_every_function_of_expressions_is_described() -> None:
    for name in (*FUNCTIONS, *SPECIAL):
        assert f"`{name}(" in PAGE, name
    for sign in OPERATORS:
        assert f"`{sign}" in PAGE or sign == "if", sign


@pytest.mark.parametrize(("example", "name"), SETTINGS)
def test_the_example_of_a_setting_is_valid(name: str, example: str, tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    needed = "where = 'is_conversion(kind)'" if name == "conversions" else ""
    path.write_text(f'[[tables]]\nrows = "events"\n{needed}\n{example}\n')
    (table,) = read_mapping(path).tables
    assert getattr(table, name) != Table.model_fields[name].default


@pytest.mark.parametrize(
    "option",
    ["--preset", "--mapping", "--column", "--zone", "--time-unit", "--start", "--separator",
     "--conversion-touches", "--keep-ids", "--channel-rules", "--header", "--conversion-events"],
)  # fmt: skip
def test_every_option_is_described(option: str) -> None:
    assert option in PAGE
