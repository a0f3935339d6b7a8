from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from attrigraph.bloom.dashboard import COLUMNS, dashboard
from attrigraph.bloom.neodash_names import with_neodash_names
from attrigraph.graph.catalogue import NOT_CODE, names, query

DASHBOARD = dashboard()
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "dashboard.json").read_text("utf-8"))
REPORTS = [report for page in DASHBOARD["pages"] for report in page["reports"]]


def parameters(report: dict[str, Any]) -> set[str]:
    return set(re.findall(r"\$(\w+)", NOT_CODE.sub(" ", report["query"])))


def test_it_follows_the_structure_of_public_dashboards() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(DASHBOARD)


def test_ids_are_unique() -> None:
    ids = [report["id"] for report in REPORTS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", DASHBOARD["pages"], ids=lambda page: page["title"])
def test_cards_of_a_page_are_within_its_columns_and_do_not_overlap(page: dict[str, Any]) -> None:
    cells = [
        {
            (report["x"] + column, report["y"] + row)
            for column in range(report["width"])
            for row in range(report["height"])
        }
        for report in page["reports"]
    ]
    assert all(x < COLUMNS for card in cells for x, _ in card)
    assert not any(one & other for one, other in combinations(cells, 2))


@pytest.mark.parametrize("page", DASHBOARD["pages"], ids=lambda page: page["title"])
def test_each_parameter_of_a_page_has_a_selector_there_or_a_default(page: dict[str, Any]) -> None:
    used = {name for report in page["reports"] for name in parameters(report)}
    selected = {report["settings"].get("parameterName") for report in page["reports"]}
    defaults = DASHBOARD["settings"]["parameters"]
    assert used <= set(defaults)
    assert {name for name in used if defaults[name] is None} <= selected


def test_every_statement_of_cards_is_shown() -> None:
    shown = {report["query"] for report in REPORTS}
    assert {with_neodash_names(query(name).text) for name in names("cards")} <= shown


@pytest.mark.parametrize("name", names("explore"))
def test_names_are_rewritten_outside_texts_alone(name: str) -> None:
    statement = query(name)
    renamed = with_neodash_names(statement.text)
    assert renamed.replace("$neodash_", "$") == statement.text
    assert parameters({"query": renamed}) == {f"neodash_{one.name}" for one in statement.parameters}
    texts = r"'(?:\\.|[^'\\\n])*'"
    code = re.sub(r"//[^\n]*", "", renamed)
    assert re.findall(texts, code) == re.findall(texts, re.sub(r"//[^\n]*", "", statement.text))


def test_the_page_lists_every_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "bloom.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z]\w+) \|", page.split("## The dashboard")[1], re.MULTILINE)
    assert rows == [one["title"] for one in DASHBOARD["pages"]]
